/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Child SAs, as their IKE SA keeps them. */
#ifndef IKESYNC_GATEWAY_SA_CHILD_H
#define IKESYNC_GATEWAY_SA_CHILD_H

#include "keys/schedule.h"

struct sa;

/* A child SA: no data plane yet, so its keys wait here. */
struct sa_child {
	struct sa_child *next;
	uint32_t spi_in, spi_out;
	struct suite_esp suite;
	bool transport;
	struct child_keys keys;
};

/* The child SA that the peer receives on; `at`: the link to it, for taking it out. NULL: none. */
struct sa_child *sa_child_find_out(struct sa *sa, uint32_t spi_out, struct sa_child ***at);
/* Wipe and free. */
void sa_child_free(struct sa_child *child);

#endif
