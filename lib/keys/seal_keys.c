/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pool's key file. */
#include "keys/seal_keys.h"

#include <stdio.h>

#include "keys/secret.h"
#include "wire/cursor.h"
#include "wire/hex.h"

/* A key file with comments has no more octets than this. */
#define FILE_OCTETS_MAX 65536

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Take the next word of a line, empty at its end or at a comment. */
static struct span next_word(struct span line, size_t *at)
{
	size_t start;

	while (*at < line.n && is_blank(line.p[*at]))
		++*at;
	start = *at;
	while (*at < line.n && !is_blank(line.p[*at]) && line.p[*at] != '#')
		++*at;
	return *at == start ? SPAN_NONE : span_of(&line.p[start], *at - start);
}

static bool read_hex(struct span word, uint8_t *out, size_t n)
{
	size_t got;

	return word.n == 2 * n && hex_read(word, out, n, &got) == ERR_OK && got == n;
}

/* One line; an empty one is fine. */
static bool take_line(struct seal_keys *out, struct span line)
{
	uint8_t id[4], *key;
	struct rcursor c = rcursor_init(SPAN_OF(id), NULL);
	size_t at = 0;
	struct span word = next_word(line, &at);

	if (!word.n)
		return at == line.n || line.p[at] == '#';
	if (out->n == SEAL_KEYS_MAX || !read_hex(word, id, sizeof(id)))
		return false;
	key = out->keys[out->n].key;
	if (!read_hex(next_word(line, &at), key, SEAL_KEY_SIZE))
		return false;
	if (next_word(line, &at).n || (at < line.n && line.p[at] != '#'))
		return false;
	out->keys[out->n].id = rcursor_u32(&c, "key ID");
	/* Two keys of one name would make opening a matter of luck. */
	for (unsigned i = 0; i < out->n; i++)
		if (out->keys[i].id == out->keys[out->n].id)
			return false;
	out->n++;
	return true;
}

enum err seal_keys_parse(struct span text, struct seal_keys *out, unsigned *line)
{
	size_t start = 0;

	memset(out, 0, sizeof(*out));
	*line = 0;
	while (start < text.n) {
		size_t end = start;

		while (end < text.n && text.p[end] != '\n')
			end++;
		++*line;
		if (end > start && !take_line(out, span_of(&text.p[start], end - start))) {
			seal_keys_clear(out);
			return ERR_VALUE;
		}
		start = end + 1;
	}
	return out->n ? ERR_OK : ERR_VALUE;
}

bool seal_keys_load(const char *path, struct seal_keys *out, char why[static KEY_FILE_WHY_MAX])
{
	struct key_file f;
	unsigned line = 0;
	enum err err;

	memset(out, 0, sizeof(*out));
	if (!key_file_read(path, FILE_OCTETS_MAX, &f, why))
		return false;
	err = seal_keys_parse(span_of(f.octets, f.n), out, &line);
	key_file_clear(&f);
	if (!err)
		return true;
	snprintf(
	    why, KEY_FILE_WHY_MAX,
	    "%s:%u: a line is a key ID of 8 and a key of 64 hexadecimal digits, and one is needed",
	    path, line);
	return false;
}

void seal_keys_clear(struct seal_keys *k)
{
	secret_wipe(k, sizeof(*k));
}
