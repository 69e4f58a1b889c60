/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C48, C49: more clients at once than a gateway logs in with one hand, and more than a small table holds. */
#include "cases/cases.h"
#include "cases/shown.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "client/auth.h"

/* --- C48 --- */

/* One client: its IKE_AUTH request waits until all have theirs. */
struct guest {
	struct client *c;
	GByteArray *auth;
	uint32_t message_id;
	bool in;
};

/* The one that this client was given before, or any. */
static void ask_inner_address(struct client *c, struct inner *in)
{
	const struct ike_cp cp = {
		.type = IKE_CP_REQUEST,
		.n = 1,
		.at = { { IKE_CP_INTERNAL_IP4_ADDRESS,
			  span_of(c->inner_ip4, c->has_inner_ip4 ? sizeof(c->inner_ip4) : 0) } }
	};

	ike_cp_write(&in->in.w, &cp);
}

/* Where the gateway has most to compute. */
static const struct suite *dearest_suite(const struct target_client *t)
{
	const struct suite *s = &t->suites[0];

	for (unsigned i = 1; i < t->n_suites; i++)
		if (dh_cost(t->suites[i].dh) > dh_cost(s->dh))
			s = &t->suites[i];
	return s;
}

/* IKE_SA_INIT, and a request to log in. false: c->why. */
static bool ring(struct guest *g)
{
	const struct init_request r =
	    init_request_of(dearest_suite(&g->c->probe->target->client), NULL);
	struct init_answer a;
	bool ok;

	g->c->auth_more = ask_inner_address;
	ok = init_exchange(g->c, &r, &a) == IKE_ANSWER_ORDINARY && init_keys(g->c, &r, &a);
	init_answer_clear(&a);
	g->auth = ok ? auth_prepare(g->c, &g->message_id) : NULL;
	return g->auth != NULL;
}

/* All requests, each twice as an impatient client or network would have it, and then the answers. */
static unsigned let_in(struct guest *all, unsigned n)
{
	unsigned in = 0;

	for (unsigned i = 0; i < 2 * n; i++)
		transport_send(all[i / 2].c->transport,
			       span_of(all[i / 2].auth->data, all[i / 2].auth->len));
	for (unsigned i = 0; i < n; i++) {
		all[i].in = auth_finish(all[i].c, all[i].auth, all[i].message_id);
		in += all[i].in;
	}
	return in;
}

static void check_addresses(struct evidence *e, const struct guest *all, unsigned n)
{
	GHashTable *given = g_hash_table_new(NULL, NULL);
	unsigned with = 0, twice = 0;

	for (unsigned i = 0; i < n; i++) {
		uint32_t address;

		if (!all[i].in || !all[i].c->has_inner_ip4)
			continue;
		memcpy(&address, all[i].c->inner_ip4, sizeof(address));
		with++;
		twice += !g_hash_table_add(given, GUINT_TO_POINTER(address));
	}
	g_hash_table_unref(given);
	if (with == 0)
		evidence_info(e, "no client was given an inner address");
	else
		evidence_check_as(e, PROVENANCE_BASE, "RFC 7296 section 2.19", twice == 0,
				  "inner addresses of clients that are all logged in",
				  "each has one of its own", "%u addresses, %u of them given twice",
				  with, twice);
}

/* A client that asks for what another one has gets something else, or nothing. */
static void asks_for_a_taken_one(struct probe *p, struct evidence *e, const struct guest *other)
{
	struct guest g = { .c = client_new(p, e, &p->target->roomy, NULL) };

	if (!g.c)
		return;
	memcpy(g.c->inner_ip4, other->c->inner_ip4, sizeof(g.c->inner_ip4));
	g.c->has_inner_ip4 = true;
	if (ring(&g) && auth_finish(g.c, g.auth, g.message_id)) {
		const bool same =
		    g.c->has_inner_ip4 && memcmp(g.c->inner_ip4, other->c->inner_ip4, 4) == 0;

		evidence_clause(e, "17.5", !same,
				"one more client, who asks for the inner address of one of them",
				"another address, or none", "%s",
				same                 ? "that address, which is taken"
				: g.c->has_inner_ip4 ? "another address"
						     : "none");
	}
	if (g.auth)
		g_byte_array_unref(g.auth);
	client_free(g.c);
}

