/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stub out of an SA (section 7 of the wire profile), sealed. */
#include "stub/stub_out.h"

#include <glib.h>

#include "core/sa.h"
#include "core/services.h"
#include "wire/stub_container.h"

bool stub_out_wanted(const struct sa *sa)
{
	const struct gateway *g = sa->gateway;

	if (!g->config.syn || !services_has_bank(g) || g->config.stubs == STUBS_NONE ||
	    sa->dismissed)
		return false;
	return g->config.stubs == STUBS_ALL || sa->profile_1;
}

/* Bits that we know nothing of go on as they are. */
static uint16_t features(const struct sa *sa, uint16_t before)
{
	const uint16_t known =
	    STUB_PEER_PROFILE_1 | (sa->gateway->config.mobike ? STUB_PEER_MOBIKE : 0);

	return (uint16_t)((before & ~known) | (sa->profile_1 ? STUB_PEER_PROFILE_1 : 0) |
			  (sa->mobike ? STUB_PEER_MOBIKE : 0));
}

static void fill(struct sa *sa, struct stub *s)
{
	struct gateway *g = sa->gateway;

	s->encr = sa->suite.encr;
	s->encr_key_bits = sa->suite.encr_key_bits;
	s->prf = sa->suite.prf;
	s->integ = sa->suite.integ;
	s->dh = sa->suite.dh;
	s->idi = sa_identity(sa);
	s->idr = g->config.identity;
	s->spi_i = sa->spi_i;
	s->spi_r = sa->spi_r;
	s->sk_d = secret_peek(&sa->keys.sk_d);
	s->shared_secret = SPAN_NONE; /* rule 29: of no use, and dangerous at rest */
	s->role = sa->initiator ? STUB_ROLE_INITIATOR : STUB_ROLE_RESPONDER;
	if (sa->inner_ip4) { /* else what the stub says: another site may own it (rule 17) */
		s->has_inner_ip4 = true;
		address_ip4_write(s->inner_ip4, sa->inner_ip4);
	}
	s->expiry = sa->expiry;
	s->has_moves = sa->moves.last_commit != 0; /* absent: no commit yet */
	s->moves = sa->moves;
	s->resumptions = sa->resumptions;
	s->peer_features = features(sa, s->peer_features);
}

/* What came with the stub of the SA before goes on: EAP identity, limits, deadline, authority,
 * unknown attributes. */
static enum err base(struct sa *sa, struct stub *s)
{
	struct fault fault;

	memset(s, 0, sizeof(*s));
	if (sa->kept_n)
		return stub_parse_plaintext(span_of(sa->kept, sa->kept_n), s, &fault);
	s->auth_method_i = s->auth_method_r = AUTH_SHARED_KEY_MIC;
	if (sa->gateway->config.authority)
		s->authority = span_text(sa->gateway->config.authority);
	return ERR_OK;
}

bool stub_out_keep(struct sa *sa, const struct stub *terms)
{
	const struct gateway *g = sa->gateway;
	uint8_t octets[SEAL_BODY_MAX];
	struct wcursor c = wcursor_init(octets, sizeof(octets));
	struct stub s = *terms;

	if (g->config.authority)
		s.authority = span_text(g->config.authority);
	fill(sa, &s);
	stub_write_plaintext(&c, &s);
	if (!c.err) {
		sa->kept_n = wcursor_size(&c);
		sa->kept = g_memdup2(octets, sa->kept_n);
	}
	secret_wipe(octets, sizeof(octets));
	return !c.err;
}

struct span stub_out_eap_identity(struct sa *sa)
{
	struct stub s;

	return sa->kept_n && base(sa, &s) == ERR_OK ? s.eap_identity : SPAN_NONE;
}

struct span stub_out_authority(struct sa *sa)
{
	struct stub s;

	return base(sa, &s) == ERR_OK ? s.authority : SPAN_NONE;
}

uint64_t stub_out_bound(struct sa *sa, uint64_t expiry)
{
	struct stub s;

	if (!sa->kept_n || base(sa, &s))
		return expiry;
	if (s.session_limit && s.session_limit < expiry)
		expiry = s.session_limit;
	if (s.reauth_deadline && s.reauth_deadline < expiry)
		expiry = s.reauth_deadline;
	return expiry;
}

/* Rules 35 and 40: the seconds that a stub of this SA has left; 0: none. */
static uint32_t seconds_left(const struct sa *sa, uint64_t utc)
{
	uint64_t end = MIN(sa->expiry, sa->over);

	/* Rule 44: the clock of whoever set the expiry may be slower than ours. */
	if (end <= utc && end + STUB_CLOCK_SKEW > utc)
		end = MIN(sa->expiry + STUB_CLOCK_SKEW, sa->over);
	return end > utc ? (uint32_t)MIN(end - utc, STUB_LIFETIME_MAX) : 0;
}

enum err stub_out_container(struct sa *sa, struct wcursor *out)
{
	struct gateway *g = sa->gateway;
	struct index ix = sa_index(sa);
	uint32_t left = seconds_left(sa, services_utc(g));
	uint8_t body[SEAL_BODY_MAX];
	struct wcursor c = wcursor_init(body, sizeof(body));
	struct stub s;
	enum err err = base(sa, &s);

	if (err)
		return err;
	if (left == 0)
		return ERR_EXPIRED;
	fill(sa, &s);
	if (g->config.seal.n == 0) {
		if (!g->config.unsealed_stubs)
			return ERR_MISSING;
		stub_write_container(out, &ix, left, &s);
		return out->err;
	}
	err = seal_stub(&g->config.seal, &g->ops.rng, &ix, &s, &c);
	if (err)
		return err;
	stub_container_write_sealed(out, &ix, left, span_of(body, wcursor_size(&c)));
	return out->err;
}
