/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts messages together: request and answer, SA and what is sent on it. */
#include "reader/story.h"

#include "reader/story_open.h"
#include "reader/story_stub.h"
#include "wire/ike_nonce.h"
#include "wire/ike_syn.h"
#include "wire/ike_vendor.h"

/* SAs with one pair of SPIs: more are forged copies of no interest. */
#define TWINS_MAX 8
/* What is compared with each other: an honest exchange has few messages. */
#define REPEATS_MAX 64

static guint spi_hash(gconstpointer key)
{
	const uint64_t *v = key;
	uint64_t mixed = v[0] * 0x9e3779b97f4a7c15u;

	return (guint)(mixed ^ mixed >> 32);
}

static gboolean spi_same(gconstpointer a, gconstpointer b)
{
	return *(const uint64_t *)a == *(const uint64_t *)b;
}

static void attempt_free(void *data)
{
	struct attempt *a = data;

	g_ptr_array_unref(a->requests);
	g_ptr_array_unref(a->responses);
	g_free(a);
}

static void opened_free(void *data)
{
	struct opened *o = data;

	if (o->plain)
		secret_wipe(o->plain, o->plain_n);
	g_free(o->plain);
	g_free(o->inner);
	g_free(o);
}

static void sa_free(void *data)
{
	struct sa *sa = data;

	g_ptr_array_unref(sa->messages);
	ike_keys_clear(&sa->keys);
	g_free(sa);
}

/* While the story is being made: lists by SPIi, newest first. */
struct maker {
	struct story *s;
	GHashTable *attempts; /* GPtrArray of struct attempt by SPIi */
	GHashTable *sas;      /* GPtrArray of struct sa by SPIi */
};

static GPtrArray *list_of(GHashTable *all, uint64_t spi_i, bool make)
{
	GPtrArray *list = g_hash_table_lookup(all, &spi_i);

	if (!list && make) {
		list = g_ptr_array_new();
		g_hash_table_insert(all, g_memdup2(&spi_i, sizeof(spi_i)), list);
	}
	return list;
}

/* Whose exchange `m` belongs to; *response: it is the gateway's. NULL: nobody's yet. */
static struct attempt *attempt_of(const struct maker *k, const struct seen_message *m,
				  bool *response)
{
	const GPtrArray *list = list_of(k->attempts, m->header.spi_i, false);

	/* the addresses tell who asks, for flags may be wrong */
	for (unsigned i = 0; list && i < list->len && i < REPEATS_MAX; i++) {
		struct attempt *a = g_ptr_array_index(list, i);

		*response = address_equal(&a->client, &m->to.address) &&
			    address_equal(&a->gateway, &m->from.address);
		/* one host may play both: there the flag must do */
		if (address_equal(&a->client, &a->gateway))
			*response &= (m->header.flags & IKE_FLAG_RESPONSE) != 0;
		if (*response || (address_equal(&a->client, &m->from.address) &&
				  address_equal(&a->gateway, &m->to.address)))
			return a;
	}
	*response = m->header.flags & IKE_FLAG_RESPONSE;
	return NULL;
}

static struct attempt *attempt_new(struct maker *k, const struct seen_message *m)
{
	struct attempt *a = g_new0(struct attempt, 1);

	a->spi_i = m->header.spi_i;
	a->client = m->from.address;
	a->gateway = m->to.address;
	a->requests = g_ptr_array_new();
	a->responses = g_ptr_array_new();
	g_ptr_array_add(k->s->attempts, a);
	g_ptr_array_add(list_of(k->attempts, a->spi_i, true), a);
	return a;
}

static void take_request(struct maker *k, struct attempt *a, const struct seen_message *m)
{
	const struct reading *r = k->s->reading;
	struct chain chain;
	struct fault fault;
	struct index index;

	g_ptr_array_add(a->requests, (void *)(uintptr_t)m);
	if (!seen_chain(r, m, &chain))
		return;
	k->s->speaks |= ike_vendor_find_profile_1(&chain);
	if (ike_syn_find(&chain, r->syn_type, &index, &fault) != IKE_SYN_PRESENT)
		return;
	a->asks = true;
	a->index = index;
	k->s->speaks = true;
	k->s->announced |= ike_vendor_find_profile_1(&chain);
}

/* Has this answer brought about an SA already? */
static bool is_repeated(const struct attempt *a, const struct seen_message *m)
{
	for (unsigned i = 0; i < a->responses->len && i < REPEATS_MAX; i++) {
		const struct seen_message *other = g_ptr_array_index(a->responses, i);

		if (other != m && span_equal(seen_octets(other), seen_octets(m)))
			return true;
	}
	return false;
}

