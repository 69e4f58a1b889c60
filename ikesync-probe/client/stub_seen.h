/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stub as a gateway left it at the bank, opened with the pool's keys. */
#ifndef IKESYNC_PROBE_CLIENT_STUB_SEEN_H
#define IKESYNC_PROBE_CLIENT_STUB_SEEN_H

#include "keys/seal.h"
#include "run/evidence.h"

struct stub_seen {
	uint32_t lifetime; /* 205, seconds */
	uint64_t expiry;   /* of the seal, UTC seconds */
	struct stub stub;  /* its spans point into `plain` */
	uint8_t plain[SEAL_BODY_MAX];
};

/* Get and open the stub of `ix`. false: it is not there, or cannot be opened; `why` (g_free) says. */
bool stub_seen_read(struct probe *p, struct evidence *e, const struct index *ix,
		    struct stub_seen *out, char **why);
/* Wipes. */
void stub_seen_clear(struct stub_seen *s);

#endif
