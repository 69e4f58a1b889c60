/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UDP sockets in batches: one recvmmsg and one sendmmsg for many datagrams. */
#include "net/udp.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "net/socket_util.h"

#define RECEIVE_MAX 65536
#define ARENA_SIZE (256 * 1024)
#define SOCKET_BUFFER (8 * 1024 * 1024)
/* Then others have their turn. */
#define BATCHES_PER_TURN 16

union control {
	struct cmsghdr align;
	char octets[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

struct udp_socket {
	GSource source;
	int fd;
	gpointer tag;
	bool headers; /* received packets begin with that of IPv4 */
	struct endpoint local;
	struct udp_handler handler;
	struct udp_counters counters;
	/* receiving */
	uint8_t *buffers; /* UDP_BATCH times RECEIVE_MAX, touched by the kernel as far as needed */
	struct mmsghdr in[UDP_BATCH];
	struct iovec in_vec[UDP_BATCH];
	struct sockaddr_storage in_from[UDP_BATCH];
	union control in_control[UDP_BATCH];
	/* sending */
	size_t n_out, arena_used;
	uint8_t *arena;
	struct mmsghdr out[UDP_BATCH];
	struct iovec out_vec[UDP_BATCH];
	struct sockaddr_storage out_to[UDP_BATCH];
	union control out_control[UDP_BATCH];
};

static void local_from_control(struct msghdr *h, struct address *out)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			memset(out, 0, sizeof(*out));
			out->family = 4;
			memcpy(out->octets, &info.ipi_addr, 4);
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			memset(out, 0, sizeof(*out));
			out->family = 6;
			memcpy(out->octets, &info.ipi6_addr, 16);
		}
	}
}

/* A raw socket of IPv4 shows the header; a port it has none. */
static void skip_header(struct udp_datagram *d)
{
	struct rcursor c = rcursor_init(d->octets, NULL);
	size_t n = (size_t)(rcursor_u8(&c, "header") & 15) * 4;

	if (n)
		(void)rcursor_bytes(&c, n - 1, "header");
	d->octets = rcursor_rest(&c);
	d->remote.port = d->local.port = 0;
}

/* One recvmmsg. How many the kernel gave; 0: the socket is empty. */
static int receive_batch(struct udp_socket *s)
{
	struct udp_datagram batch[UDP_BATCH];
	size_t n = 0;
	int got;

	for (unsigned i = 0; i < UDP_BATCH; i++) {
		struct msghdr *h = &s->in[i].msg_hdr;

		h->msg_namelen = sizeof(s->in_from[i]);
		h->msg_controllen = sizeof(s->in_control[i]);
		h->msg_flags = 0;
	}
	do
		got = recvmmsg(s->fd, s->in, UDP_BATCH, MSG_DONTWAIT, NULL);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return 0;
	for (int i = 0; i < got; i++) {
		struct udp_datagram *d = &batch[n];

		s->counters.received++;
		if (s->in[i].msg_hdr.msg_flags & MSG_TRUNC) {
			s->counters.truncated++;
			continue;
		}
		if (!endpoint_from_sockaddr(&s->in_from[i], &d->remote))
			continue;
		d->local = s->local;
		local_from_control(&s->in[i].msg_hdr, &d->local.address);
		d->octets = span_of(s->in_vec[i].iov_base, s->in[i].msg_len);
		if (s->headers)
			skip_header(d);
		n++;
	}
	if (n)
		s->handler.receive(s, batch, n, s->handler.user);
	return got;
}

static gboolean udp_prepare(GSource *source, gint *timeout)
{
	struct udp_socket *s = (struct udp_socket *)source;

	*timeout = -1;
	udp_flush(s);
	return FALSE;
}

static gboolean udp_check(GSource *source)
{
	struct udp_socket *s = (struct udp_socket *)source;

	return g_source_query_unix_fd(source, s->tag) != 0;
}

static gboolean udp_dispatch(GSource *source, GSourceFunc callback, gpointer user)
{
	struct udp_socket *s = (struct udp_socket *)source;

	(void)callback;
	(void)user;
	for (unsigned i = 0; i < BATCHES_PER_TURN && !g_source_is_destroyed(source); i++) {
		int got = receive_batch(s);

		if (got)
			udp_flush(s);
		if (got < UDP_BATCH)
			break;
	}
	return G_SOURCE_CONTINUE;
}

static void udp_finalize(GSource *source)
{
	struct udp_socket *s = (struct udp_socket *)source;

	if (s->fd >= 0)
		close(s->fd);
	g_free(s->buffers);
	g_free(s->arena);
}

static GSourceFuncs udp_funcs = {
	.prepare = udp_prepare,
	.check = udp_check,
	.dispatch = udp_dispatch,
	.finalize = udp_finalize,
};

static void init_vectors(struct udp_socket *s)
{
	for (unsigned i = 0; i < UDP_BATCH; i++) {
		s->in_vec[i] = (struct iovec){ &s->buffers[(size_t)i * RECEIVE_MAX], RECEIVE_MAX };
		s->in[i].msg_hdr.msg_iov = &s->in_vec[i];
		s->in[i].msg_hdr.msg_iovlen = 1;
		s->in[i].msg_hdr.msg_name = &s->in_from[i];
		s->in[i].msg_hdr.msg_control = &s->in_control[i];
		s->out[i].msg_hdr.msg_iov = &s->out_vec[i];
		s->out[i].msg_hdr.msg_iovlen = 1;
		s->out[i].msg_hdr.msg_name = &s->out_to[i];
	}
}

