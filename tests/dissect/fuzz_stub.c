/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stub messages in TCP segments, in order and out of it: plain on their port, found by heuristics,
 * and as the inside of TLS. */
#include "fuzz_epan.h"

#include "../../dissector/base/ws_compat.h"

#include <string.h>

#define RECORD_HEURISTIC 0x10 /* a port that nobody owns */
#define RECORD_INNER 0x20     /* the handle that gets what TLS decrypted */
#define RECORD_GUESSED 0x30   /* the same without a handle: by heuristics */
#define RECORD_AGAIN 0x40     /* as if the segment before had not been sent: overlaps */
#define RECORD_GAP 0x80       /* a segment is missing before this one */
#define INNER_PORT 49501
#define GUESSED_PORT 49502
#define DATA_MAX 4000

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct fuzz_stream streams[4];
static uint32_t last[4][2];

static void packet(const struct fuzz_record *r)
{
	uint8_t data[DATA_MAX];
	bool back = r->flags & FUZZ_BACK;
	static const unsigned ports[4] = { 49500, 40007, INNER_PORT, GUESSED_PORT };
	unsigned kind = r->flags / RECORD_HEURISTIC & 3;
	size_t n = r->n < DATA_MAX ? r->n : DATA_MAX;
	struct fuzz_stream *s = &streams[kind];

	memcpy(data, r->at, n);
	if (r->flags & FUZZ_LENGTH && n >= 4) {
		data[2] = (uint8_t)(n >> 8);
		data[3] = (uint8_t)n;
	}
	if (r->flags & RECORD_AGAIN)
		s->seq[back] = last[kind][back];
	if (r->flags & RECORD_GAP)
		s->seq[back] += 8;
	last[kind][back] = s->seq[back];
	fuzz_tcp(r->flags, s, ports[kind], data, n);
}

/* As packet-tls.c does with plaintext of which no port or ALPN says what it is. */
static int guess(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	heur_dtbl_entry_t *entry;

	dissector_try_heuristic(find_heur_dissector_list("tls"), tvb, pinfo, tree, &entry, data);
	return (int)tvb_captured_length(tvb);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	/* For tests/dissect/make_stub.c's seals: their key ID is known, and the key is another. */
	static const char keys[] = "IKESYNC_SEAL 7 00000000000000000000000000000000"
				   "00000000000000000000000000000000\n";

	(void)argc;
	(void)argv;
	fuzz_key_file(keys, sizeof(keys) - 1);
	fuzz_epan_init();
	dissector_change_uint("tcp.port", INNER_PORT,
			      find_dissector("ikestub.tls")); /* Decode As */
	dissector_change_uint("tcp.port", GUESSED_PORT,
			      create_dissector_handle(guess, proto_get_id_by_filter_name("data")));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (unsigned i = 0; i < 4; i++) {
		streams[i] = (struct fuzz_stream){ { 1000, 1000 } };
		last[i][0] = last[i][1] = 1000;
	}
	fuzz_run(data, size, packet);
	return 0;
}
