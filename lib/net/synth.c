/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets as they would be seen on a wire, made from what was sent and received. */
#include "net/synth.h"

#include <errno.h>
#include <stdlib.h>

#define IP4_HEADER 20
#define IP6_HEADER 40
#define UDP_HEADER 8
#define TCP_HEADER 20
#define PACKET_MAX 65535
#define SEGMENT 1400
#define TTL 64
#define PROTOCOL_NUMBER_TCP 6
#define PROTOCOL_NUMBER_UDP 17
#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_PSH 0x08
#define TCP_ACK 0x10
#define WINDOW 65535

struct synth_tcp {
	struct pcapng *p;
	struct endpoint ends[2]; /* client, server */
	uint32_t next[2];        /* sequence number that each end sends next */
};

/* RFC 1071: the sum of 16-bit words; an odd octet at the end is the high half of a word. At most 64 KiB, so 32 bits hold it. */
static uint32_t sum_add(uint32_t sum, struct span s)
{
	for (size_t i = 0; i + 1 < s.n; i += 2)
		sum += (uint32_t)s.p[i] << 8 | s.p[i + 1];
	if (s.n & 1)
		sum += (uint32_t)s.p[s.n - 1] << 8;
	return sum;
}

static uint16_t sum_finish(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static struct span address_span(const struct endpoint *e)
{
	return span_of(e->address.octets, address_size(&e->address));
}

/* RFC 791, RFC 8200. */
static void write_ip(struct wcursor *c, const struct endpoint *from, const struct endpoint *to,
		     uint8_t protocol, size_t n)
{
	if (from->address.family == 6) {
		wcursor_u32(c, 0x60000000);
		wcursor_u16(c, (uint16_t)n);
		wcursor_u8(c, protocol);
		wcursor_u8(c, TTL);
		wcursor_bytes(c, address_span(from));
		wcursor_bytes(c, address_span(to));
		return;
	}
	wcursor_u16(c, 0x4500);
	wcursor_u16(c, (uint16_t)(IP4_HEADER + n));
	wcursor_u16(c, 0);      /* identification: an atomic datagram needs none (RFC 6864) */
	wcursor_u16(c, 0x4000); /* don't fragment */
	wcursor_u8(c, TTL);
	wcursor_u8(c, protocol);
	wcursor_u16(c, 0);
	wcursor_bytes(c, address_span(from));
	wcursor_bytes(c, address_span(to));
	wcursor_patch(c, 10, 2, sum_finish(sum_add(0, span_of(c->base, IP4_HEADER))));
}

/* The checksum of `n` octets behind the IP header, with the pseudo-header. */
static uint16_t transport_sum(const struct wcursor *c, size_t ip, const struct endpoint *from,
			      const struct endpoint *to, uint8_t protocol, size_t n)
{
	uint32_t sum = protocol + (uint32_t)(n >> 16) + (uint32_t)(n & 0xffff);

	sum = sum_add(sum, address_span(from));
	sum = sum_add(sum, address_span(to));
	return sum_finish(sum_add(sum, span_of(&c->base[ip], n)));
}

static size_t ip_header(const struct endpoint *e)
{
	return e->address.family == 6 ? IP6_HEADER : IP4_HEADER;
}

int synth_udp(struct pcapng *p, uint64_t ns, const struct endpoint *from, const struct endpoint *to,
	      struct span octets)
{
	size_t ip = ip_header(from), n = UDP_HEADER + octets.n;
	struct wcursor c;
	uint8_t *buf;
	uint16_t sum;
	int r;

	if (from->address.family != to->address.family || !from->address.family) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	if (octets.n > PACKET_MAX || ip + n > PACKET_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	buf = malloc(ip + n);
	if (!buf)
		return -1;
	c = wcursor_init(buf, ip + n);
	write_ip(&c, from, to, PROTOCOL_NUMBER_UDP, n);
	wcursor_u16(&c, from->port);
	wcursor_u16(&c, to->port);
	wcursor_u16(&c, (uint16_t)n);
	wcursor_u16(&c, 0);
	wcursor_bytes(&c, octets);
	sum = transport_sum(&c, ip, from, to, PROTOCOL_NUMBER_UDP, n);
	wcursor_patch(&c, ip + 6, 2, sum ? sum : 0xffff); /* 0 would say "none" */
	r = pcapng_packet(p, ns, span_of(buf, wcursor_size(&c)), NULL);
	free(buf);
	return r;
}

/* One segment from ends[from]; the other end's octets up to now are acknowledged. */
static int segment(struct synth_tcp *t, uint64_t ns, int from, uint8_t flags, struct span octets)
{
	const struct endpoint *a = &t->ends[from], *b = &t->ends[!from];
	uint8_t buf[IP6_HEADER + TCP_HEADER + SEGMENT];
	size_t ip = ip_header(a), n = TCP_HEADER + octets.n;
	struct wcursor c = wcursor_init(buf, sizeof(buf));

	write_ip(&c, a, b, PROTOCOL_NUMBER_TCP, n);
	wcursor_u16(&c, a->port);
	wcursor_u16(&c, b->port);
	wcursor_u32(&c, t->next[from]);
	wcursor_u32(&c, flags & TCP_ACK ? t->next[!from] : 0);
	wcursor_u8(&c, TCP_HEADER / 4 << 4);
	wcursor_u8(&c, flags);
	wcursor_u16(&c, WINDOW);
	wcursor_u16(&c, 0);
	wcursor_u16(&c, 0);
	wcursor_bytes(&c, octets);
	wcursor_patch(&c, ip + 16, 2, transport_sum(&c, ip, a, b, PROTOCOL_NUMBER_TCP, n));
	t->next[from] += (uint32_t)octets.n + (flags & (TCP_SYN | TCP_FIN) ? 1 : 0);
	return pcapng_packet(t->p, ns, span_of(buf, wcursor_size(&c)), NULL);
}

struct synth_tcp *synth_tcp_open(struct pcapng *p, uint64_t ns, const struct endpoint *client,
				 const struct endpoint *server)
{
	struct synth_tcp *t;

	if (client->address.family != server->address.family || !client->address.family) {
		errno = EAFNOSUPPORT;
		return NULL;
	}
	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->p = p;
	t->ends[0] = *client;
	t->ends[1] = *server;
	t->next[0] = 0x10000000u + client->port;
	t->next[1] = 0x20000000u + client->port;
	if (segment(t, ns, 0, TCP_SYN, SPAN_NONE) != 0 ||
	    segment(t, ns, 1, TCP_SYN | TCP_ACK, SPAN_NONE) != 0 ||
	    segment(t, ns, 0, TCP_ACK, SPAN_NONE) != 0) {
		free(t);
		return NULL;
	}
	return t;
}

int synth_tcp_data(struct synth_tcp *t, uint64_t ns, bool from_client, struct span octets)
{
	int from = from_client ? 0 : 1;
	struct rcursor c = rcursor_init(octets, NULL);

	while (rcursor_left(&c)) {
		size_t n = rcursor_left(&c) < SEGMENT ? rcursor_left(&c) : SEGMENT;

		if (segment(t, ns, from, TCP_PSH | TCP_ACK, rcursor_bytes(&c, n, "data")) != 0 ||
		    segment(t, ns, !from, TCP_ACK, SPAN_NONE) != 0)
			return -1;
	}
	return 0;
}

int synth_tcp_close(struct synth_tcp *t, uint64_t ns, bool reset)
{
	int r;

	if (reset)
		r = segment(t, ns, 0, TCP_RST | TCP_ACK, SPAN_NONE);
	else
		r = segment(t, ns, 0, TCP_FIN | TCP_ACK, SPAN_NONE) ||
		    segment(t, ns, 1, TCP_FIN | TCP_ACK, SPAN_NONE) ||
		    segment(t, ns, 0, TCP_ACK, SPAN_NONE);
	free(t);
	return r ? -1 : 0;
}
