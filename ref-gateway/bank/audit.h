/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who did what to which index: a line for each init, update, move and delete that was answered, in a file of its own. Never what is in a
 * stub. Bounded in rate and size; what was left out is counted there.
 */
#ifndef IKESYNC_BANK_AUDIT_H
#define IKESYNC_BANK_AUDIT_H

#include <glib.h>

#include "net/channel.h"
#include "store/store_op.h"

struct audit_settings {
	const char *path;        /* NULL: no such log */
	uint64_t size;           /* octets; then it becomes PATH.1, and another is begun */
	uint64_t lines_a_second; /* 0: as many as there are */
};

struct audit;

/* None is written yet. */
struct audit *audit_new(GMainContext *context);
/* Writes what waits. NULL is none. */
void audit_free(struct audit *a);

/* Open or make the file, mode 0600, for audit_take(); -1 where there is to be none, or with a GError. */
int audit_open(const struct audit_settings *settings, GError **error);
/* From now on write there; takes `fd` over. The strings must live until the next. */
void audit_take(struct audit *a, const struct audit_settings *settings, int fd);

/* Is there one? */
bool audit_on(const struct audit *a);
/* The words that stand for a gateway in each line, whatever its certificate has in it; to be freed with g_ref_string_release(). */
char *audit_who(const struct channel_identity *peer);
/* An answered operation; gets and barriers are passed over. `now`: UTC seconds; `ms`: any monotonic clock. */
void audit_note(struct audit *a, const char *who, const struct store_op *op, uint64_t now,
		uint64_t ms);

#endif
