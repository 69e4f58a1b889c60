/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mutate_wire OUT.pcapng COUNT SEED: damage the messages that stand on stdin ("ike HEX" or "stub HEX", a line each) and
 * write COUNT of them, each in a datagram or a TCP connection of its own. The same seed gives the same file.
 */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/synth.h"
#include "wire/iana.h"

#define MESSAGE_MAX 4096
#define BEGINNING 1795298400ull /* 2026-11-22: what expires is not mutate_wire's matter */

struct message {
	bool ike;
	GByteArray *octets;
};

static uint64_t state;

static uint32_t below(size_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)((state >> 20) % n);
}

static uint16_t get16(const GByteArray *a, size_t at)
{
	return (uint16_t)(a->data[at] << 8 | a->data[at + 1]);
}

static void put16(GByteArray *a, size_t at, unsigned v)
{
	a->data[at] = (uint8_t)(v >> 8);
	a->data[at + 1] = (uint8_t)v;
}

/* A payload: of the message, or of the chain inside a stub. */
struct place {
	size_t at;     /* offset of its header; 0: there is none */
	size_t length; /* as far as it is there */
	uint8_t type;
	size_t before;    /* offset of the octet that names it */
	size_t container; /* offset of the header of the stub that it stands in; 0: none */
};

static struct place some_payload(const struct message *m)
{
	const GByteArray *a = m->octets;
	struct place all[64], p = { .at = m->ike ? 28 : 4, .before = m->ike ? 16 : 0 };
	size_t n = 0, end = a->len;

	for (p.type = a->data[p.before]; p.type && p.at + 4 <= end && n < G_N_ELEMENTS(all);
	     p.type = a->data[p.before]) {
		p.length = get16(a, p.at + 2);
		if (p.length < 4 || p.length > end - p.at) {
			p.length = end - p.at;
			all[n++] = p;
			break;
		}
		all[n++] = p;
		/* Down into a stub, or on behind it: as chance has it. */
		if (!m->ike && p.type == STUB_PAYLOAD_STUB && p.length > 12 && below(5)) {
			end = p.at + p.length;
			p.container = p.at;
			p.before = p.at + 4;
			p.at += 8;
			continue;
		}
		p.before = p.at;
		p.at += p.length;
	}
	return n ? all[below(n)] : (struct place){ .at = 0 };
}

/* The stub around `p` has grown by `n`: its length says so, mostly. */
static void grow(GByteArray *a, const struct place *p, long n)
{
	if (p->container && below(10))
		put16(a, p->container + 2, (unsigned)(get16(a, p->container + 2) + n));
}

static void fit_length(struct message *m)
{
	GByteArray *a = m->octets;

	if (m->ike && a->len >= 28) {
		put16(a, 24, 0);
		put16(a, 26, a->len);
	} else if (!m->ike && a->len >= 4) {
		put16(a, 2, a->len);
	}
}

static void insert(GByteArray *a, size_t at, const uint8_t *p, size_t n)
{
	GByteArray *b = g_byte_array_new();

	g_byte_array_append(b, a->data, (guint)at);
	g_byte_array_append(b, p, (guint)n);
	g_byte_array_append(b, a->data + at, (guint)(a->len - at));
	g_byte_array_set_size(a, 0);
	g_byte_array_append(a, b->data, b->len);
	g_byte_array_unref(b);
}

