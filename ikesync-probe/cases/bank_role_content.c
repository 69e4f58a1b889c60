/* SPDX-License-Identifier: GPL-2.0-or-later */
/* B03, B05, B06, B18, B28: what is in the stubs that a gateway makes. */
#include <inttypes.h>

#include "cases/banked.h"
#include "cases/cases.h"
#include "client/auth.h"
#include "client/rekey.h"
#include "keys/seal.h"

/* Between the gateway's clock, the probe's, and the moments they looked at them. */
#define SLACK_S 5
#define SALTS 4
/* Two salts of 32 random octets have so many octets in common less than once in 10^12 pairs. */
#define SALT_COMMON_MAX 8

/* Log in with `suite`, wait for the init and open it. NULL: stated. */
static struct client *made(struct banked *b, struct bank_stub_read *r)
{
	const unsigned mark = bank_role_mark(b->role);
	struct client *c = banked_login(b, NULL);
	const struct bank_asked *init = c ? banked_init_of(b, c, mark) : NULL;

	*r = (struct bank_stub_read){ 0 };
	if (init && banked_open(b, init, r))
		return c;
	client_free(c);
	return NULL;
}

static void check_id(struct banked *b, const char *what, const struct ike_id *id,
		     const struct ike_id *right)
{
	char is[200], wanted[200];

	evidence_clause(b->e, "29.1", ike_id_equal(id, right), what,
			ike_id_text(right, wanted, sizeof(wanted)), "%s",
			ike_id_text(id, is, sizeof(is)));
}

static void check_attributes(struct banked *b, const struct stub *s)
{
	evidence_clause(b->e, "29.3", s->role == STUB_ROLE_RESPONDER || s->role == 0,
			"attribute 1, role", "2: the gateway was the responder", "%u", s->role);
	evidence_clause(b->e, "29.3",
			s->auth_method_i == AUTH_SHARED_KEY_MIC &&
			    s->auth_method_r == AUTH_SHARED_KEY_MIC,
			"attribute 2, authentication methods", "2 and 2: shared keys", "%u and %u",
			s->auth_method_i, s->auth_method_r);
	evidence_clause(b->e, "29.3", s->eap_identity.n == 0, "attribute 3, EAP identity", "none",
			"%zu octets", s->eap_identity.n);
	evidence_clause(b->e, "6.4", s->peer_features & STUB_PEER_PROFILE_1,
			"attribute 12, peer features", "bit 0x0001: the client announced profile 1",
			"0x%04x", s->peer_features);
	evidence_clause(b->e, "29.3", s->resumptions == 0, "attribute 10, resumptions", "0", "%u",
			s->resumptions);
	evidence_clause(b->e, "29.3",
			!s->has_moves || (s->moves.count == 0 && s->moves.last_commit == 0),
			"attribute 9, moves", "none", "%u, the last at %" PRIu64, s->moves.count,
			s->moves.last_commit);
	evidence_clause(b->e, "29.3", s->expiry != 0, "attribute 7, expiry", "there", "%s",
			s->expiry ? "there" : "missing");
}

/* A client that announces itself behind another Vendor ID is as good. */
static void announced_second(struct banked *b)
{
	static const char other[] = "somebody else's ID";
	const unsigned mark = bank_role_mark(b->role);
	struct init_request q = init_request_of(b->suite, NULL);
	struct client *c = banked_client(b);
	struct bank_stub_read r = { 0 };
	const struct bank_asked *init;
	struct init_answer a = { 0 };

	if (!c)
		return;
	q.no_vendor_id = true;
	q.extra[q.n_extra++] =
	    (struct init_extra){ .type = PAYLOAD_VENDOR, .body = span_text(other) };
	q.extra[q.n_extra++] =
	    (struct init_extra){ .type = PAYLOAD_VENDOR, .body = span_text(IKE_VENDOR_PROFILE_1) };
	evidence_note(b->e, "a client logs in whose Vendor ID of profile 1 stands behind another");
	if (init_exchange(c, &q, &a) == IKE_ANSWER_ORDINARY && init_keys(c, &q, &a) &&
	    auth_exchange(c)) {
		const struct index ix = banked_index(b, c);

		init = banked_asked(b, "36.7", STUB_INIT, &ix, mark,
				    "a client that announced itself behind another Vendor ID has a "
				    "stub");
		if (init && banked_open(b, init, &r))
			evidence_clause(b->e, "6.4", r.stub.peer_features & STUB_PEER_PROFILE_1,
					"attribute 12 of its stub", "bit 0x0001", "0x%04x",
					r.stub.peer_features);
	}
	bank_stub_read_clear(&r);
	init_answer_clear(&a);
	client_free(c);
}

