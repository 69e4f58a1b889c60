/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a case may see of the probe's bank: connections, and the log of what was asked. */
#include "bank/bank_role_log.h"

#include "bank/bank_role_state.h"

#define WAIT_SLICE_MS 100

/* With the lock held: wait for a change, at most until `deadline`. false: it is over. */
static bool wait_change(struct bank_role *r, uint64_t deadline)
{
	const uint64_t now = probe_now();

	if (now >= deadline || probe_interrupted())
		return false;
	(void)g_cond_wait_until(&r->changed, &r->lock,
				g_get_monotonic_time() +
				    (gint64)MIN(deadline - now, WAIT_SLICE_MS) * 1000);
	return true;
}

bool bank_role_await_connected(struct bank_role *r, uint64_t ms)
{
	const uint64_t deadline = probe_now() + ms;
	bool up;

	g_mutex_lock(&r->lock);
	while (!r->channels->len && wait_change(r, deadline))
		;
	up = r->channels->len > 0;
	g_mutex_unlock(&r->lock);
	return up;
}

struct bank_role_counts bank_role_counts(struct bank_role *r)
{
	struct bank_role_counts counts;

	g_mutex_lock(&r->lock);
	counts = r->counts;
	g_mutex_unlock(&r->lock);
	return counts;
}

bool bank_role_await_counts(struct bank_role *r, unsigned accepted, unsigned ended, uint64_t ms)
{
	const uint64_t deadline = probe_now() + ms;
	bool ok;

	g_mutex_lock(&r->lock);
	while ((r->counts.accepted < accepted || r->counts.ended < ended) &&
	       wait_change(r, deadline))
		;
	ok = r->counts.accepted >= accepted && r->counts.ended >= ended;
	g_mutex_unlock(&r->lock);
	return ok;
}

const char *bank_role_why(struct bank_role *r)
{
	const char *why;

	g_mutex_lock(&r->lock);
	why = r->why;
	g_mutex_unlock(&r->lock);
	return why;
}

bool bank_role_peer(struct bank_role *r, struct channel_identity *out)
{
	bool known;

	g_mutex_lock(&r->lock);
	*out = r->peer;
	known = r->counts.up > 0;
	g_mutex_unlock(&r->lock);
	return known;
}

unsigned bank_role_mark(struct bank_role *r)
{
	unsigned n;

	g_mutex_lock(&r->lock);
	n = r->log->len;
	g_mutex_unlock(&r->lock);
	return n;
}

const struct bank_asked *bank_role_entry(struct bank_role *r, unsigned i)
{
	const struct bank_asked *a;

	g_mutex_lock(&r->lock);
	a = i < r->log->len ? g_ptr_array_index(r->log, i) : NULL;
	g_mutex_unlock(&r->lock);
	return a;
}

static bool matches(const struct bank_asked *a, uint8_t type, const struct index *ix)
{
	return a->type == type && (!ix || (a->has_index && index_equal(&a->index, ix)));
}

const struct bank_asked *bank_role_await(struct bank_role *r, uint8_t type, const struct index *ix,
					 unsigned mark, uint64_t ms)
{
	const uint64_t deadline = probe_now() + ms;
	const struct bank_asked *found = NULL;

	g_mutex_lock(&r->lock);
	do {
		for (; mark < r->log->len && !found; mark++) {
			const struct bank_asked *a = g_ptr_array_index(r->log, mark);

			found = matches(a, type, ix) ? a : NULL;
		}
	} while (!found && wait_change(r, deadline));
	g_mutex_unlock(&r->lock);
	return found;
}

unsigned bank_role_count(struct bank_role *r, uint8_t type, const struct index *ix, unsigned mark)
{
	unsigned n = 0;

	g_mutex_lock(&r->lock);
	for (; mark < r->log->len; mark++)
		n += matches(g_ptr_array_index(r->log, mark), type, ix);
	g_mutex_unlock(&r->lock);
	return n;
}

unsigned bank_role_unreadable(struct bank_role *r, const char **why)
{
	unsigned n;

	g_mutex_lock(&r->lock);
	n = r->unreadable;
	*why = r->unreadable_why ? r->unreadable_why : "";
	g_mutex_unlock(&r->lock);
	return n;
}
