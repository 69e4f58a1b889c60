/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The budget of a turn, and the lines of those who wait, one for each source prefix. */
#include "core/turn.h"

#include <glib.h>

#include "core/source.h"

/* A turn that reads full sockets takes some milliseconds, too; live SAs wait for both. */
#define TURN_BUDGET_US 4000

struct turn_line {
	struct table_link link;
	GList turn; /* in gateway.turns: the lines, whose turn it is first */
	struct source_key source;
	struct turn_job *first, **last;
};

void turn_begin(struct gateway *g)
{
	g->turn_spent_us = 0;
}

bool turn_has_jobs(const struct gateway *g)
{
	return g->turns.length != 0;
}

static bool has_left(const struct gateway *g)
{
	return g->turn_spent_us < TURN_BUDGET_US;
}

bool turn_affords(struct gateway *g, uint32_t cost)
{
	if (turn_has_jobs(g) || !has_left(g))
		return false;
	g->turn_spent_us += cost;
	return true;
}

static bool matches(const struct table_link *link, const void *key)
{
	const struct turn_line *l = TABLE_ENTRY(link, struct turn_line, link);

	return memcmp(&l->source, key, sizeof(l->source)) == 0;
}

static struct turn_line *line_of(struct gateway *g, const struct address *a)
{
	const struct source_key source = source_prefix(a);
	uint64_t hash = table_hash(&g->hash_key, SPAN_OF(source.octets));
	struct table_link *link = table_find(&g->lines, hash, matches, &source);
	struct turn_line *l;

	if (link)
		return TABLE_ENTRY(link, struct turn_line, link);
	l = g_new0(struct turn_line, 1);
	l->source = source;
	l->last = &l->first;
	l->turn.data = l;
	table_insert(&g->lines, &l->link, hash);
	g_queue_push_tail_link(&g->turns, &l->turn);
	return l;
}

void turn_wait(struct gateway *g, struct turn_job *job, const struct address *source, uint32_t cost,
	       void (*run)(void *user), void *user)
{
	struct turn_line *l = line_of(g, source);

	job->cost = cost;
	job->run = run;
	job->user = user;
	job->line = l;
	job->next = NULL;
	job->pprev = l->last;
	*l->last = job;
	l->last = &job->next;
	g->counters.waited++;
}

void turn_leave(struct gateway *g, struct turn_job *job)
{
	struct turn_line *l = job->line;

	if (!l)
		return;
	*job->pprev = job->next;
	if (job->next)
		job->next->pprev = job->pprev;
	else
		l->last = job->pprev;
	job->line = NULL;
	if (l->first)
		return;
	table_remove(&g->lines, &l->link);
	g_queue_unlink(&g->turns, &l->turn);
	g_free(l);
}

void turn_run(struct gateway *g)
{
	while (turn_has_jobs(g) && has_left(g)) {
		GList *link = g_queue_pop_head_link(&g->turns);
		struct turn_line *l = link->data;
		struct turn_job *job = l->first;

		g_queue_push_tail_link(&g->turns, link);
		g->turn_spent_us += job->cost;
		turn_leave(g, job);
		job->run(job->user);
	}
}