static void b03(struct banked *b)
{
	struct bank_stub_read r;
	struct client *c = made(b, &r);

	if (c) {
		const struct stub *s = &r.stub;

		check_id(b, "IDi", &s->idi, &b->p->target->client.id.id);
		if (b->gateway->id.given)
			check_id(b, "IDr", &s->idr, &b->gateway->id.id);
		evidence_clause(b->e, "29.1", s->spi_i == c->sa.spi_i && s->spi_r == c->sa.spi_r,
				"SPI pair", "SPIi and SPIr of the IKE SA",
				"%016" PRIx64 " and %016" PRIx64, s->spi_i, s->spi_r);
		banked_check_sk_d(b, "29.1", &r, c, "SK_d");
		check_attributes(b, s);
		banked_check_form(b);
	}
	bank_stub_read_clear(&r);
	client_free(c);
	if (c)
		announced_second(b);
}

#define OPENED "29.1 35.1 35.3 35.6 40.4 36.7"

const struct probe_case case_b03 = {
	.id = "B03",
	.title = "The stub has every field of the draft, and they are true",
	.provenance = PROVENANCE_DRAFT,
	.source = "draft-xu-ike-sa-sync-01 section 3.2; wire profile rule 29",
	.required =
	    "Identities, SPI pair, SK_d and the attributes that apply are those of the IKE SA "
	    "which the client shares.",
	.causes = "a field is left empty, or taken from another SA\n"
		  "the key of a child SA, or of the SA before the rekey, is stored\n"
		  "initiator and responder are swapped",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_BANKED | REQUIRES_BANKED_SEAL_KEYS,
	.clauses = "6.4 26.1 27.2 28.1 28.3 29.3 " OPENED,
	.alone = true,
	.run = stage_banked,
	.at_bank = b03,
};

/* --- the proposal --- */

/* Log in offering all suites of the target file. NULL: stated. */
static struct client *login_offering_all(struct banked *b)
{
	const struct target_client *t = &b->p->target->client;
	struct init_request r = init_request_of(b->suite, NULL);
	struct client *c = banked_client(b);
	struct init_answer a = { 0 };
	bool ok;

	if (!c)
		return NULL;
	r.n_suites = MIN(t->n_suites, INIT_SUITES_MAX);
	memcpy(r.suites, t->suites, r.n_suites * sizeof(r.suites[0]));
	ok = init_exchange(c, &r, &a) == IKE_ANSWER_ORDINARY && init_keys(c, &r, &a) &&
	     auth_exchange(c);
	init_answer_clear(&a);
	if (ok)
		return c;
	evidence_inconclusive(b->e, "no IKE SA with %u suites offered: %s", r.n_suites, c->why);
	client_free(c);
	return NULL;
}

/* Payload 33, octet by octet: one proposal, IKE, no SPI, a transform of each type. */
static void check_proposal(struct banked *b, const struct bank_stub_read *r,
			   const struct suite *accepted)
{
	const struct span chain =
	    r->sealed ? span_of(r->plain + STUB_CONTAINER_HEAD, r->plain_n - STUB_CONTAINER_HEAD)
		      : r->container.chain;
	const unsigned wanted = accepted->integ == INTEG_NONE ? 3 : 4;
	struct chain_payload p;
	struct chain_iter it;
	bool found = false;

	chain_iter_init(&it, chain, r->sealed ? r->plain[0] : r->container.first, NULL);
	while (!found && chain_iter_next(&it, &p))
		found = p.type == PAYLOAD_SA && p.body.n >= 8;
	evidence_clause(b->e, "29.2",
			found && p.body.p[0] == 0 && p.body.p[5] == PROTOCOL_IKE &&
			    p.body.p[6] == 0,
			"payload 33 of the stub", "one proposal, protocol IKE, SPI Size 0",
			"%s, protocol %u, SPI Size %u",
			!found        ? "none"
			: p.body.p[0] ? "several"
				      : "one",
			found ? p.body.p[5] : 0, found ? p.body.p[6] : 0);
	evidence_clause(b->e, "29.2", found && p.body.p[7] == wanted, "its transforms",
			wanted == 3 ? "3, one of each type" : "4, one of each type", "%u",
			found ? p.body.p[7] : 0);
}

