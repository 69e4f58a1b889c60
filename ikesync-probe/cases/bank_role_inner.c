/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C10: the inner address, which a stub holds and a resumed client asks for. */
#include "cases/banked.h"
#include "cases/cases.h"
#include "client/auth.h"
#include "client/rekey.h"
#include "client/child.h"

#define NEEDS (REQUIRES_GATEWAY | REQUIRES_VARIANT_BANKED | REQUIRES_BANKED_SEAL_KEYS)
#define IP4_TEXT_MAX 16

static const char *ip4_text(bool has, const uint8_t *a, char out[static IP4_TEXT_MAX])
{
	if (has)
		g_snprintf(out, IP4_TEXT_MAX, "%u.%u.%u.%u", a[0], a[1], a[2], a[3]);
	else
		g_strlcpy(out, "none", IP4_TEXT_MAX);
	return out;
}

/* CFG_REQUEST for an IPv4 address: this one, or any (NULL). */
static void write_cp(struct inner *in, const uint8_t *address)
{
	const struct ike_cp cp = { .type = IKE_CP_REQUEST,
				   .n = 1,
				   .at = { { IKE_CP_INTERNAL_IP4_ADDRESS,
					     span_of(address, address ? 4 : 0) } } };

	ike_cp_write(&in->in.w, &cp);
}

static void ask_any(struct client *c, struct inner *in)
{
	(void)c;
	write_cp(in, NULL);
}

/* A client that was given an inner address at its login, and its stub. */
struct given {
	struct old_sa *old;
	uint8_t address[4];
	bool in_stub;
	uint8_t stub_address[4];
};

static bool login(struct banked *b, struct given *g)
{
	const unsigned mark = bank_role_mark(b->role);
	struct client *c = banked_client(b);
	const struct bank_asked *init;
	struct bank_stub_read r = { 0 };

	*g = (struct given){ 0 };
	if (!c)
		return false;
	c->auth_more = ask_any;
	if (!auth_full_handshake(c, b->suite) || !c->has_inner_ip4) {
		evidence_inconclusive(b->e, "[variant banked] gives no inner address: %s",
				      c->live ? "no CFG_REPLY with INTERNAL_IP4_ADDRESS" : c->why);
		client_free(c);
		return false;
	}
	memcpy(g->address, c->inner_ip4, 4);
	init = banked_init_of(b, c, mark);
	if (init && banked_open(b, init, &r)) {
		g->in_stub = r.stub.has_inner_ip4;
		memcpy(g->stub_address, r.stub.inner_ip4, 4);
	}
	bank_stub_read_clear(&r);
	g->old = g_new0(struct old_sa, 1);
	old_sa_of_client(g->old, c, NULL);
	g->old->client = c;
	return true;
}

/* Message ID 1: a child SA with a CFG_REQUEST. */
struct asked {
	const uint8_t *address; /* NULL: any */
	struct ike_child child;
	bool has;
	uint8_t got[4];
	bool narrowed; /* TSi is that address and nothing else */
	bool within;   /* that address is in TSi */
	struct ike_ts_list ts_i;
};

/* What no client with one inner address may send from, and all of IPv4. */
static struct ike_ts_list wide_selectors(void)
{
	struct ike_ts_list list = { 3, { ike_ts_any(6), ike_ts_any(4), ike_ts_any(4) } };

	memcpy(list.at[1].start, (const uint8_t[]){ 192, 0, 2, 0 }, 4);
	memcpy(list.at[1].end, (const uint8_t[]){ 192, 0, 2, 255 }, 4);
	return list;
}

static void write_child(struct client *c, struct inner *in, void *user)
{
	struct asked *a = user;
	const struct target_client *t = &c->probe->target->client;
	const struct ike_child_offer offer = {
		.n_suites = t->n_esp, .suites = t->esp, .ts_i = &a->ts_i, .nonce = true
	};

	a->ts_i = wide_selectors();
	write_cp(in, a->address);
	ike_child_write(&in->in, &offer, c->rng, &a->child);
}

static void read_child(struct client *c, const struct protected_answer *answer, void *user)
{
	struct asked *a = user;

	const struct chain_payload *p = chain_find(&answer->inner, PAYLOAD_TSI);
	struct fault fault;

	(void)c;
	a->has = auth_read_inner_ip4(&answer->inner, a->got);
	a->narrowed = p && ike_ts_parse(p, &a->ts_i, &fault) == ERR_OK && a->ts_i.n > 0;
	a->within = false;
	for (unsigned i = 0; p && i < a->ts_i.n; i++) {
		const struct ike_ts *ts = &a->ts_i.at[i];
		const bool four = ts->type == IKE_TS_IPV4_ADDR_RANGE;

		a->within |=
		    four && memcmp(ts->start, a->got, 4) <= 0 && memcmp(ts->end, a->got, 4) >= 0;
		a->narrowed &=
		    four && memcmp(ts->start, a->got, 4) == 0 && memcmp(ts->end, a->got, 4) == 0;
	}
}

/* Resume `old` with that request. NULL: stated. */
static struct client *resume_asking(struct banked *b, struct old_sa *old, struct asked *a)
{
	const struct resume_ask ask = { .name = "CREATE_CHILD_SA with a CFG_REQUEST",
					.exchange = EXCHANGE_CREATE_CHILD_SA,
					.write = write_child,
					.answered = read_child,
					.user = a };
	const struct resume_knobs knobs = { .ask = &ask };
	struct resume_result result = { 0 };
	struct client *c = NULL;
	bool ok;

