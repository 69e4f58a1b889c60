/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader of captures, and the cases that judge what it read. Input: an octet that names the link
 * type, then frames: length (2), time that has passed (1), octets. A capture file's own format is
 * libpcap's business.
 */
#include <pcap/pcap.h>

#include "catalogue/catalogue.h"
#include "reader/ike_datagram.h"
#include "reader/packet.h"
#include "reader/story.h"
#include "reader/stub_stream.h"
#include "run/evidence.h"
#include "run/probe.h"
#include "run/verdict.h"
#include "wire/cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* So that sealed stubs of the seeds open, and what follows from them is read, too. */
static const char keys[] =
    "00000001 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
    "IKESYNC_SA e9b1c20b99f5b9a7@* PRF_HMAC_SHA2_256 AES-CBC-128 HMAC_SHA2_256_128 "
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

static void read_frames(struct reading *r, struct rcursor *c, int link)
{
	struct packet_reader *packets = packet_reader_new(link);
	struct ike_ports *ports = ike_ports_new(NULL, 0);
	struct stub_streams *streams = stub_streams_new(r, NULL, 0);
	uint64_t ns = 0;

	while (rcursor_left(c) >= 3) {
		size_t n = rcursor_u16(c, "length");
		struct packet packet;
		struct span frame;

		ns += (uint64_t)rcursor_u8(c, "time") << 24;
		frame = rcursor_bytes(c, MIN(n, rcursor_left(c)), "frame");
		r->frames++;
		r->last_ns = ns;
		if (!packet_reader_take(packets, frame, n, &packet))
			continue;
		if (packet.tcp)
			stub_streams_take(streams, &packet, r->frames, ns);
		else
			ike_datagram_take(ports, r, &packet, r->frames, ns);
	}
	stub_streams_free(streams);
	ike_ports_free(ports);
	packet_reader_free(packets);
}

static void judge(const struct story *story)
{
	struct probe p = { .story = story, .gateway_announced = true };
	size_t n;
	const struct probe_case *const *all = catalogue(&n);

	for (size_t i = 0; i < n; i++) {
		struct evidence *e;
		char *reason;

		if (all[i]->asks != ASKS_CAPTURE)
			continue;
		e = evidence_new(all[i], NULL);
		all[i]->run(&p, e);
		(void)verdict_judge(e, true, false, &reason);
		g_free(reason);
		evidence_free(e);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int links[] = { DLT_EN10MB, DLT_RAW, DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_NULL };
	struct rcursor c = rcursor_init(span_of(data, size), NULL);
	struct reading *r = reading_new(200);
	struct story *story;
	unsigned line;

	(void)key_ring_take(r->keys, span_text(keys), &line);
	read_frames(r, &c, links[rcursor_u8(&c, "link") % G_N_ELEMENTS(links)]);
	/* the same octets as keys: a capture brings those, too */
	(void)key_ring_take(r->keys, span_of(data, size), &line);
	story = story_new(r);
	judge(story);
	story_free(story);
	reading_free(r);
	return 0;
}
