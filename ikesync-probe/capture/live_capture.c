/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets as libpcap sees them, and their headers down to the payload. */
#include "capture/live_capture.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "wire/cursor.h"

#define SNAPLEN 262144
#define KERNEL_BUFFER (16 * 1024 * 1024)
/* A case that makes more than this has gone wild: the rest is not kept. */
#define PACKETS_MAX 200000

struct live_capture {
	pcap_t *pcap;
	char *device;
	int fd;
	bool nanoseconds;
	GPtrArray *packets;
};

static GQuark live_error(void)
{
	return g_quark_from_static_string("ikesync-live-capture");
}

static void packet_free(void *data)
{
	struct live_packet *p = data;

	g_bytes_unref(p->frame);
	g_free(p);
}

/* Which interface holds `a`: its name (g_free) or NULL. */
static char *interface_of(const struct address *a)
{
	struct ifaddrs *all, *i;
	char *name = NULL;

	if (getifaddrs(&all) != 0)
		return NULL;
	for (i = all; i && !name; i = i->ifa_next) {
		struct sockaddr_storage ss = { 0 };
		struct endpoint e;

		if (!i->ifa_addr)
			continue;
		if (i->ifa_addr->sa_family == AF_INET)
			memcpy(&ss, i->ifa_addr, sizeof(struct sockaddr_in));
		else if (i->ifa_addr->sa_family == AF_INET6)
			memcpy(&ss, i->ifa_addr, sizeof(struct sockaddr_in6));
		else
			continue;
		if (endpoint_from_sockaddr(&ss, &e) && address_equal(&e.address, a))
			name = g_strdup(i->ifa_name);
	}
	freeifaddrs(all);
	return name;
}

static bool is_loopback(const struct address *a)
{
	static const uint8_t six[16] = { [15] = 1 };

	return a->family == 4 ? a->octets[0] == 127 : memcmp(a->octets, six, 16) == 0;
}

/*
 * The interface over which the kernel reaches `remote`; packets to one's own addresses go over lo.
 */
static char *interface_towards(const struct endpoint *remote)
{
	struct sockaddr_storage ss;
	socklen_t n = endpoint_to_sockaddr(remote, &ss);
	struct endpoint local;
	char *own, *name = NULL;
	int fd;

	if (is_loopback(&remote->address))
		return g_strdup("lo");
	own = interface_of(&remote->address);
	if (own) {
		g_free(own);
		return g_strdup("lo");
	}
	fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return NULL;
	if (connect(fd, (struct sockaddr *)&ss, n) == 0) {
		n = sizeof(ss);
		if (getsockname(fd, (struct sockaddr *)&ss, &n) == 0 &&
		    endpoint_from_sockaddr(&ss, &local))
			name = interface_of(&local.address);
	}
	close(fd);
	return name;
}

static char *choose_device(const struct endpoint *remotes, size_t n)
{
	char *device = interface_towards(&remotes[0]);

	for (size_t i = 1; i < n && device; i++) {
		char *other = interface_towards(&remotes[i]);

		if (g_strcmp0(device, other) != 0)
			g_clear_pointer(&device, g_free);
		g_free(other);
	}
	return device ? device : g_strdup("any");
}

static char *make_filter(const struct endpoint *remotes, size_t n)
{
	GString *s = g_string_new(NULL);

	for (size_t i = 0; i < n; i++) {
		char text[ADDRESS_TEXT_MAX];

		g_string_append_printf(s, "%s(host %s and port %u)", i ? " or " : "",
				       address_text(&remotes[i].address, text), remotes[i].port);
	}
	return g_string_free(s, FALSE);
}

