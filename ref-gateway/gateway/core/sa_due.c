/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times of an SA and its children: drawn, compared, waited for. */
#include "core/sa_due.h"

#include <glib.h>

#include "core/sa.h"
#include "core/services.h"

#define LATER_MS 5000
#define MOVED_AWAY_MS 10000

/* Another gateway may have set the expiry: its clock may be slower than ours (rule 44), and its lifetimes longer. */
static uint64_t seconds_left(const struct sa *sa)
{
	const struct gateway *g = sa->gateway;
	uint64_t utc = services_utc(g);
	uint64_t end = sa->expiry > utc ? sa->expiry : sa->expiry + STUB_CLOCK_SKEW;

	return end > utc ? MIN(end - utc, g->config.ike_lifetime_s) : 0;
}

/*
 * `seconds`, less up to config.rekey_jitter_percent of it, in ms. Chance is the SPI, which was drawn for it: nobody gains from
 * foreseeing a rekey, and two more draws would be a fourteenth of a resumption.
 */
static uint64_t drawn(const struct gateway *g, uint64_t seconds, uint64_t spi)
{
	const uint64_t jitter = seconds * 10 * g->config.rekey_jitter_percent;
	const uint64_t chance = spi * UINT64_C(0x9e3779b97f4a7c15) >> 48; /* of 65536 */

	return seconds * 1000 - jitter * chance / 65536;
}

uint64_t sa_due_later(struct gateway *g)
{
	uint8_t chance[2];

	rng_fill(&g->ops.rng, chance, sizeof(chance));
	return services_now(g) + LATER_MS +
	       LATER_MS * (chance[0] * UINT64_C(256) + chance[1]) / 65536;
}

void sa_due_begin(struct sa *sa)
{
	struct gateway *g = sa->gateway;
	const struct gateway_config *c = &g->config;
	uint64_t now = services_now(g);

	sa->heard_ms = now;
	sa->end_ms = now + seconds_left(sa) * 1000;
	sa->rekey_ms = c->ike_rekey_s ? now + drawn(g, c->ike_rekey_s, sa->spi_i ^ sa->spi_r) : 0;
	/* Rule 9: the client has begun by then, if it wants to. */
	if (sa->resumptions && c->resumed_rekey_s &&
	    (!sa->rekey_ms || sa->rekey_ms > now + UINT64_C(1000) * c->resumed_rekey_s))
		sa->rekey_ms = now + UINT64_C(1000) * c->resumed_rekey_s;
	if (sa->rekey_ms >= sa->end_ms)
		sa->rekey_ms = 0;
	sa_due_arm(sa);
}

void sa_due_begin_child(struct sa *sa, struct sa_child *child)
{
	struct gateway *g = sa->gateway;
	const struct gateway_config *c = &g->config;
	uint64_t now = services_now(g);

	child->end_ms = c->child_lifetime_s ? now + UINT64_C(1000) * c->child_lifetime_s : 0;
	child->rekey_ms = c->child_rekey_s ? now + drawn(g, c->child_rekey_s, child->spi_in) : 0;
}

/* Traffic is a sign of life, and may come from a new address (RFC 7296 section 2.23). */
static void listen_to_traffic(struct sa *sa)
{
	const struct data_plane *plane = &sa->gateway->ops.data_plane;
	struct data_plane_traffic t;

	for (struct sa_child *c = sa->children; c; c = c->next) {
		if (!c->carried || !plane->ops->ask(plane->self, c->spi_in, &t) ||
		    t.heard_ms <= sa->heard_ms)
			continue;
		sa->heard_ms = t.heard_ms;
		if (sa->path.nat && t.path.nat && !sa->mobike) {
			sa->path.local = t.path.local;
			sa->path.remote = t.path.remote;
		}
	}
}

static uint64_t liveness_ms(struct sa *sa)
{
	uint64_t s = sa->gateway->config.dpd_s;

	if (s)
		listen_to_traffic(sa);
	return s ? sa->heard_ms + s * 1000 : 0;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a && (!b || a < b) ? a : b;
}

static uint64_t due_of_child(const struct sa_child *c)
{
	switch (c->state) {
	case SA_CHILD_LIVE:
		return earlier(c->end_ms, c->rekey_ms);
	case SA_CHILD_REPLACED:
		return c->end_ms;
	case SA_CHILD_OVER:
		return 1;
	default:
		return 0;
	}
}

static void fire(void *user)
{
	struct sa *sa = user;

	sa->gateway->due(sa);
}

void sa_due_arm(struct sa *sa)
{
	struct wheel *wheel = sa->gateway->ops.wheel;
	uint64_t at = earlier(sa->end_ms, earlier(sa->rekey_ms, liveness_ms(sa)));

	if (sa->state != SA_ESTABLISHED || sa->rekeyed)
		return; /* its timer has another task */
	for (const struct sa_child *c = sa->children; c; c = c->next)
		at = earlier(at, due_of_child(c));
	if (sa->path_check == SA_PATH_UNCHECKED)
		at = 1;
	if (sa->ask_alive || sa->redirect_to)
		at = 1;
	if (sa->asking)
		at = 0;
	at = earlier(at, sa->drop_ms);
	if (!at)
		wheel_cancel(wheel, &sa->timer);
	else
		wheel_arm(wheel, &sa->timer, at, fire, sa);
}

void sa_due_postpone(struct sa *sa)
{
	wheel_arm(sa->gateway->ops.wheel, &sa->timer, sa_due_later(sa->gateway), fire, sa);
}

void sa_due_moved_away(struct sa *sa)
{
	sa->drop_ms = services_now(sa->gateway) + MOVED_AWAY_MS;
	sa->ask_alive = sa->asking == NULL; /* what is under way asks as well */
	sa_due_arm(sa);
}

void sa_due_heard(struct sa *sa)
{
	sa->heard_ms = services_now(sa->gateway);
	sa->drop_ms = 0;
}

static bool has_passed(uint64_t at, uint64_t now)
{
	return at && at <= now;
}

/* Children whose time is over are marked; true: there is one to be deleted. */
static bool some_child_is_over(struct sa *sa, uint64_t now)
{
	bool any = false;

	for (struct sa_child *c = sa->children; c; c = c->next) {
		if (c->state <= SA_CHILD_REPLACED && has_passed(c->end_ms, now))
			c->state = SA_CHILD_OVER;
		any = any || c->state == SA_CHILD_OVER;
	}
	return any;
}

enum sa_due sa_due_now(struct sa *sa, struct sa_child **child)
{
	uint64_t now = services_now(sa->gateway);

	*child = NULL;
	if (has_passed(sa->drop_ms, now))
		return SA_DUE_DROP;
	if (sa->asking)
		return SA_DUE_NOTHING;
	if (has_passed(sa->end_ms, now))
		return SA_DUE_END;
	if (sa->path_check == SA_PATH_UNCHECKED)
		return SA_DUE_PATH;
	if (sa->redirect_to)
		return SA_DUE_REDIRECT;
	if (some_child_is_over(sa, now))
		return SA_DUE_CHILD_DELETE;
	if (has_passed(sa->rekey_ms, now))
		return SA_DUE_REKEY;
	for (struct sa_child *c = sa->children; c; c = c->next)
		if (c->state == SA_CHILD_LIVE && has_passed(c->rekey_ms, now)) {
			*child = c;
			return SA_DUE_CHILD_REKEY;
		}
	return sa->ask_alive || has_passed(liveness_ms(sa), now) ? SA_DUE_LIVENESS : SA_DUE_NOTHING;
}
