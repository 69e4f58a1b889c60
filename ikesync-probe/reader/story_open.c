/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tries the keys that are known, and keeps what they open. */
#include "reader/story_open.h"

#include "ike/ike_fragments.h"
#include "wire/ike_notify.h"

/* What one SA may cost: SK_d tried, and messages each is tried on. */
#define CANDIDATES_MAX 16
#define TRIES_MAX 64
/* An inner chain takes some 3 KiB: beyond this many, messages are only counted. */
#define KEPT_MAX 4096

/* The messages of one direction that came in pieces. */
struct pieces {
	struct ike_fragments f;
	bool begun, response;
	uint8_t *store;
	size_t cap;
};

static bool is_in_pieces(const struct seen_message *m)
{
	struct ike_header h;
	struct chain chain;
	struct fault fault;

	return chain_parse_message(seen_octets(m), &h, &chain, &fault) == ERR_OK &&
	       chain_find(&chain, PAYLOAD_SKF);
}

/* Does the message, or this piece of one, verify? */
static bool verifies(const struct opened *o, const struct ike_keys *keys)
{
	const enum sk_sender sender = o->from_initiator ? SK_FROM_INITIATOR : SK_FROM_RESPONDER;
	struct span message = seen_octets(o->m);
	const struct chain_payload *sk;
	struct ike_header h;
	struct chain chain;
	struct fault fault;
	uint8_t *plain;
	size_t n;
	bool ok;

	if (chain_parse_message(message, &h, &chain, &fault) != ERR_OK)
		return false;
	sk = chain_find(&chain, PAYLOAD_SK);
	if (!sk)
		sk = chain_find(&chain, PAYLOAD_SKF);
	if (!sk)
		return false;
	plain = g_malloc(message.n + 1);
	ok = sk_open(message, sk, keys, sender, plain, &n) == ERR_OK;
	secret_wipe(plain, message.n + 1);
	g_free(plain);
	return ok;
}

static bool fits_any(const struct sa *sa, const struct ike_keys *keys)
{
	for (unsigned i = 0; i < sa->messages->len && i < TRIES_MAX; i++)
		if (verifies(g_ptr_array_index(sa->messages, i), keys))
			return true;
	return false;
}

static bool names(const struct ring_sa *known, const struct index *index)
{
	return known->any_address ? known->index.spi == index->spi
				  : index_equal(&known->index, index);
}

/* The draft's derivation from every SK_d that is known for the old index. */
static void derive(struct sa *sa, const struct key_ring *ring)
{
	const struct ike_seed seed = ike_attempt_seed(&sa->ike);
	unsigned tried = 0;

	for (unsigned i = 0; i < ring->sas->len && tried < CANDIDATES_MAX; i++) {
		const struct ring_sa *known = &g_array_index(ring->sas, struct ring_sa, i);
		struct ike_keys keys;

		if (!names(known, &sa->old) || ike_keys_resume(&keys, &known->suite, &seed,
							       secret_peek(&known->sk_d)) != ERR_OK)
			continue;
		tried++;
		if (sa->keyed == SA_NO_KEYS || fits_any(sa, &keys)) {
			bool fits = fits_any(sa, &keys);

			ike_keys_clear(&sa->keys);
			sa->keys = keys;
			sa->features = known->features;
			sa->has_features = known->has_features;
			sa->keyed = fits ? SA_DERIVED : SA_DERIVED_MISFIT;
		}
		ike_keys_clear(&keys);
		if (sa->keyed == SA_DERIVED)
			return;
	}
}

static void keep(struct sa *sa, struct opened *o, struct ike_protected *inner, uint8_t *plain,
		 size_t n)
{
	if (sa->opened > KEPT_MAX) {
		secret_wipe(plain, n);
		g_free(plain);
		g_free(inner);
		return;
	}
	o->inner = inner;
	o->plain = plain;
	o->plain_n = n;
}

