/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stub_make.h"

#include <glib.h>

#include "keys/dh.h"

/* Fresh enough for a stub to be of use at all. */

bool stub_make_wanted(const struct sa *sa)
{
	const struct gateway *g = sa->gateway;

	if (!g->config.syn || !gateway_has_bank(g) || g->config.stubs == STUBS_NONE)
		return false;
	return g->config.stubs == STUBS_ALL || sa->profile_1;
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
	s->role = STUB_ROLE_RESPONDER;
	if (sa->inner_ip4) /* else what the stub says: another site may own it (rule 17) */
		s->has_inner_ip4 = true;
	for (unsigned i = 0; sa->inner_ip4 && i < 4; i++)
		s->inner_ip4[i] = (uint8_t)(sa->inner_ip4 >> (24 - 8 * i));
	s->expiry = sa->expiry;
	s->has_moves = true;
	s->moves = sa->moves;
	s->resumptions = sa->resumptions;
	s->peer_features = (uint16_t)((s->peer_features & ~STUB_PEER_PROFILE_1) |
				      (sa->profile_1 ? STUB_PEER_PROFILE_1 : 0));
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

uint64_t stub_make_bound(struct sa *sa, uint64_t expiry)
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

enum err stub_make_container(struct sa *sa, struct wcursor *out)
{
	struct gateway *g = sa->gateway;
	struct index ix = sa_index(sa);
	uint64_t utc = gateway_utc(g), left;
	uint8_t body[SEAL_BODY_MAX];
	struct wcursor c = wcursor_init(body, sizeof(body));
	struct stub s;
	enum err err = base(sa, &s);

	if (err)
		return err;
	if (sa->expiry <= utc)
		return ERR_EXPIRED;
	left = MIN(sa->expiry - utc, STUB_LIFETIME_MAX);
	fill(sa, &s);
	if (g->config.seal.n == 0) {
		if (!g->config.unsealed_stubs)
			return ERR_MISSING;
		stub_write_container(out, &ix, (uint32_t)left, &s);
		return out->err;
	}
	err = seal_stub(&g->config.seal, &g->ops.rng, &ix, &s, &c);
	if (err)
		return err;
	stub_container_write_sealed(out, &ix, (uint32_t)left, span_of(body, wcursor_size(&c)));
	return out->err;
}

/* The SA may be gone when the bank answers: it is looked up again. */
struct pending {
	GList link; /* of gateway.pending, so that nothing is left behind when no answer comes any
		       more */
	struct gateway *gateway;
	uint64_t spi_r;
	void (*moved)(struct sa *sa, int result);
};

static struct pending *pending_new(const struct sa *sa)
{
	struct pending *p = g_new0(struct pending, 1);

	p->link.data = p;
	p->gateway = sa->gateway;
	p->spi_r = sa->spi_r;
	g_queue_push_tail_link(&p->gateway->pending, &p->link);
	return p;
}

static void pending_free(struct pending *p)
{
	g_queue_unlink(&p->gateway->pending, &p->link);
	g_free(p);
}

void stub_make_forget_pending(struct gateway *g)
{
	while (!g_queue_is_empty(&g->pending))
		pending_free(g_queue_peek_head(&g->pending));
}

static void init_done(int result, void *user)
{
	struct pending *p = user;

	if (result != STUB_OK)
		log_warning("stub %016" PRIx64 ": the bank did not take it: %s", p->spi_r,
			    result >= 0 ? iana_stub_status_name((unsigned)result) : "no answer");
	pending_free(p);
}

/* Rule 36: who owns the SA no more drops it without a word. */
static void update_done(int result, void *user)
{
	struct pending *p = user;
	struct sa *sa = sa_find(p->gateway, p->spi_r);

	if (result != STUB_OK)
		log_warning("stub %016" PRIx64 ": the bank did not update it: %s", p->spi_r,
			    result >= 0 ? iana_stub_status_name((unsigned)result) : "no answer");
	if (result == STUB_CONFLICT && sa)
		sa_drop(sa);
	pending_free(p);
}

static bool make(struct sa *sa, uint8_t *buffer, size_t cap, struct span *out)
{
	struct wcursor c = wcursor_init(buffer, cap);
	enum err err = stub_make_container(sa, &c);

	if (err)
		log_error("no stub for SA %016" PRIx64 ": %s", sa->spi_r, err_text(err));
	*out = span_of(buffer, wcursor_size(&c));
	return err == ERR_OK;
}

void stub_make_init(struct sa *sa)
{
	const struct stub_service *bank = &sa->gateway->ops.bank;
	uint8_t buffer[SEAL_BODY_MAX + 256];
	struct span container;

	if (!make(sa, buffer, sizeof(buffer), &container))
		return;
	sa->has_stub = true;
	bank->ops->init(bank->self, container, init_done, pending_new(sa));
	secret_wipe(buffer, sizeof(buffer));
}

void stub_make_update(struct sa *sa, const struct index *old)
{
	const struct stub_service *bank = &sa->gateway->ops.bank;
	uint8_t buffer[SEAL_BODY_MAX + 256];
	struct span container;

	if (!make(sa, buffer, sizeof(buffer), &container))
		return;
	sa->has_stub = true;
	bank->ops->update(bank->self, old, container, update_done, pending_new(sa));
	secret_wipe(buffer, sizeof(buffer));
}

static void move_done(int result, void *user)
{
	struct pending *p = user;
	struct sa *sa = sa_find(p->gateway, p->spi_r);

	if (sa)
		p->moved(sa, result);
	pending_free(p);
}

void stub_make_move(struct sa *sa, const struct index *old, struct span container,
		    void (*done)(struct sa *sa, int result))
{
	const struct gateway *g = sa->gateway;
	struct pending *p = pending_new(sa);

	p->moved = done;
	g->ops.bank.ops->move(g->ops.bank.self, old, container, g->config.commit_timeout_ms,
			      move_done, p);
}

void stub_make_delete(struct gateway *g, const struct index *ix)
{
	if (gateway_has_bank(g))
		g->ops.bank.ops->delete (g->ops.bank.self, ix, NULL, NULL);
}

/* A clear stub is written anew as plaintext, so that both kinds are kept alike. */
static enum err keep_clear(const struct stub_container *c, uint8_t **plain, size_t *plain_n,
			   struct stub *out)
{
	struct fault fault;
	struct wcursor w;
	enum err err = stub_parse(c->first, c->chain, c->body.p, out, &fault);

	if (err)
		return err;
	*plain = g_malloc(SEAL_BODY_MAX);
	*plain_n = SEAL_BODY_MAX;
	w = wcursor_init(*plain, SEAL_BODY_MAX);
	stub_write_plaintext(&w, out);
	if (w.err)
		return w.err;
	*plain_n = wcursor_size(&w);
	return stub_parse_plaintext(span_of(*plain, *plain_n), out, &fault);
}

enum err stub_make_open(struct gateway *g, const struct index *ix, struct span container,
			uint8_t **plain, size_t *plain_n, struct stub *out)
{
	struct chain_payload p = { .type = STUB_PAYLOAD_STUB, .body = container };
	struct stub_container c;
	struct fault fault = { 0 };
	enum err err = stub_container_parse(&p, &c, &fault);

	*plain = NULL;
	*plain_n = 0;
	if (err)
		return err;
	if (!index_equal(&c.index, ix))
		return ERR_VALUE;
	if (c.lifetime == 0)
		return ERR_EXPIRED;
	if (!c.is_sealed)
		return g->config.unsealed_stubs ? keep_clear(&c, plain, plain_n, out)
						: ERR_UNSUPPORTED;
	*plain_n = c.sealed.ciphertext.n;
	*plain = g_malloc(*plain_n + 1);
	return seal_open(&g->config.seal, ix, &c.sealed, gateway_utc(g), *plain, out, &fault);
}

struct suite stub_make_suite(const struct stub *s)
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

/* Rule 18: hold-down after too many moves, and between two commits. */
static const char *held_down(const struct gateway *g, const struct stub *s, uint64_t utc)
{
	const struct gateway_config *c = &g->config;

	if (!s->has_moves)
		return NULL;
	if (s->moves.last_commit &&
	    !has_passed(s->moves.last_commit, c->min_commit_interval_s, utc))
		return "the last commit was a moment ago";
	if (s->moves.count >= c->max_moves &&
	    !has_passed(s->moves.window_start, c->moves_window_s, utc))
		return "it has moved too often";
	return NULL;
}

static bool suite_is_known(struct suite suite, size_t sk_d)
{
	struct suite_sizes sizes;

	suite.dh = 0; /* rule 10: not looked at */
	return suite_sizes(&suite, &sizes) == ERR_OK && sk_d == sizes.prf_key;
}

const char *stub_make_unqualified(struct gateway *g, const struct index *ix, const struct stub *s,
				  const struct ike_sa *offer)
{
	const struct policy_peer *peer = policy_find(g->ops.policy, &s->idi);
	struct suite suite = stub_make_suite(s);
	uint64_t utc = gateway_utc(g);
	uint64_t own = s->role == STUB_ROLE_INITIATOR ? s->spi_i : s->spi_r;

	if (own != ix->spi)
		return "its SPI is not the index's";
	if (s->expiry && s->expiry < utc && utc - s->expiry > STUB_CLOCK_SKEW)
		return "it has expired";
	if (s->session_limit && s->session_limit <= utc)
		return "its session has ended";
	if (s->reauth_deadline && s->reauth_deadline <= utc)
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
	if (peer->disabled)
		return "its identity is disabled";
	return held_down(g, s, utc);
}

struct stub_moves stub_make_moved(const struct gateway *g, const struct stub *s,
				  const struct address *from)
{
	uint64_t utc = gateway_utc(g);
	struct stub_moves m = s->has_moves ? s->moves : (struct stub_moves){ 0 };

	m.last_commit = utc;
	if (address_equal(from, &g->config.address))
		return m; /* the same gateway: no move to another address */
	if (m.window_start == 0 || has_passed(m.window_start, g->config.moves_window_s, utc))
		m = (struct stub_moves){ .window_start = utc, .last_commit = utc };
	m.count++;
	return m;
}
