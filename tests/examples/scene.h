/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client, the two gateways and the bank of the worked examples. */
#ifndef TESTS_EXAMPLES_SCENE_H
#define TESTS_EXAMPLES_SCENE_H

#include "ike/ike_protected.h"
#include "keys/auth.h"
#include "keys/dh.h"
#include "keys/seal.h"
#include "wire/ike_payloads.h"

#define MESSAGE_MAX 2048
/* 2027-01-15 08:00:00 UTC */
#define NOW 1800000000u
#define LIFETIME 86400u

struct message {
	uint8_t p[MESSAGE_MAX];
	size_t n;
};

static inline struct span whole(const struct message *m)
{
	return span_of(m->p, m->n);
}

/* What goes inside SK. */
struct inner {
	uint8_t p[MESSAGE_MAX];
	struct ike_inner in;
};

struct key_exchange {
	uint8_t private_i[32], private_r[32], public_i[32], public_r[32], g_ir[32];
	uint8_t ni[32], nr[32];
};

struct scene {
	struct rng_fixed fixed;
	struct rng rng;
	struct suite suite;
	struct address client, a, b;
	struct ike_id idi, idr_a, idr_b;
	struct span psk;
	struct seal_keys pool;
	/* the SA with gateway A, the resumed one with B, and its successor after a rekey */
	struct key_exchange old_ke, rekey_ke;
	uint64_t old_spi_i, old_spi_r, new_spi_i, new_spi_r, rekey_spi_i, rekey_spi_r;
	uint8_t ni[32], nr[32], ke_private[32], ke_public[32]; /* of the SYN exchange */
	struct ike_keys old, resumed, rekeyed;
	struct message init_request, init_response, syn_request, syn_response;
	struct index old_index, new_index, rekey_index;
	struct stub stub;
	struct stub_sealed_copy {
		uint8_t p[1024];
		size_t n;
	} sealed; /* gateway A's, for the client-held case */
	uint8_t container[MESSAGE_MAX], moved_container[MESSAGE_MAX],
	    rekeyed_container[MESSAGE_MAX];
	size_t container_n, moved_container_n, rekeyed_container_n;
};

/* End the program when something that cannot fail does. */
void must(enum err err);
void must_be(bool ok);

void inner_begin(struct inner *in);
void inner_index(struct inner *in, const struct index *ix);

void key_exchange_make(struct scene *s, struct key_exchange *ke);
/* Print the values of a key exchange under a prefix. */
void key_exchange_print(const char *prefix, const struct key_exchange *ke);
/* SKEYSEED = prf(key, parts), then the seven keys. */
void keys_print(const char *prefix, const struct ike_keys *k, struct span key,
		const struct span *parts, size_t n);

/* Seal `in` in a message with these keys, print inner and message. */
void sealed_message(struct scene *s, const char *name, const struct ike_keys *k, uint64_t spi_i,
		    uint64_t spi_r, uint8_t exchange, bool response, uint32_t message_id,
		    const struct inner *in);

/* The acts, in the order of main(); each prints its part. */
void scene_init(struct scene *s);
void act_old_sa(struct scene *s);
void act_stub(struct scene *s);
void act_resumption(struct scene *s);

void act_move(struct scene *s);
void act_rekey(struct scene *s);
void act_bank(struct scene *s);

#endif