static bool activate(struct live_capture *l, GError **error)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	int status;

	l->pcap = pcap_create(l->device, why);
	if (!l->pcap) {
		g_set_error(error, live_error(), 0, "%s: %s", l->device, why);
		return false;
	}
	pcap_set_snaplen(l->pcap, SNAPLEN);
	pcap_set_immediate_mode(l->pcap, 1);
	pcap_set_buffer_size(l->pcap, KERNEL_BUFFER);
	l->nanoseconds = pcap_set_tstamp_precision(l->pcap, PCAP_TSTAMP_PRECISION_NANO) == 0;
	status = pcap_activate(l->pcap);
	if (status < 0) {
		const char *text = pcap_geterr(l->pcap);

		g_set_error(error, live_error(), 0, "%s: %s", l->device,
			    *text ? text : pcap_statustostr(status));
		return false;
	}
	return true;
}

struct live_capture *live_capture_open(const struct endpoint *remotes, size_t n, GError **error)
{
	struct live_capture *l;
	struct bpf_program program;
	char why[PCAP_ERRBUF_SIZE] = "";
	char *filter;

	if (n == 0) {
		g_set_error(error, live_error(), 0, "no endpoints to capture");
		return NULL;
	}
	l = g_new0(struct live_capture, 1);
	l->packets = g_ptr_array_new_with_free_func(packet_free);
	l->device = choose_device(remotes, n);
	if (!activate(l, error)) {
		live_capture_free(l);
		return NULL;
	}
	filter = make_filter(remotes, n);
	if (pcap_compile(l->pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) != 0) {
		g_set_error(error, live_error(), 0, "filter: %s", pcap_geterr(l->pcap));
		g_free(filter);
		live_capture_free(l);
		return NULL;
	}
	g_free(filter);
	if (pcap_setfilter(l->pcap, &program) != 0 || pcap_setnonblock(l->pcap, 1, why) != 0) {
		g_set_error(error, live_error(), 0, "%s: %s %s", l->device, pcap_geterr(l->pcap),
			    why);
		pcap_freecode(&program);
		live_capture_free(l);
		return NULL;
	}
	pcap_freecode(&program);
	l->fd = pcap_get_selectable_fd(l->pcap);
	return l;
}

void live_capture_free(struct live_capture *l)
{
	if (!l)
		return;
	if (l->pcap)
		pcap_close(l->pcap);
	g_ptr_array_unref(l->packets);
	g_free(l->device);
	g_free(l);
}

const char *live_capture_device(const struct live_capture *l)
{
	return l->device;
}

uint32_t live_capture_linktype(const struct live_capture *l)
{
	int dlt = pcap_datalink(l->pcap);

	/* DLT and LINKTYPE differ for raw IP alone among those that Linux gives */
	return dlt == DLT_RAW ? 101 : (uint32_t)dlt;
}

static void take(u_char *user, const struct pcap_pkthdr *h, const u_char *octets)
{
	struct live_capture *l = (struct live_capture *)(void *)user;
	struct live_packet *p;

	if (l->packets->len >= PACKETS_MAX)
		return;
	p = g_new0(struct live_packet, 1);
	p->ns = (uint64_t)h->ts.tv_sec * 1000000000u +
		(uint64_t)h->ts.tv_usec * (l->nanoseconds ? 1u : 1000u);
	p->frame = g_bytes_new(octets, h->caplen);
	g_ptr_array_add(l->packets, p);
}

void live_capture_pump(struct live_capture *l)
{
	while (pcap_dispatch(l->pcap, -1, take, (u_char *)(void *)l) > 0)
		;
}

void live_capture_wait(struct live_capture *l, int timeout_ms)
{
	struct pollfd p = { .fd = l->fd, .events = POLLIN };

	(void)poll(&p, 1, timeout_ms);
	live_capture_pump(l);
}

void live_capture_clear(struct live_capture *l)
{
	g_ptr_array_set_size(l->packets, 0);
}

const GPtrArray *live_capture_packets(const struct live_capture *l)
{
	return l->packets;
}

