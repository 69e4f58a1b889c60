/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handshakes under way: a login or a resumption each, over shared sockets, with retransmission. */
#ifndef IKESYNC_PROBE_LOAD_FLIGHT_H
#define IKESYNC_PROBE_LOAD_FLIGHT_H

#include "ike/ike_client.h"
#include "keys/dh.h"
#include "load/load.h"
#include "net/udp.h"
#include "net/wheel.h"

#define LOAD_MESSAGE_MAX 1536

enum load_outcome {
	LOAD_DONE,        /* `sa` is the SA */
	LOAD_MISSING,     /* answered as if there were no stub */
	LOAD_UNCOMMITTED, /* N(IKESYNC_NOT_COMMITTED) */
	LOAD_REFUSED,     /* another error notify */
	LOAD_WRONG,       /* no right answer: AUTH, BIND or what was negotiated */
	LOAD_SILENT,      /* not answered */
};

struct load_message {
	size_t n;
	uint8_t octets[LOAD_MESSAGE_MAX];
};

struct load_fleet;
struct load_flight {
	struct wheel_timer timer;
	struct load_fleet *fleet;
	struct load_flight *next_free;
	unsigned slot, session;
	bool busy, resuming, second; /* second: what is under way is the protected request */
	uint8_t attempts;
	struct address source;
	uint64_t spi_i;
	uint8_t ni[32];
	struct index index; /* resuming: the old one. In the end the new one */
	struct secret sk_d; /* of the old SA */
	uint8_t cookie[64];
	size_t cookie_n;
	struct load_message request, response, protected;
	struct ike_client sa;
};

struct load_fleet {
	const struct load_config *config;
	const struct target_gateway *gateway; /* who is asked now */
	struct load_phase *phase;             /* where things are counted */
	struct udp_socket *socket;
	struct wheel *wheel;
	struct dh *dh;
	uint8_t public[DH_PUBLIC_MAX];
	struct load_flight *flights, *free;
	unsigned n_free;
	bool bound_to_any; /* sources are chosen datagram by datagram */
	struct endpoint local;
	uint64_t echo_spi, echo_us; /* what is under way; 0: nothing */
	/* a handshake is over; its flight is free afterwards */
	void (*ended)(void *user, struct load_flight *f, enum load_outcome o);
	/* after each batch that came: there is room again */
	void (*landed)(void *user);
	void *user;
};

/* Sockets are attached to `context`. false: `error`. load_fleet_clear() in any case. */
bool load_fleet_init(struct load_fleet *f, const struct load_config *c, struct wheel *wheel,
		     GMainContext *context, GError **error);
void load_fleet_clear(struct load_fleet *f);
/* Begin one for session `i`; `index` and `sk_d` of the SA to resume, NULL: a login. There is a free flight. */
void load_flight_begin(struct load_fleet *f, unsigned i, const struct index *index,
		       const struct secret *sk_d);
/* Forget what is under way. */
void load_fleet_drop(struct load_fleet *f);
/* Ask the gateway for its opinion of another version of IKE: it answers without SA, bank or Diffie-Hellman. */
void load_fleet_echo(struct load_fleet *f);

#endif
