/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The timer wheel: four levels of 256 slots, found again by bit maps. */
#include "net/wheel.h"

#include <stdlib.h>

#define LEVELS 4
#define SLOT_BITS 8
#define SLOTS (1u << SLOT_BITS)
#define WORDS (SLOTS / 64)

/*
 * A timer sits on the level of the highest octet in which its time and `now` differ, in the slot of that octet.
 * So everything on a lower level is due before anything on a higher one, and the first occupied slot is the next event.
 */
struct wheel {
	uint64_t now; /* everything due up to here has been fired */
	size_t count;
	struct wheel_timer *overdue; /* armed for a time that has passed: next advance */
	struct wheel_timer *firing;
	struct wheel_timer *far; /* due after the next multiple of 2^32 ms */
	uint64_t occupied[LEVELS][WORDS];
	struct wheel_timer *slots[LEVELS * SLOTS];
};

static void link_timer(struct wheel_timer **head, struct wheel_timer *t)
{
	t->next = *head;
	t->pprev = head;
	if (t->next)
		t->next->pprev = &t->next;
	*head = t;
}

static void unlink_timer(struct wheel *w, struct wheel_timer *t)
{
	struct wheel_timer **pprev = t->pprev;
	size_t slot;

	*pprev = t->next;
	if (t->next)
		t->next->pprev = pprev;
	t->next = NULL;
	t->pprev = NULL;
	if (*pprev)
		return;
	/* Was it the last of a slot? Then the slot's bit goes. Unsigned: other heads give a large number. */
	slot = ((uintptr_t)pprev - (uintptr_t)w->slots) /
	       sizeof(*pprev); /* NOLINT(bugprone-sizeof-expression): of pointers */
	if (slot < LEVELS * SLOTS)
		w->occupied[slot / SLOTS][slot % SLOTS / 64] &= ~(UINT64_C(1) << slot % 64);
}

static struct wheel_timer *take_list(struct wheel_timer **from, struct wheel_timer **to)
{
	*to = *from;
	*from = NULL;
	if (*to)
		(*to)->pprev = to;
	return *to;
}

static void link_slot(struct wheel *w, unsigned level, unsigned slot, struct wheel_timer *t)
{
	link_timer(&w->slots[level * SLOTS + slot], t);
	w->occupied[level][slot / 64] |= UINT64_C(1) << slot % 64;
}

/* `t->due` is `now` (only while cascading) or later. */
static void place(struct wheel *w, struct wheel_timer *t)
{
	uint64_t differ = t->due ^ w->now;
	unsigned level = 0;

	if (differ >> (LEVELS * SLOT_BITS)) {
		link_timer(&w->far, t);
		return;
	}
	while (differ >> ((level + 1) * SLOT_BITS))
		level++;
	link_slot(w, level, (unsigned)(t->due >> (level * SLOT_BITS)) & (SLOTS - 1), t);
}

static int first_slot(const struct wheel *w, unsigned level)
{
	for (int i = 0; i < (int)WORDS; i++)
		if (w->occupied[level][i])
			return i * 64 + __builtin_ctzll(w->occupied[level][i]);
	return -1;
}

/* The time of the next slot to fire or to cascade, and its level (LEVELS: the far list). */
static uint64_t next_event(const struct wheel *w, unsigned *level)
{
	for (*level = 0; *level < LEVELS; (*level)++) {
		int slot = first_slot(w, *level);
		unsigned above = (*level + 1) * SLOT_BITS;

		if (slot >= 0)
			return (w->now >> above << above) | (uint64_t)slot << (*level * SLOT_BITS);
	}
	if (w->far && w->now >> 32 != UINT32_MAX)
		return ((w->now >> 32) + 1) << 32;
	return UINT64_MAX;
}

static void fire_list(struct wheel *w, struct wheel_timer **from)
{
	struct wheel_timer *t;

	take_list(from, &w->firing);
	while ((t = w->firing) != NULL) {
		unlink_timer(w, t);
		w->count--;
		t->fire(t->user);
	}
}

struct wheel *wheel_new(uint64_t now_ms)
{
	struct wheel *w = calloc(1, sizeof(*w));

	if (!w)
		abort();
	w->now = now_ms;
	return w;
}

void wheel_free(struct wheel *w)
{
	free(w);
}

void wheel_arm(struct wheel *w, struct wheel_timer *t, uint64_t due_ms, void (*fire)(void *user),
	       void *user)
{
	wheel_cancel(w, t);
	t->due = due_ms;
	t->fire = fire;
	t->user = user;
	w->count++;
	if (due_ms <= w->now)
		link_timer(&w->overdue, t);
	else
		place(w, t);
}

void wheel_cancel(struct wheel *w, struct wheel_timer *t)
{
	if (!t->pprev)
		return;
	unlink_timer(w, t);
	w->count--;
}

void wheel_advance(struct wheel *w, uint64_t now_ms)
{
	/* What fire() arms for the past waits for the next advance: a timer that re-arms itself cannot hold the loop. */
	fire_list(w, &w->overdue);
	while (now_ms > w->now) {
		unsigned level;
		uint64_t at = next_event(w, &level);
		struct wheel_timer *cascade, *t;
		unsigned slot;

		if (at > now_ms) {
			w->now = now_ms;
			break;
		}
		w->now = at;
		slot = (unsigned)(at >> (level % LEVELS * SLOT_BITS)) & (SLOTS - 1);
		if (level > 0) {
			struct wheel_timer **head = &w->far;

			if (level < LEVELS) {
				head = &w->slots[level * SLOTS + slot];
				w->occupied[level][slot / 64] &= ~(UINT64_C(1) << slot % 64);
			}
			take_list(head, &cascade);
			while ((t = cascade) != NULL) {
				unlink_timer(w, t);
				place(w, t);
			}
			slot = (unsigned)at & (SLOTS - 1);
		}
		w->occupied[0][slot / 64] &= ~(UINT64_C(1) << slot % 64);
		fire_list(w, &w->slots[slot]);
	}
}

uint64_t wheel_next(const struct wheel *w)
{
	unsigned level;

	return w->overdue ? w->now : next_event(w, &level);
}

size_t wheel_count(const struct wheel *w)
{
	return w->count;
}