/* FORCE passes net.core.*mem_max where we may; the plain one is cut to it. */
static void set_buffers(int fd)
{
	if (!socket_set(fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER))
		socket_set(fd, SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER);
	if (!socket_set(fd, SOL_SOCKET, SO_SNDBUFFORCE, SOCKET_BUFFER))
		socket_set(fd, SOL_SOCKET, SO_SNDBUF, SOCKET_BUFFER);
}

/* A source around `fd`, which may be -1: then NULL. */
static struct udp_socket *attach(int fd, const struct endpoint *local,
				 const struct udp_handler *handler, GMainContext *context)
{
	struct udp_socket *s;
	bool v6 = local->address.family == 6;

	if (fd < 0)
		return NULL;
	s = (struct udp_socket *)g_source_new(&udp_funcs, sizeof(*s));
	g_source_set_static_name(&s->source, "udp");
	s->handler = *handler;
	s->fd = fd;
	s->local = *local;
	socket_set(s->fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_RECVPKTINFO : IP_PKTINFO, 1);
	set_buffers(s->fd);
	s->buffers = g_malloc((gsize)UDP_BATCH * RECEIVE_MAX);
	s->arena = g_malloc(ARENA_SIZE);
	init_vectors(s);
	s->tag = g_source_add_unix_fd(&s->source, s->fd, G_IO_IN);
	g_source_attach(&s->source, context);
	return s;
}

struct udp_socket *udp_bind(const struct endpoint *local, const struct udp_handler *handler,
			    GMainContext *context, GError **error)
{
	struct endpoint bound = { 0 };
	int fd = socket_bound(local, SOCK_DGRAM, &bound, error);

	return attach(fd, &bound, handler, context);
}

struct udp_socket *udp_bind_raw(const struct address *local, int protocol,
				const struct udp_handler *handler, GMainContext *context,
				GError **error)
{
	struct endpoint bound = { 0 };
	int fd = socket_bound_raw(local, protocol, &bound, error);
	struct udp_socket *s;

	bound.port = 0;
	s = attach(fd, &bound, handler, context);
	if (s)
		s->headers = local->family == 4;
	return s;
}

const struct endpoint *udp_local(const struct udp_socket *s)
{
	return &s->local;
}

static void set_source_address(struct msghdr *h, union control *control,
			       const struct address *local)
{
	struct cmsghdr *c;

	memset(control, 0, sizeof(*control));
	h->msg_control = control;
	h->msg_controllen = sizeof(*control);
	c = CMSG_FIRSTHDR(h);
	if (local->family == 6) {
		struct in6_pktinfo info = { 0 };

		memcpy(&info.ipi6_addr, local->octets, 16);
		c->cmsg_level = IPPROTO_IPV6;
		c->cmsg_type = IPV6_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(c), &info, sizeof(info));
		h->msg_controllen = CMSG_SPACE(sizeof(info));
	} else {
		struct in_pktinfo info = { 0 };

		memcpy(&info.ipi_spec_dst, local->octets, 4);
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(c), &info, sizeof(info));
		h->msg_controllen = CMSG_SPACE(sizeof(info));
	}
}

uint8_t *udp_reserve(struct udp_socket *s, size_t n)
{
	if (n > RECEIVE_MAX)
		return NULL;
	if (s->n_out == UDP_BATCH || ARENA_SIZE - s->arena_used < n)
		udp_flush(s);
	return &s->arena[s->arena_used];
}

void udp_commit(struct udp_socket *s, const struct address *local, const struct endpoint *remote,
		size_t n)
{
	struct msghdr *h = &s->out[s->n_out].msg_hdr;

	if (remote->address.family != s->local.address.family) {
		s->counters.refused++;
		return;
	}
	s->out_vec[s->n_out] = (struct iovec){ &s->arena[s->arena_used], n };
	s->arena_used += n;
	h->msg_namelen = endpoint_to_sockaddr(remote, &s->out_to[s->n_out]);
	h->msg_control = NULL;
	h->msg_controllen = 0;
	if (local && local->family == s->local.address.family)
		set_source_address(h, &s->out_control[s->n_out], local);
	s->n_out++;
}

void udp_send(struct udp_socket *s, const struct address *local, const struct endpoint *remote,
	      struct span prefix, struct span octets)
{
	uint8_t *at = octets.n > RECEIVE_MAX ? NULL : udp_reserve(s, prefix.n + octets.n);

	if (!at) {
		s->counters.refused++;
		return;
	}
	if (prefix.n)
		memcpy(at, prefix.p, prefix.n);
	if (octets.n)
		memcpy(&at[prefix.n], octets.p, octets.n);
	udp_commit(s, local, remote, prefix.n + octets.n);
}

void udp_flush(struct udp_socket *s)
{
	size_t at = 0;

	while (at < s->n_out) {
		int sent = sendmmsg(s->fd, &s->out[at], (unsigned)(s->n_out - at), MSG_DONTWAIT);

		if (sent > 0) {
			s->counters.sent += (uint64_t)sent;
			at += (size_t)sent;
		} else if (errno != EINTR) {
			/* IKE retransmits; to wait for one destination would stop all others. */
			s->counters.refused++;
			at++;
		}
	}
	s->n_out = 0;
	s->arena_used = 0;
}

const struct udp_counters *udp_counters(const struct udp_socket *s)
{
	return &s->counters;
}

void udp_free(struct udp_socket *s)
{
	if (!s)
		return;
	udp_flush(s);
	/* From inside receive() the loop still holds a reference; memory goes after dispatch. */
	g_source_destroy(&s->source);
	g_source_unref(&s->source);
}
