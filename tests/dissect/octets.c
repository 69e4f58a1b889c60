/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes octets, checksums and packet headers by hand, and the files around them. */
#include "octets.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START 1795219200u /* 2026-11-21 00:00:00 UTC */

static void die(const char *what)
{
	fprintf(stderr, "make_captures: %s\n", what);
	exit(1);
}

static void put(struct octets *o, uint8_t v)
{
	if (o->n == sizeof(o->at))
		die("too many octets");
	o->at[o->n++] = v;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

void octets_hex(struct octets *o, const char *hex)
{
	for (; *hex; hex++) {
		if (*hex == ' ')
			continue;
		if (digit(hex[0]) < 0 || digit(hex[1]) < 0)
			die(hex);
		put(o, (uint8_t)(digit(hex[0]) << 4 | digit(hex[1])));
		hex++;
	}
}

void octets_add(struct octets *o, const struct octets *more)
{
	for (size_t i = 0; i < more->n; i++)
		put(o, more->at[i]);
}

void octets_uint(struct octets *o, size_t size, uint64_t v)
{
	while (size-- > 0)
		put(o, (uint8_t)(v >> 8 * size));
}

void octets_text(struct octets *o, const char *text)
{
	for (; *text; text++)
		put(o, (uint8_t)*text);
}

void octets_patch(struct octets *o, size_t at, size_t size, uint64_t v)
{
	for (size_t i = 0; i < size; i++)
		o->at[at + i] = (uint8_t)(v >> 8 * (size - 1 - i));
}

struct octets *octets_new(const char *hex)
{
	struct octets *o = calloc(1, sizeof(*o));

	if (!o)
		die("no memory");
	octets_hex(o, hex);
	return o;
}

const char *octets_as_hex(const struct octets *o)
{
	char *text = calloc(o->n + 1, 2);

	if (!text)
		die("no memory");
	for (size_t i = 0; i < o->n; i++)
		sprintf(text + 2 * i, "%02x", o->at[i]);
	return text;
}

uint8_t octets_chain(struct octets *o, const struct payload *list)
{
	for (const struct payload *p = list; p->type >= 0; p++) {
		size_t start = o->n;
		int next = p->next ? p->next : p[1].type;

		octets_uint(o, 1, next < 0 ? 0 : (uint64_t)next);
		octets_uint(o, 1, p->flags);
		octets_uint(o, 2, 0);
		octets_hex(o, p->body);
		octets_patch(o, start + 2, 2, p->length ? (uint64_t)p->length : o->n - start);
	}
	return list->type < 0 ? 0 : (uint8_t)list->type;
}

struct capture {
	FILE *f;
	size_t snap;
	unsigned id;
	/* the two directions of the file's TCP connections, told apart by the ports */
	struct flow {
		unsigned sport, dport;
		uint32_t seq;
	} flows[256];
	unsigned n_flows;
};

static void little(FILE *f, size_t size, uint64_t v)
{
	for (size_t i = 0; i < size; i++)
		fputc((int)(v >> 8 * i & 0xff), f);
}

struct capture *capture_open(const char *directory, const char *name)
{
	return capture_open_as(directory, name, ".pcap", 1); /* Ethernet */
}

struct capture *capture_open_as(const char *directory, const char *name, const char *suffix,
				unsigned link_type)
{
	struct capture *c = calloc(1, sizeof(*c));
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s%s", directory, name, suffix);
	if (!c || !(c->f = fopen(path, "wb")))
		die(path);
	little(c->f, 4, 0xa1b2c3d4);
	little(c->f, 2, 2);
	little(c->f, 2, 4);
	little(c->f, 8, 0);
	little(c->f, 4, 262144);
	little(c->f, 4, link_type);
	return c;
}

void capture_close(struct capture *c)
{
	if (fclose(c->f))
		die("write error");
	free(c);
}

void capture_snap(struct capture *c, size_t octets)
{
	c->snap = octets;
}

static void frame(struct capture *c, unsigned ms, const struct octets *o)
{
	size_t seen = c->snap && c->snap < o->n ? c->snap : o->n;

	little(c->f, 4, START + ms / 1000);
	little(c->f, 4, ms % 1000 * 1000);
	little(c->f, 4, seen);
	little(c->f, 4, o->n);
	if (fwrite(o->at, 1, seen, c->f) != seen)
		die("write error");
}

void capture_raw(struct capture *c, unsigned ms, const struct octets *o)
{
	frame(c, ms, o);
}

static uint32_t sum16(uint32_t sum, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* Ethernet and IP around a transport segment whose checksum field stands at `check`. */
static void ip_frame(struct capture *c, unsigned ms, const char *src, const char *dst,
		     uint8_t protocol, struct octets *segment, size_t check)
{
	struct octets *o = octets_new("0200 0000 0002 0200 0000 0001");
	bool v6 = strchr(src, ':') != NULL;
	uint8_t a[16], b[16];
	size_t size = v6 ? 16 : 4;
	uint32_t sum;

	if (inet_pton(v6 ? AF_INET6 : AF_INET, src, a) != 1 ||
	    inet_pton(v6 ? AF_INET6 : AF_INET, dst, b) != 1)
		die(src);
	sum = sum16(sum16(protocol + (uint32_t)segment->n, a, size), b, size);
	sum = sum16(sum, segment->at, segment->n);
	octets_patch(segment, check, 2, fold(sum));
	if (v6) {
		octets_hex(o, "86dd 6000 0000");
		octets_uint(o, 2, segment->n);
		octets_uint(o, 1, protocol);
		octets_hex(o, "40");
	} else {
		octets_hex(o, "0800 4500");
		octets_uint(o, 2, 20 + segment->n);
		octets_uint(o, 2, ++c->id);
		octets_hex(o, "4000 40");
		octets_uint(o, 1, protocol);
		octets_hex(o, "0000");
	}
	for (size_t i = 0; i < size; i++)
		octets_uint(o, 1, a[i]);
	for (size_t i = 0; i < size; i++)
		octets_uint(o, 1, b[i]);
	if (!v6)
		octets_patch(o, 14 + 10, 2, fold(sum16(0, o->at + 14, 20)));
	octets_add(o, segment);
	while (o->n <
	       60) /* Ethernet's minimum: what follows the message must not confuse anybody */
		octets_hex(o, "00");
	frame(c, ms, o);
	free(o);
}

void capture_udp(struct capture *c, unsigned ms, const char *src, unsigned sport, const char *dst,
		 unsigned dport, const struct octets *data)
{
	struct octets *o = octets_new("");

	octets_uint(o, 2, sport);
	octets_uint(o, 2, dport);
	octets_uint(o, 2, 8 + data->n);
	octets_hex(o, "0000");
	octets_add(o, data);
	ip_frame(c, ms, src, dst, 17, o, 6);
	free(o);
}

static struct flow *flow_of(struct capture *c, unsigned sport, unsigned dport)
{
	for (unsigned i = 0; i < c->n_flows; i++)
		if (c->flows[i].sport == sport && c->flows[i].dport == dport)
			return &c->flows[i];
	if (c->n_flows == 256)
		die("too many flows");
	c->flows[c->n_flows] = (struct flow){ sport, dport, 1001 };
	return &c->flows[c->n_flows++];
}

static void segment(struct capture *c, unsigned ms, const char *src, unsigned sport,
		    const char *dst, unsigned dport, uint32_t seq, uint32_t ack, uint8_t flags,
		    const struct octets *data)
{
	struct octets *o = octets_new("");

	octets_uint(o, 2, sport);
	octets_uint(o, 2, dport);
	octets_uint(o, 4, seq);
	octets_uint(o, 4, ack);
	octets_hex(o, "50");
	octets_uint(o, 1, flags);
	octets_hex(o, "ffff 0000 0000");
	if (data)
		octets_add(o, data);
	ip_frame(c, ms, src, dst, 6, o, 16);
	free(o);
}

void capture_tcp(struct capture *c, unsigned ms, const char *src, unsigned sport, const char *dst,
		 unsigned dport, const struct octets *data)
{
	unsigned known = c->n_flows;
	struct flow *there = flow_of(c, sport, dport);
	struct flow *back = flow_of(c, dport, sport);

	if (c->n_flows != known) { /* a new connection */
		segment(c, ms, src, sport, dst, dport, 1000, 0, 0x02, NULL);
		segment(c, ms, dst, dport, src, sport, 1000, 1001, 0x12, NULL);
		segment(c, ms, src, sport, dst, dport, 1001, 1001, 0x10, NULL);
	}
	segment(c, ms, src, sport, dst, dport, there->seq, back->seq, 0x18, data);
	there->seq += (uint32_t)data->n;
}
