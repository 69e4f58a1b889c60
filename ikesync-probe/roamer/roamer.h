/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reference client: it logs in at a gateway, and resumes at another one when that one is gone
 * (wire profile section 6.1). No clock and no socket: time and datagrams come in, datagrams, one
 * timer and events go out.
 */
#ifndef IKESYNC_PROBE_ROAMER_ROAMER_H
#define IKESYNC_PROBE_ROAMER_ROAMER_H

#include "ipsec/data_plane.h"
#include "keys/rng.h"
#include "keys/suite.h"
#include "net/endpoint.h"
#include "roamer/roamer_event.h"
#include "wire/ike_id.h"

#define ROAMER_GATEWAYS_MAX 8
#define ROAMER_SUITES_MAX 8

struct roamer_gateway {
	struct endpoint ike;
	uint16_t nat_port; /* where messages carry the non-ESP marker */
};

/* Everything is borrowed and must outlive the roamer. */
struct roamer_config {
	unsigned n_gateways; /* the pool; the login is at the first */
	struct roamer_gateway gateways[ROAMER_GATEWAYS_MAX];
	unsigned n_suites; /* in order of preference */
	struct suite suites[ROAMER_SUITES_MAX];
	unsigned n_esp; /* 0: no child SA is made */
	struct suite_esp esp[ROAMER_SUITES_MAX];
	struct ike_id id;
	const struct ike_id *gateway_id; /* NULL: any */
	struct span psk;
	uint8_t syn_type;
	uint32_t retransmit_ms; /* before the first repetition; doubled each time */
	unsigned attempts;      /* how often a request is sent */
	bool encapsulate;       /* as through a NAT, where none is seen, too */
	uint32_t liveness_ms;   /* a gateway that was silent for so long is asked; 0: never */
};

struct roamer_ops {
	/* `message` without marker; `nat`: to nat_port, with the marker in front */
	void (*send)(void *user, unsigned gateway, bool nat, struct span message);
	/* Call roamer_time_out() after `ms`; 0: not any more. There is one timer. */
	void (*arm)(void *user, uint64_t ms);
	/* Where messages to this gateway come from. */
	void (*local)(void *user, unsigned gateway, struct endpoint *out);
	void (*event)(void *user, const struct roamer_event *e);
	/*
	 * The child SA that came with a login or a resumption: it takes the place of the one before. Told before the event. NULL: nobody
	 * carries traffic.
	 */
	void (*child)(void *user, const struct data_plane_child *child);
	void *user;
};

enum roamer_state {
	ROAMER_IDLE,
	ROAMER_ASKING,      /* IKE_SA_INIT is out */
	ROAMER_CONFIRMING,  /* message ID 1 is out, to each candidate */
	ROAMER_ESTABLISHED, /* an SA stands */
	ROAMER_ENDING,      /* Delete is out */
	ROAMER_FAILED,      /* no gateway is left to be asked */
};

struct roamer;

/* Free with roamer_free(), which wipes. */
struct roamer *roamer_new(const struct roamer_config *config, const struct roamer_ops *ops,
			  const struct rng *rng);
void roamer_free(struct roamer *r);
enum roamer_state roamer_state(const struct roamer *r);

/* Log in at the first gateway. */
void roamer_login(struct roamer *r);
/* The gateway is gone: resume at `gateway`, or with -1 at the next one. Only ESTABLISHED. */
void roamer_resume(struct roamer *r, int gateway);
/* Say goodbye; IDLE follows. */
void roamer_end(struct roamer *r);
/* A message from a gateway's IKE or NAT port, without marker. Anything may come. */
void roamer_receive(struct roamer *r, unsigned gateway, struct span message);
void roamer_time_out(struct roamer *r);

#endif