static void c48(struct probe *p, struct evidence *e)
{
	const unsigned n = p->target->logins;
	struct guest *all = g_new0(struct guest, n);
	unsigned rang = 0, in;

	while (rang < n && !probe_interrupted()) {
		all[rang].c = client_new(p, e, &p->target->roomy, NULL);
		if (!all[rang].c || !ring(&all[rang]))
			break;
		rang++;
	}
	if (rang < n) {
		evidence_inconclusive(e, "client %u of %u: %s", rang + 1, n,
				      all[rang].c ? all[rang].c->why : "no way there");
	} else {
		in = let_in(all, n);
		evidence_clause(e, "59.5", in == n, "IKE_AUTH of many clients, all at once",
				"each is answered, and logs in", "%u of %u%s%s", in, n,
				in < n ? ", the last refused: " : "",
				in < n ? all[n - 1].c->why : "");
		check_addresses(e, all, n);
		if (all[n / 8].in && all[n / 8].c->has_inner_ip4)
			asks_for_a_taken_one(p, e, &all[n / 8]);
		for (unsigned i = 0; i<n; i += n> 2 ? n / 2 - 1 : 1)
			if (all[i].in)
				shown_alive(e, all[i].c, "59.5", "one of those SAs");
	}
	for (unsigned i = 0; i < n && all[i].c; i++) {
		if (all[i].auth)
			g_byte_array_unref(all[i].auth);
		client_free(all[i].c);
	}
	g_free(all);
}

const struct probe_case case_c48 = {
	.id = "C48",
	.title = "Many clients log in at once: each is answered, each has its own inner address",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 sections 1.2 and 2.19; wire profile rule 59",
	.required = "When a site comes back all its clients log in together. A gateway may let "
		    "them wait for each other, but serves all of them.",
	.causes = "what is put off for want of time is lost, or ends the program\n"
		  "an inner address is given to two\n"
		  "a limit per source: the probe's clients have one address; see [limits] logins",
	.clauses = "17.5 59.5",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_ROOMY,
	.needs = "S01",
	.alone = true,
	.run = c48,
};

/* --- C49 --- */

/* Of those who came first: each has had the same fate as the others by the end. */
#define KEPT 60
/* Requests on their way at once: what a socket's buffer holds. */
#define AT_ONCE 32
#define WAIT_MS 500
/* Older than this, on a bad network, a half-open SA may be over (30 s are usual, 10 s are not rare). */
#define YOUNG_MS 8000

struct wave {
	struct client *c; /* one socket for all; each request has its own SPIi */
	uint64_t spi_i[AT_ONCE];
	unsigned n;
	bool cookies; /* were asked for */
};

static unsigned answers_of(struct wave *w)
{
	unsigned answered = 0;
	uint64_t deadline = probe_now() + WAIT_MS;
	struct span message;

	while (answered < w->n && transport_receive(w->c->transport, deadline, &message))
		for (unsigned i = 0; i < w->n; i++) {
			struct init_answer a;

			if (!w->spi_i[i] || !init_read(message, w->spi_i[i], &a))
				continue;
			answered += a.said.kind == IKE_ANSWER_ORDINARY;
			w->cookies |= a.said.kind == IKE_ANSWER_COOKIE;
			w->spi_i[i] = 0;
			init_answer_clear(&a);
			break;
		}
	return answered;
}

/*
 * So many half-open SAs more, in waves. How many are there? Whoever asks for cookies holds none of those who return none:
 * *cookies, and no further wave.
 */
