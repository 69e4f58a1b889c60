/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The relay's thread: every connection, held or passed on. */
#include "run/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "run/lateness.h"

#define READ_MAX 65536
/* A held direction keeps at most this much; then its sender waits, as TCP has it. */
#define HELD_MAX (4 * 1024 * 1024)

enum side { GATEWAY, BANK };

struct link {
	int fd[2];            /* by side */
	bool connecting;      /* to the bank */
	bool ended[2];        /* this side has sent its FIN */
	bool passed_end[2];   /* and the other side was told */
	GByteArray *queue[2]; /* what came from this side and waits for the other */
};

struct relay {
	GThread *thread;
	GMutex lock;
	GCond changed;
	int listener;
	int wake[2];
	struct endpoint local, bank;
	/* all below under `lock` */
	bool stop, refuse;
	unsigned held;
	uint64_t received[2]; /* from this side */
	GPtrArray *links;
};

static GQuark relay_error(void)
{
	return g_quark_from_static_string("ikesync-relay");
}

/* The direction of what comes from `side`. */
static unsigned direction(enum side side)
{
	return side == GATEWAY ? RELAY_TO_BANK : RELAY_TO_GATEWAY;
}

static void close_hard(int fd)
{
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	if (fd < 0)
		return;
	/* RST instead of FIN: what a cut cable followed by a reboot looks like */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	/* processes of other cases have a copy of it, which their close() does not end */
	(void)connect(fd, &nobody, sizeof(nobody));
	close(fd);
}

static void link_free(void *data)
{
	struct link *l = data;

	for (int s = 0; s < 2; s++) {
		close_hard(l->fd[s]);
		g_byte_array_unref(l->queue[s]);
	}
	g_free(l);
}

static void accept_one(struct relay *r)
{
	int fd = accept4(r->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), to;
	struct sockaddr_storage ss;
	socklen_t n = endpoint_to_sockaddr(&r->bank, &ss);
	struct link *l;

	if (fd < 0)
		return;
	to = r->refuse ? -1 : socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (to < 0 || (connect(to, (struct sockaddr *)&ss, n) != 0 && errno != EINPROGRESS)) {
		close_hard(fd);
		close_hard(to);
		return;
	}
	l = g_new0(struct link, 1);
	l->fd[GATEWAY] = fd;
	l->fd[BANK] = to;
	l->connecting = true;
	for (int s = 0; s < 2; s++)
		l->queue[s] = g_byte_array_new();
	g_ptr_array_add(r->links, l);
}

/* false: the link is broken. */
static bool pass_on(struct relay *r, struct link *l, enum side from)
{
	enum side to = from == GATEWAY ? BANK : GATEWAY;
	GByteArray *q = l->queue[from];

	if ((r->held & direction(from)) || l->connecting)
		return true;
	while (q->len) {
		ssize_t n = send(l->fd[to], q->data, q->len, MSG_NOSIGNAL);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		g_byte_array_remove_range(q, 0, (guint)n);
	}
	if (l->ended[from] && !l->passed_end[from]) {
		l->passed_end[from] = true;
		shutdown(l->fd[to], SHUT_WR);
	}
	return true;
}

static bool take_in(struct relay *r, struct link *l, enum side from)
{
	uint8_t buf[READ_MAX];
	ssize_t n = recv(l->fd[from], buf, sizeof(buf), 0);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0) {
		l->ended[from] = true;
		return true;
	}
	r->received[from] += (uint64_t)n;
	g_byte_array_append(l->queue[from], buf, (guint)n);
	return true;
}

static short wanted(const struct relay *r, const struct link *l, enum side side)
{
	enum side other = side == GATEWAY ? BANK : GATEWAY;
	short events = 0;

	if (side == BANK && l->connecting)
		return POLLOUT;
	if (!l->ended[side] && l->queue[side]->len < HELD_MAX)
		events |= POLLIN;
	if (l->queue[other]->len && !(r->held & direction(other)) && !l->connecting)
		events |= POLLOUT;
	return events;
}

