/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stage of the B cases. */
#include "cases/banked.h"

#include "client/auth.h"

bool banked_connected(struct banked *b)
{
	if (bank_role_await_connected(b->role, BANKED_CONNECT_MS))
		return true;
	evidence_inconclusive(
	    b->e,
	    "[variant banked] is not connected to the probe's bank at [bank-role] "
	    "listen%s%s",
	    *bank_role_why(b->role) ? ": the last connection ended: " : "", bank_role_why(b->role));
	return false;
}

void stage_banked(struct probe *p, struct evidence *e)
{
	struct banked b = {
		.p = p, .e = e, .gateway = &p->target->banked, .suite = &p->target->client.suites[0]
	};
	char *why = NULL;

	b.role = bank_role_of(p, &why);
	if (!b.role) {
		evidence_inconclusive(e, "the probe cannot be a bank at [bank-role] listen: %s",
				      why);
		g_free(why);
		return;
	}
	if (banked_connected(&b))
		e->c->at_bank(&b);
	bank_role_reset(b.role);
}

struct client *banked_client(struct banked *b)
{
	return client_new(b->p, b->e, b->gateway, NULL);
}

struct client *banked_login(struct banked *b, const struct suite *suite)
{
	struct client *c = banked_client(b);

	if (!c)
		return NULL;
	if (auth_full_handshake(c, suite ? suite : b->suite)) {
		evidence_note(b->e, "a client logs in at [variant banked]");
		return c;
	}
	evidence_inconclusive(b->e, "no IKE SA at [variant banked]: %s", c->why);
	client_vanish(c);
	return NULL;
}

struct index banked_index(const struct banked *b, const struct client *c)
{
	return c->sa.has_index ? c->sa.index
			       : (struct index){ c->sa.spi_r, b->gateway->index_address };
}

const struct bank_asked *banked_asked(struct banked *b, const char *clause, uint8_t type,
				      const struct index *ix, unsigned mark, const char *what)
{
	const struct bank_asked *a = bank_role_await(b->role, type, ix, mark, BANKED_PATIENCE_MS);
	char text[INDEX_TEXT_MAX], *expected, *observed;

	expected = g_strdup_printf("%s for %s", iana_stub_message_name(type),
				   ix ? index_text(ix, text) : "it");
	observed =
	    a ? g_strdup(expected) : g_strdup_printf("none within %d s", BANKED_PATIENCE_MS / 1000);
	evidence_clause(b->e, clause, a != NULL, what, expected, "%s", observed);
	g_free(expected);
	g_free(observed);
	return a;
}

const struct bank_asked *banked_init_of(struct banked *b, const struct client *c, unsigned mark)
{
	const struct index ix = banked_index(b, c);

	return banked_asked(b, "36.7", STUB_INIT, &ix, mark,
			    "the authenticated IKE SA reaches the bank");
}

struct old_sa *banked_old_sa(struct banked *b, const struct suite *suite)
{
	const unsigned mark = bank_role_mark(b->role);
	struct client *c = banked_login(b, suite);
	struct old_sa *old;

	if (!c)
		return NULL;
	if (!banked_init_of(b, c, mark)) {
		client_free(c);
		return NULL;
	}
	old = g_new0(struct old_sa, 1);
	old_sa_of_client(old, c, NULL);
	old->client = c;
	return old;
}

struct old_sa *banked_serve(struct banked *b, const struct bank_stub *s)
{
	GBytes *container = bank_stub_container(b->p, s);
	struct old_sa *old;

	if (!container) {
		evidence_inconclusive(b->e, "no stub can be sealed: [bank-role] seal-keys");
		return NULL;
	}
	bank_role_put(b->role, &s->index, container);
	g_bytes_unref(container);
	old = g_new0(struct old_sa, 1);
	*old = (struct old_sa){
		.suite = *b->suite,
		.index = s->index,
		.index_told = true,
		.spi_i = s->stub.spi_i,
		.spi_r = s->stub.spi_r,
		.gateway_announced = true,
		.moved = true, /* no gateway has this SA */
	};
	old->sk_d.n = (uint8_t)suite_prf_size(b->suite->prf);
	memcpy(old->sk_d.octets, s->sk_d, old->sk_d.n);
	return old;
}

