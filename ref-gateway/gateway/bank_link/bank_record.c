/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of the journal: written, and found again among what a crash left. */
#include "bank_link/bank_record.h"

#define RECORD_MAGIC 0x494b4251u /* "IKBQ" */

/* CRC-32C, Castagnoli (RFC 3720 appendix B.4), half an octet at a time. */
static uint32_t crc32c(struct span s)
{
	static uint32_t table[16];
	uint32_t crc = 0xffffffff;

	if (!table[1]) {
		for (uint32_t i = 0; i < 16; i++) {
			uint32_t v = i;

			for (unsigned k = 0; k < 4; k++)
				v = v & 1 ? v >> 1 ^ 0x82f63b78 : v >> 1;
			table[i] = v;
		}
	}
	for (size_t i = 0; i < s.n; i++) {
		crc = crc >> 4 ^ table[(crc ^ s.p[i]) & 15];
		crc = crc >> 4 ^ table[(crc ^ s.p[i] >> 4) & 15];
	}
	return ~crc;
}

static void begin_record(struct wcursor *c)
{
	wcursor_u32(c, RECORD_MAGIC);
	wcursor_u64(c, 0);
}

/* The checksum covers length and body as they will stand: computed with its own place left out. */
static uint32_t checksum(uint32_t length, struct span body)
{
	uint8_t head[4];
	struct wcursor c = wcursor_init(head, sizeof(head));

	wcursor_u32(&c, length);
	return crc32c(SPAN_OF(head)) ^ crc32c(body);
}

static bool end_record(struct wcursor *c)
{
	size_t n = wcursor_size(c) - BANK_RECORD_HEADER;

	if (c->err != ERR_OK)
		return false;
	wcursor_patch(c, 4, 4, n);
	wcursor_patch(c, 8, 4, checksum((uint32_t)n, span_of(&c->base[BANK_RECORD_HEADER], n)));
	return c->err == ERR_OK;
}

/* The record at the cursor's place. false: none, or not a whole one. */
static bool read_record(struct rcursor *c, struct span *body)
{
	uint32_t magic = rcursor_u32(c, "magic");
	uint32_t n = rcursor_u32(c, "length");
	uint32_t sum = rcursor_u32(c, "checksum");

	if (magic != RECORD_MAGIC || n < 9 || n > (BANK_RECORD_MAX - BANK_RECORD_HEADER))
		return false;
	*body = rcursor_bytes(c, n, "body");
	return rcursor_ok(c) && checksum(n, *body) == sum;
}

bool bank_record_read_request(struct span body, struct bank_queue_record *r)
{
	struct rcursor c = rcursor_init(body, NULL);
	struct span index;
	struct fault fault;

	memset(r, 0, sizeof(*r));
	rcursor_u8(&c, "kind");
	r->number = rcursor_u64(&c, "number");
	r->type = rcursor_u8(&c, "type");
	r->when = rcursor_u64(&c, "when");
	index = rcursor_bytes(&c, rcursor_u8(&c, "index length"), "index");
	r->container = rcursor_rest(&c);
	if (!rcursor_ok(&c))
		return false;
	r->has_index = index.n != 0;
	return !r->has_index || index_parse(index, false, 0, &r->index, &fault) == ERR_OK;
}

size_t bank_record_scan(struct span file, unsigned *damaged,
			void (*each)(struct span body, struct span record, void *user), void *user)
{
	size_t at = 0, good_end = 0;
	bool gap = false;

	while (at < file.n) {
		struct rcursor c = rcursor_init(span_of(&file.p[at], file.n - at), NULL);
		struct span body;

		if (!read_record(&c, &body)) {
			gap = true;
			at++;
			continue;
		}
		if (gap)
			(*damaged)++;
		gap = false;
		each(body, span_of(&file.p[at], BANK_RECORD_HEADER + body.n), user);
		at += BANK_RECORD_HEADER + body.n;
		good_end = at;
	}
	return good_end;
}

bool bank_record_write_request(struct wcursor *c, uint64_t number,
			       const struct bank_queue_record *r)
{
	begin_record(c);
	wcursor_u8(c, BANK_RECORD_REQUEST);
	wcursor_u64(c, number);
	wcursor_u8(c, r->type);
	wcursor_u64(c, r->when);
	if (r->has_index) {
		wcursor_u8(c, r->index.address.family == 6 ? INDEX_BODY_IPV6 : INDEX_BODY_IPV4);
		index_write(c, &r->index);
	} else {
		wcursor_u8(c, 0);
	}
	wcursor_bytes(c, r->container);
	return end_record(c);
}

bool bank_record_write_answer(struct wcursor *c, uint64_t number)
{
	begin_record(c);
	wcursor_u8(c, BANK_RECORD_ANSWER);
	wcursor_u64(c, number);
	return end_record(c);
}
