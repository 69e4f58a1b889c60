/* SPDX-License-Identifier: GPL-2.0-or-later */
/* N06, N07, N20: stubs of the pool that the probe made, or opens, itself. */
#include "cases/aftermath.h"
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "keys/seal.h"

static uint64_t now_s(void)
{
	return (uint64_t)g_get_real_time() / G_USEC_PER_SEC;
}

/* A stub of the target file's client at the probe's own address, changed and sealed anew. NULL: not
 * stored, and said. */
static struct made_stub *store(struct desk *d, void (*change)(struct made_stub *m))
{
	struct made_stub *m = desk_make(d, desk_own(d));
	uint8_t buf[SEAL_BODY_MAX];
	struct wcursor c = wcursor_init(buf, sizeof(buf));

	m->stub.idi = d->p->target->client.id.id;
	m->stub.authority = SPAN_NONE;
	m->stub.shared_secret = SPAN_NONE;
	m->stub.has_inner_ip4 = false;
	m->stub.session_limit = m->stub.reauth_deadline = 0;
	if (change)
		change(m);
	if (seal_stub(made_stub_keys(d->p), &rng_system, &m->index, &m->stub, &c) != ERR_OK)
		return NULL;
	g_bytes_unref(m->sealed);
	g_bytes_unref(m->container);
	m->sealed = g_bytes_new(buf, wcursor_size(&c));
	m->container = made_stub_container(m, m->lifetime);
	return desk_put(d, m) ? m : NULL;
}

/* SYN for it at the gateway under test, never confirmed. */
static enum ike_answer_kind ask(struct desk *d, const struct made_stub *m, char text[static 200])
{
	const struct suite suite = { .encr = m->stub.encr,
				     .encr_key_bits = m->stub.encr_key_bits,
				     .prf = m->stub.prf,
				     .integ = m->stub.integ,
				     .dh = m->stub.dh };
	const struct init_request r = init_request_of(&suite, &m->index);
	struct client *c = client_new(d->p, d->e, &d->p->target->gateway, NULL);
	struct init_answer a = { 0 };
	enum ike_answer_kind kind;

	if (c)
		init_exchange(c, &r, &a);
	kind = a.said.kind;
	init_answer_text(&a, text, 200);
	init_answer_clear(&a);
	client_vanish(c);
	return kind;
}

/* A sound one hits: without that no miss proves anything. */
static bool sound_one_hits(struct desk *d)
{
	const struct made_stub *m = store(d, NULL);
	char text[200];

	if (!m)
		return false;
	if (ask(d, m, text) == IKE_ANSWER_RESUMED)
		return true;
	evidence_inconclusive(
	    d->e,
	    "the gateway does not resume from a sound stub of the probe's making: "
	    "%s; is [bank] seal-keys its pool's, and [client] ike able to?",
	    text);
	return false;
}

static void is_miss(struct desk *d, const char *clause, void (*change)(struct made_stub *m),
		    const char *what)
{
	const struct made_stub *m = store(d, change);
	char text[200];

	if (m)
		evidence_clause(d->e, clause, ask(d, m, text) == IKE_ANSWER_ORDINARY, what,
				init_kind_text(IKE_ANSWER_ORDINARY), "%s", text);
}

static void identity_unknown(struct made_stub *m)
{
	m->stub.idi = (struct ike_id){ ID_FQDN, span_text(m->idi) };
}

static void identity_longer(struct made_stub *m)
{
	/* the right one, and an octet more */
	const size_t n = MIN(m->stub.idi.data.n, sizeof(m->idi) - 1);

	memcpy(m->idi, m->stub.idi.data.p, n);
	m->idi[n] = 'x';
	m->stub.idi.data = span_of((const uint8_t *)m->idi, n + 1);
}

static void identity_type(struct made_stub *m)
{
	m->stub.idi.type = m->stub.idi.type == ID_KEY_ID ? ID_FQDN : ID_KEY_ID;
}

static void deadline_past(struct made_stub *m)
{
	m->stub.reauth_deadline = now_s() - 60;
}

static void session_past(struct made_stub *m)
{
	m->stub.session_limit = now_s() - 60;
}

static void other_spi(struct made_stub *m)
{
	m->stub.spi_r ^= 1;
}

