/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_seeds IKE-DIR STUB-DIR CAPTURE...: what the captures carry, as inputs of fuzz_ike and
 * fuzz_stub: one input with all messages of a file, and one for each distinct message.
 */
#include "fuzz_epan.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_NAT 0x10
#define RECORD_TCP 0x20
#define RECORDS_MAX 32

struct seed {
	const char *directory;
	uint8_t at[65536];
	size_t n;
	unsigned records;
};

static void die(const char *what)
{
	fprintf(stderr, "fuzz_seeds: %s\n", what);
	exit(1);
}

static unsigned be16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* Named by content, so that equal messages are one seed. */
static void write_seed(const struct seed *s)
{
	uint64_t h = 0xcbf29ce484222325u;
	char path[4096];
	FILE *f;

	if (!s->records)
		return;
	for (size_t i = 0; i < s->n; i++)
		h = (h ^ s->at[i]) * 0x100000001b3u;
	snprintf(path, sizeof(path), "%s/seed-%016llx", s->directory, (unsigned long long)h);
	f = fopen(path, "wb");
	if (!f || fwrite(s->at, 1, s->n, f) != s->n || fclose(f))
		die(path);
}

static void start(struct seed *s)
{
	s->at[0] = 0;
	s->n = 1;
	s->records = 0;
}

static void add(struct seed *s, uint8_t flags, const uint8_t *p, size_t n)
{
	if (s->records == RECORDS_MAX || n > 4000)
		return;
	s->at[s->n] = flags;
	s->at[s->n + 1] = (uint8_t)(n >> 8);
	s->at[s->n + 2] = (uint8_t)n;
	memcpy(s->at + s->n + 3, p, n);
	s->n += 3 + n;
	s->records++;
}

static void record(struct seed *all, uint8_t flags, const uint8_t *p, size_t n)
{
	static struct seed one;

	if (!n)
		return;
	add(all, flags, p, n);
	one.directory = all->directory;
	start(&one);
	add(&one, flags, p, n);
	write_seed(&one);
}

static void frame(struct seed *ike, struct seed *stub, int link, const uint8_t *p, size_t n)
{
	size_t header, transport = link == DLT_EN10MB ? 14 : 0;
	unsigned protocol, sport, dport;
	uint8_t flags = 0;

	if (n < transport + 40)
		return;
	p += transport;
	n -= transport;
	if (p[0] >> 4 == 6) {
		flags |= FUZZ_IP6;
		header = 40;
		protocol = p[6];
		if (be16(p + 4) + header < n)
			n = be16(p + 4) + header;
	} else {
		header = 4 * (size_t)(p[0] & 15);
		protocol = p[9];
		if (be16(p + 2) < n)
			n = be16(p + 2);
	}
	if (n < header + 8)
		return;
	p += header;
	n -= header;
	sport = be16(p);
	dport = be16(p + 2);
	if (sport < dport)
		flags |= FUZZ_BACK;
	if (protocol == 17) {
		p += 8;
		n -= 8;
		if (n > 4 && !p[0] && !p[1] && !p[2] && !p[3]) {
			flags |= RECORD_NAT;
			p += 4;
			n -= 4;
		}
		/* Both ports are the same: SPIr and the R flag say who speaks. */
		if (n >= 28 && sport == dport && p[19] & 0x20)
			flags |= FUZZ_BACK;
		if (n >= 28 && p[17] == 0x20)
			record(ike, flags, p, n);
	} else if (protocol == 6 && n >= 20) {
		size_t tcp = 4 * (size_t)(p[12] >> 4);

		if (tcp > n)
			return;
		p += tcp;
		n -= tcp;
		if (sport == 500 || dport == 500) {
			if (n > 2)
				record(ike, flags | RECORD_TCP, p + 2, n - 2);
		} else if (n && !(n >= 3 && p[0] >= 20 && p[0] <= 24 && p[1] == 3)) { /* not TLS */
			record(stub, flags, p, n);
		}
	}
}

int main(int argc, char **argv)
{
	static struct seed ike, stub;

	if (argc < 4) {
		fprintf(stderr, "usage: fuzz_seeds IKE-DIR STUB-DIR CAPTURE...\n");
		return 2;
	}
	ike.directory = argv[1];
	stub.directory = argv[2];
	for (int i = 3; i < argc; i++) {
		char error[PCAP_ERRBUF_SIZE];
		pcap_t *in = pcap_open_offline(argv[i], error);
		struct pcap_pkthdr *h;
		const uint8_t *p;

		if (!in)
			die(error);
		start(&ike);
		start(&stub);
		while (pcap_next_ex(in, &h, &p) == 1)
			frame(&ike, &stub, pcap_datalink(in), p, h->caplen);
		pcap_close(in);
		write_seed(&ike);
		write_seed(&stub);
	}
	return 0;
}
