/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table is blocks, each followed by its type (1; 0: not compressed) and its checksum (4) over both, and
 * a footer of 53 octets: kind of checksum (1), places of the meta index and of the index, zeros up to
 * octet 41, version (4), magic number (8). A block's entries: octets shared with the key before, further
 * octets of the key, (length of the value,) key, value; then the places where nothing is shared (4
 * each), and their number (4). The index has the places of the data blocks as values, without lengths.
 */
#include "mend_table.h"

#include "crc32c.h"

#define FOOTER 53u
#define FOOTER_PLACES 41u /* the end of the places */
#define TRAILER 5u
#define CHECKSUM_CRC32C 1
#define KEY_MAX 512u
/* A key inside is followed by sequence number and type. */
#define KEY_TAIL 8u

static const uint8_t magic[8] = { 0xf7, 0xcf, 0xf4, 0x85, 0xb7, 0x41, 0xe2, 0x88 };

struct place {
	uint64_t at, n;
};

struct footer {
	struct place meta, index;
};

static bool read_place(const uint8_t *p, size_t end, size_t *at, struct place *out)
{
	return mend_varint(p, end, at, &out->at) && mend_varint(p, end, at, &out->n);
}

static bool inside(const struct mend_file *f, const struct place *b)
{
	return b->n <= f->n && b->at <= f->n - b->n && f->n - b->n - b->at >= TRAILER + FOOTER;
}

static bool is_sound(const struct mend_file *f, const struct place *b)
{
	return inside(f, b) && crc32c_mask(crc32c(&f->octets[b->at], b->n + 1)) ==
				   mend_u32(&f->octets[b->at + b->n + 1]);
}

/* Right, or made right. */
static bool mend_block(struct mend_file *f, const struct place *b)
{
	return inside(f, b) && mend_file_checksum(f, b->at, b->n + 1, b->at + b->n + 1);
}

/* false: this is no footer of a table with our kind of checksum. */
static bool read_footer(const struct mend_file *f, struct footer *out)
{
	const uint8_t *p = &f->octets[f->n - FOOTER];
	size_t at = 1;

	return p[0] == CHECKSUM_CRC32C && memcmp(p + 45, magic, sizeof(magic)) == 0 &&
	       mend_u32(p + FOOTER_PLACES) <= 5 && read_place(p, FOOTER_PLACES, &at, &out->meta) &&
	       read_place(p, FOOTER_PLACES, &at, &out->index);
}

/* Nothing covers the footer: but with the right bit turned it leads to two sound blocks. */
static bool mend_footer(struct mend_file *f, struct footer *out)
{
	struct footer was = { 0 };
	bool fits = read_footer(f, &was);

	*out = was;
	if (fits && is_sound(f, &was.index) && is_sound(f, &was.meta))
		return true;
	for (size_t i = 0; i < FOOTER * (size_t)8; i++) {
		size_t at = f->n - FOOTER + i / 8;
		bool found;

		f->octets[at] ^= (uint8_t)(1u << i % 8);
		found = read_footer(f, out) && is_sound(f, &out->index) && is_sound(f, &out->meta);
		f->octets[at] ^= (uint8_t)(1u << i % 8);
		if (found) {
			mend_file_flip(f, at, i % 8);
			return true;
		}
	}
	*out = was;
	return fits;
}

struct entry {
	uint8_t key[KEY_MAX];
	size_t key_n;
	struct span value;
};

/*
 * The entries of a block, in order. `places`: the value is a place, and its length not told.
 */
static bool next_entry(const uint8_t *p, size_t end, size_t *at, bool places, struct entry *e)
{
	uint64_t shared, more, value = 0;
	struct place skip;

	if (!mend_varint(p, end, at, &shared) || !mend_varint(p, end, at, &more) ||
	    (!places && !mend_varint(p, end, at, &value)) || shared > e->key_n ||
	    more > KEY_MAX - shared || more > end - *at || value > end - *at - more)
		return false;
	memcpy(&e->key[shared], &p[*at], (size_t)more);
	e->key_n = (size_t)(shared + more);
	*at += (size_t)more;
	if (places) {
		size_t begin = *at;

		if (shared || !read_place(p, end, at, &skip))
			return false;
		e->value = span_of(&p[begin], *at - begin);
	} else {
		e->value = span_of(&p[*at], (size_t)value);
		*at += (size_t)value;
	}
	return true;
}

