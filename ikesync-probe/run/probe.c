/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting, time, interruption, and what the peers have announced. */
#include "run/probe.h"

#include <signal.h>

#include "run/lateness.h"

static volatile sig_atomic_t interrupted;

void probe_interrupt(void)
{
	interrupted = 1;
}

bool probe_interrupted(void)
{
	return interrupted != 0;
}

uint64_t probe_moment(const struct probe *p)
{
	return MAX(p->target->timers.answer / 4, p->target->timers.retransmit);
}

uint64_t probe_now(void)
{
	return (uint64_t)g_get_monotonic_time() / 1000;
}

static gboolean on_timeout(gpointer user)
{
	*(bool *)user = true;
	return G_SOURCE_REMOVE;
}

static bool wait_until(struct probe *p, bool (*done)(void *user), void *user, uint64_t timeout_ms,
		       bool regardless)
{
	const uint64_t due = probe_now() + timeout_ms;
	bool over = false;
	GSource *timer;

	if (done && done(user))
		return true;
	timer = g_timeout_source_new((guint)MIN(timeout_ms, G_MAXUINT));
	g_source_set_callback(timer, on_timeout, &over, NULL);
	g_source_attach(timer, p->context);
	while (!over && (regardless || !probe_interrupted())) {
		g_main_context_iteration(p->context, TRUE);
		if (done && done(user)) {
			g_source_destroy(timer);
			g_source_unref(timer);
			return true;
		}
	}
	if (over)
		lateness_waited(due, probe_now());
	g_source_destroy(timer);
	g_source_unref(timer);
	return false;
}

bool probe_wait(struct probe *p, bool (*done)(void *user), void *user, uint64_t timeout_ms)
{
	return wait_until(p, done, user, timeout_ms, false);
}

bool probe_wait_regardless(struct probe *p, bool (*done)(void *user), void *user,
			   uint64_t timeout_ms)
{
	return wait_until(p, done, user, timeout_ms, true);
}

void probe_pass_time(struct probe *p, uint64_t ms)
{
	(void)probe_wait(p, NULL, NULL, ms);
}

void probe_saw_vendor_id(struct probe *p)
{
	p->gateway_announced = true;
}

bool probe_rules_bind(const struct probe *p, const struct probe_case *c)
{
	/* rule 38: the Vendor ID, or the ALPN, makes a profile 1 peer, whatever the target file
	 * says */
	if (c->asks == ASKS_CLIENT ? p->client_announced
	    : c->asks == ASKS_BANK ? p->bank_announced
				   : p->gateway_announced)
		return true;
	return p->target->profile == TARGET_PROFILE_1;
}
