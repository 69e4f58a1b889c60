/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What cases about a gateway's own requests share. */
#ifndef IKESYNC_PROBE_CASES_OWN_H
#define IKESYNC_PROBE_CASES_OWN_H

#include "client/asked.h"
#include "client/child.h"

/*
 * Logged in at [variant brisk], with one child SA where the gateway lets its client have none at first; `child` NULL: with none
 * that anybody asked for. NULL: stated. Free with client_free().
 */
struct client *own_login(struct probe *p, struct evidence *e, struct ike_child *child);

/* A request of this kind comes within `wait_ms`; what comes meanwhile is answered (asked_until()). `out` must be cleared. */
bool own_comes(struct evidence *e, struct client *c, enum asked_kind kind, uint64_t wait_ms,
	       struct protected_answer *out);
/* The same, and a check of base IKEv2 (`source`) if it does not; `what` it is about. */
bool own_is_asked(struct evidence *e, struct client *c, enum asked_kind kind, uint64_t wait_ms,
		  const char *source, const char *what, struct protected_answer *out);
/* It has the next message ID of the gateway's own (16.1: the first has 0). */
void own_message_id(struct evidence *e, const struct client *c, const struct protected_answer *a);
/* Each of its proposals is one that could be chosen: the mandatory transforms, an SPI, numbers from 1 (RFC 7296 section 3.3). */
void own_offer(struct evidence *e, const struct protected_answer *a);
/* The same octets come again within [timers] liveness, while nobody answers (RFC 7296 section 2.1). */
void own_repeats(struct evidence *e, struct client *c, const struct protected_answer *a);

/* The SA answers one more request of ours. */
bool own_lives(struct evidence *e, struct client *c, enum provenance p, const char *source,
	       const char *what);
/* The SA is asked and does not answer. */
bool own_gone(struct evidence *e, struct client *c, const char *source, const char *what);
/* The gateway's requests on an SA that it made begin with 0, too: the next one that comes. */
void own_asks_again(struct evidence *e, struct client *c);

/* A Delete names one child SA, by this SPI. */
void own_deletes_child(struct evidence *e, const struct protected_answer *a, uint32_t spi,
		       const char *what);
/* The client rekeys the child SA on whose SPI it receives. false: c->why. */
bool own_rekey_child(struct client *c, uint32_t spi_in, struct ike_child *next);
/* The client deletes it; what the answer deletes in turn is the gateway's half. */
void own_delete_child(struct evidence *e, struct client *c, uint32_t spi_in, uint32_t spi_out);

#endif
