/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_seeds DIRECTORY CAPTURE...: what the captures carry, as inputs of fuzz_ike and fuzz_stub:
 * one input with all messages of a file, and one for each distinct message. And what is made by
 * hand. Each target has its directory in DIRECTORY, named as in tests/fuzz/corpus.
 */
#include "fuzz_epan.h"
#include "fuzz_seeds_made.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_NAT 0x10
#define RECORD_TCP 0x20
#define RECORD_NO_PREFIX 0x80
#define RECORDS_MAX 32

struct seed {
	const char *directory;
	uint8_t at[65536];
	size_t n;
	unsigned records;
	size_t flags_at[RECORDS_MAX];
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
void seed_write(const char *directory, const uint8_t *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u;
	char path[4096];
	FILE *f;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001b3u;
	snprintf(path, sizeof(path), "%s/seed-%016llx", directory, (unsigned long long)h);
	f = fopen(path, "wb");
	if (!f || fwrite(p, 1, n, f) != n || fclose(f))
		die(path);
}

/* As it is, and as other preferences, passes and ways to the dissector (`ways` of bits in flags)
 * have it. */
static void write_seed(struct seed *s, uint8_t ways)
{
	static const uint8_t options[] = { 0, FUZZ_TAPS | FUZZ_SHOW_SECRETS | FUZZ_FIRST_PASS_TREE,
					   FUZZ_TAPS | FUZZ_FILTER | FUZZ_NO_DESEGMENT,
					   FUZZ_TREE_HIDDEN | FUZZ_SECRETS_LATER };
	uint8_t way = 0;

	if (!s->records)
		return;
	for (size_t i = 0; i < sizeof(options); i++) {
		s->at[0] = options[i];
		for (unsigned r = 0; r < s->records; r++)
			s->at[s->flags_at[r]] = (uint8_t)((s->at[s->flags_at[r]] & ~ways) | way);
		seed_write(s->directory, s->at, s->n);
		way = (uint8_t)((way + 0x10) & ways);
	}
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
	s->flags_at[s->records] = s->n;
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
	seed_write(one.directory, one.at, one.n);
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
		} else if (sport == 4500 || dport == 4500) {
			record(ike, flags | RECORD_TCP | RECORD_NAT | RECORD_NO_PREFIX, p, n);
		} else if (n && !(n >= 3 && p[0] >= 20 && p[0] <= 24 && p[1] == 3)) { /* not TLS */
			record(stub, flags, p, n);
		}
	}
}

/* Allocated, with its end. */
static const char *directory_of(const char *in, const char *target)
{
	char *path = malloc(strlen(in) + strlen(target) + 2);

	if (!path)
		die("no memory");
	sprintf(path, "%s/%s", in, target);
	return path;
}

int main(int argc, char **argv)
{
	static struct seed ike, stub;

	if (argc < 2) {
		fprintf(stderr, "usage: fuzz_seeds DIRECTORY CAPTURE...\n");
		return 2;
	}
	ike.directory = directory_of(argv[1], "dissect_ike");
	stub.directory = directory_of(argv[1], "dissect_stub");
	seeds_framed(ike.directory);
	seeds_stub(stub.directory);
	seeds_resume(directory_of(argv[1], "dissect_resume"));
	seeds_secrets(directory_of(argv[1], "dissect_secrets"));
	for (int i = 2; i < argc; i++) {
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
		write_seed(&ike, 0);
		write_seed(&stub, 0x30);
	}
	return 0;
}
