/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A result on its way from the process that ran the case to the one that writes the report. */
#ifndef IKESYNC_PROBE_RUN_RESULT_PIPE_H
#define IKESYNC_PROBE_RUN_RESULT_PIPE_H

#include "run/run.h"

/* All that ask_case() made of `r` and learnt of the peers. false: it cannot be written. */
bool result_pipe_write(int fd, const struct probe *p, const struct result *r);
/*
 * Fill `r` (case and label are there) from all octets that came, and note in `p` and `run` what the
 * other process learnt. false: they are not whole; `r` is untouched.
 */
bool result_pipe_read(const GByteArray *octets, struct probe *p, struct run *run, struct result *r);

#endif
