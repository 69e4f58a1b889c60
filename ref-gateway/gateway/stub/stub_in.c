/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stub that the bank gave: opened, and is it qualified (rule 39)? */
#include "stub/stub_in.h"

#include <glib.h>

#include "core/services.h"
#include "wire/stub_container.h"

/* A clear stub is written anew as plaintext, so that both kinds are kept alike. */
static enum err keep_clear(const struct stub_container *c, struct stub_in *out)
{
	struct fault fault;
	struct wcursor w;
	enum err err = stub_parse(c->first, c->chain, c->body.p, &out->stub, &fault);

	if (err)
		return err;
	out->plain = g_malloc(SEAL_BODY_MAX);
	out->plain_n = SEAL_BODY_MAX;
	w = wcursor_init(out->plain, SEAL_BODY_MAX);
	stub_write_plaintext(&w, &out->stub);
	if (w.err)
		return w.err;
	out->plain_n = wcursor_size(&w);
	return stub_parse_plaintext(span_of(out->plain, out->plain_n), &out->stub, &fault);
}

enum err stub_in_open(struct gateway *g, const struct index *ix, struct span container,
		      struct stub_in *out)
{
	struct chain_payload p = { .type = STUB_PAYLOAD_STUB, .body = container };
	struct stub_container c;
	struct fault fault = { 0 };
	enum err err = stub_container_parse(&p, &c, &fault);

	out->plain = NULL;
	out->plain_n = 0;
	if (err)
		return err;
	if (!index_equal(&c.index, ix))
		return ERR_VALUE;
	if (c.lifetime == 0)
		return ERR_EXPIRED;
	out->over = services_utc(g) + c.lifetime;
	if (!c.is_sealed)
		return g->config.unsealed_stubs ? keep_clear(&c, out) : ERR_UNSUPPORTED;
	out->plain_n = c.sealed.ciphertext.n;
	out->plain = g_malloc(out->plain_n + 1);
	return seal_open(&g->config.seal, ix, &c.sealed, services_utc(g), out->plain, &out->stub,
			 &fault);
}

void stub_in_clear(struct stub_in *in)
{
	if (in->plain)
		secret_wipe(in->plain, in->plain_n);
	g_free(in->plain);
	in->plain = NULL;
	in->plain_n = 0;
}

struct suite stub_in_suite(const struct stub *s)
{
	return (struct suite){ .encr = s->encr,
			       .encr_key_bits = s->encr_key_bits,
			       .prf = s->prf,
			       .integ = s->integ,
			       .dh = s->dh };
}

/* No sum: what a stub says may be as large as 64 bits go. */
static bool has_passed(uint64_t since, uint64_t s, uint64_t utc)
{
	return utc >= since && utc - since >= s;
}

/* Rule 44: that of a gateway whose clock is ahead of ours. */
static bool is_a_little_ahead(uint64_t time, uint64_t utc)
{
	return time > utc && time - utc <= STUB_CLOCK_SKEW;
}

/* Is it over, also for a clock that is slower than ours (rule 44)? 0: never. */
static bool is_over(uint64_t time, uint64_t utc)
{
	return time && time < utc && utc - time > STUB_CLOCK_SKEW;
}

/* Rule 18: hold-down after too many moves, and between two commits. */
static const char *held_down(const struct gateway *g, const struct stub *s, uint64_t utc)
{
	const struct gateway_config *c = &g->config;

	if (!s->has_moves)
		return NULL;
	if (s->moves.last_commit && !is_a_little_ahead(s->moves.last_commit, utc) &&
	    !has_passed(s->moves.last_commit, c->min_commit_interval_s, utc))
		return "the last commit was a moment ago";
	if (s->moves.count >= c->max_moves &&
	    !has_passed(s->moves.window_start, c->moves_window_s, utc))
		return "it has moved too often";
	return NULL;
}

/* Rule 50: the bank that decides the move is one that we ask. */
bool stub_in_knows_authority(const struct gateway_config *c, struct span authority)
{
	const char *const names[] = { c->authority, c->bank_names[0], c->bank_names[1] };

	for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
		if (names[i] && span_equal(authority, span_text(names[i])))
			return true;
	return authority.n == 0; /* the bank that it came from */
}

static bool suite_is_known(struct suite suite, size_t sk_d)
{
	struct suite_sizes sizes;

	suite.dh = 0; /* rule 10: not looked at */
	return suite_sizes(&suite, &sizes) == ERR_OK && sk_d == sizes.prf_key;
}

const char *stub_in_unqualified(struct gateway *g, const struct index *ix, const struct stub *s,
				const struct ike_sa *offer)
{
	const struct policy_peer *peer = policy_find(g->ops.policy, &s->idi);
	struct suite suite = stub_in_suite(s);
	uint64_t utc = services_utc(g);
	uint64_t own = s->role == STUB_ROLE_INITIATOR ? s->spi_i : s->spi_r;

	if (own != ix->spi)
		return "its SPI is not the index's";
	if (is_over(s->expiry, utc))
		return "it has expired";
	if (is_over(s->session_limit, utc))
		return "its session has ended";
	if (is_over(s->reauth_deadline, utc))
		return "it is past its re-authentication deadline";
	if (!suite_is_known(suite, s->sk_d.n))
		return "its suite is not known or does not fit its SK_d";
	if (offer && !suite_offered(offer, &suite))
		return "its suite is not offered";
	if (!(s->peer_features & STUB_PEER_PROFILE_1) && !g->config.bare_draft_peers)
		return "its client is no profile 1 peer";
	if (s->resumptions >= g->config.max_resumptions)
		return "it has been resumed too often without KE";
	if (!peer)
		return "its identity is not known";
	if (peer->disabled || policy_name_disabled(g->ops.policy, s->eap_identity))
		return "its identity is disabled";
	if (!stub_in_knows_authority(&g->config, s->authority))
		return "its authority is a bank that is not ours";
	return held_down(g, s, utc);
}

struct stub_moves stub_in_moved(const struct gateway *g, const struct stub *s,
				const struct address *from)
{
	uint64_t utc = services_utc(g);
	struct stub_moves m = s->has_moves ? s->moves : (struct stub_moves){ 0 };

	m.last_commit = utc;
	if (address_equal(from, &g->config.address))
		return m; /* the same gateway: no move to another address */
	if (m.window_start == 0 || has_passed(m.window_start, g->config.moves_window_s, utc))
		m = (struct stub_moves){ .window_start = utc, .last_commit = utc };
	m.count++;
	return m;
}