static bool serve(struct relay *r, struct link *l, const struct pollfd p[2])
{
	if (l->connecting && p[BANK].revents) {
		int why = 0;
		socklen_t n = sizeof(why);

		getsockopt(l->fd[BANK], SOL_SOCKET, SO_ERROR, &why, &n);
		if (why)
			return false;
		l->connecting = false;
	}
	for (int s = 0; s < 2; s++) {
		if ((p[s].revents & (POLLIN | POLLHUP | POLLERR)) &&
		    !(s == BANK && l->connecting) && !l->ended[s] && !take_in(r, l, (enum side)s))
			return false;
	}
	for (int s = 0; s < 2; s++)
		if (!pass_on(r, l, (enum side)s))
			return false;
	if (!l->passed_end[0] || !l->passed_end[1])
		return true;
	/* both sides have ended: an ordinary close, so that what the kernel still holds arrives */
	for (int s = 0; s < 2; s++) {
		close(l->fd[s]);
		l->fd[s] = -1;
	}
	return false;
}

/* What to poll for: the pipe, the listener, and both ends of every link. */
static struct pollfd *poll_list(const struct relay *r, GArray *polls)
{
	unsigned n = r->links->len;
	struct pollfd *p;

	g_array_set_size(polls, 2 + 2 * n);
	p = (struct pollfd *)(void *)polls->data;
	p[0] = (struct pollfd){ .fd = r->wake[0], .events = POLLIN };
	p[1] = (struct pollfd){ .fd = r->listener, .events = POLLIN };
	for (unsigned i = 0; i < n; i++) {
		const struct link *l = g_ptr_array_index(r->links, i);

		for (unsigned s = 0; s < 2; s++) {
			short events = wanted(r, l, (enum side)s);

			/* without events the fd is left out: a hang-up would spin the loop */
			p[2 + 2 * i + s] =
			    (struct pollfd){ .fd = events ? l->fd[s] : -1, .events = events };
		}
	}
	return p;
}

static void drain(int fd)
{
	uint8_t octets[64];

	while (read(fd, octets, sizeof(octets)) > 0)
		;
}

static gpointer relay_main(gpointer user)
{
	struct relay *r = user;
	GArray *polls = g_array_new(FALSE, TRUE, sizeof(struct pollfd));

	g_mutex_lock(&r->lock);
	while (!r->stop) {
		unsigned n = r->links->len;
		struct pollfd *p = poll_list(r, polls);

		g_mutex_unlock(&r->lock);
		(void)poll(p, polls->len, -1);
		lateness_tell();
		g_mutex_lock(&r->lock);
		if (p[0].revents)
			drain(r->wake[0]);
		/*
		 * relay_cut() only empties the list while this thread polls: it runs with the lock
		 * held and leaves `links` shorter, which is seen here.
		 */
		if (r->links->len == n)
			for (unsigned i = n; i-- > 0;)
				if (!serve(r, g_ptr_array_index(r->links, i), &p[2 + 2 * i]))
					g_ptr_array_remove_index(r->links, i);
		if (p[1].revents)
			accept_one(r);
		g_cond_broadcast(&r->changed);
	}
	g_mutex_unlock(&r->lock);
	g_array_unref(polls);
	return NULL;
}

static void wake(struct relay *r)
{
	uint8_t one = 1;

	/* a full pipe wakes as well */
	(void)!write(r->wake[1], &one, 1);
}

static int listen_on(const struct endpoint *e, struct endpoint *bound)
{
	struct sockaddr_storage ss;
	socklen_t n = endpoint_to_sockaddr(e, &ss);
	int one = 1, fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&ss, n) != 0 || listen(fd, 16) != 0) {
		close(fd);
		return -1;
	}
	n = sizeof(ss);
	if (getsockname(fd, (struct sockaddr *)&ss, &n) != 0 ||
	    !endpoint_from_sockaddr(&ss, bound)) {
		close(fd);
		return -1;
	}
	return fd;
}

struct relay *relay_new(const struct endpoint *listen, const struct endpoint *bank, GError **error)
{
	struct relay *r = g_new0(struct relay, 1);
	char text[ENDPOINT_TEXT_MAX];