static void check_suite(struct banked *b, const struct stub *s, const struct suite *accepted)
{
	const struct suite is = { s->encr, s->encr_key_bits, s->prf, s->integ, s->dh };
	char text[64], wanted[64];

	evidence_clause(b->e, "29.2",
			is.encr == accepted->encr && is.encr_key_bits == accepted->encr_key_bits &&
			    is.prf == accepted->prf && is.integ == accepted->integ &&
			    is.dh == accepted->dh,
			"proposal of the stub", suite_text(accepted, wanted, sizeof(wanted)), "%s",
			suite_text(&is, text, sizeof(text)));
}

static void b05(struct banked *b)
{
	const unsigned mark = bank_role_mark(b->role);
	struct client *c = login_offering_all(b);
	const struct bank_asked *init = c ? banked_init_of(b, c, mark) : NULL;
	struct bank_stub_read r = { 0 };

	if (init && banked_open(b, init, &r)) {
		check_proposal(b, &r, &c->sa.keys.suite);
		check_suite(b, &r.stub, &c->sa.keys.suite);
	}
	bank_stub_read_clear(&r);
	client_free(c);
}

const struct probe_case case_b05 = {
	.id = "B05",
	.title = "The stub's proposal is the accepted one",
	.provenance = PROVENANCE_DRAFT,
	.source = "draft-xu-ike-sa-sync-01 section 3.2; wire profile rule 29",
	.required = "SAr is the proposal that the gateway chose: protocol IKE, SPI Size 0, one "
		    "transform of each type, not the client's offer.",
	.causes = "SAi1 is stored as it came\n"
		  "the first offer is stored, whatever was chosen\n"
		  "the key length or the group is left out",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_BANKED | REQUIRES_BANKED_SEAL_KEYS,
	.clauses = "29.2 " OPENED,
	.alone = true,
	.run = stage_banked,
	.at_bank = b05,
};

/* --- lifetime --- */

static void b06(struct banked *b)
{
	const int64_t wanted = (int64_t)b->p->target->bank_role.lifetime_s;
	const int64_t now = g_get_real_time() / G_USEC_PER_SEC;
	struct bank_stub_read r;
	struct client *c = made(b, &r);

	if (c) {
		const int64_t lifetime = r.container.lifetime;
		const int64_t left = (int64_t)r.stub.expiry - now;
		char *text = g_strdup_printf("%" PRId64 " s", wanted);

		if (wanted)
			evidence_clause(b->e, "40.4", ABS(lifetime - wanted) <= SLACK_S,
					"lifetime (205) of the first stub", text, "%" PRId64 " s",
					lifetime);
		else
			evidence_clause(b->e, "40.4", lifetime > 0 && lifetime <= 86400,
					"lifetime (205) of the first stub", "1 to 86400 s",
					"%" PRId64 " s", lifetime);
		g_free(text);
		/* 205 is cut at a day, the expiry is not; clocks may differ by 30 s (rule 35) */
		evidence_clause(b->e, "40.4",
				left >= lifetime - STUB_CLOCK_SKEW - SLACK_S &&
				    (left <= lifetime + STUB_CLOCK_SKEW + SLACK_S ||
				     lifetime == STUB_LIFETIME_MAX),
				"expiry (attribute 7) beside it", "the same moment",
				"%" PRId64 " s from now", left);
	}
	bank_stub_read_clear(&r);
	client_free(c);
}

const struct probe_case case_b06 = {
	.id = "B06",
	.title = "The stub lives as long as the IKE SA",
	.provenance = PROVENANCE_DRAFT,
	.source = "draft-xu-ike-sa-sync-01 section 3.4 item 4",
	.required =
	    "The lifetime that goes with the first stub is that of its IKE SA, and expiry and "
	    "lifetime agree.",
	.causes = "a constant is sent\n"
		  "milliseconds, or a moment in place of a duration\n"
		  "the lifetime of the child SA",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_BANKED | REQUIRES_BANKED_SEAL_KEYS,
	.clauses = OPENED,
	.alone = true,
	.run = stage_banked,
	.at_bank = b06,
};

/* --- the shared secret --- */

static void b18(struct banked *b)
{
	struct bank_stub_read r;
	struct client *c = made(b, &r);

	if (c)
		evidence_clause(b->e, "29.4", r.stub.shared_secret.n == 0,
				"the shared secret (204) of the IKE SA", "left out", "%zu octets",
				r.stub.shared_secret.n);
	bank_stub_read_clear(&r);
	client_free(c);
}

const struct probe_case case_b18 = {
	.id = "B18",
	.title = "The Diffie-Hellman secret is not in the stub",
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rule 29",
	.required =
	    "The shared secret, which the draft has in its stub, is of no use to a resumption "
	    "and is left out.",
	.causes = "the draft's list of fields is followed to the letter",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_BANKED | REQUIRES_BANKED_SEAL_KEYS,
	.clauses = "29.4 " OPENED,
	.alone = true,
	.run = stage_banked,
	.at_bank = b18,
};

