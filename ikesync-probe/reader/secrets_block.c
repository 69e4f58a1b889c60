/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walks the blocks of a pcapng file (draft-ietf-opsawg-pcapng, sections 3.1, 4.1 and 4.7), one at a time. */
#include "reader/secrets_block.h"

#include <stdio.h>

#include "keys/secret.h"

#define BLOCK_SECTION 0x0a0d0d0au
#define BLOCK_SECRETS 0x0000000au
#define ORDER_MAGIC 0x1a2b3c4du
#define SECRETS_TLS 0x544c534bu
#define SECRETS_IKESYNC 0x494b5359u
#define SECRETS_MAX (16u << 20)

static uint32_t number(const uint8_t *p, bool little)
{
	return little ? (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0]
		      : (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void take_secrets(struct reading *r, const uint8_t *body, size_t n, bool little)
{
	uint32_t type = number(body, little), length = number(body + 4, little);
	unsigned line;

	if (length > n - 8)
		return;
	if (type != SECRETS_TLS && type != SECRETS_IKESYNC) {
		reading_unread(r, "a block of secrets of type 0x%08x: not known", type);
		return;
	}
	if (!key_ring_take(r->keys, span_of(body + 8, length), &line))
		reading_unread(r, "a block of secrets: line %u cannot be read, nor what follows it",
			       line);
}

/* One block whose type and length have been read. false: the file ends, or makes no sense. */
static bool take_block(FILE *f, struct reading *r, uint32_t type, uint32_t length, bool little)
{
	size_t n = length - 12;
	uint8_t *body;
	bool ok;

	if (type != BLOCK_SECRETS || n < 8 || n > SECRETS_MAX)
		return fseek(f, (long)n + 4, SEEK_CUR) == 0;
	body = g_malloc(n);
	ok = fread(body, 1, n, f) == n && fseek(f, 4, SEEK_CUR) == 0;
	if (ok)
		take_secrets(r, body, n, little);
	secret_wipe(body, n);
	g_free(body);
	return ok;
}

void secrets_block_read(const char *path, struct reading *r)
{
	FILE *f = fopen(path, "rbe");
	bool little = true;
	uint8_t head[12];

	if (!f)
		return;
	while (fread(head, 1, 8, f) == 8) {
		uint32_t type = number(head, little), length;

		/* a section may have another order of octets than the one before */
		if (type == BLOCK_SECTION) {
			if (fread(head + 8, 1, 4, f) != 4 || fseek(f, -4, SEEK_CUR) != 0)
				break;
			little = number(head + 8, true) == ORDER_MAGIC;
			if (!little && number(head + 8, false) != ORDER_MAGIC)
				break;
		} else if (ftell(f) == 8) {
			break; /* the file does not begin with a section */
		}
		length = number(head + 4, little);
		if (length < 12 || length % 4 || !take_block(f, r, type, length, little))
			break;
	}
	fclose(f);
}
