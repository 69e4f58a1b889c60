/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several bad IKE_SA_INIT requests at once, so that silence costs one wait and not one each. */
#ifndef IKESYNC_PROBE_CASES_VOLLEY_H
#define IKESYNC_PROBE_CASES_VOLLEY_H

#include "client/init.h"

#define VOLLEY_MAX 16

/* One request: its SPIi tells its answers from the others', so each has its own. */
struct volley_shot {
	const char *what; /* static */
	GByteArray *octets;
	uint64_t spi_i;
	struct init_answer a; /* the first that came; NONE: silence */
	unsigned n_answers;
};

struct volley {
	unsigned n;
	struct volley_shot shots[VOLLEY_MAX];
};

/* Takes `octets` over. */
void volley_add(struct volley *v, const char *what, GByteArray *octets);
/* Send all through `c`'s socket and hear what comes until each is answered or `wait_ms` are over. */
void volley_send(struct volley *v, struct client *c, uint64_t wait_ms);
void volley_clear(struct volley *v);

#endif
