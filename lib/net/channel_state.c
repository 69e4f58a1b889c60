/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The states of a channel, and what it waits for in each. */
#include "net/channel_state.h"

#include <unistd.h>

/* Time for the peer to take what is queued once we are closing. */
#define CLOSE_TIMEOUT_US (5 * G_USEC_PER_SEC)

void channel_state_ready_time(struct channel *c)
{
	g_source_set_ready_time(&c->source, c->kicked ? 0 : c->deadline ? c->deadline : -1);
}

void channel_state_kick(struct channel *c)
{
	c->kicked = true;
	channel_state_ready_time(c);
}

void channel_state_deadline(struct channel *c, int64_t after_us)
{
	c->deadline = after_us ? g_get_monotonic_time() + after_us : 0;
	channel_state_ready_time(c);
}

void channel_state_poll(struct channel *c)
{
	GIOCondition want = 0;

	if (!c->tag)
		return;
	if (c->state == CHANNEL_CONNECTING || octet_queue_left(&c->wire))
		want |= G_IO_OUT;
	if (!c->ended && (c->state == CHANNEL_HANDSHAKE || c->state == CHANNEL_LINGERING ||
			  c->state == CHANNEL_FLUSHING || (c->state == CHANNEL_UP && !c->paused)))
		want |= G_IO_IN;
	if (want != c->polled)
		g_source_modify_unix_fd(&c->source, c->tag, want);
	c->polled = want;
}

static void set_why(struct channel *c, const char *why)
{
	if (!c->why[0])
		g_strlcpy(c->why, why, sizeof(c->why));
}

/* The socket is of no more use. closed() follows from the loop. */
void channel_state_gone(struct channel *c, const char *why)
{
	if (c->state >= CHANNEL_GONE)
		return;
	set_why(c, why);
	c->state = CHANNEL_GONE;
	if (c->tag)
		g_source_remove_unix_fd(&c->source, c->tag);
	c->tag = NULL;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->deadline = 0;
	channel_state_kick(c);
}

void channel_state_tap(struct channel *c, enum channel_direction d, struct span octets)
{
	if (c->handler && c->handler->tap)
		c->handler->tap(c, d, octets, c->user);
}

void channel_state_clear_tap(struct channel *c, enum channel_direction d, struct span message)
{
	if (c->handler && c->handler->clear_tap)
		c->handler->clear_tap(c, d, message, c->user);
}

/* Leave in good order: queued octets first. */
void channel_state_leave(struct channel *c, const char *why)
{
	if (c->state >= CHANNEL_FLUSHING)
		return;
	set_why(c, why);
	if (c->state == CHANNEL_CONNECTING) {
		channel_state_gone(c, why);
		return;
	}
	if (c->state == CHANNEL_HANDSHAKE)
		octet_queue_clear(&c->out); /* can only be sent to a peer that we know */
	c->state = CHANNEL_FLUSHING;
	channel_state_deadline(c, CLOSE_TIMEOUT_US);
	channel_state_kick(c);
}
