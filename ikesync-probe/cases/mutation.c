/* SPDX-License-Identifier: GPL-2.0-or-later */
/* N22: mutations of every message, and between them the question whether the gateway still serves. */
#include "cases/aftermath.h"
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"

/* The same messages in each run, but for SPIs, nonces and keys: what is found can be found again. */
#define SEED 22
#define ROUNDS 25
#define PER_ROUND 40

enum base { BASE_PLAIN, BASE_SYN, BASE_CONFIRMATION, BASE_PROTECTED, BASES };

static const char *const base_texts[BASES] = {
	[BASE_PLAIN] = "an ordinary IKE_SA_INIT request",
	[BASE_SYN] = "a SYN for the live stub",
	[BASE_CONFIRMATION] = "a message ID 1",
	[BASE_PROTECTED] = "a request on a live SA",
};

static GByteArray *copy_of(const GByteArray *m)
{
	return m ? g_byte_array_append(g_byte_array_new(), m->data, m->len) : NULL;
}

/* A message to mutate, from `c` or of `live`; NULL: none to be had. */
static GByteArray *make(struct steps *s, struct client *c, struct client *live, enum base base)
{
	static const struct resume_knobs right;
	struct init_request r =
	    init_request_of(&s->old->suite, base == BASE_PLAIN ? NULL : &s->old->index);
	struct init_answer a = { 0 };
	GByteArray *m = NULL;
	struct inner in;

	if (base == BASE_PROTECTED) {
		inner_init(&in);
		return protected_seal(live, EXCHANGE_INFORMATIONAL, 0, live->sa.window.next, &in);
	}
	client_fresh(c, CLIENT_NONCE_DEFAULT);
	if (base != BASE_CONFIRMATION)
		return init_build(c, &r) ? copy_of(c->request) : NULL;
	if (init_exchange(c, &r, &a) == IKE_ANSWER_RESUMED && resume_derive(c, s->old))
		m = resume_confirmation(c, &right, NULL);
	init_answer_clear(&a);
	return m;
}

static void put_16(GByteArray *m, guint at, GRand *rand)
{
	static const uint16_t values[] = { 0, 1, 3, 4, 0x7fff, 0x8000, 0xffff };
	const uint16_t v = values[g_rand_int_range(rand, 0, G_N_ELEMENTS(values))];

	if (at + 2 > m->len)
		return;
	m->data[at] = (uint8_t)(v >> 8);
	m->data[at + 1] = (uint8_t)v;
}

/* Where something of form stands: type, flags and length of a payload or of a transform. */
static guint structural(const GByteArray *m, GRand *rand)
{
	guint at = IKE_HEADER_SIZE, n = (guint)g_rand_int_range(rand, 0, 6);

	while (n-- && at + CHAIN_PAYLOAD_HEADER_SIZE < m->len) {
		const guint next = at + (guint)(m->data[at + 2] << 8 | m->data[at + 3]);

		if (next <= at || next + CHAIN_PAYLOAD_HEADER_SIZE >= m->len)
			break;
		at = next;
	}
	return at + (guint)g_rand_int_range(rand, 0, 16);
}

/* Half of them with lengths that fit, so that they are looked at further in. */
static void fit_lengths(GByteArray *m)
{
	if (m->len < IKE_HEADER_SIZE + CHAIN_PAYLOAD_HEADER_SIZE)
		return;
	m->data[24] = m->data[25] = 0;
	m->data[26] = (uint8_t)(m->len >> 8);
	m->data[27] = (uint8_t)m->len;
	if (m->data[16] != PAYLOAD_SK)
		return;
	m->data[IKE_HEADER_SIZE + 2] = (uint8_t)((m->len - IKE_HEADER_SIZE) >> 8);
	m->data[IKE_HEADER_SIZE + 3] = (uint8_t)(m->len - IKE_HEADER_SIZE);
}

static void mutate(GByteArray *m, GRand *rand)
{
	uint8_t again[200];
	guint n;
	const guint at = structural(m, rand) % m->len;

	switch (g_rand_int_range(rand, 0, 7)) {
	case 0:
		m->data[at] ^= (uint8_t)(1U << g_rand_int_range(rand, 0, 8));
		break;
	case 1:
		m->data[at] = (uint8_t)g_rand_int(rand);
		break;
	case 2:
		put_16(m, at, rand);
		break;
	case 3:
		g_byte_array_set_size(m, (guint)g_rand_int_range(rand, 1, (gint)m->len));
		break;
	case 4: /* an octet is lost in the middle */
		g_byte_array_remove_index(m, at);
		break;
	case 5: /* the message goes on after its end */
		n = MIN(m->len, sizeof(again));
		memcpy(again, m->data, n); /* appending moves what is appended */
		g_byte_array_append(m, again, n);
		break;
	default: /* of the header: SPIs and message ID stay, or it would be another SA's */
		m->data[16 + g_rand_int_range(rand, 0, 4)] = (uint8_t)g_rand_int(rand);
	}
	if (g_rand_boolean(rand))
		fit_lengths(m);
}

/* One base message, many mutations. false: the gateway has fallen silent, and that is stated. */
static bool bombard(struct steps *s, struct client *c, struct client *live, enum base base,
		    GRand *rand)
{
	GByteArray *m = make(s, c, live, base);
	char what[120];

	if (!m)
		return true;
	for (unsigned i = 0; i < PER_ROUND; i++) {
		GByteArray *bad = copy_of(m);

		mutate(bad, rand);
		/* one that came out as it was would be served, and rightly */
		if (bad->len != m->len || memcmp(bad->data, m->data, m->len) != 0)
			transport_send(c->transport, span_of(bad->data, bad->len));
		g_byte_array_unref(bad);
	}
	g_byte_array_unref(m);
	g_snprintf(what, sizeof(what), "an ordinary login after %u mutations of %s (seed %d)",
		   PER_ROUND, base_texts[base], SEED);
	return aftermath_serves(s->p, s->e, what);
}

static void n22(struct steps *s)
{
	const struct address *other =
	    s->p->target->client.second_source.family ? &s->p->target->client.second_source : NULL;
	const bool ground = aftermath_ground(s);
	struct client *c = client_new(s->p, s->e, &s->p->target->gateway, other);
	GRand *rand = g_rand_new_with_seed(SEED);
	struct old_sa *live = old_sa_at(s->p, s->e, &s->p->target->gateway, NULL, false);
	bool up = c && live;

	for (unsigned round = 0; up && round < ROUNDS; round++)
		for (int base = 0; up && base < BASES; base++)
			up = bombard(s, c, live->client, (enum base)base, rand);
	client_vanish(c);
	g_rand_free(rand);
	if (up)
		aftermath_lives(live->client, "59.5", "the live SA whose requests were mutated");
	old_sa_free(live);
	if (up && ground)
		aftermath_resumes(s, ground, "59.5", "after all of them the live stub resumes");
}

const struct probe_case case_n22 = {
	.id = "N22",
	.title = "Mutations of every message: the gateway goes on serving",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 section 2.21; wire profile rule 59",
	.required =
	    "Whatever is sent to it, a gateway goes on serving: an ordinary client logs in, and "
	    "a live stub resumes.",
	.causes =
	    "the program died, or hangs in a loop over lengths\nmalformed messages count as "
	    "half-open SAs, and a cap was reached\na message that does not verify changes the "
	    "SA",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.clauses = "59.5",
	.run = stage_resumption,
	.resuming = n22,
};