static void role_initiator(struct made_stub *m)
{
	m->stub.role = STUB_ROLE_INITIATOR;
}

static void sk_d_short(struct made_stub *m)
{
	m->stub.sk_d.n--;
}

static void too_often(struct made_stub *m)
{
	m->stub.resumptions = UINT16_MAX;
}

static void n20(struct desk *d)
{
	if (!sound_one_hits(d))
		return;
	is_miss(d, "21.3", identity_unknown,
		"a stub of an identity that the gateway does not know");
	is_miss(d, "39.7", identity_longer, "a stub of the client's identity and an octet more");
	is_miss(d, "39.7", identity_type, "a stub of the client's identity as another type");
	is_miss(d, "21.2", deadline_past, "a stub whose re-authentication deadline is past");
	is_miss(d, "49.1", session_past, "a stub whose session limit is past");
	is_miss(d, "39.4", other_spi, "a stub whose SPI differs from its index in one bit");
	is_miss(d, "39.4", role_initiator, "a stub whose role makes the other SPI the gateway's");
	is_miss(d, "39.6", sk_d_short, "a stub whose SK_d is an octet short");
	is_miss(d, "9.7", too_often, "a stub that was resumed 65,535 times without KE");
}

const struct probe_case case_n20 = {
	.id = "N20",
	.title = "A stub that does not qualify, of an unknown identity above all, is a miss",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 9, 21, 39 and 49",
	.required = "For an identity that policy does not allow a SYN is a miss; so it is after "
		    "re-authentication deadline or session limit, where the SPI pair is not the "
		    "index's, SK_d has a wrong length, or too many resumptions went before.",
	.causes =
	    "whatever the bank returns and the pool key opens is taken\nidentities are compared "
	    "without their type, or as far as the shorter one goes",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_BANK | REQUIRES_SEAL_KEYS,
	.clauses = "9.7 21.2 21.3 39.4 39.6 39.7 49.1",
	.needs = "C01",
	.run = stage_desk,
	.at_desk = n20,
};

static void moved_too_often(struct made_stub *m)
{
	m->stub.has_moves = true;
	m->stub.moves = (struct stub_moves){ .window_start = now_s() - 60, .count = UINT32_MAX };
}

static void window_over(struct made_stub *m)
{
	m->stub.has_moves = true;
	m->stub.moves =
	    (struct stub_moves){ .window_start = now_s() - 100000, .count = UINT32_MAX };
}

static void n06(struct desk *d)
{
	const struct made_stub *m;
	char text[200];
	unsigned hits = 0;

	if (!sound_one_hits(d))
		return;
	is_miss(d, "18.1", moved_too_often,
		"a stub with 4,294,967,295 moves in a window that began a minute ago");
	m = store(d, window_over);
	if (m)
		evidence_clause(d->e, "18.1", ask(d, m, text) == IKE_ANSWER_RESUMED,
				"the same with a window that is long over",
				init_kind_text(IKE_ANSWER_RESUMED), "%s", text);
	m = store(d, NULL);
	for (unsigned i = 0; m && i < 8; i++)
		hits += ask(d, m, text) == IKE_ANSWER_RESUMED;
	if (m)
		evidence_clause(d->e, "18.3", hits == 8, "8 SYNs in a row that nobody confirms",
				"8 hits: they do not count as moves", "%u hits", hits);
}

const struct probe_case case_n06 = {
	.id = "N06",
	.title = "Ping-pong: hold-down after too many moves, and unconfirmed SYNs do not count",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_PROBLEM,
	.source = PROBLEM "section 7; wire profile rule 18",
	.required = "When attribute 9 counts too many committed moves within the window, SYNs are "
		    "misses until the window is over. SYNs that were never confirmed do not count.",
	.causes =
	    "attribute 9 is not looked at\nthe window never ends\nhits are counted, not commits",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_BANK | REQUIRES_SEAL_KEYS,
	.clauses = "18.1 18.3",
	.needs = "C01",
	.run = stage_desk,
	.at_desk = n06,
};

/* The sealed body of a stub that the gateway made, as the bank returns it. NULL: none. */
static GBytes *fetch(struct steps *s, const struct index *ix)
{
	struct bank_connection *b = bank_connection_open(s->p, s->e, BANK_OWNER);
	struct bank_answer *a = bank_answer_to_get(b, ix);
	const struct bank_item *item = bank_answer_item(a, 0);
	GBytes *out = item && item->stub ? g_bytes_ref(item->stub) : NULL;

	bank_answer_free(a);
	bank_connection_close(b);
	if (!out)
		evidence_inconclusive(s->e, "the bank returned no stub: see G01 and B01");
	return out;
}

