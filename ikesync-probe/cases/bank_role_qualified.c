/* SPDX-License-Identifier: GPL-2.0-or-later */
/* B12, B13, B31: stubs that a gateway must not use, one thing wrong with each. */
#include "cases/banked.h"
#include "cases/cases.h"
#include "keys/seal_keys.h"

struct row {
	const char *clause;
	const char *what;
	void (*spoil)(struct bank_stub *s, uint64_t now);
	bool good; /* it may be used all the same */
};

static void nothing(struct bank_stub *s, uint64_t now)
{
	(void)s;
	(void)now;
}

static bool ask_stub(struct banked *b, const struct row *row, const struct bank_stub *s)
{
	struct client *c = NULL;
	struct old_sa *old = banked_serve(b, s);
	enum ike_answer_kind kind;
	bool ok = true;

	if (!old)
		return false;
	if (row->good) {
		kind = banked_syn(b, old, &c);
		ok =
		    evidence_clause(b->e, row->clause, kind == IKE_ANSWER_RESUMED, row->what,
				    init_kind_text(IKE_ANSWER_RESUMED), "%s", init_kind_text(kind));
		client_vanish(c);
	} else {
		banked_misses(b, row->clause, old, row->what);
	}
	old_sa_free(old);
	return ok;
}

/* `ahead`: the gateway's clock, by which the times of the row are meant. */
static bool ask_row(struct banked *b, const struct row *row, int64_t ahead)
{
	struct bank_stub s;

	bank_stub_fill(&s, b->p, b->suite);
	row->spoil(&s, (uint64_t)(g_get_real_time() / G_USEC_PER_SEC + ahead));
	return ask_stub(b, row, &s);
}

/* The right stub first: where that one is a miss, the others prove nothing. */
static void ask_rows(struct banked *b, const struct row *rows, size_t n)
{
	struct client *c = NULL;
	struct bank_stub s;
	struct old_sa *old;
	int64_t ahead = 0;
	bool ground;

	(void)banked_clock(b, &ahead);
	bank_stub_fill(&s, b->p, b->suite);
	old = banked_serve(b, &s);
	ground = old && banked_hit(b, old, &c);
	client_vanish(c);
	old_sa_free(old);
	for (size_t i = 0; ground && i < n && !probe_interrupted(); i++)
		(void)ask_row(b, &rows[i], ahead);
}

/* --- B12 --- */

static void without_sk_d(struct bank_stub *s, uint64_t now)
{
	(void)now;
	s->without = STUB_PAYLOAD_SK_D;
}

static void empty_sk_d(struct bank_stub *s, uint64_t now)
{
	(void)now;
	s->stub.sk_d.n = 0;
}

static void short_sk_d(struct bank_stub *s, uint64_t now)
{
	(void)now;
	s->stub.sk_d.n--;
}

static void long_sk_d(struct bank_stub *s, uint64_t now)
{
	(void)now;
	s->stub.sk_d.n++;
}

static void two_sk_ds(struct bank_stub *s, uint64_t now)
{
	(void)now;
	s->twice = STUB_PAYLOAD_SK_D;
}

static void unknown_encryption(struct bank_stub *s, uint64_t now)
{
	(void)now;
	s->stub.encr = 65001;
	s->stub.encr_key_bits = 0;
}

static void unknown_prf(struct bank_stub *s, uint64_t now)
{
	(void)now;
	s->stub.prf = 65001;
}

static void two_encryptions(struct bank_stub *s, uint64_t now)
{
	(void)now;
	s->two_encryptions = true;
}

static void not_offered(struct bank_stub *s, uint64_t now)
{
	(void)now;
	s->stub.encr = ENCR_AES_CBC;
	s->stub.encr_key_bits = s->stub.encr_key_bits == 256 ? 128 : 256;
	s->stub.integ = INTEG_HMAC_SHA2_512_256;
}

static void other_spi(struct bank_stub *s, uint64_t now)
{
	(void)now;
	s->stub.spi_r ^= 1;
}

static void swapped_role(struct bank_stub *s, uint64_t now)
{
	(void)now;
	s->stub.role = STUB_ROLE_INITIATOR;
}

