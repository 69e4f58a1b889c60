/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A TUN device behind one source of the loop; its addresses and routes by rtnetlink. */
#include "net/tun.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEVICE "/dev/net/tun"
#define PACKET_MAX 65535
/* Then others have their turn. */
#define PACKETS_PER_TURN 256
#define QUEUE_PACKETS 2000
#define TUN_ERROR (g_quark_from_static_string("ikesync-tun"))

struct tun {
	GSource source;
	int fd;
	gpointer tag;
	char name[TUN_NAME_MAX];
	struct tun_handler handler;
	struct tun_counters counters;
	uint8_t packet[PACKET_MAX + TUN_ROOM];
};

static gboolean tun_prepare(GSource *source, gint *timeout)
{
	(void)source;
	*timeout = -1;
	return FALSE;
}

static gboolean tun_check(GSource *source)
{
	struct tun *t = (struct tun *)source;

	return g_source_query_unix_fd(source, t->tag) != 0;
}

static gboolean tun_dispatch(GSource *source, GSourceFunc callback, gpointer user)
{
	struct tun *t = (struct tun *)source;

	(void)callback;
	(void)user;
	for (unsigned i = 0; i < PACKETS_PER_TURN && !g_source_is_destroyed(source); i++) {
		ssize_t n = read(t->fd, t->packet, PACKET_MAX);

		if (n <= 0)
			break;
		t->counters.read++;
		t->handler.packet(t->handler.user, t->packet, (size_t)n);
	}
	return G_SOURCE_CONTINUE;
}

static void tun_finalize(GSource *source)
{
	struct tun *t = (struct tun *)source;

	if (t->fd >= 0)
		close(t->fd);
}

static GSourceFuncs tun_funcs = {
	.prepare = tun_prepare,
	.check = tun_check,
	.dispatch = tun_dispatch,
	.finalize = tun_finalize,
};

static bool fail(GError **error, const char *what, const char *name)
{
	int saved = errno;

	g_set_error(error, TUN_ERROR, saved, "%s %s: %s", what, name, g_strerror(saved));
	return false;
}

/*
 * MTU, queue and up, where they are not as they should be. What the kernel has for the device it drops when the queue is full: with its
 * 500 packets that is after some milliseconds in which we had no turn.
 */
static bool bring_up(struct tun *t, unsigned mtu, GError **error)
{
	struct ifreq r = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok = fd >= 0;

	memcpy(r.ifr_name, t->name, sizeof(t->name));
	if (ok && ioctl(fd, SIOCGIFMTU, &r) == 0 && r.ifr_mtu != (int)mtu) {
		r.ifr_mtu = (int)mtu;
		ok = ioctl(fd, SIOCSIFMTU, &r) == 0;
	}
	if (ok && ioctl(fd, SIOCGIFTXQLEN, &r) == 0 && r.ifr_qlen < QUEUE_PACKETS) {
		r.ifr_qlen = QUEUE_PACKETS;
		(void)ioctl(fd, SIOCSIFTXQLEN, &r); /* it goes without */
	}
	if (ok && ioctl(fd, SIOCGIFFLAGS, &r) == 0 && !(r.ifr_flags & IFF_UP)) {
		r.ifr_flags |= IFF_UP;
		ok = ioctl(fd, SIOCSIFFLAGS, &r) == 0;
	}
	if (!ok)
		fail(error, "cannot bring up", t->name);
	if (fd >= 0)
		close(fd);
	return ok;
}

struct tun *tun_open(const char *name, unsigned mtu, GError **error)
{
	struct ifreq r = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	struct tun *t = (struct tun *)g_source_new(&tun_funcs, sizeof(*t));