static bool read_sealed(GBytes *container, struct stub_container *out)
{
	struct chain_payload p = { .type = STUB_PAYLOAD_STUB };
	struct fault fault;
	size_t n;
	const uint8_t *octets = g_bytes_get_data(container, &n);

	p.body = span_of(octets, n);
	return stub_container_parse(&p, out, &fault) == ERR_OK && out->is_sealed;
}

static bool opens(const struct seal_keys *keys, const struct index *ix,
		  const struct stub_sealed *sealed, uint64_t *expiry)
{
	uint8_t *plain = g_malloc(sealed->ciphertext.n + 1);
	struct stub stub;
	struct fault fault;
	const bool ok = seal_open(keys, ix, sealed, now_s(), plain, &stub, &fault) == ERR_OK;

	if (ok && expiry)
		*expiry = stub.expiry;
	secret_wipe(plain, sealed->ciphertext.n);
	g_free(plain);
	return ok;
}

static void closed_to_others(struct steps *s, const struct stub_sealed *sealed)
{
	struct seal_keys wrong = *made_stub_keys(s->p);
	struct index other = s->old->index;

	wrong.keys[0].key[0] ^= 1;
	evidence_clause(s->e, "35.1", !opens(&wrong, &s->old->index, sealed, NULL),
			"the sealed body under a key that differs in one bit", "it stays closed",
			"it opens");
	seal_keys_clear(&wrong);
	other.spi ^= 1;
	evidence_clause(s->e, "35.3", !opens(made_stub_keys(s->p), &other, sealed, NULL),
			"the sealed body under an index with another SPI", "it stays closed",
			"it opens");
	other = s->old->index;
	other.address.octets[address_size(&other.address) - 1] ^= 1;
	evidence_clause(s->e, "35.3", !opens(made_stub_keys(s->p), &other, sealed, NULL),
			"the sealed body under an index with another address", "it stays closed",
			"it opens");
}

static void n07(struct steps *s)
{
	struct old_sa *second = old_sa_at(s->p, s->e, &s->p->target->old_gateway, NULL, true);
	GBytes *one = fetch(s, &s->old->index), *two = second ? fetch(s, &second->index) : NULL;
	struct stub_container a, b;
	uint64_t expiry = 0;

	if (one &&
	    evidence_clause(s->e, "35.1", read_sealed(one, &a), "the stub at the bank",
			    "a sealed one (208)", "another") &&
	    evidence_clause(s->e, "35.3",
			    opens(made_stub_keys(s->p), &s->old->index, &a.sealed, &expiry),
			    "the sealed body under the pool key and its own index", "it opens",
			    "it stays closed")) {
		evidence_clause(s->e, "35.6", expiry == a.sealed.expiry,
				"attribute 7 and the clear expiry", "equal",
				"%" G_GUINT64_FORMAT " and %" G_GUINT64_FORMAT, expiry,
				a.sealed.expiry);
		closed_to_others(s, &a.sealed);
		if (two && read_sealed(two, &b))
			evidence_clause(s->e, "35.2", !span_equal(a.sealed.salt, b.sealed.salt),
					"the salts of two stubs", "different", "the same");
	}
	g_clear_pointer(&one, g_bytes_unref);
	g_clear_pointer(&two, g_bytes_unref);
	old_sa_free(second);
}

const struct probe_case case_n07 = {
	.id = "N07",
	.title = "A sealed stub opens with the pool key under its own index, and not otherwise",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = RULE(35),
	.required =
	    "Stubs are sealed by a key of the pool, each with a fresh salt; the index is part of "
	    "what the seal covers, and attribute 7 equals the clear expiry.",
	.causes =
	    "stubs travel unsealed\nthe salt is fixed or counted\nthe associated data lack the "
	    "index\n[bank] seal-keys is not the pool's",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_BANK | REQUIRES_SEAL_KEYS,
	.clauses = "35.1 35.2 35.3 35.6",
	.run = stage_resumption,
	.resuming = n07,
};