enum ike_answer_kind banked_syn(struct banked *b, const struct old_sa *old, struct client **c)
{
	enum ike_answer_kind kind;
	struct init_answer a = { 0 };
	char text[200], index[INDEX_TEXT_MAX];

	*c = banked_client(b);
	if (!*c)
		return IKE_ANSWER_NONE;
	kind = resume_syn(*c, old, &a);
	evidence_note(b->e, "SYN for %s: %s", index_text(&old->index, index),
		      init_answer_text(&a, text, sizeof(text)));
	init_answer_clear(&a);
	return kind;
}

bool banked_hit(struct banked *b, const struct old_sa *old, struct client **c)
{
	const enum ike_answer_kind kind = banked_syn(b, old, c);

	if (kind == IKE_ANSWER_RESUMED && resume_derive(*c, old))
		return true;
	evidence_inconclusive(b->e,
			      "SYN for a stub that the probe's bank serves was not answered with "
			      "HDR, Nr but: %s (see B09)",
			      init_kind_text(kind));
	return false;
}

bool banked_misses(struct banked *b, const char *clause, const struct old_sa *old, const char *what)
{
	struct client *c;
	const enum ike_answer_kind kind = banked_syn(b, old, &c);
	const bool ok = kind == IKE_ANSWER_ORDINARY;

	if (c)
		evidence_clause(b->e, clause, ok, what, init_kind_text(IKE_ANSWER_ORDINARY), "%s",
				init_kind_text(kind));
	if (c)
		c->end = CLIENT_END_SETTLES;
	client_free(c);
	return ok;
}

/* The first octet of RESERVED that is set in this message; 0: none. */
static unsigned reserved_octet(const struct stub_message *m)
{
	struct chain_iter it;
	struct chain_payload p;
	/* the transaction's, which stub_message_parse() has read */
	unsigned set = m->base[STUB_HEADER_SIZE + 1];

	chain_iter_init(&it, m->rest, m->first, m->base);
	while (!set && chain_iter_next(&it, &p))
		set = p.flags;
	return set;
}

struct form {
	unsigned messages, unreadable, without_transaction, top_bit, again;
	unsigned reserved; /* the first octet that is not 0 */
	const char *why;
};

/* Is the transaction that of an earlier message which had no answer yet when this one came? */
static bool used_while_open(struct banked *b, unsigned i, const struct bank_asked *a)
{
	const struct bank_asked *e;

	while (i-- && (e = bank_role_entry(b->role, i)) != NULL)
		if (e->message != a->message && e->connection == a->connection &&
		    e->transaction == a->transaction && e->answered >= a->message)
			return true;
	return false;
}

static void look_at(struct banked *b, unsigned i, const struct bank_asked *a, struct form *f)
{
	size_t n;
	const void *octets = g_bytes_get_data(a->octets, &n);
	struct stub_message m = { 0 };
	struct fault fault;
	const bool whole = stub_message_parse(span_of(octets, n), &m, &fault) == ERR_OK;

	f->messages++;
	f->unreadable += !whole;
	f->without_transaction += !m.has_transaction;
	if (!whole)
		return;
	f->top_bit += (a->transaction & STUB_TRANSACTION_PUSH) != 0;
	f->again += used_while_open(b, i, a);
	if (!f->reserved)
		f->reserved = reserved_octet(&m);
}

void banked_check_form(struct banked *b)
{
	struct form f = { 0 };
	const struct bank_asked *a;

	for (unsigned i = 0; (a = bank_role_entry(b->role, i)) != NULL; i++)
		if (a->item == 0)
			look_at(b, i, a, &f);
	(void)bank_role_unreadable(b->role, &f.why);
	evidence_clause(b->e, "26.1", f.unreadable == 0,
			"headers and lengths of what the gateway sent", "whole messages",
			"%u of %u are none%s%s", f.unreadable, f.messages, *f.why ? ": " : "",
			f.why);
	evidence_clause(b->e, "28.1", f.without_transaction == 0, "the first payload of each",
			"207 of 4 octets", "another in %u of %u", f.without_transaction,
			f.messages);
	evidence_clause(b->e, "28.3", f.top_bit == 0 && f.again == 0, "the gateway's transactions",
			"top bit 0, and none that is still open",
			"%u with the top bit, %u that were open", f.top_bit, f.again);
	evidence_clause(b->e, "27.2", f.reserved == 0, "RESERVED of its payloads", "0", "0x%02x",
			f.reserved);
}

