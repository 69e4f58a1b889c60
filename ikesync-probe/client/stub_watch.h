/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Watching a stub come and go at the bank. */
#ifndef IKESYNC_PROBE_CLIENT_STUB_WATCH_H
#define IKESYNC_PROBE_CLIENT_STUB_WATCH_H

#include <stdbool.h>

struct probe;
struct evidence;
struct index;

enum old_sa_stub { OLD_SA_STUB_UNKNOWN, OLD_SA_STUB_THERE, OLD_SA_STUB_GONE };
/*
 * Ask the bank until the stub of `ix` is there (or, `there` false, gone) or the time for that is
 * over: what was seen last. OLD_SA_STUB_UNKNOWN: the target file gives no bank, or it does not
 * answer.
 */
enum old_sa_stub old_sa_wait_bank(struct probe *p, struct evidence *e, const struct index *ix,
				  bool there);

#endif