/* Where the entries of a block end. */
static size_t entries_end(const struct mend_file *f, const struct place *b)
{
	uint64_t restarts;

	if (b->n < 4)
		return 0;
	restarts = mend_u32(&f->octets[b->at + b->n - 4]) & 0x7fffffff;
	return restarts * 4 + 4 <= b->n ? (size_t)(b->n - 4 - restarts * 4) : 0;
}

static void walk_block(const struct mend_file *f, const struct place *b, bool places,
		       void (*each)(const struct entry *e, void *user), void *user)
{
	struct entry e = { .key_n = 0 };
	size_t at = 0, end = entries_end(f, b);

	while (at < end && next_entry(&f->octets[b->at], end, &at, places, &e))
		each(&e, user);
}

struct keys {
	void (*each)(struct span key, void *user);
	void *user;
};

static void key_of_entry(const struct entry *e, void *user)
{
	struct keys *k = user;

	if (e->key_n > KEY_TAIL)
		k->each(span_of(e->key, e->key_n - KEY_TAIL), k->user);
}

static void lose_key(struct span key, void *user)
{
	mend_file_lost(user, key);
}

static void lose_data_block(struct mend_file *f, const struct place *b)
{
	struct keys lose = { lose_key, f };

	mend_file_damaged(f, b->at, b->n, "a block of records");
	if (inside(f, b))
		walk_block(f, b, false, key_of_entry, &lose);
}

static void data_block(const struct entry *e, void *user)
{
	struct mend_file *f = user;
	struct place b;
	size_t at = 0;

	if (read_place(e->value.p, e->value.n, &at, &b) && !mend_block(f, &b))
		lose_data_block(f, &b);
}

static void meta_block(const struct entry *e, void *user)
{
	struct mend_file *f = user;
	struct place b;
	size_t at = 0;

	if (read_place(e->value.p, e->value.n, &at, &b) && !mend_block(f, &b))
		mend_file_damaged(f, b.at, b.n, "a block about records");
}

void mend_table(struct mend_file *f)
{
	struct footer footer;

	if (f->n < FOOTER + 2 * (size_t)TRAILER) {
		mend_file_damaged(f, 0, f->n, "no table");
		return;
	}
	if (!mend_footer(f, &footer)) {
		/* Those of old stores have another kind of checksum. */
		if (memcmp(&f->octets[f->n - sizeof(magic)], magic, sizeof(magic)) != 0)
			mend_file_damaged(f, f->n - FOOTER, FOOTER, "the end of a table");
		return;
	}
	if (mend_block(f, &footer.meta))
		walk_block(f, &footer.meta, false, meta_block, f);
	else
		mend_file_damaged(f, footer.meta.at, footer.meta.n, "the list of blocks");
	if (mend_block(f, &footer.index))
		walk_block(f, &footer.index, true, data_block, f);
	else
		mend_file_damaged(f, footer.index.at, footer.index.n, "the index of a table");
}

struct sound {
	struct mend_file *file;
	struct keys keys;
};

static void sound_block(const struct entry *e, void *user)
{
	struct sound *s = user;
	struct place b;
	size_t at = 0;

	if (read_place(e->value.p, e->value.n, &at, &b) && is_sound(s->file, &b))
		walk_block(s->file, &b, false, key_of_entry, &s->keys);
}

void mend_table_keys(struct mend_file *f, void (*each)(struct span key, void *user), void *user)
{
	struct sound s = { f, { each, user } };
	struct footer footer;

	if (f->n >= FOOTER && read_footer(f, &footer) && is_sound(f, &footer.index))
		walk_block(f, &footer.index, true, sound_block, &s);
}