static void other_index(struct bank_stub *s, uint64_t now)
{
	(void)now;
	s->in_container.spi ^= 1;
	s->sealed_for = s->in_container;
}

static void sealed_elsewhere(struct bank_stub *s, uint64_t now)
{
	(void)now;
	s->sealed_for.spi ^= 1;
}

static void flipped_tag(struct bank_stub *s, uint64_t now)
{
	(void)now;
	s->flip_tag = true;
}

static void unknown_key(struct bank_stub *s, uint64_t now)
{
	(void)now;
	s->key_id ^= 0x80000000u;
}

static void in_clear(struct bank_stub *s, uint64_t now)
{
	(void)now;
	s->clear = true;
}

static void stranger(struct bank_stub *s, uint64_t now)
{
	(void)now;
	s->stub.idi = (struct ike_id){ ID_FQDN, span_text("nobody.probe.example") };
}

static void other_authority(struct bank_stub *s, uint64_t now)
{
	(void)now;
	s->stub.authority = span_text("elsewhere.probe.example:49500");
}

/* What needs more of the target file than the rest. */
static void second_key(struct banked *b)
{
	const struct seal_keys *keys = bank_stub_keys(b->p);
	struct bank_stub s;

	if (!keys || keys->n < 2) {
		evidence_note(b->e, "[bank-role] seal-keys has one key: that others open, too, is "
				    "not asked");
		return;
	}
	bank_stub_fill(&s, b->p, b->suite);
	s.key_id = keys->keys[1].id;
	ask_stub(
	    b, &(const struct row){ "35.4", "a stub under the second key of the pool", NULL, true },
	    &s);
}

static void disabled(struct banked *b)
{
	const struct target_id *id = &b->p->target->client.disabled_id;
	struct bank_stub s;

	if (!id->given) {
		evidence_note(b->e,
			      "no [client] disabled-id: a disabled identity is not asked about");
		return;
	}
	bank_stub_fill(&s, b->p, b->suite);
	s.stub.idi = id->id;
	ask_stub(
	    b, &(const struct row){ "39.7", "a stub of an identity that is disabled", NULL, false },
	    &s);
}

/* The gateway's own stubs say what it calls its bank; that one it can reach. */
static void own_authority(struct banked *b)
{
	char name[STUB_AUTHORITY_MAX + 1];
	struct bank_stub s;

	if (!banked_authority(b, name)) {
		evidence_note(b->e,
			      "the gateway's stubs name no authority: how it calls its bank is "
			      "not known");
		return;
	}
	bank_stub_fill(&s, b->p, b->suite);
	s.stub.authority = span_text(name);
	ask_stub(b,
		 &(const struct row){ "39.10", "a stub whose authority is the gateway's own bank",
				      NULL, true },
		 &s);
}

static void b12(struct banked *b)
{
	static const struct row rows[] = {
		{ "39.6", "a stub without SK_d", without_sk_d, false },
		{ "39.6", "a stub whose SK_d is empty", empty_sk_d, false },
		{ "39.6", "a stub whose SK_d is one octet short", short_sk_d, false },
		{ "39.6", "a stub whose SK_d is one octet long", long_sk_d, false },
		{ "39.6", "a stub with SK_d twice", two_sk_ds, false },
		{ "39.5", "a stub with an unknown cipher", unknown_encryption, false },
		{ "39.5", "a stub with an unknown prf", unknown_prf, false },
		{ "39.5", "a stub with two ciphers", two_encryptions, false },
		{ "10.2", "a stub whose suite was not offered", not_offered, false },
		{ "39.4", "a stub whose SPIr is not the index's", other_spi, false },
		{ "39.4", "a stub whose role makes SPIi the gateway's", swapped_role, false },
		{ "39.3", "a stub of another index", other_index, false },
		{ "35.3", "a stub sealed for another index", sealed_elsewhere, false },
		{ "39.2", "a seal with a wrong tag", flipped_tag, false },
		{ "39.2", "a seal with an unknown key ID", unknown_key, false },
		{ "35.9", "a stub in clear", in_clear, false },
		{ "39.7", "a stub of an identity that nobody knows", stranger, false },
		{ "50.3", "a stub whose authority is a bank that the gateway does not know",
		  other_authority, false },
		{ "39.2", "a right stub, after the wrong ones", nothing, true },
	};

	ask_rows(b, rows, G_N_ELEMENTS(rows));
	if (!evidence_failed(b->e)) {
		second_key(b);
		disabled(b);
	}
	if (!evidence_failed(b->e))
		own_authority(b);
}

