/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Child SAs, as their IKE SA keeps them. */
#ifndef IKESYNC_GATEWAY_SA_CHILD_H
#define IKESYNC_GATEWAY_SA_CHILD_H

#include "keys/schedule.h"
#include "wire/ike_ts.h"

struct sa;

/* The keys wait here for whoever carries its traffic. */
struct sa_child {
	struct sa_child *next;
	uint32_t spi_in, spi_out;
	struct suite_esp suite;
	bool transport;
	struct child_keys keys;
};

/* The child SA that the peer receives on; `at`: the link to it, for taking it out. NULL: none. */
struct sa_child *sa_child_find_out(struct sa *sa, uint32_t spi_out, struct sa_child ***at);
/*
 * Give `child` to the SA and to the data plane, with its selectors. false: that one refuses; the child is still the
 * caller's.
 */
bool sa_child_add(struct sa *sa, struct sa_child *child, const struct ike_ts_list *tsi,
		  const struct ike_ts_list *tsr);
/* Take the child at that link out of data plane and SA, and free it. */
void sa_child_remove(struct sa *sa, struct sa_child **at);
/* Wipe and free one that was never added. */
void sa_child_free(struct sa_child *child);

#endif
