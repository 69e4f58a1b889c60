/* SPDX-License-Identifier: GPL-2.0-or-later */
/* B01, B02, B04: when a gateway sends its init, and under which index. */
#include <inttypes.h>

#include "cases/banked.h"
#include "cases/cases.h"
#include "client/auth.h"

#define INIT_MS 1000

/* A login that must be refused: the right identity and a key that nobody has. */
static bool fail_to_log_in(struct banked *b, uint64_t *spi_r)
{
	struct target target = *b->p->target;
	struct probe wrong = *b->p;
	struct client *c;
	bool refused = false;

	target.client.psk.octets[0] ^= 1;
	wrong.target = &target;
	c = client_new(&wrong, b->e, b->gateway, NULL);
	if (c) {
		refused = !auth_full_handshake(c, b->suite);
		*spi_r = c->sa.spi_r;
		evidence_note(b->e, "a login with a wrong key: %s", refused ? c->why : "accepted");
	}
	client_free(c);
	secret_wipe(&target.client.psk, sizeof(target.client.psk));
	return refused;
}

static void check_no_init(struct banked *b, uint64_t spi_r, unsigned mark, const char *what)
{
	const struct index ix = { spi_r, b->gateway->index_address };
	const unsigned n = bank_role_count(b->role, STUB_INIT, &ix, mark);

	evidence_clause(b->e, "36.7", n == 0, what, "no init of it at the bank", "%u", n);
}

static void b01(struct banked *b)
{
	const unsigned mark = bank_role_mark(b->role);
	const struct init_request r = init_request_of(b->suite, NULL);
	struct client *half = banked_client(b), *c;
	struct init_answer a = { 0 };
	uint64_t refused = 0;

	if (!half)
		return;
	init_exchange(half, &r, &a);
	init_answer_clear(&a);
	if (!fail_to_log_in(b, &refused)) {
		evidence_inconclusive(b->e, "a login with a wrong key was not refused");
		client_free(half);
		return;
	}
	/* what came before the init of one that logs in came before it at the bank, too */
	c = banked_login(b, NULL);
	if (c && banked_init_of(b, c, mark)) {
		const unsigned n = bank_role_count(b->role, STUB_INIT, NULL, mark);

		check_no_init(b, half->sa.spi_r, mark, "an IKE_SA_INIT without IKE_AUTH");
		check_no_init(b, refused, mark, "a login that was refused");
		evidence_clause(b->e, "36.7", n == 1, "inits for the one IKE SA that lives", "1",
				"%u", n);
	}
	client_free(c);
	client_free(half);
}

const struct probe_case case_b01 = {
	.id = "B01",
	.title = "No init before the SA is authenticated, none for a failed login",
	.provenance = PROVENANCE_DRAFT,
	.source = "draft-xu-ike-sa-sync-01 section 3.4 item 1",
	.required = "The stub goes to the bank when the IKE SA is authenticated: not after "
		    "IKE_SA_INIT, and never for a login that was refused.",
	.causes = "the stub is made when the keys are\n"
		  "the result of the authentication is not looked at\n"
		  "the gateway sends no stub at all",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_BANKED,
	.clauses = "36.7",
	.alone = true,
	.run = stage_banked,
	.at_bank = b01,
};

static void b02(struct banked *b)
{
	const unsigned mark = bank_role_mark(b->role);
	struct client *c = banked_login(b, NULL);
	const uint64_t established = probe_now();
	const struct bank_asked *init = c ? banked_init_of(b, c, mark) : NULL;

	if (init) {
		const uint64_t after = init->at_ms > established ? init->at_ms - established : 0;

		evidence_clause(b->e, "36.7", after <= INIT_MS,
				"time from IKE_AUTH to the init at the bank", "at most 1000 ms",
				"%u ms", (unsigned)after);
	}
	client_free(c);
}

const struct probe_case case_b02 = {
	.id = "B02",
	.title = "The init reaches the bank within a second",
	.level = LEVEL_SHOULD,
	.provenance = PROVENANCE_DRAFT,
	.source = "draft-xu-ike-sa-sync-01 section 3.4 item 2",
	.required =
	    "Once the IKE SA is authenticated, its gateway sends the stub to the bank; that "
	    "should take no more than a second.",
	.causes = "stubs are gathered and sent in rounds\n"
		  "the gateway waits for the first child SA, or for traffic",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_BANKED,
	.clauses = "36.7",
	.alone = true,
	.run = stage_banked,
	.at_bank = b02,
};

/* The bank does not answer: INDEX is told all the same, and it is where the stub will lie. */
static void check_index(struct banked *b, const struct client *c, unsigned mark)
{
	const struct bank_asked *init =
	    banked_asked(b, "36.7", STUB_INIT, NULL, mark, "the IKE SA reaches the bank");
	char told[INDEX_TEXT_MAX], sent[INDEX_TEXT_MAX];

	if (!init)
		return;
	evidence_clause(b->e, "5.2", c->sa.has_index, "N(IKESYNC_INDEX) in the IKE_AUTH response",
			"there", "%s", c->sa.has_index ? "there" : "missing");
	evidence_clause(b->e, "53.1", c->sa.has_index,
			"INDEX while the bank has not yet answered the init", "told", "%s",
			c->sa.has_index ? "told" : "not told");
	evidence_clause(b->e, "5.1", init->has_own && init->own.spi == c->sa.spi_r,
			"SPI of the stub's index", "the gateway's own of this IKE SA",
			"%016" PRIx64 ", the gateway's is %016" PRIx64, init->own.spi, c->sa.spi_r);
	if (c->sa.has_index)
		evidence_clause(b->e, "5.6", index_equal(&init->own, &c->sa.index),
				"index of the stub at the bank", index_text(&c->sa.index, told),
				"%s", index_text(&init->own, sent));
}

static void b04(struct banked *b)
{
	const unsigned mark = bank_role_mark(b->role);
	struct client *c;

	bank_role_play(b->role, STUB_INIT, &(struct bank_play){ .does = BANK_HOLDS });
	c = banked_login(b, NULL);
	if (c)
		check_index(b, c, mark);
	bank_role_release(b->role, STUB_INIT);
	client_free(c);
}

const struct probe_case case_b04 = {
	.id = "B04",
	.title = "The stub's index is what INDEX told the client",
	.provenance = PROVENANCE_DRAFT,
	.source = "draft-xu-ike-sa-sync-01 section 3.1; wire profile rules 5 and 53",
	.required =
	    "The index is the gateway's own SPI and its address; the client is told it in the "
	    "IKE_AUTH response, which does not wait for the bank.",
	.causes = "the client's SPI is used\n"
		  "INDEX is filled from the listening address, the stub from another one\n"
		  "the octets of the SPI are swapped",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_BANKED,
	.clauses = "5.1 5.2 5.6 36.7 53.1",
	.alone = true,
	.run = stage_banked,
	.at_bank = b04,
};
