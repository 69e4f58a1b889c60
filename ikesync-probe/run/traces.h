/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run leaves at its target: which stubs are its own, and which of them are still there at the end. */
#ifndef IKESYNC_PROBE_RUN_TRACES_H
#define IKESYNC_PROBE_RUN_TRACES_H

#include <glib.h>

#include "run/probe.h"
#include "wire/index.h"

/* So many are remembered. */
#define TRACES_MAX 8192

/* A stub that is there because of a case. */
struct trace {
	struct index index;
	char case_id[8];
};

/* From now on a stub at `ix` is this run's: it was told so, or made it. */
void traces_note(struct probe *p, const struct evidence *e, const struct index *ix);
/* Those noted so far (struct trace); NULL: none. */
const GArray *traces_of(const struct probe *p);
/* Those that another process of this run noted, as octets that are passed through a pipe. */
void traces_add(struct probe *p, const void *octets, size_t n);
void traces_free(struct probe *p);

#endif