static void sa_new(struct maker *k, struct attempt *a, const struct seen_message *m,
		   const struct ike_answer *answer)
{
	const struct seen_message *request = g_ptr_array_index(a->requests, a->requests->len - 1);
	GPtrArray *twins = list_of(k->sas, a->spi_i, true);
	const struct chain_payload *ni;
	struct chain chain;
	struct fault fault;
	struct sa *sa;

	if (twins->len >= TWINS_MAX || !seen_chain(k->s->reading, request, &chain))
		return;
	ni = chain_find(&chain, PAYLOAD_NONCE);
	if (!ni || !answer->has_nr)
		return;
	sa = g_new0(struct sa, 1);
	sa->attempt = a;
	sa->request = request;
	sa->response = m;
	sa->messages = g_ptr_array_new_with_free_func(opened_free);
	sa->resumed =
	    answer->kind == IKE_ANSWER_RESUMED &&
	    ike_syn_find(&chain, k->s->reading->syn_type, &sa->old, &fault) == IKE_SYN_PRESENT;
	sa->index = (struct index){ m->header.spi_r, m->from.address };
	sa->ike = (struct ike_attempt){ .spi_i = a->spi_i,
					.spi_r = m->header.spi_r,
					.ni = ni->body,
					.nr = answer->nr,
					.request = seen_octets(request),
					.response = seen_octets(m) };
	if (sa->resumed)
		k->s->announced |= answer->announced;
	a->last = sa;
	g_ptr_array_add(k->s->sas, sa);
	g_ptr_array_add(twins, sa);
}

static void take_response(struct maker *k, struct attempt *a, const struct seen_message *m)
{
	struct ike_answer *answer;
	bool repeated = is_repeated(a, m);

	g_ptr_array_add(a->responses, (void *)(uintptr_t)m);
	if (repeated || m->fault.err != ERR_OK)
		return;
	answer = g_new0(struct ike_answer, 1);
	ike_answer_read(seen_octets(m), a->spi_i, answer);
	if (answer->kind == IKE_ANSWER_RESUMED || answer->kind == IKE_ANSWER_ORDINARY)
		sa_new(k, a, m, answer);
	g_free(answer);
}

static void take_init(struct maker *k, const struct seen_message *m)
{
	bool response;
	struct attempt *a = attempt_of(k, m, &response);

	if (!a && response)
		g_ptr_array_add(k->s->lost, (void *)(uintptr_t)m);
	else if (response)
		take_response(k, a, m);
	else
		take_request(k, a ? a : attempt_new(k, m), m);
}

static void take_protected(struct maker *k, const struct seen_message *m)
{
	const GPtrArray *list = list_of(k->sas, m->header.spi_i, false);
	struct chain chain;

	if (!list || !seen_chain(k->s->reading, m, &chain))
		return;
	for (unsigned i = 0; i < list->len; i++) {
		struct sa *sa = g_ptr_array_index(list, i);
		struct opened *o;

		if (sa->ike.spi_r != m->header.spi_r)
			continue;
		o = g_new0(struct opened, 1);
		o->m = m;
		o->from_initiator = m->header.flags & IKE_FLAG_INITIATOR;
		o->sealed = chain_find(&chain, PAYLOAD_SK) || chain_find(&chain, PAYLOAD_SKF);
		g_ptr_array_add(sa->messages, o);
	}
}

static void list_free(void *data)
{
	g_ptr_array_unref(data);
}

struct story *story_new(struct reading *r)
{
	struct story *s = g_new0(struct story, 1);
	struct maker k = { .s = s };

	s->reading = r;
	s->attempts = g_ptr_array_new_with_free_func(attempt_free);
	s->sas = g_ptr_array_new_with_free_func(sa_free);
	s->ops = g_array_new(FALSE, TRUE, sizeof(struct stub_op));
	s->lost = g_ptr_array_new();
	k.attempts = g_hash_table_new_full(spi_hash, spi_same, g_free, list_free);
	k.sas = g_hash_table_new_full(spi_hash, spi_same, g_free, list_free);
	story_stubs(s, r);
	for (unsigned i = 0; i < r->messages->len; i++) {
		const struct seen_message *m = g_ptr_array_index(r->messages, i);

		if (m->header.exchange == EXCHANGE_IKE_SA_INIT)
			take_init(&k, m);
		else if (m->fault.err == ERR_OK)
			take_protected(&k, m);
	}
	g_hash_table_unref(k.attempts);
	g_hash_table_unref(k.sas);
	for (unsigned i = 0; i < s->sas->len; i++)
		story_open(g_ptr_array_index(s->sas, i), r->keys);
	return s;
}

void story_free(struct story *s)
{
	if (!s)
		return;
	g_ptr_array_unref(s->sas);
	g_ptr_array_unref(s->attempts);
	g_ptr_array_unref(s->lost);
	g_array_unref(s->ops);
	g_free(s->stub_fault);
	g_free(s);
}

struct sa *story_sa(const struct story *s, const struct index *index)
{
	for (unsigned i = 0; i < s->sas->len; i++) {
		struct sa *sa = g_ptr_array_index(s->sas, i);

		if (index_equal(&sa->index, index))
			return sa;
	}
	return NULL;
}