#define NEEDS (REQUIRES_GATEWAY | REQUIRES_VARIANT_BANKED | REQUIRES_BANKED_SEAL_KEYS)

const struct probe_case case_b12 = {
	.id = "B12",
	.title = "A stub that is not qualified leads to the fallback",
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 10, 35 and 39",
	.required =
	    "A stub without SK_d or with one of the wrong size, with an unknown transform, of "
	    "another index, sealed wrongly or for nobody that is known is a miss.",
	.causes = "the gateway trusts whatever its bank gives\n"
		  "lengths are checked against the buffer, not against the prf\n"
		  "the index of the container is not compared with the one asked for",
	.asks = ASKS_GATEWAY,
	.requires = NEEDS,
	.clauses = "10.2 35.3 35.4 35.9 39.2 39.3 39.4 39.5 39.6 39.7 39.10 50.3",
	.needs = "B09",
	.alone = true,
	.run = stage_banked,
	.at_bank = b12,
};

/* --- B13 --- */

static void lifetime_over(struct bank_stub *s, uint64_t now)
{
	(void)now;
	s->lifetime = 0;
}

static void seal_over(struct bank_stub *s, uint64_t now)
{
	s->stub.expiry = s->clear_expiry = now - 120;
}

static void attribute_over(struct bank_stub *s, uint64_t now)
{
	s->stub.expiry = now - 120;
}

static void clear_over(struct bank_stub *s, uint64_t now)
{
	s->clear_expiry = now - 120;
}

static void expiries_differ(struct bank_stub *s, uint64_t now)
{
	(void)now;
	s->clear_expiry += 1;
}

static void within_skew(struct bank_stub *s, uint64_t now)
{
	s->stub.expiry = s->clear_expiry = now - 10;
}

static void b13(struct banked *b)
{
	static const struct row rows[] = {
		{ "35.7", "a stub whose lifetime (205) is 0", lifetime_over, false },
		{ "39.1", "a stub that expired two minutes ago, by seal and attribute 7", seal_over,
		  false },
		{ "39.1", "a stub that has expired by attribute 7 alone", attribute_over, false },
		{ "39.1", "a stub that has expired by the seal alone", clear_over, false },
		{ "35.6", "a stub whose clear expiry is a second after attribute 7",
		  expiries_differ, false },
		{ "35.8", "a stub that expired 10 s ago, by clocks that may differ", within_skew,
		  true },
	};

	ask_rows(b, rows, G_N_ELEMENTS(rows));
}

const struct probe_case case_b13 = {
	.id = "B13",
	.title = "An expired stub leads to the fallback",
	.provenance = PROVENANCE_DRAFT,
	.source = "draft-xu-ike-sa-sync-01 section 3.4 item 4; wire profile rules 35 and 39",
	.required =
	    "A stub is over when either its lifetime (205) or its expiry is past, 30 s of skew "
	    "aside; clear expiry and attribute 7 are equal.",
	.causes = "the gateway leaves expiry to its bank\n"
		  "only one of the three times is looked at",
	.asks = ASKS_GATEWAY,
	.requires = NEEDS,
	.clauses = "35.6 35.7 35.8 39.1",
	.needs = "B09",
	.alone = true,
	.run = stage_banked,
	.at_bank = b13,
};

/* --- B31 --- */

static void deadline_past(struct bank_stub *s, uint64_t now)
{
	s->stub.reauth_deadline = now - 120;
}

static void deadline_ahead(struct bank_stub *s, uint64_t now)
{
	s->stub.reauth_deadline = now + 3600;
}

static void session_over(struct bank_stub *s, uint64_t now)
{
	s->stub.session_limit = now - 120;
}

static void resumed_5_times(struct bank_stub *s, uint64_t now)
{
	(void)now;
	s->stub.resumptions = 5;
}

