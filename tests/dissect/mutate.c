/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mutate STRIDE OUT IN...: for every frame of the captures IN (classic pcap, as make_captures
 * writes): cut by the capture and cut for real behind each octet, and each bit of its transport
 * payload flipped. STRIDE n takes every n-th of these only. Every TCP variant gets a port of its
 * own, or Wireshark would take it for a retransmission and not look inside. The frame itself stands
 * before its variants, and of UDP behind them again, so that sessions go on.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_HEADER 24
#define RECORD_HEADER 16
#define ETHERNET 14

static FILE *out;
static unsigned stride, counter, port = 1024;

static void die(const char *what)
{
	fprintf(stderr, "mutate: %s\n", what);
	exit(1);
}

static void little(uint32_t v)
{
	for (int i = 0; i < 4; i++)
		fputc((int)(v >> 8 * i & 0xff), out);
}

struct frame {
	uint8_t at[70000];
	size_t n;
	size_t ip, transport, payload;
	bool v6, tcp;
};

static unsigned be16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static void put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* Where things are; false for what carries no payload (a TCP handshake). */
static bool locate(struct frame *f)
{
	size_t end;

	f->ip = ETHERNET;
	f->v6 = f->at[12] == 0x86;
	f->tcp = f->at[f->ip + (f->v6 ? 6 : 9)] == 6;
	f->transport = f->ip + (f->v6 ? 40 : 20);
	f->payload = f->transport + 8;
	if (f->tcp) /* Data Offset */
		f->payload = f->transport + 4u * (f->at[f->transport + 12] >> 4);
	end = f->v6 ? f->transport + be16(f->at + f->ip + 4) : f->ip + be16(f->at + f->ip + 2);
	if (end < f->n)
		f->n = end; /* Ethernet padding */
	return f->payload < f->n;
}

/* As captured. */
static void write_original(const struct frame *f, size_t captured)
{
	little(1795219200u + counter / 1000);
	little(counter % 1000 * 1000);
	little((uint32_t)captured);
	little((uint32_t)f->n);
	fwrite(f->at, 1, captured, out);
}

static bool is_service(unsigned number)
{
	return number == 500 || number == 4500 || number == 49500;
}

static void write_frame(struct frame f, size_t captured)
{
	if (counter++ % stride)
		return;
	if (f.tcp) { /* the side that is not the well-known port */
		unsigned source = be16(f.at + f.transport), target = be16(f.at + f.transport + 2);
		bool from_server = is_service(source) || (!is_service(target) && source < target);

		put16(f.at + f.transport + (from_server ? 2 : 0), port);
		port = port == 39999 ? 1024 : port + 1;
	}
	write_original(&f, captured);
}

static void mutate(const struct frame *f)
{
	struct frame g;

	write_original(f, f->n);
	for (size_t n = f->payload; n < f->n; n++) {
		write_frame(*f, n);
		g = *f;
		g.n = n;
		put16(g.at + g.ip + (g.v6 ? 4 : 2), n - (g.v6 ? g.transport : g.ip));
		if (!g.tcp)
			put16(g.at + g.transport + 4, n - g.transport);
		write_frame(g, n);
	}
	g = *f;
	for (size_t i = g.payload; i < g.n; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			g.at[i] ^= (uint8_t)(1u << bit);
			write_frame(g, g.n);
			g.at[i] ^= (uint8_t)(1u << bit);
		}
	}
	if (!f->tcp)
		write_original(f, f->n); /* what follows belongs to this one */
}

static void read_capture(const char *name, bool with_header)
{
	uint8_t header[FILE_HEADER], record[RECORD_HEADER];
	static struct frame f;
	FILE *in = fopen(name, "rb");

	if (!in || fread(header, 1, sizeof(header), in) != sizeof(header) || header[0] != 0xd4)
		die(name);
	if (with_header)
		fwrite(header, 1, sizeof(header), out);
	while (fread(record, 1, sizeof(record), in) == sizeof(record)) {
		f.n = record[8] | (size_t)record[9] << 8 | (size_t)record[10] << 16;
		if (f.n > sizeof(f.at) || fread(f.at, 1, f.n, in) != f.n)
			die(name);
		if (memcmp(record + 8, record + 12, 4) == 0 && locate(&f))
			mutate(&f);
	}
	fclose(in);
}

int main(int argc, char **argv)
{
	if (argc < 4 || (stride = (unsigned)strtoul(argv[1], NULL, 10)) == 0) {
		fprintf(stderr, "usage: mutate STRIDE OUT IN...\n");
		return 2;
	}
	out = fopen(argv[2], "wb");
	if (!out)
		die(argv[2]);
	for (int i = 3; i < argc; i++)
		read_capture(argv[i], i == 3);
	if (fclose(out))
		die("write error");
	return 0;
}