/* Skip the link layer; returns false for what is not IP. */
static bool skip_link(uint32_t linktype, struct rcursor *c)
{
	unsigned type;

	switch (linktype) {
	case DLT_EN10MB:
		rcursor_bytes(c, 12, "addresses");
		type = rcursor_u16(c, "type");
		if (type == 0x8100) {
			rcursor_u16(c, "vlan");
			type = rcursor_u16(c, "type");
		}
		break;
	case DLT_LINUX_SLL:
		rcursor_bytes(c, 14, "cooked");
		type = rcursor_u16(c, "type");
		break;
	case DLT_LINUX_SLL2:
		type = rcursor_u16(c, "type");
		rcursor_bytes(c, 18, "cooked");
		break;
	case 101:
		return true;
	default:
		return false;
	}
	return rcursor_ok(c) && (type == 0x0800 || type == 0x86dd);
}

static bool parse_ip4(struct rcursor *c, uint8_t first, uint8_t *protocol, size_t *left,
		      struct live_parsed *out)
{
	size_t header = (first & 15u) * 4u, total;
	struct span from, to;

	rcursor_u8(c, "tos");
	total = rcursor_u16(c, "length");
	rcursor_u16(c, "id");
	if (rcursor_u16(c, "fragment") & 0x3fff)
		return false;
	rcursor_u8(c, "ttl");
	*protocol = rcursor_u8(c, "protocol");
	rcursor_u16(c, "checksum");
	from = rcursor_bytes(c, 4, "from");
	to = rcursor_bytes(c, 4, "to");
	if (header < 20 || total < header || !rcursor_ok(c))
		return false;
	rcursor_bytes(c, header - 20, "options");
	out->from.address.family = out->to.address.family = 4;
	memcpy(out->from.address.octets, from.p, 4);
	memcpy(out->to.address.octets, to.p, 4);
	*left = total - header;
	return rcursor_ok(c);
}

static bool parse_ip6(struct rcursor *c, uint8_t *protocol, size_t *left, struct live_parsed *out)
{
	struct span from, to;

	rcursor_bytes(c, 3, "flow");
	*left = rcursor_u16(c, "length");
	*protocol = rcursor_u8(c, "next");
	rcursor_u8(c, "hops");
	from = rcursor_bytes(c, 16, "from");
	to = rcursor_bytes(c, 16, "to");
	if (!rcursor_ok(c))
		return false;
	out->from.address.family = out->to.address.family = 6;
	memcpy(out->from.address.octets, from.p, 16);
	memcpy(out->to.address.octets, to.p, 16);
	return true;
}

bool live_capture_parse(uint32_t linktype, struct span frame, struct live_parsed *out)
{
	struct rcursor c = rcursor_init(frame, NULL);
	uint8_t first, protocol = 0;
	size_t left = 0, header;
	bool ok;

	memset(out, 0, sizeof(*out));
	if (!skip_link(linktype, &c))
		return false;
	first = rcursor_u8(&c, "version");
	ok = first >> 4 == 4   ? parse_ip4(&c, first, &protocol, &left, out)
	     : first >> 4 == 6 ? parse_ip6(&c, &protocol, &left, out)
			       : false;
	if (!ok || (protocol != IPPROTO_UDP && protocol != IPPROTO_TCP))
		return false;
	out->tcp = protocol == IPPROTO_TCP;
	out->from.port = rcursor_u16(&c, "from");
	out->to.port = rcursor_u16(&c, "to");
	if (out->tcp) {
		out->seq = rcursor_u32(&c, "seq");
		rcursor_u32(&c, "ack");
		header = (size_t)(rcursor_u8(&c, "offset") >> 4) * 4;
		out->syn = rcursor_u8(&c, "flags") & 2;
		if (header < 20 || left < header)
			return false;
		rcursor_bytes(&c, header - 14, "rest of the header");
	} else {
		header = 8;
		if (left < header)
			return false;
		rcursor_u32(&c, "length and checksum");
	}
	out->payload = rcursor_bytes(&c, left - header, "payload");
	return rcursor_ok(&c);
}
