/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dissector_traffic ike|other|failover FRAMES: a capture (classic pcap) on standard output.
 *
 *   ike       handshakes of IKEv2 clients, every second one a resumption, and what follows them
 *   other     no IKE at all: DNS, UDP that nobody knows, TCP of known and unknown ports
 *   failover  every client of a dead gateway resumes at another one, which moves each stub at its
 * bank over one plain TCP connection: 8 frames a client
 *
 * The same arguments give the same octets. Uses nothing of lib/, like all that tests the dissector.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START 1795219200u /* 2026-11-21 00:00:00 UTC */
#define FRAME_MAX 1514
#define SPI_SIZE 8

struct frame {
	size_t n;
	uint8_t at[FRAME_MAX];
};

static unsigned written, wanted;
static uint64_t random_state = 1;

static void die(const char *what)
{
	fprintf(stderr, "dissector_traffic: %s\n", what);
	exit(1);
}

static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static void put(struct frame *f, size_t size, uint64_t v)
{
	if (f->n + size > FRAME_MAX)
		die("frame too long");
	while (size-- > 0)
		f->at[f->n++] = (uint8_t)(v >> 8 * size);
}

static void put_octets(struct frame *f, const void *p, size_t n)
{
	if (f->n + n > FRAME_MAX)
		die("frame too long");
	memcpy(f->at + f->n, p, n);
	f->n += n;
}

static void put_random(struct frame *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put(f, 1, next_random() >> 24);
}

static void patch(struct frame *f, size_t at, size_t size, uint64_t v)
{
	for (size_t i = 0; i < size; i++)
		f->at[at + i] = (uint8_t)(v >> 8 * (size - 1 - i));
}

static void little(size_t size, uint64_t v)
{
	for (size_t i = 0; i < size; i++)
		putchar((int)(v >> 8 * i & 0xff));
}

/* Behind Ethernet and IPv4; 50 us from frame to frame. */
static void start(struct frame *f, uint32_t src, uint32_t dst, uint8_t protocol)
{
	f->n = 0;
	put(f, 8, 0x0200000000020200u);
	put(f, 4, 1);
	put(f, 4, 0x08004500);
	put(f, 2, 0);
	put(f, 2, written & 0xffff);
	put(f, 2, 0x4000);
	put(f, 1, 64);
	put(f, 1, protocol);
	put(f, 2, 0);
	put(f, 4, src);
	put(f, 4, dst);
}