static unsigned flood(struct client *c, unsigned wanted, bool *cookies)
{
	const struct init_request r = init_request_of(&c->probe->target->client.suites[0], NULL);
	unsigned there = 0;

	for (unsigned sent = 0;
	     there < wanted && sent < 2 * wanted && !*cookies && !probe_interrupted();) {
		struct wave w = { .c = c, .n = MIN(AT_ONCE, wanted - there) };

		for (unsigned i = 0; i < w.n; i++) {
			client_fresh(c, CLIENT_NONCE_DEFAULT);
			if (!init_build(c, &r))
				return there;
			w.spi_i[i] = c->sa.spi_i;
			transport_send(c->transport, span_of(c->request->data, c->request->len));
		}
		sent += w.n;
		there += answers_of(&w);
		*cookies = w.cookies;
	}
	return there;
}

/* Whatever is half open, somebody new is served. */
static void comes_last(struct probe *p, struct evidence *e)
{
	struct client *c = client_new(p, e, &p->target->roomy, NULL);
	bool in;

	if (!c)
		return;
	in = auth_full_handshake(c, &p->target->client.suites[0]);
	evidence_clause(e, "59.5", in, "who comes after all of them", "logs in", "%s",
			in ? "logged in" : c->why);
	client_free(c);
}

static void c49(struct probe *p, struct evidence *e)
{
	const unsigned n = p->target->sas;
	const struct init_request r = init_request_of(&p->target->client.suites[0], NULL);
	struct client *first[KEPT], *c = client_new(p, e, &p->target->roomy, NULL);
	const uint64_t began = probe_now();
	unsigned kept = 0, there, in = 0;
	bool cookies = false, young;
	char *why = NULL;

	for (; c && kept < KEPT && !probe_interrupted(); kept++) {
		struct init_answer a;
		bool ok;

		first[kept] = client_new(p, e, &p->target->roomy, NULL);
		ok = first[kept] && init_exchange(first[kept], &r, &a) == IKE_ANSWER_ORDINARY;
		if (first[kept])
			init_answer_clear(&a);
		if (!ok)
			break;
	}
	there = c && kept == KEPT ? kept + flood(c, n - MIN(n, kept), &cookies) : kept;
	if (cookies)
		evidence_info(
		    e, "with %u half-open SAs cookies are asked for, so that no more come about",
		    there);
	else if (there < n)
		evidence_inconclusive(e, "%u of %u half-open SAs came about: see [limits] sas",
				      there, n);
	young = probe_now() - began < YOUNG_MS;
	for (unsigned i = 0; i < kept; i++) {
		auth_settle(first[i]);
		in += first[i]->live;
		if (!first[i]->live && !why)
			why = g_strdup(first[i]->why);
	}
	if (!young)
		evidence_note(e, "it took %u ms to make them: those who came first may be over",
			      (unsigned)(probe_now() - began));
	else if (there >= n || cookies)
		evidence_clause(e, "59.5", in == kept, "those who came first, beside many others",
				"each logs in", "%u of %u%s%s", in, kept, why ? "; one: " : "",
				why ? why : "");
	for (unsigned i = 0; i < kept; i++)
		client_free(first[i]);
	comes_last(p, e);
	if (kept < KEPT && c)
		client_vanish(first[kept]);
	client_vanish(c);
	g_free(why);
}

const struct probe_case case_c49 = {
	.id = "C49",
	.title = "Beside thousands of half-open SAs those who came first log in",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 section 2.1; wire profile rule 59",
	.required =
	    "A gateway keeps as many half-open SAs as it says, and finds each of them again.",
	.causes =
	    "a table that grows loses entries\n"
	    "the oldest are dropped to make room\n"
	    "[variant roomy] asks for cookies, or caps an address, at fewer than [limits] sas",
	.clauses = "59.5",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_ROOMY,
	.needs = "S01",
	.alone = true,
	.run = c49,
};