/* The clause that a container breaks which cannot be opened. */
static const char *clause_of(enum err err, bool sealed)
{
	switch (err) {
	case ERR_KEY:
		return "35.1";
	case ERR_INTEGRITY:
		return "35.3";
	case ERR_EXPIRED:
		return "40.4";
	case ERR_VALUE:
		return sealed ? "35.6" : "29.1";
	default:
		return "29.1";
	}
}

bool banked_open(struct banked *b, const struct bank_asked *a, struct bank_stub_read *out)
{
	size_t n;
	const void *octets;

	*out = (struct bank_stub_read){ 0 };
	if (!a->container) {
		evidence_clause(b->e, "29.1", false, "the stub of that request",
				"a container that can be read", "none");
		return false;
	}
	octets = g_bytes_get_data(a->container, &n);
	evidence_octets(b->e, "stub container", span_of(octets, n));
	if (bank_stub_open(b->p, a->container, out))
		return true;
	evidence_clause(b->e, clause_of(out->err, out->sealed), false,
			"the gateway's stub, opened with the pool's keys", "a whole stub", "%s%s%s",
			err_text(out->err), out->field ? ": " : "", out->field ? out->field : "");
	return false;
}

unsigned banked_behind(struct banked *b, const struct bank_asked *of, unsigned mark)
{
	const struct bank_asked *a;
	unsigned i = mark;

	while ((a = bank_role_entry(b->role, i++)) != NULL)
		if (a == of)
			break;
	return i;
}

bool banked_authority(struct banked *b, char name[static STUB_AUTHORITY_MAX + 1])
{
	const unsigned mark = bank_role_mark(b->role);
	struct client *c = banked_login(b, NULL);
	const struct bank_asked *init = c ? banked_init_of(b, c, mark) : NULL;
	struct bank_stub_read r = { 0 };
	size_t n = 0;

	if (init && banked_open(b, init, &r))
		n = MIN(r.stub.authority.n, STUB_AUTHORITY_MAX);
	if (n)
		memcpy(name, r.stub.authority.p, n);
	name[n] = '\0';
	bank_stub_read_clear(&r);
	client_free(c);
	return n > 0;
}

bool banked_clock(struct banked *b, int64_t *ahead)
{
	const unsigned mark = bank_role_mark(b->role);
	struct client *c = banked_login(b, NULL);
	const struct bank_asked *init = c ? banked_init_of(b, c, mark) : NULL;
	struct bank_stub_read r = { 0 };
	bool known = false;

	*ahead = 0;
	if (init && banked_open(b, init, &r)) {
		const int64_t then =
		    (g_get_real_time() / 1000 - (int64_t)(probe_now() - init->at_ms)) / 1000;

		/* a lifetime that was cut says nothing of the moment */
		known = r.container.lifetime < STUB_LIFETIME_MAX;
		*ahead = (int64_t)r.stub.expiry - r.container.lifetime - then;
		known &= *ahead <= STUB_CLOCK_SKEW && *ahead >= -STUB_CLOCK_SKEW;
	}
	if (!known)
		*ahead = 0;
	else if (*ahead > 1 || *ahead < -1)
		evidence_note(b->e, "the gateway's clock is %d s ahead of the probe's",
			      (int)*ahead);
	bank_stub_read_clear(&r);
	client_free(c);
	return known;
}

void banked_check_sk_d(struct banked *b, const char *clause, const struct bank_stub_read *r,
		       const struct client *c, const char *what)
{
	const bool ok = span_equal(r->stub.sk_d, secret_peek(&c->sa.keys.sk_d));

	evidence_clause(b->e, clause, ok, what, "that of the IKE SA", "%s",
			ok ? "that of the IKE SA" : "another");
}
