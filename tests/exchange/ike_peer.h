/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An IKEv2 initiator for tests: lib/ike with buffers of its own, and a few ways to misbehave. Who
 * carries the messages is the test's affair. */
#ifndef IKESYNC_TESTS_IKE_PEER_H
#define IKESYNC_TESTS_IKE_PEER_H

#include "ike/ike_attempt.h"
#include "ike/ike_client.h"
#include "keys/credential.h"
#include "keys/dh.h"
#include "wire/ike_payloads.h"

#define PEER_BUFFER 16384

enum peer_answer { PEER_NOTHING, PEER_FULL, PEER_HIT, PEER_COOKIE, PEER_ERROR, PEER_BROKEN };

/* What makes an IKE_SA_INIT request special. */
struct peer_init {
	const struct index *syn; /* NULL: none */
	uint8_t syn_flags;
	struct span syn_raw; /* instead of `syn` */
	bool no_vendor;
	bool fragmentation;        /* announce RFC 7383 */
	bool redirect;             /* announce RFC 5685 */
	bool redirected_from;      /* says that another gateway has sent it here */
	bool with_critical;        /* an unknown critical payload beside */
	const struct suite *first; /* offered before the peer's own; NULL: none */
	uint16_t ke_group;         /* 0: the suite's */
};

/* A built message. */
struct peer_message {
	size_t n;
	uint8_t octets[PEER_BUFFER];
};
static inline struct span peer_span(const struct peer_message *m)
{
	return span_of(m->octets, m->n);
}

/* An opened response. */
struct peer_response {
	struct ike_header header;
	struct chain chain;
	uint8_t plain[PEER_BUFFER];
};

struct peer {
	struct rng rng;
	struct rng_fixed random;
	struct suite suite;
	struct suite_esp esp;
	const char *id, *psk;
	const struct credential *credential; /* NULL: by shared key */
	uint8_t hashes;                      /* announced for RFC 7427; 0: not */
	bool pkcs1;                          /* RSA signatures with RFC 7427: not PSS */
	bool initial_contact;                /* said in IKE_AUTH */
	bool mobike;                         /* the same */
	struct dh *dh;
	struct ike_client sa; /* sa.window.next is the ID of the request being made */
	uint8_t ni[32];
	size_t nr_n;
	uint8_t nr[256];
	size_t cookie_n;
	uint8_t cookie[256];
	uint16_t error;                        /* of PEER_ERROR */
	uint16_t wanted_group;                 /* of INVALID_KE_PAYLOAD */
	struct peer_message request, response; /* IKE_SA_INIT */
	struct index index; /* as told by N(IKESYNC_INDEX); outlives peer_restart() */
	struct secret sk_d; /* goes with `index` */
	uint32_t esp_in;
	uint8_t inner[4];
};

void peer_init(struct peer *p, const char *seed, const char *suite);
void peer_clear(struct peer *p);
/* New SPIi, Ni and KE, message IDs from the start. */
void peer_restart(struct peer *p);
/* Build the IKE_SA_INIT request into p->request; with the cookie when there is one. */
void peer_make_init(struct peer *p, const struct peer_init *how);
enum peer_answer peer_read_init(struct peer *p, struct span message);
/* The exchange so far; borrows from p. */
struct ike_attempt peer_attempt(const struct peer *p);
/* Keys after PEER_FULL, or after PEER_HIT with p->sk_d. */
bool peer_derive_full(struct peer *p);
bool peer_derive_hit(struct peer *p);

/* Start an inner chain, to be filled with in.w, then sealed. */
struct peer_inner {
	uint8_t buffer[PEER_BUFFER];
	struct ike_inner in;
};
void peer_inner_init(struct peer_inner *in);
void peer_seal(struct peer *p, uint8_t exchange, struct peer_inner *in, struct peer_message *out);
void peer_write_bind(struct peer *p, struct peer_inner *in);
void peer_write_child(struct peer *p, struct peer_inner *in, bool nonce);
/* IKE_AUTH; `child`: with a child SA and CP. */
void peer_make_auth(struct peer *p, bool child, struct peer_message *out);
/* Open a response; false: does not verify. Advances nothing. */
bool peer_open(struct peer *p, struct span message, struct peer_response *out);
/* Is it the gateway's BIND, and right? */
bool peer_bind_is_right(struct peer *p, const struct peer_response *r);
/* Take N(IKESYNC_INDEX) and keep SK_d with it. */
bool peer_take_index(struct peer *p, const struct peer_response *r);
bool peer_has_notify(const struct peer_response *r, uint16_t type);

#endif