	if (!banked_hit(b, old, &c)) {
		client_free(c);
		return NULL;
	}
	ok = resume_confirm(c, old, &knobs, &result) == RESUME_COMMITTED;
	if (ok)
		old->moved = true;
	else
		evidence_inconclusive(b->e, "the resumption was not confirmed: %s (see B17)",
				      result.text);
	resume_result_clear(&result);
	if (ok)
		return c;
	client_free(c);
	return NULL;
}

static void keeps(struct banked *b, bool named)
{
	struct given g;
	struct asked a = { 0 };
	struct client *c = NULL;
	char was[IP4_TEXT_MAX], is[IP4_TEXT_MAX];

	if (!login(b, &g))
		return;
	evidence_clause(b->e, "29.3", g.in_stub && memcmp(g.stub_address, g.address, 4) == 0,
			"attribute 4 of its stub", ip4_text(true, g.address, was), "%s",
			ip4_text(g.in_stub, g.stub_address, is));
	a.address = named ? g.address : NULL;
	c = resume_asking(b, g.old, &a);
	if (c)
		evidence_clause(
		    b->e, named ? "17.5" : "17.2", a.has && memcmp(a.got, g.address, 4) == 0,
		    named ? "inner address after a resumption whose client asks for it"
			  : "inner address after a resumption whose client asks for any",
		    ip4_text(true, g.address, was), "%s", ip4_text(a.has, a.got, is));
	if (c && a.has) {
		evidence_check_as(b->e, PROVENANCE_BASE, "RFC 7296 section 2.9", a.within,
				  "TSi of the answer to all of IPv6, 192.0.2.0/24 and all of IPv4",
				  "one that the address is in", "%s",
				  a.within ? "it is" : "it is not");
		/* a responder may narrow (section 2.9): how far is its policy */
		if (a.within && !a.narrowed)
			evidence_info(b->e,
				      "TSi of the answer holds more than %s: the gateway does not "
				      "bind its client to that address",
				      ip4_text(true, a.got, was));
	}
	client_free(c);
	old_sa_free(g.old);
}

/* An address that a live client has is nobody else's, whatever a stub says or a client asks. */
static void not_twice(struct banked *b)
{
	struct given one, two;
	struct asked a = { 0 };
	struct bank_stub s;
	struct old_sa *old;
	struct client *c;
	char was[IP4_TEXT_MAX], is[IP4_TEXT_MAX];

	if (!login(b, &one))
		return;
	if (login(b, &two)) {
		evidence_clause(b->e, "17.5", memcmp(one.address, two.address, 4) != 0,
				"inner addresses of two clients at once", "two", "%s twice",
				ip4_text(true, two.address, is));
		old_sa_free(two.old);
	}
	bank_stub_fill(&s, b->p, b->suite);
	s.stub.has_inner_ip4 = true;
	memcpy(s.stub.inner_ip4, one.address, 4);
	a.address = one.address;
	old = banked_serve(b, &s);
	c = old ? resume_asking(b, old, &a) : NULL;
	if (c)
		evidence_clause(
		    b->e, "17.5", !a.has || memcmp(a.got, one.address, 4) != 0,
		    "inner address of a resumption whose stub names that of a live client",
		    "another, or none", "%s, which is %s", ip4_text(a.has, a.got, is),
		    ip4_text(true, one.address, was));
	client_free(c);
	old_sa_free(old);
	old_sa_free(one.old);
}

/* A rekey of the IKE SA changes nothing about it. */
static void through_rekey(struct banked *b)
{
	char is[ADDRESS_TEXT_MAX], was[ADDRESS_TEXT_MAX];
	const struct bank_asked *update;
	struct bank_stub_read r = { 0 };
	struct given g;
	unsigned mark;

	if (!login(b, &g))
		return;
	mark = bank_role_mark(b->role);
	if (!rekey_ike(g.old->client)) {
		evidence_note(b->e, "the IKE SA could not be rekeyed: %s (see B07)",
			      g.old->client->why);
	} else {
		update = banked_asked(b, "36.6", STUB_UPDATE, &g.old->index, mark,
				      "the rekey of the IKE SA updates its stub");
		if (update && banked_open(b, update, &r))
			evidence_clause(b->e, "29.3",
					r.stub.has_inner_ip4 &&
					    memcmp(r.stub.inner_ip4, g.address, 4) == 0,
					"inner IPv4 address (4) of the stub after a rekey",
					ip4_text(true, g.address, was), "%s",
					ip4_text(r.stub.has_inner_ip4, r.stub.inner_ip4, is));
		bank_stub_read_clear(&r);
	}
	old_sa_free(g.old);
}

static void c10(struct banked *b)
{
	through_rekey(b);
	keeps(b, true);
	keeps(b, false);
	not_twice(b);
}

const struct probe_case case_c10 = {
	.id = "C10",
	.title = "The inner address is kept, where it is the gateway's to give and free",
	.provenance = PROVENANCE_PROBLEM,
	.source = "draft-vidya-ipsec-failover-ps-02 section 6.3; wire profile rules 17 and 29",
	.required = "The stub holds the inner address. A resumed client that asks for it, or for "
		    "any, in its "
		    "first child SA is given that one; an address that a live client has is given "
		    "to nobody "
		    "else.",
	.causes =
	    "the address stays leased to the old SA, and a new one is drawn\nthe CFG_REQUEST is "
	    "not looked at in CREATE_CHILD_SA\nwhat the stub says is given out unseen",
	.asks = ASKS_GATEWAY,
	.requires = NEEDS,
	.clauses = "17.2 17.5 29.1 29.3 35.1 35.3 35.6 36.6 36.7 40.4",
	.needs = "B09 B17",
	.alone = true,
	.run = stage_banked,
	.at_bank = c10,
};
