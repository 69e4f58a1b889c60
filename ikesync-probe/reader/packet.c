/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Link layers, IP headers, and a small store of fragments. */
#include "reader/packet.h"

#include <glib.h>
#include <netinet/in.h>
#include <pcap/pcap.h>

#include "wire/cursor.h"

/* Datagrams under construction; the oldest one makes room. */
#define FRAGMENTED_MAX 64
#define DATAGRAM_MAX 65535
/* Fragments count in units of eight octets. */
#define UNITS (DATAGRAM_MAX / 8 + 1)
#define IP6_EXTENSIONS_MAX 8

struct fragmented {
	bool used;
	struct address from, to;
	uint32_t id;
	uint8_t protocol;
	uint64_t since;  /* the reader's count of fragments: who is the oldest */
	size_t total;    /* 0: the last fragment is not there */
	size_t units;    /* there */
	uint8_t *octets; /* DATAGRAM_MAX + 8 */
	uint8_t *there;  /* UNITS, a flag each */
};

struct packet_reader {
	int link;
	uint64_t fragments;
	struct fragmented slots[FRAGMENTED_MAX];
	struct fragmented whole; /* the last one that was completed: `payload` borrows from it */
};

/* One IP packet, or a fragment of one. */
struct ip {
	struct address from, to;
	uint8_t protocol;
	bool cut;
	bool fragment, more;
	uint32_t id;
	size_t offset;
	struct span body;
};

struct packet_reader *packet_reader_new(int link)
{
	struct packet_reader *r;

	switch (link) {
	case DLT_EN10MB:
	case DLT_LINUX_SLL:
	case DLT_LINUX_SLL2:
	case DLT_RAW:
	case DLT_IPV4:
	case DLT_IPV6:
	case DLT_NULL:
	case DLT_LOOP:
		r = g_new0(struct packet_reader, 1);
		r->link = link;
		return r;
	default:
		return NULL;
	}
}

static void fragmented_clear(struct fragmented *f)
{
	g_free(f->octets);
	g_free(f->there);
	*f = (struct fragmented){ 0 };
}

void packet_reader_free(struct packet_reader *r)
{
	if (!r)
		return;
	for (unsigned i = 0; i < FRAGMENTED_MAX; i++)
		fragmented_clear(&r->slots[i]);
	fragmented_clear(&r->whole);
	g_free(r);
}

unsigned packet_reader_incomplete(const struct packet_reader *r)
{
	unsigned n = 0;

	for (unsigned i = 0; i < FRAGMENTED_MAX; i++)
		n += r->slots[i].used;
	return n;
}

/* An Ethernet type behind up to two VLAN tags. */
static bool is_ip(struct rcursor *c, unsigned type)
{
	for (unsigned tags = 0; tags < 2 && (type == 0x8100 || type == 0x88a8); tags++) {
		rcursor_u16(c, "vlan");
		type = rcursor_u16(c, "type");
	}
	return rcursor_ok(c) && (type == 0x0800 || type == 0x86dd);
}

/* false: what follows is no IP. */
static bool skip_link(int link, struct rcursor *c)
{
	unsigned type;

	switch (link) {
	case DLT_EN10MB:
		rcursor_bytes(c, 12, "addresses");
		return is_ip(c, rcursor_u16(c, "type"));
	case DLT_LINUX_SLL:
		rcursor_bytes(c, 14, "cooked");
		return is_ip(c, rcursor_u16(c, "type"));
	case DLT_LINUX_SLL2:
		type = rcursor_u16(c, "type");
		rcursor_bytes(c, 18, "cooked");
		return is_ip(c, type);
	case DLT_NULL:
	case DLT_LOOP:
		/* a protocol family in the order of whoever captured; the version nibble tells */
		rcursor_bytes(c, 4, "family");
		return rcursor_ok(c);
	default:
		return true;
	}
}