static void resumed_4_times(struct bank_stub *s, uint64_t now)
{
	(void)now;
	s->stub.resumptions = 4;
}

static void moved(struct bank_stub *s, uint64_t window, uint64_t last, uint32_t count)
{
	s->stub.has_moves = true;
	s->stub.moves = (struct stub_moves){ window, last, count };
}

static void moved_5_times(struct bank_stub *s, uint64_t now)
{
	moved(s, now - 100, now - 20, 5);
}

static void moved_4_times(struct bank_stub *s, uint64_t now)
{
	moved(s, now - 100, now - 20, 4);
}

static void window_over(struct bank_stub *s, uint64_t now)
{
	moved(s, now - 400, now - 20, 5);
}

#define HELD_DOWN_S 2 /* rule 18 */

/* A miss, as long as the SYN comes before two seconds are over. */
static void committed_now(struct banked *b)
{
	static const char what[] = "a stub that was committed this second";
	enum ike_answer_kind kind;
	struct client *c = NULL;
	struct bank_stub s;
	struct old_sa *old;
	int64_t ahead, now, took;

	if (!banked_clock(b, &ahead)) {
		evidence_note(b->e, "the gateway's clock is not known: not asked about %s", what);
		return;
	}
	now = g_get_real_time();
	bank_stub_fill(&s, b->p, b->suite);
	moved(&s, (uint64_t)(now / G_USEC_PER_SEC + ahead),
	      (uint64_t)(now / G_USEC_PER_SEC + ahead), 1);
	old = banked_serve(b, &s);
	if (!old)
		return;
	kind = banked_syn(b, old, &c);
	took = g_get_real_time() - now / G_USEC_PER_SEC * G_USEC_PER_SEC;
	/* clocks are known to the second */
	if (kind != IKE_ANSWER_RESUMED || took < (HELD_DOWN_S - 1) * G_USEC_PER_SEC)
		evidence_clause(b->e, "18.2", kind == IKE_ANSWER_ORDINARY, what,
				init_kind_text(IKE_ANSWER_ORDINARY), "%s", init_kind_text(kind));
	else
		evidence_note(b->e, "SYN came too late for %s", what);
	if (c && kind == IKE_ANSWER_ORDINARY)
		c->end = CLIENT_END_SETTLES;
	client_free(c);
	old_sa_free(old);
}

static void committed_ahead(struct bank_stub *s, uint64_t now)
{
	moved(s, now + 20, now + 20, 1);
}

static void b31(struct banked *b)
{
	static const struct row rows[] = {
		{ "21.2", "a stub past its re-authentication deadline", deadline_past, false },
		{ "39.8", "a stub before its deadline", deadline_ahead, true },
		{ "49.1", "a stub past its session limit", session_over, false },
		{ "9.7", "a stub resumed five times without KE", resumed_5_times, false },
		{ "39.9", "a stub resumed four times without KE", resumed_4_times, true },
		{ "18.1", "a stub that has moved five times in its window", moved_5_times, false },
		{ "39.9", "a stub that has moved four times in its window", moved_4_times, true },
		{ "18.1", "a stub that has moved five times, its window over", window_over, true },
		{ "44.1", "a stub that was committed 20 s ahead of the gateway's clock",
		  committed_ahead, true },
	};

	ask_rows(b, rows, G_N_ELEMENTS(rows));
	if (!evidence_failed(b->e))
		committed_now(b);
}

const struct probe_case case_b31 = {
	.id = "B31",
	.title = "Deadline, session limit, resumptions and moves bound what a stub is good for",
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 9, 18, 21 and 49",
	.required =
	    "A stub past its deadline or session limit, resumed five times without KE, moved "
	    "five times in 300 s or committed less than 2 s ago is a miss; within these bounds "
	    "it is a hit.",
	.causes = "the attributes are kept but not looked at\n"
		  "limits other than those of section 10 are configured",
	.asks = ASKS_GATEWAY,
	.requires = NEEDS,
	.clauses = "9.7 18.1 18.2 21.2 39.8 39.9 44.1 49.1",
	.needs = "B09",
	.alone = true,
	.run = stage_banked,
	.at_bank = b31,
};