	r->bank = *bank;
	r->listener = listen_on(listen, &r->local);
	if (r->listener < 0 || pipe2(r->wake, O_NONBLOCK | O_CLOEXEC) != 0) {
		g_set_error(error, relay_error(), errno, "relay: cannot listen on %s: %s",
			    endpoint_text(listen, text), g_strerror(errno));
		if (r->listener >= 0)
			close(r->listener);
		g_free(r);
		return NULL;
	}
	g_mutex_init(&r->lock);
	g_cond_init(&r->changed);
	r->links = g_ptr_array_new_with_free_func(link_free);
	r->thread = g_thread_new("relay", relay_main, r);
	return r;
}

void relay_free(struct relay *r)
{
	if (!r)
		return;
	g_mutex_lock(&r->lock);
	r->stop = true;
	g_mutex_unlock(&r->lock);
	wake(r);
	g_thread_join(r->thread);
	g_ptr_array_unref(r->links);
	close(r->listener);
	close(r->wake[0]);
	close(r->wake[1]);
	g_mutex_clear(&r->lock);
	g_cond_clear(&r->changed);
	g_free(r);
}

const struct endpoint *relay_local(const struct relay *r)
{
	return &r->local;
}

void relay_hold(struct relay *r, unsigned directions)
{
	g_mutex_lock(&r->lock);
	r->held |= directions;
	g_mutex_unlock(&r->lock);
	wake(r);
}

void relay_release(struct relay *r, unsigned directions)
{
	g_mutex_lock(&r->lock);
	r->held &= ~directions;
	g_mutex_unlock(&r->lock);
	wake(r);
}

void relay_cut(struct relay *r, bool refuse)
{
	g_mutex_lock(&r->lock);
	r->refuse = refuse;
	g_ptr_array_set_size(r->links, 0);
	g_mutex_unlock(&r->lock);
	wake(r);
}

void relay_open(struct relay *r)
{
	g_mutex_lock(&r->lock);
	r->refuse = false;
	g_mutex_unlock(&r->lock);
}

void relay_reset(struct relay *r)
{
	relay_open(r);
	relay_release(r, RELAY_BOTH);
}

uint64_t relay_received(struct relay *r, unsigned directions)
{
	uint64_t n = 0;

	g_mutex_lock(&r->lock);
	for (int s = 0; s < 2; s++)
		if (directions & direction((enum side)s))
			n += r->received[s];
	g_mutex_unlock(&r->lock);
	return n;
}

/* With the lock held. */
static uint64_t waiting(const struct relay *r, unsigned directions)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < r->links->len; i++) {
		const struct link *l = g_ptr_array_index(r->links, i);

		for (int s = 0; s < 2; s++)
			if (directions & direction((enum side)s))
				n += l->queue[s]->len;
	}
	return n;
}

uint64_t relay_held(struct relay *r, unsigned directions)
{
	uint64_t n;

	g_mutex_lock(&r->lock);
	n = waiting(r, directions);
	g_mutex_unlock(&r->lock);
	return n;
}

static unsigned connected(const struct relay *r)
{
	unsigned n = 0;

	for (unsigned i = 0; i < r->links->len; i++) {
		const struct link *l = g_ptr_array_index(r->links, i);

		n += !l->connecting;
	}
	return n;
}

unsigned relay_connections(struct relay *r)
{
	unsigned n;

	g_mutex_lock(&r->lock);
	n = connected(r);
	g_mutex_unlock(&r->lock);
	return n;
}

bool relay_wait_connected(struct relay *r, uint64_t timeout_ms)
{
	gint64 end = g_get_monotonic_time() + (gint64)timeout_ms * 1000;
	bool ok;

	g_mutex_lock(&r->lock);
	while (!connected(r) && g_cond_wait_until(&r->changed, &r->lock, end))
		;
	ok = connected(r) > 0;
	g_mutex_unlock(&r->lock);
	return ok;
}

bool relay_wait_held(struct relay *r, unsigned directions, uint64_t octets, uint64_t timeout_ms)
{
	gint64 end = g_get_monotonic_time() + (gint64)timeout_ms * 1000;
	bool ok;

	g_mutex_lock(&r->lock);
	while (waiting(r, directions) < octets && g_cond_wait_until(&r->changed, &r->lock, end))
		;
	ok = waiting(r, directions) >= octets;
	g_mutex_unlock(&r->lock);
	return ok;
}
