/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One socket to a gateway; what goes over it is evidence. */
#include "client/transport.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <unistd.h>

#include "run/lateness.h"
#include "run/peer.h"
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
	unsigned elsewhere; /* protected answers from where nobody was asked */
	GString *discarded; /* why answers did not count, since transport_forget() */
	uint8_t buffer[IKE_MESSAGE_MAX + IKE_NON_ESP_MARKER_SIZE];
};

static int bound_socket(const struct endpoint *local)
{
	struct sockaddr_storage sa;
	const socklen_t n = endpoint_to_sockaddr(local, &sa);
	const int fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	const int on = 1;

	/* what the network says of a datagram (ICMP) is told apart from silence */
	if (fd >= 0 && sa.ss_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
	else if (fd >= 0)
		(void)setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
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
	t->discarded = g_string_new(NULL);
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
	g_string_free(t->discarded, TRUE);
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

static const char *icmp_text(const struct sock_extended_err *e)
{
	if (e->ee_origin == SO_EE_ORIGIN_ICMP && e->ee_type == ICMP_DEST_UNREACH)
		return e->ee_code == ICMP_PORT_UNREACH   ? "port unreachable"
		       : e->ee_code == ICMP_NET_UNREACH  ? "network unreachable"
		       : e->ee_code == ICMP_HOST_UNREACH ? "host unreachable"
							 : "destination unreachable";
	if (e->ee_origin == SO_EE_ORIGIN_ICMP6 && e->ee_type == ICMP6_DST_UNREACH)
		return e->ee_code == ICMP6_DST_UNREACH_NOPORT ? "port unreachable"
							      : "destination unreachable";
	return NULL;
}

/* One error from the socket's queue. false: there is none. */
static bool take_error(struct transport *t)
{
	uint8_t octets[256], control[512];
	struct iovec iov = { octets, sizeof(octets) };
	struct sockaddr_storage to = { 0 };
	struct msghdr m = { .msg_name = &to,
			    .msg_namelen = sizeof(to),
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct endpoint at;

	if (recvmsg(t->fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
		return false;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		const bool ours = (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
				  (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR);
		const char *what =
		    ours ? icmp_text((const struct sock_extended_err *)(const void *)CMSG_DATA(c))
			 : NULL;

		if (what && endpoint_from_sockaddr(&to, &at))
			peer_refused(t->probe, &at, what);
	}
	return true;
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
	if (sendto(t->fd, datagram.p, datagram.n, 0, (const struct sockaddr *)&sa, n) < 0 &&
	    (!take_error(t) ||
	     sendto(t->fd, datagram.p, datagram.n, 0, (const struct sockaddr *)&sa, n) < 0))
		evidence_note(t->evidence, "the kernel did not send a datagram: %s",
			      g_strerror(errno));
	else
		evidence_udp(t->evidence, true, &t->local, &t->remote, datagram);
	peer_sent(t->probe, &t->remote, message);
}

#define DISCARDED_MAX 200

void transport_forget(struct transport *t)
{
	g_string_set_size(t->discarded, 0);
}

void transport_discard(struct transport *t, const char *format, ...)
{
	va_list args;
	char *why;

	va_start(args, format);
	why = g_strdup_vprintf(format, args);
	va_end(args);
	if (!strstr(t->discarded->str, why) && t->discarded->len + strlen(why) < DISCARDED_MAX) {
		g_string_append_printf(t->discarded, "%s%s", t->discarded->len ? "; " : "", why);
		evidence_note(t->evidence, "an answer came that does not count: %s", why);
	}
	g_free(why);
}

const char *transport_silence(const struct transport *t, char *out)
{
	if (!t->discarded->len) {
		if (peer_fell_silent(t->probe, &t->remote))
			t->evidence->limits |= LIMIT_SILENCE;
		return peer_silence_text(t->probe, &t->remote, out);
	}
	g_snprintf(out, TRANSPORT_SILENCE_MAX, "an answer that does not count: %s",
		   t->discarded->str);
	return out;
}

/*
 * A late copy of an answer to IKE_SA_INIT is nobody's mistake, nor are requests of an SA that had this port before.
 */
static bool is_protected_answer(struct span datagram)
{
	struct ike_header h;

	if (ike_header_parse(datagram, &h, NULL) != ERR_OK &&
	    (datagram.n < IKE_NON_ESP_MARKER_SIZE ||
	     ike_header_parse(span_of(&datagram.p[IKE_NON_ESP_MARKER_SIZE],
				      datagram.n - IKE_NON_ESP_MARKER_SIZE),
			      &h, NULL) != ERR_OK))
		return false;
	return h.exchange != EXCHANGE_IKE_SA_INIT && (h.flags & IKE_FLAG_RESPONSE);
}

unsigned transport_elsewhere(const struct transport *t)
{
	return t->elsewhere;
}

/* Why a datagram from elsewhere does not count: an answer comes from where the request went. */
static void discard_stranger(struct transport *t, const struct endpoint *from, struct span datagram)
{
	char came[ENDPOINT_TEXT_MAX], asked[ENDPOINT_TEXT_MAX];

	t->elsewhere += is_protected_answer(datagram);
	transport_discard(t, "it came from %s, the request went to %s (RFC 7296 section 2.11)",
			  endpoint_text(from, came), endpoint_text(&t->remote, asked));
}

/* Does a message begin with the first octet, its Length that of the datagram? Then zeros in front are an SPIi of 0. */
static bool is_whole_message(struct span datagram)
{
	struct rcursor c = rcursor_init(datagram, NULL);

	(void)rcursor_bytes(&c, IKE_HEADER_SIZE - 4, "header");
	return rcursor_u32(&c, "Length") == datagram.n && rcursor_ok(&c);
}

/* Cut the marker off; false for ESP, keepalives and strangers. */
static bool accept_datagram(struct transport *t, const struct endpoint *from, struct span datagram,
			    struct span *message)
{
	const bool now = endpoint_equal(from, &t->remote);
	const bool earlier = t->moved && endpoint_equal(from, &t->before);
	const bool marker = now ? t->marker : t->marker_before;
	struct rcursor c = rcursor_init(datagram, NULL);

	if (!now && !earlier) {
		discard_stranger(t, from, datagram);
		return false;
	}
	peer_heard(t->probe, from);
	/* one octet is a keepalive (RFC 3948 section 2.3) */
	if (datagram.n == 1)
		return false;
	if (marker && rcursor_u32(&c, "non-ESP marker") != 0) {
		transport_discard(t, "it has no four zero octets in front, as on this port it must "
				     "(RFC 3948 section 2.2)");
		return false;
	}
	if (!marker && datagram.n >= IKE_NON_ESP_MARKER_SIZE + IKE_HEADER_SIZE &&
	    memcmp(datagram.p, "\0\0\0", IKE_NON_ESP_MARKER_SIZE) == 0 &&
	    !is_whole_message(datagram)) {
		transport_discard(t, "it has four zero octets in front, as on port 4500 alone "
				     "(RFC 3948 section 2.2)");
		return false;
	}
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
		} else if (got < 0 && errno != EAGAIN && take_error(t)) {
			continue; /* the deadline rules: an ICMP message can be forged */
		} else if (got < 0) {
			const uint64_t now = probe_now();

			if (now >= deadline) {
				lateness_waited(deadline, now);
				return false;
			}
			poll(&fd, 1, (int)MIN(deadline - now, SLICE_MS));
		}
	}
	return false;
}