static void open_pieces(struct sa *sa, struct opened *o, struct pieces *p)
{
	const enum sk_sender sender = o->from_initiator ? SK_FROM_INITIATOR : SK_FROM_RESPONDER;
	bool response = o->m->header.flags & IKE_FLAG_RESPONSE;
	struct ike_protected *inner;
	uint8_t *plain;

	if (!p->store) {
		p->cap = IKE_MESSAGE_MAX;
		p->store = g_malloc(p->cap);
	}
	if (!p->begun || p->response != response || p->f.message_id != o->m->header.message_id) {
		ike_fragments_init(&p->f, p->store, p->cap);
		p->begun = true;
		p->response = response;
	}
	inner = g_new0(struct ike_protected, 1);
	plain = g_malloc(IKE_MESSAGE_MAX);
	switch (ike_fragments_take(&p->f, seen_octets(o->m), &sa->keys, sender, plain,
				   IKE_MESSAGE_MAX, inner)) {
	case IKE_FRAGMENTS_WHOLE:
		o->verified = true;
		keep(sa, o, inner, plain, IKE_MESSAGE_MAX);
		return;
	case IKE_FRAGMENTS_MORE:
		o->verified = true;
		break;
	default:
		o->verified = verifies(o, &sa->keys);
	}
	secret_wipe(plain, IKE_MESSAGE_MAX);
	g_free(plain);
	g_free(inner);
}

static void open_whole(struct sa *sa, struct opened *o)
{
	const enum sk_sender sender = o->from_initiator ? SK_FROM_INITIATOR : SK_FROM_RESPONDER;
	struct ike_protected *inner = g_new0(struct ike_protected, 1);
	size_t n = o->m->n + 1;
	uint8_t *plain = g_malloc(n);

	o->verified =
	    ike_protected_open(seen_octets(o->m), &sa->keys, sender, plain, n, inner) == ERR_OK;
	if (o->verified) {
		keep(sa, o, inner, plain, n);
		return;
	}
	/* one that verifies and is broken inside is no forgery */
	o->verified = inner->broken.clause == IKE_CLAUSE_INNER;
	secret_wipe(plain, n);
	g_free(plain);
	g_free(inner);
}

static void open_all(struct sa *sa)
{
	struct pieces pieces[2] = { { .begun = false }, { .begun = false } };

	for (unsigned i = 0; i < sa->messages->len; i++) {
		struct opened *o = g_ptr_array_index(sa->messages, i);

		if (is_in_pieces(o->m))
			open_pieces(sa, o, &pieces[o->from_initiator]);
		else
			open_whole(sa, o);
		sa->opened += o->verified;
		sa->unopened += !o->verified;
	}
	for (unsigned i = 0; i < 2; i++)
		if (pieces[i].store) {
			secret_wipe(pieces[i].store, pieces[i].cap);
			g_free(pieces[i].store);
		}
}

/* The index that the gateway told: in IKE_AUTH, or in the answer to message ID 1. */
static void take_index(struct sa *sa)
{
	for (unsigned i = 0; i < sa->messages->len && !sa->index_told; i++) {
		const struct opened *o = g_ptr_array_index(sa->messages, i);
		struct ike_notify n;
		struct fault fault;
		struct index index;

		/* only message ID 1 of a resumed SA: later ones tell of rekeyed SAs */
		if (o->from_initiator || !o->inner || (sa->resumed && o->m->header.message_id != 1))
			continue;
		if (ike_notify_find(&o->inner->inner, NOTIFY_IKESYNC_INDEX, &n) &&
		    index_parse(n.data, false, 0, &index, &fault) == ERR_OK) {
			sa->index = index;
			sa->index_told = true;
		}
	}
}

void story_open(struct sa *sa, struct key_ring *ring)
{
	const struct ring_row *row = key_ring_row(ring, sa->ike.spi_i, sa->ike.spi_r);

	if (sa->resumed)
		derive(sa, ring);
	if (sa->keyed == SA_DERIVED_MISFIT)
		sa->given_fits = row && fits_any(sa, &row->keys);
	if (sa->keyed == SA_NO_KEYS && row) {
		sa->keyed = SA_GIVEN;
		sa->keys = row->keys;
	}
	if (sa->keyed == SA_NO_KEYS)
		return;
	open_all(sa);
	take_index(sa);
	if (sa->keyed == SA_DERIVED) {
		struct ring_sa next = { .index = sa->index,
					.suite = sa->keys.suite,
					.sk_d = sa->keys.sk_d,
					.features = sa->features,
					.has_features = sa->has_features,
					.frame = sa->response->frame };

		key_ring_add_sa(ring, &next);
		secret_clear(&next.sk_d);
	}
}