static void finish(struct frame *f)
{
	uint64_t us = (uint64_t)written * 50;
	uint32_t sum = 0;

	patch(f, 16, 2, f->n - 14);
	for (size_t i = 14; i < 34; i += 2)
		sum += (uint32_t)f->at[i] << 8 | f->at[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	patch(f, 24, 2, ~sum & 0xffff);
	while (f->n < 60)
		put(f, 1, 0);
	if (written == wanted)
		return;
	little(4, START + us / 1000000);
	little(4, us % 1000000);
	little(4, f->n);
	little(4, f->n);
	if (fwrite(f->at, 1, f->n, stdout) != f->n)
		die("write error");
	written++;
}

static void udp_start(struct frame *f, uint32_t src, unsigned sport, uint32_t dst, unsigned dport)
{
	start(f, src, dst, 17);
	put(f, 2, sport);
	put(f, 2, dport);
	put(f, 4, 0);
}

static void udp_finish(struct frame *f)
{
	patch(f, 38, 2, f->n - 34);
	finish(f);
}

struct flow {
	uint32_t client, server;
	unsigned sport, dport;
	uint32_t seq[2];
};

static void tcp_start(struct frame *f, struct flow *t, bool back, uint8_t flags)
{
	start(f, back ? t->server : t->client, back ? t->client : t->server, 6);
	put(f, 2, back ? t->dport : t->sport);
	put(f, 2, back ? t->sport : t->dport);
	put(f, 4, t->seq[back]);
	put(f, 4, flags & 0x10 ? t->seq[!back] : 0);
	put(f, 1, 0x50);
	put(f, 1, flags);
	put(f, 6, 0xffff00000000u);
	t->seq[back] += flags & 0x02;
}

static void tcp_finish(struct frame *f, struct flow *t, bool back)
{
	t->seq[back] += (uint32_t)(f->n - 54);
	finish(f);
}

static void tcp_connect(struct flow *t)
{
	struct frame f;

	t->seq[0] = t->seq[1] = 1000;
	tcp_start(&f, t, false, 0x02);
	t->seq[0]--; /* SYN counts one octet */
	finish(&f);
	tcp_start(&f, t, true, 0x12);
	t->seq[1]--;
	finish(&f);
	tcp_start(&f, t, false, 0x10);
	finish(&f);
}

/* One client and its SAs. */
struct client {
	uint32_t address, gateway;
	uint64_t spii, spir, old_spir;
	uint32_t old_gateway;
};

enum { REQUEST = 0x08, RESPONSE = 0x20 };
enum { SA = 33, KE = 34, NONCE = 40, NOTIFY = 41, VENDOR = 43, SK = 46, SYN = 200 };

static void ike_start(struct frame *f, const struct client *c, uint8_t exchange, uint8_t flags,
		      uint32_t mid, bool answered, uint8_t first)
{
	if (flags & RESPONSE)
		udp_start(f, c->gateway, 500, c->address, 500);
	else
		udp_start(f, c->address, 500, c->gateway, 500);
	put(f, 8, c->spii);
	put(f, 8, answered ? c->spir : 0);
	put(f, 1, first);
	put(f, 1, 0x20);
	put(f, 1, exchange);
	put(f, 1, flags);
	put(f, 4, mid);
	put(f, 4, 0);
}

static void ike_finish(struct frame *f)
{
	patch(f, 42 + 24, 4, f->n - 42);
	udp_finish(f);
}

static void sa_payload(struct frame *f, uint8_t next)
{
	/* AES-CBC-128, PRF-HMAC-SHA2-256, HMAC-SHA2-256-128, x25519 */
	static const uint8_t body[] = { 0,    0,    0, 0x2c, 1, 1, 0, 4, 3, 0, 0, 0x0c, 1, 0, 0, 12,
					0x80, 0x0e, 0, 0x80, 3, 0, 0, 8, 2, 0, 0, 5,    3, 0, 0, 8,
					3,    0,    0, 12,   0, 0, 0, 8, 4, 0, 0, 31 };

	put(f, 4, (uint32_t)next << 24 | (4 + sizeof(body)));
	put_octets(f, body, sizeof(body));
}

static void random_payload(struct frame *f, uint8_t next, size_t n)
{
	put(f, 4, (uint32_t)next << 24 | (uint32_t)(4 + n));
	put_random(f, n);
}

static void ke_payload(struct frame *f, uint8_t next)
{
	put(f, 4, (uint32_t)next << 24 | 40);
	put(f, 4, 31u << 16);
	put_random(f, 32);
}

static void vendor_and_nat(struct frame *f)
{
	static const char vendor[] = "ikesync profile 1";

	put(f, 4, (uint32_t)NOTIFY << 24 | (4 + sizeof(vendor) - 1));
	put_octets(f, vendor, sizeof(vendor) - 1);
	put(f, 8, (uint64_t)NOTIFY << 56 | 28ull << 32 | 16388);
	put_random(f, 20);
	put(f, 8, 28ull << 32 | 16389);
	put_random(f, 20);
}

static void index_octets(struct frame *f, uint64_t spi, uint32_t address)
{
	put(f, 8, spi);
	put(f, 4, address);
}

static void ike_init(const struct client *c, bool syn)
{
	struct frame f;

	ike_start(&f, c, 34, REQUEST, 0, false, SA);
	sa_payload(&f, KE);
	ke_payload(&f, NONCE);
	random_payload(&f, syn ? SYN : VENDOR, 32);
	if (syn) {
		put(&f, 4, (uint32_t)VENDOR << 24 | 16);
		index_octets(&f, c->old_spir, c->old_gateway);
	}
	vendor_and_nat(&f);
	ike_finish(&f);
}

static void ike_init_answer(const struct client *c, bool resumed)
{
	struct frame f;

	ike_start(&f, c, 34, RESPONSE, 0, true, resumed ? NONCE : SA);
	if (!resumed) {
		sa_payload(&f, KE);
		ke_payload(&f, NONCE);
	}
	random_payload(&f, VENDOR, 32);
	vendor_and_nat(&f);
	ike_finish(&f);
}

static void ike_protected(const struct client *c, uint8_t exchange, uint32_t mid, bool answer,
			  uint8_t inner, size_t n)
{
	struct frame f;

	ike_start(&f, c, exchange, answer ? RESPONSE : REQUEST, mid, true, SK);
	random_payload(&f, inner, n);
	ike_finish(&f);
}

static struct client client_number(unsigned i)
{
	return (struct client){
		.address = 0x0a000001u + i, /* 10/8: 16 million */
		.gateway = 0xc0000202u,
		.old_gateway = 0xc0000201u,
		.spii = next_random(),
		.spir = next_random(),
		.old_spir = next_random(),
	};
}

static void ike_traffic(void)
{
	for (unsigned i = 0; written < wanted; i++) {
		struct client c = client_number(i);
		bool resume = i % 2;

		ike_init(&c, resume);
		ike_init_answer(&c, resume);
		if (resume) {
			ike_protected(&c, 37, 1, false, NOTIFY, 84);
			ike_protected(&c, 37, 1, true, NOTIFY, 100);
		} else {
			ike_protected(&c, 35, 1, false, 35, 300);
			ike_protected(&c, 35, 1, true, 36, 260);
		}
		ike_protected(&c, 37, 2, false, 0, 52);
		ike_protected(&c, 37, 2, true, 0, 52);
	}
}

static void dns(unsigned i, bool answer)
{
	static const uint8_t question[] = "\3www\7example\3com\0\0\1\0";
	uint32_t client = 0x0a000001u + i % 5000, server = 0xc0000235u;
	unsigned port = 20000 + i % 30000;
	struct frame f;

	udp_start(&f, answer ? server : client, answer ? 53 : port, answer ? client : server,
		  answer ? port : 53);
	put(&f, 2, i & 0xffff);
	put(&f, 2, answer ? 0x8180 : 0x0100);
	put(&f, 8, answer ? 0x0001000100000000u : 0x0001000000000000u);
	put_octets(&f, question, sizeof(question));
	if (answer) {
		put(&f, 8, 0xc00c000100010000u);
		put(&f, 8, 0x012c0004c6336400u | (i & 0xff));
	}
	udp_finish(&f);
}

static void other_traffic(void)
{
	struct frame f;

	for (unsigned i = 0; written < wanted; i++) {
		/* 8080 is HTTP's; nobody owns 40007, there heuristics look at the first data */
		struct flow t = { 0x0a000001u + i % 5000,
				  0xc0000250u,
				  10000 + i % 50000,
				  i % 2 ? 8080 : 40007,
				  { 0, 0 } };

		dns(i, false);
		dns(i, true);
		udp_start(&f, 0x0a000001u + i % 5000, 30000 + i % 100, 0xc6336401u, 40000);
		put_random(&f, 200);
		udp_finish(&f);
		tcp_connect(&t);
		tcp_start(&f, &t, false, 0x18);
		if (i % 2)
			put_octets(&f, "GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n", 41);
		else
			put_random(&f, 100);
		tcp_finish(&f, &t, false);
		for (unsigned k = 0; k < 4; k++) {
			tcp_start(&f, &t, true, 0x18);
			if (i % 2 && !k)
				put_octets(&f, "HTTP/1.1 200 OK\r\nContent-Length: 3600\r\n\r\n",
					   42);
			put_random(&f, i % 2 && k ? 1200 : 900 * !(i % 2));
			tcp_finish(&f, &t, true);
		}
		tcp_start(&f, &t, false, 0x10);
		tcp_finish(&f, &t, false);
	}
}

enum { INDEX = 200, STUB = 201, LIFETIME = 205, STATUS = 206, TRANSACTION = 207, SEALED = 208 };
enum { UPDATE = 2, GET = 3, DOWNLOAD = 4 };

static void stub_start(struct frame *f, struct flow *t, bool back, uint8_t type,
		       uint32_t transaction, uint8_t next)
{
	tcp_start(f, t, back, 0x18);
	put(f, 4, (uint32_t)TRANSACTION << 24 | (uint32_t)type << 16);
	put(f, 4, (uint32_t)next << 24 | 8);
	put(f, 4, transaction);
}

static void stub_finish(struct frame *f, struct flow *t, bool back)
{
	patch(f, 56, 2, f->n - 54);
	tcp_finish(f, t, back);
}

static void stub_index(struct frame *f, uint8_t next, uint64_t spi, uint32_t address)
{
	put(f, 4, (uint32_t)next << 24 | 16);
	index_octets(f, spi, address);
}

static void stub_status(struct frame *f, uint8_t next)
{
	put(f, 4, (uint32_t)next << 24 | 8);
	put(f, 4, 0);
}

static void stub_container(struct frame *f, uint8_t next, uint64_t spi, uint32_t address)
{
	size_t at = f->n, sealed;

	put(f, 4, (uint32_t)next << 24);
	put(f, 4, (uint32_t)INDEX << 24);
	stub_index(f, LIFETIME, spi, address);
	put(f, 8, (uint64_t)SEALED << 56 | 8ull << 32 | 3600);
	sealed = f->n;
	put(f, 4, 0);
	put(f, 1, 1);
	put(f, 4, 7);
	put_random(f, 32);
	put(f, 8, START + 86400);
	put_random(f, 260 + 16);
	patch(f, sealed + 2, 2, f->n - sealed);
	patch(f, at + 2, 2, f->n - at);
}

static void failover_client(unsigned i, struct flow *bank)
{
	struct client c = client_number(i);
	struct frame f;

	ike_init(&c, true);
	stub_start(&f, bank, false, GET, 2 * i, INDEX);
	stub_index(&f, 0, c.old_spir, c.old_gateway);
	stub_finish(&f, bank, false);
	stub_start(&f, bank, true, DOWNLOAD, 2 * i, STATUS);
	stub_status(&f, STUB);
	stub_container(&f, 0, c.old_spir, c.old_gateway);
	stub_finish(&f, bank, true);
	ike_init_answer(&c, true);
	ike_protected(&c, 37, 1, false, NOTIFY, 84);
	stub_start(&f, bank, false, UPDATE, 2 * i + 1, INDEX);
	stub_index(&f, STUB, c.old_spir, c.old_gateway);
	stub_container(&f, 0, c.spir, c.gateway);
	stub_finish(&f, bank, false);
	stub_start(&f, bank, true, UPDATE, 2 * i + 1, STATUS);
	stub_status(&f, 0);
	stub_finish(&f, bank, true);
	ike_protected(&c, 37, 1, true, NOTIFY, 100);
}

static void failover_traffic(void)
{
	struct flow bank = { 0xc0000202u, 0xc000020au, 33000, 49500, { 0, 0 } };

	tcp_connect(&bank);
	for (unsigned i = 0; written < wanted; i++)
		failover_client(i, &bank);
}

int main(int argc, char **argv)
{
	if (argc != 3 || (wanted = (unsigned)strtoul(argv[2], NULL, 10)) == 0) {
		fprintf(stderr, "usage: dissector_traffic ike|other|failover FRAMES >FILE\n");
		return 2;
	}
	little(4, 0xa1b2c3d4);
	little(4, 2 | 4 << 16);
	little(8, 0);
	little(4, 262144);
	little(4, 1); /* Ethernet */
	if (strcmp(argv[1], "ike") == 0)
		ike_traffic();
	else if (strcmp(argv[1], "other") == 0)
		other_traffic();
	else if (strcmp(argv[1], "failover") == 0)
		failover_traffic();
	else
		die("first argument is ike, other or failover");
	if (fflush(stdout))
		die("write error");
	return 0;
}
