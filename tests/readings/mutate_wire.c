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

/* What a damage works on. */
struct victim {
	struct message *m;
	GByteArray *a;
	struct place p;
	size_t at; /* any octet */
};

static unsigned any_type(void)
{
	static const uint8_t types[] = { 0,   33,  35,  36,  40,  41,  43,  199, 200, 201,
					 202, 203, 204, 205, 206, 207, 208, 209, 210 };

	return types[below(G_N_ELEMENTS(types))];
}

static void flip_a_bit(const struct victim *v)
{
	v->a->data[v->at] ^= (uint8_t)(1u << below(8));
}

static uint8_t any_octet(void)
{
	return (uint8_t)(below(2) ? 0 : 255);
}

static void change_an_octet(const struct victim *v)
{
	v->a->data[v->at] = below(3) ? (uint8_t)below(256) : any_octet();
}

static void give_another_length(const struct victim *v)
{
	static const uint16_t lengths[] = { 0, 3, 4, 5, 8, 12, 15, 16, 17, 20, 28, 29, 65535 };

	if (v->p.at)
		put16(v->a, v->p.at + 2,
		      below(2) ? lengths[below(G_N_ELEMENTS(lengths))]
			       : (unsigned)v->p.length + below(9) - 4);
}

/* The one behind it is of another type then. */
static void give_another_type(const struct victim *v)
{
	if (v->p.at)
		v->a->data[v->p.at] = (uint8_t)any_type();
}

static void change_content(const struct victim *v)
{
	if (v->p.length > 4)
		v->a->data[v->p.at + 4 + below(v->p.length - 4)] =
		    below(2) ? (uint8_t)below(256) : any_octet();
}

/* Octets more in a payload, and its length fits. */
static void lengthen(const struct victim *v)
{
	const uint8_t junk[4] = { (uint8_t)below(256), (uint8_t)below(256), (uint8_t)below(256),
				  (uint8_t)below(256) };
	const size_t n = 1 + v->at % 4;

	if (v->p.length < 4)
		return;
	put16(v->a, v->p.at + 2, (unsigned)(v->p.length + n));
	insert(v->a, v->p.at + v->p.length, junk, n);
	grow(v->a, &v->p, (long)n);
}

static void shorten(const struct victim *v)
{
	size_t n;

	if (v->p.length <= 4)
		return;
	n = 1 + below(MIN(v->p.length - 4, 8));
	put16(v->a, v->p.at + 2, (unsigned)(v->p.length - n));
	g_byte_array_remove_range(v->a, (guint)(v->p.at + v->p.length - n), (guint)n);
	grow(v->a, &v->p, -(long)n);
}

static void repeat(const struct victim *v)
{
	uint8_t *copy;

	if (v->p.length < 4 || v->a->len + v->p.length >= MESSAGE_MAX)
		return;
	copy = g_memdup2(v->a->data + v->p.at, v->p.length);
	insert(v->a, v->p.at + v->p.length, copy, v->p.length);
	g_free(copy);
	v->a->data[v->p.at] = (uint8_t)(below(4) ? v->p.type : any_type());
	grow(v->a, &v->p, (long)v->p.length);
}

static void leave_out(const struct victim *v)
{
	if (v->p.length < 4)
		return;
	v->a->data[v->p.before] = v->a->data[v->p.at];
	g_byte_array_remove_range(v->a, (guint)v->p.at, (guint)v->p.length);
	grow(v->a, &v->p, -(long)v->p.length);
}

static void put_a_small_number(const struct victim *v)
{
	if (v->p.length > 4)
		v->a->data[v->p.at + 4 + below(MIN(v->p.length - 4, 12))] = (uint8_t)below(16);
}

static void cut_the_end(const struct victim *v)
{
	if (v->at > (v->m->ike ? 28u : 4u))
		g_byte_array_set_size(v->a, (guint)v->at);
}

/* As an index without an address. */
static void put_zeros(const struct victim *v)
{
	if (v->p.length > 8)
		memset(v->a->data + v->p.at + 4 + below(v->p.length - 8), 0, 4);
}

static void damage(struct message *m)
{
	/* as often as they stand here */
	static void (*const ways[])(const struct victim *v) = {
		flip_a_bit,
		flip_a_bit,
		change_an_octet,
		give_another_length,
		give_another_type,
		change_content,
		change_content,
		lengthen,
		shorten,
		repeat,
		cut_the_end,
		leave_out,
		leave_out,
		put_a_small_number,
		put_a_small_number,
		put_zeros,
	};
	const struct victim v = {
		.m = m, .a = m->octets, .p = some_payload(m), .at = below(m->octets->len)
	};

	ways[below(G_N_ELEMENTS(ways))](&v);
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
