/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plain channel fed with any octets, cut in any way: it hands over exactly the messages that the lengths say, whatever the
 * cuts and pauses, then at most one rest, and closes once. The first octet of the input steers cuts and pauses.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/channel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REST_MAX 64

static struct {
	struct span expected; /* what is still to come */
	unsigned messages, closed;
	uint8_t steer;
	bool broken;
} t;

static void on_message(struct channel *c, struct span message, void *user)
{
	size_t n = 0;

	(void)user;
	if (t.broken)
		abort();
	if (t.expected.n >= 4)
		n = (size_t)t.expected.p[2] << 8 | t.expected.p[3];
	else
		abort();
	if (n < 4) {
		t.broken = true;
		n = message.n; /* as much as had come, up to a limit */
		if (n < 4 || n > REST_MAX)
			abort();
	}
	if (n > t.expected.n || !span_equal(message, span_of(t.expected.p, n)))
		abort();
	t.expected = span_of(&t.expected.p[n], t.expected.n - n);
	t.messages++;
	if (t.steer & 0x80 && t.messages % 3 == 0)
		channel_pause(c, true);
}

static void on_up(struct channel *c, const struct channel_identity *peer, void *user)
{
	(void)c;
	(void)peer;
	(void)user;
}

static void on_closed(struct channel *c, const char *why, void *user)
{
	(void)c;
	(void)user;
	if (!why[0])
		abort();
	t.closed++;
}

static const struct channel_handler handler = { .up = on_up,
						.message = on_message,
						.closed = on_closed };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct endpoint any = { .address.family = 4 };
	GMainContext *context = g_main_context_new();
	struct channel *c;
	int ends[2];
	size_t at = 1, cut;

	if (size < 1 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
		return 0;
	t.expected = span_of(&data[1], size - 1);
	t.messages = t.closed = 0;
	t.broken = false;
	t.steer = data[0];
	cut = (t.steer & 0x7f) + 1;
	c = channel_accepted(ends[0], &any, &any, NULL, &handler);
	channel_start(c, &t, context);
	while (at < size && !t.closed) {
		size_t n = size - at < cut ? size - at : cut;

		if (write(ends[1], &data[at], n) != (ssize_t)n)
			break; /* closed after a broken length */
		at += n;
		for (unsigned i = 0; i < 3; i++)
			g_main_context_iteration(context, FALSE);
		if (!t.closed)
			channel_pause(c, false);
	}
	close(ends[1]);
	while (!t.closed) {
		channel_pause(c, false);
		g_main_context_iteration(context, TRUE);
	}
	if (!t.broken) {
		/* what is left is no whole message */
		size_t n =
		    t.expected.n >= 4 ? (size_t)t.expected.p[2] << 8 | t.expected.p[3] : SIZE_MAX;

		if (n <= t.expected.n)
			abort();
	}
	g_main_context_unref(context);
	return 0;
}
