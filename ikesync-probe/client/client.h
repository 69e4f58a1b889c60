/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The probe as an IKEv2 initiator: the state of one IKE SA, as far as a tester needs it. */
#ifndef IKESYNC_PROBE_CLIENT_H
#define IKESYNC_PROBE_CLIENT_H

#include "client/transport.h"
#include "ike/ike_attempt.h"
#include "ike/ike_clause.h"
#include "ike/ike_client.h"
#include "ike/ike_derive.h"

#define CLIENT_NONCE_DEFAULT 32
#define CLIENT_NONCE_MAX 256
#define CLIENT_WHY_MAX 320
#define CLIENT_SUITES_MAX 8

struct inner; /* payloads to encrypt (protected.h) */

/* What becomes of an ordinary answer that nobody has gone on from when its client ends. */
enum client_end {
	CLIENT_END_KEEPS_STUBS, /* taken to its end, unless that would retire a stub which its SYN named */
	CLIENT_END_SETTLES, /* taken to its end in any case: nobody needs the stub any more */
};

struct client {
	struct probe *probe;
	struct evidence *evidence;
	const struct target_gateway *gateway;
	const struct rng *rng;
	struct transport *transport;
	uint64_t spi_i_before; /* of the attempt before on this socket; 0: none */

	unsigned n_strays;    /* responses on this SA to requests that were not waited for */
	struct ike_client sa; /* its keys' suite: chosen by the gateway, or the stub's */
	/* of its IKE_SA_INIT or IKE rekey */
	uint8_t ni[CLIENT_NONCE_MAX], nr[CLIENT_NONCE_MAX];
	size_t ni_n, nr_n;
	GByteArray *request;       /* IKE_SA_INIT as sent last, without marker; never NULL */
	GByteArray *first_request; /* before a cookie or another group */
	GByteArray *response;      /* its answer; empty: none yet */
	uint16_t ke_group;         /* of the KE sent last */
	struct ike_shared g_ir;
	bool live;                /* established: IKE_AUTH done, or confirmed */
	bool gateway_announced;   /* profile 1's Vendor ID came */
	bool gateway_deleted;     /* the gateway sent a Delete of this SA */
	bool childless_supported; /* RFC 6023 */
	bool nat_detected;

	enum client_end end;
	/* its IKE_SA_INIT was answered as any, and nobody has gone on: with these suites offered */
	bool half_open;
	/* ... and its SYN may have been understood: whoever logs in now retires the stub that it named (rule 22) */
	bool named_stub;
	unsigned n_offered;
	struct suite offered[CLIENT_SUITES_MAX];
	unsigned half_open_place; /* in the table of run/half_open.h; 0: none */
	bool left_behind;         /* not live for us, but the gateway holds an SA */
	/* how the SA that this may become is deleted in passing; set when its first request is made */
	void (*goodbye)(struct client *c);
	/* what no ordinary client says in IKE_AUTH, before its child SA; NULL: nothing */
	void (*auth_more)(struct client *c, struct inner *in);
	GByteArray *said;   /* our last answer to a request of the gateway's; NULL: none yet */
	bool has_inner_ip4; /* a CFG_REPLY in the IKE_AUTH answer gave it */
	uint8_t inner_ip4[4];
	const struct suite *rekey_suite; /* what an IKE rekey offers; NULL: the SA's own */
	bool auth_childless;             /* IKE_AUTH asks for no child SA of its own */
	uint16_t child_refused;          /* the error notify beside AUTH; 0: none */
	uint16_t refused;         /* the error notify that ended the last exchange; 0: none */
	char why[CLIENT_WHY_MAX]; /* English: why the last call failed */
};

/*
 * A client of `gateway` with fresh SPIi and Ni. `source` NULL: the target file's. NULL when there
 * is no way there; the case has then been stated inconclusive. All pointers must outlive it.
 */
struct client *client_new(struct probe *p, struct evidence *e, const struct target_gateway *gateway,
			  const struct address *source);
/* A live SA is deleted at the gateway first, without waiting long; of one that is half open becomes what
 * c->end says. NULL is harmless. */
void client_free(struct client *c);
/* Is it half open, and to be taken to its end? */
bool client_settles(const struct client *c);
/* Delete a live SA at the gateway, without waiting long. */
void client_goodbye(struct client *c);
/* Free without a word to the gateway. */
void client_vanish(struct client *c);

/* A new attempt on the same socket: fresh SPIi and Ni of `nonce_n` octets, everything learnt
 * forgotten. */
void client_fresh(struct client *c, size_t nonce_n);

/* The run's key pair of a group, made once and reused (RFC 7296 section 2.12). NULL: not supported.
 * Owned by the run. */
const struct dh *client_dh(struct probe *p, uint16_t group);

/* The target file's [old-sa] can be resumed once: true for the first who asks in a run. */
bool client_claim_old_sa(struct probe *p);

/* Take over keys (wiped in `keys`), tell the evidence, start with message ID 1. */
void client_set_keys(struct client *c, struct ike_keys *keys);
/* Keys of an SA into the case's decryption table. */
void client_show_keys(struct evidence *e, const struct ike_keys *keys, uint64_t spi_i,
		      uint64_t spi_r);
/*
 * A line for Wireshark's ikev2_decryption_table without newline; g_free(). NULL where Wireshark 4.0
 * has no name for the algorithm.
 */
char *client_decryption_line(const struct ike_keys *keys, uint64_t spi_i, uint64_t spi_r);

/* Something of the gateway has verified: it is half open no more. */
void client_heard(struct client *c);
/* Keep why a message that came is none of this exchange (transport_discard()). Answers to what this
 * client asked before are no offence. */
void client_discard(struct client *c, struct span message, const struct ike_broken *b);
/* Say why; returns false. */
bool client_fail(struct client *c, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Its IKE_SA_INIT exchange as lib/ike wants it; borrows from c. */
struct ike_attempt client_attempt(const struct client *c);

#endif
