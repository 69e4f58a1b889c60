/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Child SAs, as their IKE SA keeps them. */
#ifndef IKESYNC_GATEWAY_SA_CHILD_H
#define IKESYNC_GATEWAY_SA_CHILD_H

#include "keys/schedule.h"
#include "wire/ike_ts.h"

struct sa;
struct gateway;

enum sa_child_state {
	SA_CHILD_LIVE,
	SA_CHILD_REPLACED, /* by the peer, which is to delete it */
	SA_CHILD_OVER,     /* to be deleted by us */
	SA_CHILD_DELETED,  /* our Delete is under way */
};

/* The keys wait here for whoever carries its traffic. */
struct sa_child {
	struct sa_child *next;
	uint32_t spi_in, spi_out;
	struct suite_esp suite;
	bool transport;
	bool carried;              /* the data plane has it */
	uint8_t state;             /* enum sa_child_state */
	uint8_t n_tsi, n_tsr;      /* of the selectors, the client's first */
	uint16_t rekey_group;      /* that the peer wants with its rekey; 0: it has not said */
	uint64_t rekey_ms, end_ms; /* sa_due.h; 0: never */
	struct ike_ts *ts;
	struct child_keys keys; /* the client is the initiator */
};

/* The child SA that the peer receives on; `at`: the link to it, for taking it out. NULL: none. */
struct sa_child *sa_child_find_out(struct sa *sa, uint32_t spi_out, struct sa_child ***at);
/* The child SA that we receive on; the same. */
struct sa_child *sa_child_find_in(struct sa *sa, uint32_t spi_in, struct sa_child ***at);
/* An SPI to receive on. */
uint32_t sa_child_new_spi(struct gateway *g);
/* Its selectors: of the client's side, of ours. */
struct ike_ts_list sa_child_tsi(const struct sa_child *child);
struct ike_ts_list sa_child_tsr(const struct sa_child *child);
/*
 * Give `child` to the SA and to the data plane, with its selectors. false: that one refuses; the child is still the
 * caller's.
 */
bool sa_child_add(struct sa *sa, struct sa_child *child, const struct ike_ts_list *tsi,
		  const struct ike_ts_list *tsr);
/* One that nobody shall carry: it is there to be deleted. */
void sa_child_add_over(struct sa *sa, struct sa_child *child);
/* The SA's path is another one: the data plane sends there, too. */
void sa_child_moved(struct sa *sa);
/* The peer has made another in its place, and will delete it; if it forgets, we do. */
void sa_child_replaced(struct sa *sa, struct sa_child *child);
/* Take the child at that link out of data plane and SA, and free it. */
void sa_child_remove(struct sa *sa, struct sa_child **at);
/* Wipe and free one that was never added. */
void sa_child_free(struct sa_child *child);

#endif
