/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks of 32 KiB; in each, records of checksum (4) | length (2) | type (1) | octets, the checksum over
 * type and octets; less than 7 octets at the end of a block are filled up. Types: 1 whole, 2 first, 3
 * middle, 4 last. RocksDB drops the rest of a block after a record that is not sound, and so do we.
 */
#include "mend_log.h"

#include "crc32c.h"

#define BLOCK 32768u
#define HEADER 7u
/* A batch: sequence number (8), count (4), then per change a tag, the key and the value. */
#define BATCH_HEADER 12u
#define TAG_PUT 1

enum { WHOLE = 1, FIRST, MIDDLE, LAST };

/* Where the record under way is torn, its beginning may still say what it was. */
struct reader {
	struct mend_file *f;
	bool batches;
	GByteArray *begun;                         /* of several parts */
	void (*each)(struct span key, void *user); /* of what is whole; NULL: nobody asks */
	void *user;
};

/* The keys of a batch, as far as it can be read. Returns how many. */
static uint32_t walk_batch(const uint8_t *p, size_t n, uint32_t count,
			   void (*each)(struct span key, void *user), void *user)
{
	size_t at = BATCH_HEADER;
	uint32_t named = 0;

	while (named < count && at < n && p[at] == TAG_PUT) {
		uint64_t key, value;
		size_t key_at;

		at++;
		if (!mend_varint(p, n, &at, &key) || key > n - at)
			break;
		key_at = at;
		at += (size_t)key;
		each(span_of(p + key_at, (size_t)key), user);
		named++;
		if (!mend_varint(p, n, &at, &value) || value > n - at)
			break;
		at += (size_t)value;
	}
	return named;
}

static void lose_key(struct span key, void *user)
{
	mend_file_lost(user, key);
}

/* All changes of a batch are lost; some of them may be told. */
static void lose_batch(struct reader *r, const uint8_t *p, size_t n)
{
	uint32_t count, named;

	if (!r->batches || n < BATCH_HEADER)
		return;
	count = mend_u32(p + 8);
	if (count > n) /* every change takes several octets */
		count = (uint32_t)(n / 2);
	named = walk_batch(p, n, count, lose_key, r->f);
	for (; named < count && count < 100000; named++)
		mend_file_lost(r->f, SPAN_NONE);
}

static void lose_begun(struct reader *r)
{
	if (r->begun->len > 0)
		lose_batch(r, r->begun->data, r->begun->len);
	g_byte_array_set_size(r->begun, 0);
}

static size_t length_of(const struct mend_file *f, size_t at)
{
	return (size_t)f->octets[at + 4] | (size_t)f->octets[at + 5] << 8;
}

/* One bit of the length, which the checksum does not cover. */
static bool mend_length(struct mend_file *f, size_t at, size_t room)
{
	size_t is = length_of(f, at);

	for (unsigned bit = 0; bit < 16; bit++) {
		size_t n = is ^ (size_t)1 << bit;

		if (n <= room &&
		    crc32c_mask(crc32c(&f->octets[at + 6], n + 1)) == mend_u32(&f->octets[at])) {
			mend_file_flip(f, at + 4 + bit / 8, bit % 8);
			return true;
		}
	}
	return false;
}

static void take(struct reader *r, size_t at, size_t n)
{
	const uint8_t *p = &r->f->octets[at + HEADER];
	uint8_t type = r->f->octets[at + 6];

	if (type == WHOLE || type == FIRST)
		g_byte_array_set_size(r->begun, 0);
	if (type == WHOLE || type == FIRST || r->begun->len > 0)
		g_byte_array_append(r->begun, p, (guint)n);
	if (type != WHOLE && type != LAST)
		return;
	if (r->each && r->begun->len > BATCH_HEADER)
		walk_batch(r->begun->data, r->begun->len, UINT32_MAX, r->each, r->user);
	g_byte_array_set_size(r->begun, 0);
}

static bool is_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i])
			return false;
	}
	return true;
}

/* Of a block that is lost from `at` on: what its records were, as far as their lengths lead. */
static void lose_block(struct reader *r, size_t at, size_t end)
{
	struct mend_file *f = r->f;

	mend_file_damaged(f, at, end - at, "a record of the log");
	if (r->begun->len > 0 && f->octets[at + 6] != WHOLE && f->octets[at + 6] != FIRST) {
		lose_begun(r);
	}
	while (at + HEADER <= end) {
		size_t n = length_of(f, at), room = end - at - HEADER;
		uint8_t type = f->octets[at + 6];

		if (n > room)
			n = room;
		if (type == WHOLE || type == FIRST)
			lose_batch(r, &f->octets[at + HEADER], n);
		else if (type != MIDDLE && type != LAST)
			break;
		at += HEADER + n;
	}
	g_byte_array_set_size(r->begun, 0);
}

/* One record. Returns where the next one is; `end`: there is none in this block. */
static size_t read_record(struct reader *r, size_t at, size_t end)
{
	struct mend_file *f = r->f;
	size_t room = end - at - HEADER, n = length_of(f, at);
	bool last_block = end == f->n;

	if (n == 0 && is_zero(&f->octets[at], HEADER)) /* was given room in advance */
		return end;
	if (n > room) {
		if (mend_length(f, at, room))
			return read_record(r, at, end);
		if (!last_block) /* else it was never written to its end, nor acknowledged */
			lose_block(r, at, end);
		return end;
	}
	if (crc32c_mask(crc32c(&f->octets[at + 6], n + 1)) != mend_u32(&f->octets[at])) {
		if (mend_length(f, at, room))
			return read_record(r, at, end);
		if (!mend_file_checksum(f, at + 6, n + 1, at)) {
			lose_block(r, at, end);
			return end;
		}
	}
	take(r, at, n);
	return at + HEADER + n;
}

static void read_all(struct reader *r)
{
	struct mend_file *f = r->f;

	r->begun = g_byte_array_new();
	for (size_t block = 0; block < f->n; block += BLOCK) {
		size_t end = MIN(block + BLOCK, f->n), at = block;

		while (at + HEADER <= end)
			at = read_record(r, at, end);
	}
	g_byte_array_unref(r->begun);
}

void mend_log(struct mend_file *f, bool batches)
{
	struct reader r = { .f = f, .batches = batches };

	read_all(&r);
}

void mend_log_keys(struct mend_file *f, void (*each)(struct span key, void *user), void *user)
{
	struct reader r = { .f = f, .each = each, .user = user };

	read_all(&r);
}