/* --- the seal --- */

static unsigned in_common(const uint8_t *a, const uint8_t *b)
{
	unsigned n = 0;

	for (unsigned i = 0; i < STUB_SEALED_SALT; i++)
		n += a[i] == b[i];
	return n;
}

/* Under another index the same octets must not open: the index is in the associated data. */
static void check_bound_to_index(struct banked *b, const struct bank_stub_read *r)
{
	struct index other = r->container.index;
	uint8_t *plain = g_malloc(r->plain_n + 1);
	struct fault fault;
	struct stub stub;
	enum err err;

	other.spi ^= 1;
	err = seal_open(bank_stub_keys(b->p), &other, &r->container.sealed,
			(uint64_t)g_get_real_time() / G_USEC_PER_SEC, plain, &stub, &fault);
	evidence_clause(b->e, "35.3", err == ERR_INTEGRITY, "the seal under another index",
			"does not open", "%s", err ? "does not open" : "opens");
	secret_wipe(plain, r->plain_n);
	g_free(plain);
}

static void check_salts(struct banked *b, uint8_t salts[SALTS][STUB_SEALED_SALT], unsigned n)
{
	unsigned worst = 0;

	for (unsigned i = 0; i < n; i++)
		for (unsigned j = 0; j < i; j++)
			worst = MAX(worst, in_common(salts[i], salts[j]));
	evidence_clause(b->e, "35.2", worst <= SALT_COMMON_MAX, "salts of several stubs, compared",
			"32 octets, drawn anew each time", "up to %u octets the same", worst);
}

/* The same SA's next seal, that of its update. */
static void check_update_salt(struct banked *b, struct client *c, const uint8_t *salt)
{
	const struct index before = banked_index(b, c);
	const unsigned mark = bank_role_mark(b->role);
	const struct bank_asked *update;
	struct bank_stub_read r = { 0 };

	if (!rekey_ike(c)) {
		evidence_note(b->e, "the IKE SA could not be rekeyed: %s (see B07)", c->why);
		return;
	}
	update = bank_role_await(b->role, STUB_UPDATE, &before, mark, BANKED_PATIENCE_MS);
	if (update && banked_open(b, update, &r) && r.sealed) {
		const unsigned same = in_common(salt, r.container.sealed.salt.p);

		evidence_clause(b->e, "35.2", same <= SALT_COMMON_MAX,
				"salts of an SA's init and of its update", "each drawn anew",
				"%u octets the same", same);
	}
	bank_stub_read_clear(&r);
}

static void b28(struct banked *b)
{
	uint8_t salts[SALTS][STUB_SEALED_SALT];
	unsigned n = 0;

	while (n < SALTS) {
		struct bank_stub_read r;
		struct client *c = made(b, &r);
		const bool sealed = c && r.sealed;

		if (c)
			evidence_clause(b->e, "35.1", sealed, "the stub in the container",
					"sealed (208)", "%s", sealed ? "sealed" : "in clear");
		if (sealed) {
			evidence_clause(b->e, "35.4",
					r.container.sealed.key_id ==
					    bank_stub_keys(b->p)->keys[0].id,
					"key ID of the seal", "the first of the list", "%08x",
					r.container.sealed.key_id);
			evidence_clause(b->e, "35.6", r.container.sealed.expiry == r.stub.expiry,
					"clear expiry and attribute 7", "equal",
					"%" PRIu64 " and %" PRIu64, r.container.sealed.expiry,
					r.stub.expiry);
			memcpy(salts[n], r.container.sealed.salt.p, STUB_SEALED_SALT);
			check_bound_to_index(b, &r);
			if (n == 0)
				check_update_salt(b, c, salts[0]);
		}
		bank_stub_read_clear(&r);
		client_free(c);
		if (!sealed)
			break;
		n++;
	}
	if (n > 1)
		check_salts(b, salts, n);
}

const struct probe_case case_b28 = {
	.id = "B28",
	.title = "The gateway's own stubs are sealed, each with a salt of its own",
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rule 35",
	.required =
	    "Stubs are sealed with the first key of the pool under a new salt, bound to their "
	    "index, with the expiry in clear as inside.",
	.causes = "the salt is a counter, a constant, or made of the SPI\n"
		  "the index is not among the associated data\n"
		  "the last key of the file seals, not the first",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_BANKED | REQUIRES_BANKED_SEAL_KEYS,
	.clauses = "35.2 35.4 " OPENED,
	.alone = true,
	.run = stage_banked,
	.at_bank = b28,
};
