/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our own requests: one at a time, sent again until answered. */
#include "core/window_ours.h"

#include <glib.h>

#include "core/sa.h"
#include "core/sa_due.h"
#include "core/services.h"

struct window_ours {
	struct wheel_timer timer;
	window_ours_done_fn *done;
	unsigned tries;
	uint64_t wait; /* ms, until the next try */
	size_t n;
	uint8_t octets[];
};

uint32_t window_ours_next(const struct sa *sa)
{
	return sa->asking ? UINT32_MAX : sa->next_id;
}

void window_ours_forget(struct sa *sa)
{
	if (!sa->asking)
		return;
	wheel_cancel(sa->gateway->ops.wheel, &sa->asking->timer);
	g_clear_pointer(&sa->asking, g_free);
}

static void end(struct sa *sa, const struct chain *answer)
{
	window_ours_done_fn *done = sa->asking->done;

	window_ours_forget(sa);
	sa->next_id++;
	if (done(sa, answer))
		sa_due_arm(sa);
}

static void send_it(struct sa *sa)
{
	struct window_ours *w = sa->asking;

	services_send_all(sa->gateway, &sa->path, span_of(w->octets, w->n));
	w->tries++;
}

static void again(void *user)
{
	struct sa *sa = user;
	struct gateway *g = sa->gateway;
	struct window_ours *w = sa->asking;

	if (w->tries >= g->config.request_tries) {
		end(sa, NULL);
		return;
	}
	send_it(sa);
	w->wait *= 2;
	wheel_arm(g->ops.wheel, &w->timer, services_now(g) + w->wait, again, sa);
}

void window_ours_ask(struct sa *sa, struct span messages, window_ours_done_fn *done)
{
	struct gateway *g = sa->gateway;
	struct window_ours *w = g_malloc0(sizeof(*w) + messages.n);

	w->done = done;
	w->wait = g->config.request_first_ms;
	w->n = messages.n;
	memcpy(w->octets, messages.p, messages.n);
	sa->asking = w;
	send_it(sa);
	wheel_arm(g->ops.wheel, &w->timer, services_now(g) + w->wait, again, sa);
}

bool window_ours_expects(const struct sa *sa, uint32_t message_id)
{
	return sa->asking && sa->next_id == message_id;
}

void window_ours_answered(struct sa *sa, const struct chain *answer)
{
	end(sa, answer);
}
