/* SPDX-License-Identifier: GPL-2.0-or-later */
/* WAIT, and what is said when it is in vain. */
#include "redis_quorum.h"

#include "tool/log.h"

/* It is said no more often than this. */
#define TELL_US (60 * G_USEC_PER_SEC)
/* For so long after waiting in vain, who can do without does not wait. */
#define HOPELESS_US (3 * G_USEC_PER_SEC)

struct waiting {
	struct redis *redis;
	redis_quorum_fn *done;
	void *user;
};

static void tell(struct redis *r)
{
	r->short_at = g_get_monotonic_time();
	if (r->told_at && r->short_at - r->told_at < TELL_US)
		return;
	r->told_at = r->short_at;
	log_error("store %s: fewer than %" G_GUINT64_FORMAT
		  " replicas have a write within %" G_GUINT64_FORMAT " ms: such writes are busy",
		  r->name, r->settings.replicas, r->settings.wait_ms);
}

bool redis_quorum_hopeless(const struct redis *r)
{
	return r->short_at && g_get_monotonic_time() - r->short_at < HOPELESS_US;
}

static void on_waited(struct redis_reply *reply, void *user)
{
	struct waiting *w = user;
	bool enough = reply && reply->kind == REDIS_INTEGER && reply->integer >= 0 &&
		      (uint64_t)reply->integer >= w->redis->settings.replicas;

	if (reply && !enough)
		tell(w->redis);
	redis_reply_free(reply);
	w->done(enough, w->user);
	g_free(w);
}

void redis_quorum(struct redis *r, struct redis_link *link, redis_quorum_fn *done, void *user)
{
	struct waiting *w;
	char replicas[24], ms[24];

	if (r->settings.replicas == 0) {
		done(true, user);
		return;
	}
	w = g_new0(struct waiting, 1);
	*w = (struct waiting){ r, done, user };
	g_snprintf(replicas, sizeof(replicas), "%" G_GUINT64_FORMAT, r->settings.replicas);
	g_snprintf(ms, sizeof(ms), "%" G_GUINT64_FORMAT, r->settings.wait_ms);
	redis_link_send(link,
			(struct span[]){ span_text("WAIT"), span_text(replicas), span_text(ms) }, 3,
			on_waited, w);
}