static void damage(struct message *m)
{
	static const uint16_t lengths[] = { 0, 3, 4, 5, 8, 12, 15, 16, 17, 20, 28, 29, 65535 };
	static const uint8_t types[] = { 0,   33,  35,  36,  40,  41,  43,  199, 200, 201,
					 202, 203, 204, 205, 206, 207, 208, 209, 210 };
	GByteArray *a = m->octets;
	const struct place p = some_payload(m);
	const size_t payload = p.at, length = p.length;
	const size_t at = below(a->len);
	const uint8_t junk[4] = { (uint8_t)below(256), (uint8_t)below(256), (uint8_t)below(256),
				  (uint8_t)below(256) };

	switch (below(16)) {
	case 0:
	case 1:
		a->data[at] ^= (uint8_t)(1u << below(8));
		break;
	case 2:
		a->data[at] = (uint8_t)(below(3) ? below(256) : below(2) ? 0 : 255);
		break;
	case 3: /* a payload of another length */
		if (payload)
			put16(a, payload + 2,
			      below(2) ? lengths[below(G_N_ELEMENTS(lengths))]
				       : (unsigned)length + below(9) - 4);
		break;
	case 4: /* of another type: the one behind it */
		if (payload)
			a->data[payload] = types[below(G_N_ELEMENTS(types))];
		break;
	case 5: /* content of a payload */
	case 6:
		if (length > 4)
			a->data[payload + 4 + below(length - 4)] = (uint8_t)(below(2)   ? below(256)
									     : below(2) ? 0
											: 255);
		break;
	case 7: /* octets more in a payload, and its length fits */
		if (length >= 4) {
			put16(a, payload + 2, (unsigned)length + 1 + at % 4);
			insert(a, payload + length, junk, 1 + at % 4);
			grow(a, &p, 1 + (long)(at % 4));
		}
		break;
	case 8: /* and fewer */
		if (length > 4) {
			const size_t n = 1 + below(MIN(length - 4, 8));

			put16(a, payload + 2, (unsigned)(length - n));
			g_byte_array_remove_range(a, (guint)(payload + length - n), (guint)n);
			grow(a, &p, -(long)n);
		}
		break;
	case 9: /* a payload twice */
		if (length >= 4 && a->len + length < MESSAGE_MAX) {
			uint8_t *copy = g_memdup2(a->data + payload, length);

			insert(a, payload + length, copy, length);
			g_free(copy);
			a->data[payload] = below(4) ? p.type : types[below(G_N_ELEMENTS(types))];
			grow(a, &p, (long)length);
		}
		break;
	case 11: /* a payload less */
	case 12:
		if (length >= 4) {
			a->data[p.before] = a->data[payload];
			g_byte_array_remove_range(a, (guint)payload, (guint)length);
			grow(a, &p, -(long)length);
		}
		break;
	case 13: /* a small number in a payload */
	case 14:
		if (length > 4)
			a->data[payload + 4 + below(MIN(length - 4, 12))] = (uint8_t)below(16);
		break;
	case 10: /* the end is missing */
		if (at > (m->ike ? 28u : 4u))
			g_byte_array_set_size(a, (guint)at);
		break;
	default: /* zeros in a payload's body, as an index without an address */
		if (length > 8)
			memset(a->data + payload + 4 + below(length - 8), 0, 4);
		break;
	}
}

static void write_one(struct pcapng *p, unsigned i, const struct message *m)
{
	struct endpoint client = {
		.address = { .family = 4, .octets = { 198, 51, 100, (uint8_t)(1 + i / 60000) } },
		.port = (uint16_t)(5000 + i % 60000)
	};
	const struct endpoint server = { .address = { .family = 4, .octets = { 192, 0, 2, 1 } },
					 .port = m->ike ? 500 : 49500 };
	const uint64_t ns = (BEGINNING * 1000 + i) * 1000000;
	const struct span octets = span_of(m->octets->data, m->octets->len);
	struct synth_tcp *t;

	if (m->ike) {
		if (synth_udp(p, ns, &client, &server, octets) != 0)
			abort();
		return;
	}
	t = synth_tcp_open(p, ns, &client, &server);
	if (!t || synth_tcp_data(t, ns, true, octets) != 0 || synth_tcp_close(t, ns, true) != 0)
		abort();
}

static GPtrArray *read_corpus(void)
{
	GPtrArray *corpus = g_ptr_array_new();
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		const char *hex = strchr(line, ' ');
		struct message *m = g_new0(struct message, 1);

		m->ike = line[0] == 'i';
		m->octets = g_byte_array_new();
		for (hex++; g_ascii_isxdigit(hex[0]) && g_ascii_isxdigit(hex[1]); hex += 2) {
			const uint8_t octet = (uint8_t)(g_ascii_xdigit_value(hex[0]) << 4 |
							g_ascii_xdigit_value(hex[1]));

			g_byte_array_append(m->octets, &octet, 1);
		}
		if (m->octets->len >= (m->ike ? 28 : 4) && m->octets->len < MESSAGE_MAX)
			g_ptr_array_add(corpus, m);
	}
	free(line);
	return corpus;
}

int main(int argc, char **argv)
{
	struct pcapng *p =
	    argc == 4 ? pcapng_create(argv[1], "mutate_wire", PCAPNG_LINKTYPE_RAW) : NULL;
	const unsigned count = argc == 4 ? (unsigned)atoi(argv[2]) : 0;
	GPtrArray *corpus;

	if (!p) {
		fputs("usage: mutate_wire OUT.pcapng COUNT SEED <MESSAGES\n", stderr);
		return 2;
	}
	state = 0x9e3779b97f4a7c15u ^ strtoull(argv[3], NULL, 0);
	corpus = read_corpus();
	if (!corpus->len) {
		fputs("mutate_wire: no messages\n", stderr);
		return 1;
	}
	for (unsigned i = 0; i < count; i++) {
		const struct message *whole = g_ptr_array_index(corpus, below(corpus->len));
		struct message m = { whole->ike, g_byte_array_new() };

		g_byte_array_append(m.octets, whole->octets->data, whole->octets->len);
		for (unsigned n = 1 + below(2); n; n--)
			damage(&m);
		/* Mostly the header fits, so that what is inside gets read. */
		if (below(8))
			fit_length(&m);
		write_one(p, i, &m);
		g_byte_array_unref(m.octets);
	}
	return pcapng_close(p) == 0 ? 0 : 1;
}
