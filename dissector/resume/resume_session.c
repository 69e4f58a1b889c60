/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding the secret that an SA was resumed with, within what a file may cost. */
#include "resume/resume_session.h"

#include "resume/resume_diagnosis.h"
#include "base/payload_walk.h"
#include "base/wipe.h"

/* A file of nothing but wrong keys must still open. */
#define DIAGNOSES_MAX 128
#define DIAGNOSIS_SIZE 4096 /* a message so much longer counts for one more */
/* In octets that are hashed; a derivation is about so many. */
#define WORK_MAX (64u << 20)
#define DERIVATION_WORK 4096

/* Keys derived, but not yet for a message that they open. */
struct resume_candidate {
	struct resume_candidate *next;
	const struct resume_secret *secret;
	const struct ike_octets *response;
	struct resume_keys keys;
	bool sound; /* there are keys */
};

/* What this file has cost so far. */
struct cost {
	unsigned diagnoses, work;
};

static wmem_map_t *costs;

/* File scope forgets; so must the count. */
static struct cost *cost(void)
{
	struct cost *c = wmem_map_lookup(costs, GUINT_TO_POINTER(1));

	if (!c) {
		c = wmem_new0(wmem_file_scope(), struct cost);
		wmem_map_insert(costs, GUINT_TO_POINTER(1), c);
	}
	return c;
}

static bool may_take(unsigned *taken, unsigned n, unsigned max)
{
	if (*taken >= max)
		return false;
	*taken += n;
	return true;
}

bool resume_may_diagnose(unsigned n)
{
	return may_take(&cost()->diagnoses, 1 + n / DIAGNOSIS_SIZE, DIAGNOSES_MAX);
}

struct resume_session *resume_session_new(void)
{
	return wiped_new(sizeof(struct resume_session));
}

void resume_session_seed(struct resume_seed *seed, const struct ike_resumed *sa,
			 const struct resume_secret *s)
{
	seed->suite = s->suite;
	seed->sk_d = (struct octets){ s->sk_d.octets, s->sk_d.n };
	seed->ni = (struct octets){ sa->request->p + sa->request->nonce, sa->request->nonce_n };
	seed->nr = (struct octets){ sa->response->p + sa->response->nonce, sa->response->nonce_n };
	memcpy(seed->spii, sa->key.spii, 8);
	memcpy(seed->spir, sa->key.spir, 8);
}

bool resume_sealed_sound(const struct resume_sealed *m, struct octets plain)
{
	return m->fragment || !m->first || payload_chain_sound(plain, m->first);
}

/*
 * Does a chain begin in a first fragment that goes on in the next? Octets decrypted with a wrong
 * key rarely have the zeros that a generic header has.
 */
static bool chain_begins(struct octets plain, uint8_t first)
{
	struct payload_walk w = payload_walk(plain.p, plain.n, first);

	while (payload_next(&w))
		if (w.flags & 0x7f)
			return false;
	return w.fault == PAYLOAD_MISSING || (w.fault == PAYLOAD_LONG && !(w.flags & 0x7f));
}

enum { RANK_NO, RANK_ICV, RANK_LIKELY, RANK_SURE };

/*
 * An HMAC verifies SK_a. Secrets of one SK_d with two ciphers share that, and only what comes out
 * tells which is right: a whole message surely, a fragment less so.
 */
static int rank(const struct resume_sealed *m, const struct resume_keys *keys, struct octets plain)
{
	const struct resume_sizes *s = &keys->sizes;
	unsigned pad = m->message.n - m->body - s->iv - s->icv - plain.n - 1;
	bool likely = pad < MAX(s->block, 4);

	if (!resume_sealed_sound(m, plain))
		return RANK_NO;
	if (s->aead)
		return RANK_SURE;
	if (!m->fragment)
		return m->first || plain.n == 0 ? RANK_SURE : RANK_ICV;
	if (m->number == 1)
		likely = likely && (m->total == 1 ? payload_chain_sound(plain, m->first)
						  : chain_begins(plain, m->first));
	return likely ? RANK_LIKELY : RANK_ICV;
}

static bool derive(const struct ike_resumed *sa, const struct resume_secret *s,
		   struct resume_keys *keys)
{
	struct resume_seed seed;

	resume_session_seed(&seed, sa, s);
	return resume_keys_derive(&seed, NULL, keys);
}

/* Kept ones come first in the order of secrets, as the first KEPT_KEYS that were tried. */
static const struct resume_candidate *
candidate(struct ike_resumed *sa, const struct resume_secret *s, struct resume_candidate *here)
{
	struct resume_candidate **at = &sa->session->kept, *c = here;
	unsigned n = 0;

	for (; *at; at = &(*at)->next, n++)
		if ((*at)->secret == s && (*at)->response == sa->response)
			return *at;
	if (n < KEPT_KEYS)
		c = *at = wiped_new(sizeof(*c));
	c->secret = s;
	c->response = sa->response;
	c->sound = derive(sa, s, &c->keys);
	return c;
}

static void settle(struct resume_session *session, const struct resume_candidate *c, bool kept,
		   int how)
{
	struct resume_keys *copy;

	/* What a wrong key made of fragments is of no use. */
	if (session->secret)
		resume_fragments_drop(&session->sets);
	session->secret = c->secret;
	session->keys = &c->keys;
	if (!kept) {
		copy = wiped_new(sizeof(*copy));
		*copy = c->keys;
		session->keys = copy;
	}
	session->proven = how == RANK_SURE;
}

enum resume_found resume_session_find(struct ike_resumed *sa, const struct resume_sealed *m,
				      wmem_allocator_t *scope, struct octets *plain)
{
	struct resume_session *session = sa->session;
	bool enough = session->failures >= SESSION_FAILURES, cut = false;
	const struct resume_secret *s =
	    resume_secrets_find(&sa->attempt->idx, enough ? session->newest : NULL);
	struct resume_candidate here = { .next = NULL }, spare = here;
	const struct resume_candidate *best = NULL;
	int best_rank = RANK_NO;

	if (!s)
		return RESUME_UNTRIED;
	for (unsigned n = 0; s && best_rank != RANK_SURE; n++) {
		const struct resume_candidate *c;
		struct octets got;
		int got_rank;

		cut = n >= FREE_SECRETS &&
		      !may_take(&cost()->work, DERIVATION_WORK + m->message.n, WORK_MAX);
		if (cut)
			break;
		if (!session->newest || session->newest->order < s->order)
			session->newest = s;
		c = candidate(sa, s, &here);
		s = resume_secrets_find(&sa->attempt->idx, s);
		if (!c->sound || sk_open(m->message, m->body, &c->keys, m->from_initiator, scope,
					 &got) != SK_OPENED)
			continue;
		got_rank = rank(m, &c->keys, got);
		if (got_rank <= best_rank)
			continue;
		best_rank = got_rank;
		best = c;
		if (c == &here) {
			spare = here;
			best = &spare;
		}
		*plain = got;
	}
	if (best)
		settle(session, best, best != &spare, best_rank);
	wipe(&here, sizeof(here));
	wipe(&spare, sizeof(spare));
	if (best)
		return RESUME_FOUND;
	return cut ? RESUME_NOT_ALL : RESUME_NONE_FITS;
}

void resume_session_register(void)
{
	costs = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), g_direct_hash,
				       g_direct_equal);
}