/* The body of `left` octets, as much of it as was kept. */
static void take_body(struct rcursor *c, size_t left, struct ip *out)
{
	out->cut = left > rcursor_left(c);
	out->body = rcursor_bytes(c, MIN(left, rcursor_left(c)), "body");
}

static bool read_ip4(struct rcursor *c, uint8_t first, size_t wire, struct ip *out)
{
	size_t header = (first & 15u) * 4u, total;
	unsigned fragment;
	struct span from, to;

	rcursor_u8(c, "tos");
	total = rcursor_u16(c, "length");
	out->id = rcursor_u16(c, "id");
	fragment = rcursor_u16(c, "fragment");
	rcursor_u8(c, "ttl");
	out->protocol = rcursor_u8(c, "protocol");
	rcursor_u16(c, "checksum");
	from = rcursor_bytes(c, 4, "from");
	to = rcursor_bytes(c, 4, "to");
	/* a segment that the network card cuts up has no length yet */
	if (total == 0)
		total = wire;
	if (header < 20 || total < header || !rcursor_ok(c))
		return false;
	rcursor_bytes(c, header - 20, "options");
	if (!rcursor_ok(c))
		return false;
	out->from.family = out->to.family = 4;
	memcpy(out->from.octets, from.p, 4);
	memcpy(out->to.octets, to.p, 4);
	out->more = fragment & 0x2000;
	out->offset = (size_t)(fragment & 0x1fff) * 8;
	out->fragment = out->more || out->offset;
	take_body(c, total - header, out);
	return true;
}

/* Skip extension headers as far as the transport. false: none of ours follows. */
static bool skip_extensions(struct rcursor *c, size_t *left, struct ip *out)
{
	for (unsigned i = 0; i < IP6_EXTENSIONS_MAX; i++) {
		size_t n = 8;
		unsigned fragment;
		uint8_t next;

		if (out->protocol == IPPROTO_UDP || out->protocol == IPPROTO_TCP)
			return true;
		if (out->protocol != IPPROTO_HOPOPTS && out->protocol != IPPROTO_ROUTING &&
		    out->protocol != IPPROTO_DSTOPTS && out->protocol != IPPROTO_FRAGMENT)
			return false;
		next = rcursor_u8(c, "next");
		if (out->protocol == IPPROTO_FRAGMENT) {
			rcursor_u8(c, "reserved");
			fragment = rcursor_u16(c, "fragment");
			out->id = rcursor_u32(c, "id");
			out->more = fragment & 1;
			out->offset = fragment & 0xfff8;
			out->fragment = out->more || out->offset;
		} else {
			n = ((size_t)rcursor_u8(c, "length") + 1) * 8;
			rcursor_bytes(c, n - 2, "extension");
		}
		if (!rcursor_ok(c) || *left < n)
			return false;
		*left -= n;
		out->protocol = next;
		/* the headers behind it are in the first fragment alone */
		if (out->fragment && out->offset)
			return next == IPPROTO_UDP || next == IPPROTO_TCP;
	}
	return false;
}

static bool read_ip6(struct rcursor *c, struct ip *out)
{
	struct span from, to;
	size_t left;

	rcursor_bytes(c, 3, "flow");
	left = rcursor_u16(c, "length");
	out->protocol = rcursor_u8(c, "next");
	rcursor_u8(c, "hops");
	from = rcursor_bytes(c, 16, "from");
	to = rcursor_bytes(c, 16, "to");
	if (!rcursor_ok(c))
		return false;
	out->from.family = out->to.family = 6;
	memcpy(out->from.octets, from.p, 16);
	memcpy(out->to.octets, to.p, 16);
	if (!skip_extensions(c, &left, out))
		return false;
	take_body(c, left, out);
	return true;
}

static struct fragmented *slot_of(struct packet_reader *r, const struct ip *ip)
{
	struct fragmented *free_one = NULL, *oldest = &r->slots[0];

