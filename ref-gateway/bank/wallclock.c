/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time of day against time since boot. */
#include "wallclock.h"

#include <glib.h>
#include <time.h>

#include "tool/log.h"

/* A step of up to this is a clock being kept right. */
#define STEP_MS 2000

struct wallclock {
	GMutex mutex;
	struct wallclock_source source;
	uint64_t settle_ms;
	int64_t offset; /* of the time of day that is believed, to the time since boot */
	bool doubt;
	int64_t new_offset; /* of the one that is not */
	uint64_t since;     /* boot time */
};

static uint64_t system_ms(clockid_t id)
{
	struct timespec t = { 0 };

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static uint64_t system_wall(void *ctx)
{
	(void)ctx;
	return system_ms(CLOCK_REALTIME);
}

static uint64_t system_boot(void *ctx)
{
	(void)ctx;
	return system_ms(CLOCK_BOOTTIME);
}

static bool is_step(int64_t a, int64_t b)
{
	return a - b <= STEP_MS && b - a <= STEP_MS;
}

struct wallclock *wallclock_new(const struct wallclock_source *source, uint64_t settle_ms)
{
	static const struct wallclock_source system = { system_wall, system_boot, NULL };
	struct wallclock *c = g_new0(struct wallclock, 1);

	g_mutex_init(&c->mutex);
	c->source = source ? *source : system;
	c->settle_ms = settle_ms;
	c->offset = (int64_t)(c->source.wall(c->source.ctx) - c->source.boot(c->source.ctx));
	return c;
}

void wallclock_free(struct wallclock *c)
{
	g_mutex_clear(&c->mutex);
	g_free(c);
}

static void believe(struct wallclock *c, int64_t offset, const char *why)
{
	if (c->doubt)
		log_warning("clock: %s: the time of day is believed, %+" G_GINT64_FORMAT
			    " s from what it was",
			    why, (offset - c->offset) / 1000);
	c->doubt = false;
	c->offset = offset;
}

/* A look at both clocks. Returns the time since boot. */
static uint64_t look(struct wallclock *c)
{
	uint64_t boot = c->source.boot(c->source.ctx);
	int64_t offset = (int64_t)(c->source.wall(c->source.ctx) - boot);

	if (is_step(offset, c->offset)) {
		believe(c, offset, "it jumped back");
	} else if (!c->doubt || !is_step(offset, c->new_offset)) {
		log_error("clock: the time of day jumped by %+" G_GINT64_FORMAT
			  " s: not believed, and nothing expires by it, before it has kept "
			  "for %" G_GUINT64_FORMAT " s, or SIGUSR1",
			  (offset - (c->doubt ? c->new_offset : c->offset)) / 1000,
			  c->settle_ms / 1000);
		c->doubt = true;
		c->new_offset = offset;
		c->since = boot;
	} else if (boot - c->since >= c->settle_ms) {
		believe(c, offset, "it has kept");
	} else {
		c->new_offset = offset;
	}
	return boot;
}

uint64_t wallclock_seconds(struct wallclock *c)
{
	uint64_t boot, ms;

	g_mutex_lock(&c->mutex);
	boot = look(c);
	ms = boot + (uint64_t)c->offset;
	g_mutex_unlock(&c->mutex);
	return ms / 1000;
}

void wallclock_accept(struct wallclock *c)
{
	g_mutex_lock(&c->mutex);
	look(c);
	if (c->doubt)
		believe(c, c->new_offset, "SIGUSR1");
	g_mutex_unlock(&c->mutex);
}

bool wallclock_doubts(struct wallclock *c)
{
	bool doubt;

	g_mutex_lock(&c->mutex);
	look(c);
	doubt = c->doubt;
	g_mutex_unlock(&c->mutex);
	return doubt;
}
