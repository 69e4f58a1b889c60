/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plans the next operation of each slot, and compares what the bank has with what it promised. */
#include "ledger.h"

#include <stdio.h>

static const char *const gateways[2] = { "192.0.2.1", "2001:db8::2" };

struct ledger *ledger_new(uint32_t seed, uint64_t expiry)
{
	struct ledger *l = g_new0(struct ledger, 1);

	l->graves = g_array_new(FALSE, FALSE, sizeof(struct grave));
	l->next_spi = 1;
	l->dice = g_rand_new_with_seed(seed);
	l->expiry = expiry;
	return l;
}

struct ledger *ledger_copy(const struct ledger *l)
{
	struct ledger *copy = g_memdup2(l, sizeof(*l));

	copy->graves = g_array_copy(l->graves);
	copy->dice = g_rand_copy(l->dice);
	return copy;
}

void ledger_free(struct ledger *l)
{
	g_array_unref(l->graves);
	g_rand_free(l->dice);
	g_free(l);
}

static GBytes *container(const struct ledger *l, const struct index *ix, uint32_t content)
{
	return made_container(ix, 80000, l->expiry, content);
}

GBytes *ledger_next(struct ledger *l, unsigned slot, uint32_t transaction)
{
	struct slot *s = &l->slots[slot];
	unsigned dice = (unsigned)g_rand_int_range(l->dice, 0, 100);

	s->new_content = ++l->next_content;
	if (!s->live) {
		s->pending = LEDGER_INIT;
		s->new_index = made_index(gateways[dice % 2], l->next_spi++);
		return made_init(transaction, container(l, &s->new_index, s->new_content));
	}
	if (dice < 20) {
		s->pending = LEDGER_DELETE;
		return made_delete(transaction, &s->index);
	}
	s->pending = LEDGER_UPDATE;
	s->new_index = s->index;
	if (dice >= 40) /* rekey: a new SPI; move: another address too */
		s->new_index.spi = l->next_spi++;
	if (dice >= 60)
		s->new_index.address =
		    made_index(gateways[s->index.address.family == 4], 1).address;
	return made_update(transaction, &s->index, container(l, &s->new_index, s->new_content));
}

static void bury(struct ledger *l, const struct slot *s)
{
	struct grave g = { .index = s->index, .content = s->content };

	g_array_append_val(l->graves, g);
}

/* The operation under way has taken effect. */
static void settle(struct ledger *l, struct slot *s)
{
	if (s->pending == LEDGER_DELETE ||
	    (s->pending == LEDGER_UPDATE && !index_equal(&s->index, &s->new_index)))
		bury(l, s);
	s->live = s->pending != LEDGER_DELETE;
	s->index = s->new_index;
	s->content = s->new_content;
	s->pending = LEDGER_NOTHING;
}

bool ledger_acknowledge(struct ledger *l, unsigned slot, int status)
{
	struct slot *s = slot < LEDGER_SLOTS ? &l->slots[slot] : NULL;

	if (!s || s->pending == LEDGER_NOTHING || status != STUB_OK)
		return false;
	settle(l, s);
	l->acknowledged++;
	return true;
}

void ledger_refuse(struct ledger *l, unsigned slot)
{
	l->slots[slot % LEDGER_SLOTS].pending = LEDGER_NOTHING;
}

unsigned ledger_live(const struct ledger *l, const char *gateway)
{
	struct address address = made_index(gateway, 1).address;
	unsigned n = 0;

	for (unsigned i = 0; i < LEDGER_SLOTS; i++)
		n += l->slots[i].live && address_equal(&l->slots[i].index.address, &address);
	return n;
}

static void ask_for(GArray *ask, struct index ix)
{
	if (ix.spi == 0) /* a slot not used yet; SPI 0 would be a prefetch */
		ix = made_index(gateways[0], UINT64_MAX);
	g_array_append_val(ask, ix);
}

void ledger_questions(const struct ledger *l, GArray *ask)
{
	for (unsigned i = 0; i < LEDGER_SLOTS; i++) {
		ask_for(ask, l->slots[i].index);
		ask_for(ask, l->slots[i].new_index);
	}
	for (guint i = 0; i < l->graves->len; i++)
		g_array_append_val(ask, g_array_index(l->graves, struct grave, i).index);
}

static bool holds(const struct ledger *l, const struct ledger_answer *a, const struct index *ix,
		  uint32_t content)
{
	GBytes *want;
	gsize want_n, got_n;
	const void *want_p, *got_p;
	uint32_t lifetime;
	bool same;

	if (a->status != STUB_OK || !a->container)
		return false;
	want = container(l, ix, content);
	want_p = g_bytes_get_data(want, &want_n);
	got_p = g_bytes_get_data(a->container, &got_n);
	same = made_same(span_of(got_p, got_n), span_of(want_p, want_n), &lifetime);
	g_bytes_unref(want);
	return same;
}

static bool gone(const struct ledger_answer *a)
{
	return a->status == STUB_NOT_FOUND;
}

static void lost(struct ledger *l, const char *what, const struct index *ix, int status)
{
	char text[INDEX_TEXT_MAX];

	/* the first few are enough to see by */
	if (l->losses++ < 10)
		printf("  LOST: %s: %s: get says %s\n", index_text(ix, text), what,
		       iana_stub_status_name((unsigned)status));
}

/* Before (old and content stand) or after (the operation took effect), nothing else. */
static void judge_pending(struct ledger *l, struct slot *s, const struct ledger_answer *old,
			  const struct ledger_answer *new)
{
	bool before, after;

	switch (s->pending) {
	case LEDGER_INIT:
		before = gone(new);
		after = holds(l, new, &s->new_index, s->new_content);
		break;
	case LEDGER_DELETE:
		before = holds(l, old, &s->index, s->content);
		after = gone(old);
		break;
	default:
		before = holds(l, old, &s->index, s->content);
		after = holds(l, new, &s->new_index, s->new_content);
		if (!index_equal(&s->index, &s->new_index)) {
			before = before && gone(new);
			after = after && gone(old);
		}
		break;
	}
	if (after) {
		settle(l, s);
	} else {
		if (!before)
			lost(l, "neither before nor after what was under way", &s->index,
			     old->status);
		s->pending = LEDGER_NOTHING;
	}
}

unsigned ledger_judge(struct ledger *l, const struct ledger_answer *answers)
{
	unsigned before = l->losses, graves = l->graves->len;
	const struct ledger_answer *a = &answers[2 * LEDGER_SLOTS];

	for (unsigned i = 0; i < graves; i++) {
		struct grave *g = &g_array_index(l->graves, struct grave, i);

		/* what cannot be read is not back, either */
		if (!gone(&a[i]) && a[i].status != STUB_BUSY && !g->back) {
			g->back = true;
			l->revived++;
			lost(l, "acknowledged as deleted or moved, and back", &g->index,
			     a[i].status);
		}
	}
	for (unsigned i = 0; i < LEDGER_SLOTS; i++) {
		struct slot *s = &l->slots[i];

		if (s->pending != LEDGER_NOTHING)
			judge_pending(l, s, &answers[2 * i], &answers[2 * i + 1]);
		else if (s->live && !holds(l, &answers[2 * i], &s->index, s->content))
			lost(l, "acknowledged, and missing", &s->index, answers[2 * i].status);
	}
	return l->losses - before;
}