	for (unsigned i = 0; i < FRAGMENTED_MAX; i++) {
		struct fragmented *f = &r->slots[i];

		if (f->used && f->id == ip->id && f->protocol == ip->protocol &&
		    address_equal(&f->from, &ip->from) && address_equal(&f->to, &ip->to))
			return f;
		if (!f->used && !free_one)
			free_one = f;
		if (f->since < oldest->since)
			oldest = f;
	}
	if (!free_one) {
		fragmented_clear(oldest);
		free_one = oldest;
	}
	free_one->used = true;
	free_one->from = ip->from;
	free_one->to = ip->to;
	free_one->id = ip->id;
	free_one->protocol = ip->protocol;
	free_one->octets = g_malloc0(DATAGRAM_MAX + 8);
	free_one->there = g_malloc0(UNITS + 1);
	return free_one;
}

/* Put a fragment to the others. true: the packet is whole, and `ip` is it. */
static bool put_together(struct packet_reader *r, struct ip *ip)
{
	struct fragmented *f;
	size_t n = ip->body.n;

	if (ip->cut || n == 0 || ip->offset + n > DATAGRAM_MAX || (ip->more && n % 8))
		return false;
	f = slot_of(r, ip);
	f->since = ++r->fragments;
	memcpy(f->octets + ip->offset, ip->body.p, n);
	for (size_t unit = ip->offset / 8; unit < (ip->offset + n + 7) / 8; unit++) {
		f->units += !f->there[unit];
		f->there[unit] = 1;
	}
	if (!ip->more)
		f->total = ip->offset + n;
	if (!f->total || f->units < (f->total + 7) / 8)
		return false;
	fragmented_clear(&r->whole);
	r->whole = *f;
	*f = (struct fragmented){ 0 };
	ip->body = span_of(r->whole.octets, r->whole.total);
	return true;
}

static bool read_udp(struct rcursor *c, struct packet *out)
{
	size_t length = rcursor_u16(c, "length"), left;

	rcursor_u16(c, "checksum");
	if (!rcursor_ok(c) || length < 8)
		return false;
	left = rcursor_left(c);
	out->cut |= length - 8 > left;
	out->payload = rcursor_bytes(c, MIN(length - 8, left), "payload");
	return true;
}

static bool read_tcp(struct rcursor *c, struct packet *out)
{
	size_t header;
	unsigned flags;

	out->seq = rcursor_u32(c, "seq");
	rcursor_u32(c, "ack");
	header = (size_t)(rcursor_u8(c, "offset") >> 4) * 4;
	flags = rcursor_u8(c, "flags");
	if (!rcursor_ok(c) || header < 20)
		return false;
	rcursor_bytes(c, header - 14, "rest of the header");
	if (!rcursor_ok(c))
		return false;
	out->syn = flags & 2;
	out->ack = flags & 16;
	out->payload = rcursor_bytes(c, rcursor_left(c), "payload");
	return true;
}

bool packet_reader_take(struct packet_reader *r, struct span frame, size_t wire, struct packet *out)
{
	struct rcursor c = rcursor_init(frame, NULL);
	struct ip ip = { 0 };
	uint8_t first;
	bool ok;

	*out = (struct packet){ 0 };
	if (!skip_link(r->link, &c))
		return false;
	wire -= MIN(wire, rcursor_offset(&c));
	first = rcursor_u8(&c, "version");
	ok = first >> 4 == 4   ? read_ip4(&c, first, wire, &ip)
	     : first >> 4 == 6 ? read_ip6(&c, &ip)
			       : false;
	if (!ok || (ip.protocol != IPPROTO_UDP && ip.protocol != IPPROTO_TCP))
		return false;
	if (ip.fragment && !put_together(r, &ip))
		return false;
	out->tcp = ip.protocol == IPPROTO_TCP;
	out->cut = ip.cut;
	out->from.address = ip.from;
	out->to.address = ip.to;
	c = rcursor_init(ip.body, NULL);
	out->from.port = rcursor_u16(&c, "from");
	out->to.port = rcursor_u16(&c, "to");
	return out->tcp ? read_tcp(&c, out) : read_udp(&c, out);
}
