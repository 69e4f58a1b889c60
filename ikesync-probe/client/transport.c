/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One socket to a gateway; what goes over it is evidence. */
#include "client/transport.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "wire/ike_header.h"

/* Signals wake poll(); this bounds what a signal that came just before costs. */
#define SLICE_MS 200

struct transport {
	struct probe *probe;
	struct evidence *evidence;
	int fd;
	struct endpoint local;
	struct endpoint remote, before;
	bool marker, marker_before, moved;
	uint8_t buffer[IKE_MESSAGE_MAX + IKE_NON_ESP_MARKER_SIZE];
};

static int bound_socket(const struct endpoint *local)
{
	struct sockaddr_storage sa;
	const socklen_t n = endpoint_to_sockaddr(local, &sa);
	const int fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && bind(fd, (const struct sockaddr *)&sa, n) != 0) {
		const int saved = errno;

		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

static bool local_endpoint(int fd, struct endpoint *out)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t n = sizeof(sa);

	return getsockname(fd, (struct sockaddr *)&sa, &n) == 0 && endpoint_from_sockaddr(&sa, out);
}

/* The address that the kernel would send from. */
static bool route_source(const struct endpoint *remote, struct address *out)
{
	struct sockaddr_storage sa;
	struct endpoint local;
	const socklen_t n = endpoint_to_sockaddr(remote, &sa);
	const int fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok;

	if (fd < 0)
		return false;
	ok = connect(fd, (const struct sockaddr *)&sa, n) == 0 && local_endpoint(fd, &local);
	close(fd);
	if (ok)
		*out = local.address;
	return ok;
}

struct transport *transport_new(struct probe *p, struct evidence *e, const struct address *source,
				const struct endpoint *remote, bool marker, char **why)
{
	struct transport *t = g_new0(struct transport, 1);
	char text[ENDPOINT_TEXT_MAX];

	t->probe = p;
	t->evidence = e;
	t->remote = *remote;
	t->marker = marker;
	t->fd = -1;
	if (source->family == remote->address.family)
		t->local.address = *source;
	else if (!route_source(remote, &t->local.address)) {
		*why = g_strdup_printf("no route to %s: %s", endpoint_text(remote, text),
				       g_strerror(errno));
		transport_free(t);
		return NULL;
	}
	t->fd = bound_socket(&t->local);
	if (t->fd < 0 || !local_endpoint(t->fd, &t->local)) {
		*why = g_strdup_printf("cannot send from %s: %s", endpoint_text(&t->local, text),
				       g_strerror(errno));
		transport_free(t);
		return NULL;
	}
	return t;
}

void transport_free(struct transport *t)
{
	if (!t)
		return;
	if (t->fd >= 0)
		close(t->fd);
	g_free(t);
}

void transport_set_remote(struct transport *t, const struct endpoint *remote, bool marker)
{
	t->before = t->remote;
	t->marker_before = t->marker;
	t->moved = true;
	t->remote = *remote;
	t->marker = marker;
}

const struct endpoint *transport_local(const struct transport *t)
{
	return &t->local;
}

const struct endpoint *transport_remote(const struct transport *t)
{
	return &t->remote;
}

void transport_send(struct transport *t, struct span message)
{
	struct wcursor c = wcursor_init(t->buffer, sizeof(t->buffer));
	struct sockaddr_storage sa;
	const socklen_t n = endpoint_to_sockaddr(&t->remote, &sa);
	struct span datagram;

	if (t->marker)
		wcursor_u32(&c, 0);
	wcursor_bytes(&c, message);
	datagram = span_of(t->buffer, wcursor_size(&c));
	/* A datagram that the kernel refuses is one the network lost: retransmission is the answer
	 * to both. */
	if (sendto(t->fd, datagram.p, datagram.n, 0, (const struct sockaddr *)&sa, n) < 0)
		evidence_note(t->evidence, "the kernel did not send a datagram: %s",
			      g_strerror(errno));
	else
		evidence_udp(t->evidence, true, &t->local, &t->remote, datagram);
}

/* Cut the marker off; false for ESP, keepalives and strangers. */
static bool accept_datagram(const struct transport *t, const struct endpoint *from,
			    struct span datagram, struct span *message)
{
	const bool now = endpoint_equal(from, &t->remote);
	const bool earlier = t->moved && endpoint_equal(from, &t->before);
	struct rcursor c = rcursor_init(datagram, NULL);

	if (!now && !earlier)
		return false;
	if ((now ? t->marker : t->marker_before) && rcursor_u32(&c, "non-ESP marker") != 0)
		return false;
	*message = rcursor_rest(&c);
	return rcursor_ok(&c);
}

bool transport_receive(struct transport *t, uint64_t deadline, struct span *message)
{
	while (!probe_interrupted()) {
		struct sockaddr_storage sa = { 0 };
		struct pollfd fd = { .fd = t->fd, .events = POLLIN };
		socklen_t n = sizeof(sa);
		struct endpoint from;
		ssize_t got =
		    recvfrom(t->fd, t->buffer, sizeof(t->buffer), 0, (struct sockaddr *)&sa, &n);

		if (got >= 0 && endpoint_from_sockaddr(&sa, &from)) {
			const struct span datagram = span_of(t->buffer, (size_t)got);

			evidence_udp(t->evidence, false, &t->local, &from, datagram);
			if (accept_datagram(t, &from, datagram, message))
				return true;
		} else if (got < 0) {
			const uint64_t now = probe_now();

			if (now >= deadline)
				return false;
			poll(&fd, 1, (int)MIN(deadline - now, SLICE_MS));
		}
	}
	return false;
}