	g_source_set_static_name(&t->source, "tun");
	g_strlcpy(r.ifr_name, name, sizeof(r.ifr_name));
	t->fd = open(DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (t->fd < 0) {
		fail(error, "cannot open", DEVICE);
	} else if (ioctl(t->fd, TUNSETIFF, &r) != 0) {
		fail(error, "cannot make the device", name);
	} else {
		memcpy(t->name, r.ifr_name, sizeof(t->name));
		if (bring_up(t, mtu, error))
			return t;
	}
	g_source_unref(&t->source);
	return NULL;
}

void tun_free(struct tun *t)
{
	if (!t)
		return;
	g_source_destroy(&t->source);
	g_source_unref(&t->source);
}

const char *tun_name(const struct tun *t)
{
	return t->name;
}

void tun_attach(struct tun *t, const struct tun_handler *handler, GMainContext *context)
{
	t->handler = *handler;
	t->tag = g_source_add_unix_fd(&t->source, t->fd, G_IO_IN);
	g_source_attach(&t->source, context);
}

void tun_write(struct tun *t, struct span packet)
{
	if (write(t->fd, packet.p, packet.n) == (ssize_t)packet.n)
		t->counters.written++;
	else
		t->counters.refused++;
}

const struct tun_counters *tun_counters(const struct tun *t)
{
	return &t->counters;
}

/* ---- rtnetlink */

struct request {
	struct nlmsghdr header;
	union {
		struct ifaddrmsg address;
		struct rtmsg route;
	};
	uint8_t attributes[128];
};

static void add_attribute(struct request *r, unsigned short type, const void *p, size_t n)
{
	struct rtattr a = { .rta_len = (unsigned short)RTA_LENGTH(n), .rta_type = type };
	uint8_t *at = &((uint8_t *)r)[NLMSG_ALIGN(r->header.nlmsg_len)];

	memcpy(at, &a, sizeof(a));
	memcpy(&at[RTA_LENGTH(0)], p, n);
	r->header.nlmsg_len = (uint32_t)(NLMSG_ALIGN(r->header.nlmsg_len) + RTA_ALIGN(a.rta_len));
}

/* Ask, and wait for the kernel's answer, which is at once. 0, or what errno would be. */
static int ask(struct request *r)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		uint8_t rest[512];
	} answer = { 0 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	ssize_t n = -1;

	if (fd < 0)
		return errno;
	r->header.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	if (send(fd, r, r->header.nlmsg_len, 0) == (ssize_t)r->header.nlmsg_len)
		n = recv(fd, &answer, sizeof(answer), 0);
	if (n < 0) {
		int saved = errno;

		close(fd);
		return saved;
	}
	close(fd);
	return answer.header.nlmsg_type == NLMSG_ERROR ? -answer.error.error : EPROTO;
}

static bool done(const struct tun *t, struct request *r, const char *what, const struct address *a,
		 unsigned prefix, GError **error)
{
	char text[ADDRESS_TEXT_MAX];
	int why = ask(r);

	if (why == 0 || why == EEXIST)
		return true;
	g_set_error(error, TUN_ERROR, why, "%s: %s %s/%u: %s", t->name, what, address_text(a, text),
		    prefix, g_strerror(why));
	return false;
}

static uint32_t index_of(const struct tun *t)
{
	struct ifreq r = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(r.ifr_name, t->name, sizeof(t->name));
	if (fd < 0)
		return 0;
	if (ioctl(fd, SIOCGIFINDEX, &r) != 0)
		r.ifr_ifindex = 0;
	close(fd);
	return (uint32_t)r.ifr_ifindex;
}

static struct request address_request(const struct tun *t, unsigned short type,
				      const struct address *a, unsigned prefix)
{
	struct request r = { .header = { .nlmsg_len = NLMSG_LENGTH(sizeof(r.address)),
					 .nlmsg_type = type } };

	r.address = (struct ifaddrmsg){ .ifa_family = a->family == 6 ? AF_INET6 : AF_INET,
					.ifa_prefixlen = (uint8_t)prefix,
					.ifa_index = index_of(t) };
	add_attribute(&r, IFA_LOCAL, a->octets, address_size(a));
	add_attribute(&r, IFA_ADDRESS, a->octets, address_size(a));
	return r;
}

bool tun_add_address(struct tun *t, const struct address *a, unsigned prefix, GError **error)
{
	struct request r = address_request(t, RTM_NEWADDR, a, prefix);

	r.header.nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	if (a->family == 6)
		r.address.ifa_flags = IFA_F_NODAD;
	return done(t, &r, "cannot add the address", a, prefix, error);
}

bool tun_remove_address(struct tun *t, const struct address *a, unsigned prefix, GError **error)
{
	struct request r = address_request(t, RTM_DELADDR, a, prefix);

	return done(t, &r, "cannot remove the address", a, prefix, error);
}

bool tun_add_route(struct tun *t, const struct address *network, unsigned prefix, GError **error)
{
	struct request r = { .header = { .nlmsg_len = NLMSG_LENGTH(sizeof(r.route)),
					 .nlmsg_type = RTM_NEWROUTE,
					 .nlmsg_flags = NLM_F_CREATE | NLM_F_APPEND } };
	uint32_t index = index_of(t);

	r.route = (struct rtmsg){ .rtm_family = network->family == 6 ? AF_INET6 : AF_INET,
				  .rtm_dst_len = (uint8_t)prefix,
				  .rtm_table = RT_TABLE_MAIN,
				  .rtm_protocol = RTPROT_STATIC,
				  .rtm_scope = RT_SCOPE_LINK,
				  .rtm_type = RTN_UNICAST };
	add_attribute(&r, RTA_DST, network->octets, address_size(network));
	add_attribute(&r, RTA_OIF, &index, sizeof(index));
	return done(t, &r, "cannot add the route", network, prefix, error);
}
