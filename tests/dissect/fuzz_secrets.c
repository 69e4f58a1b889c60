/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a stranger or a mistyping user may tell the plugin of keys: the capture's secrets block, the
 * key file, rows of both tables. An input is one octet and the text; then a resumption is dissected
 * that the text's keys may open.
 */
#include "fuzz_secure.h"

#include "../../dissector/base/ws_compat.h"

#include <epan/secrets.h>
#include <epan/uat-int.h>
#include <stdlib.h>
#include <string.h>

enum { KIND_BLOCK, KIND_FILE, KIND_SA, KIND_SEAL };
#define KIND 0x03
#define RESUME 0x04 /* dissect a resumption with what was told */
#define FRESH \
	0x08 /* forget first what earlier inputs told; without it rows are only checked, which is \
		quick */
#define TEXT_MAX 65536

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static secrets_block_callback_t read_block;
static char *input; /* of fuzz_run(): one resumption of the old SA 'k' */
static size_t n_input;

/* 4.0 does not export it, so the plugin's weak reference finds this one. */
void secrets_register_type(guint32 type, secrets_block_callback_t callback)
{
	if (type == 0x494b5359)
		read_block = callback;
}

static void add(GByteArray *to, uint8_t flags, const char *text, size_t n)
{
	const uint8_t head[] = { flags, (uint8_t)(n >> 8), (uint8_t)n };

	g_byte_array_append(to, head, sizeof(head));
	g_byte_array_append(to, (const uint8_t *)text, (unsigned)n);
}

#define ADD(to, flags, text) add(to, flags, text, sizeof(text) - 1)
#define NONCE16 "0123456789abcdef"

/* Parameters, SPIs, first payload, version, exchange, flags, Message ID, length; payloads. */
static void make_input(void)
{
	GByteArray *all = g_byte_array_new();

	g_byte_array_append(all, (const uint8_t *)"\x01", 1);
	ADD(all, FUZZ_LENGTH,
	    "\0\0spiFUZZA\0\0\0\0\0\0\0\0\x21\x20\x22\x08\0\0\0\0\0\0\0\0"
	    "\x22\0\0\x04\x28\0\0\x04\xc8\0\0\x14" NONCE16 "\0\0\0\x10spiFUZZk\xc0\0\x02\x01");
	ADD(all, FUZZ_LENGTH | FUZZ_BACK,
	    "\0\0spiFUZZAspiFUZZa\x28\x20\x22\x20\0\0\0\0\0\0\0\0"
	    "\0\0\0\x14" NONCE16);
	/* One that opens with SK_d, one derived wrongly. */
	ADD(all, FUZZ_LENGTH,
	    "\0\0spiFUZZAspiFUZZa\x2e\x20\x25\x08\0\0\0\x01\0\0\0\0"
	    "\x29\0\0\0\0\0\0\x08\0\0\x40\x04");
	ADD(all, FUZZ_LENGTH | FUZZ_BACK,
	    "\x06\0spiFUZZAspiFUZZa\x2e\x20\x25\x20\0\0\0\x01\0\0\0\0"
	    "\x29\0\0\0\0\0\0\x08\0\0\x40\x04");
	n_input = all->len;
	input = (char *)g_byte_array_free(all, FALSE);
}

static void packet(const struct fuzz_record *r)
{
	uint8_t message[1024];
	size_t n = r->n - FUZZ_PARAMETERS;

	memcpy(message, r->at + FUZZ_PARAMETERS, n);
	message[27] = (uint8_t)n;
	fuzz_marks(message, n);
	n = fuzz_protect(r->at, message, n, sizeof(message));
	fuzz_udp(r->flags, 500, 500, message, n);
}

static void row(const char *table, const char *text)
{
	char *whole = g_strdup_printf("uat:%s:%s", table, text);

	fuzz_pref(whole);
	g_free(whole);
}

static void clear(const char *table)
{
	uat_t *uat = uat_get_table_by_name(table);

	if (!uat)
		abort();
	uat_clear(uat);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_key_file("", 0);
	fuzz_epan_init();
	if (!read_block)
		abort();
	make_input();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool leftovers;
	bool again; /* what is told now must not be known to later inputs */
	char *text;

	if (size < 1 || size > TEXT_MAX)
		return 0;
	again =
	    (data[0] & KIND) == KIND_FILE || ((data[0] & KIND) != KIND_BLOCK && data[0] & FRESH);
	if (data[0] & FRESH || again || leftovers)
		fuzz_session_end();
	leftovers = again;
	text = g_strndup((const char *)data + 1, size - 1);
	switch (data[0] & KIND) {
	case KIND_BLOCK:
		fuzz_session();
		/* A copy of its own: what follows it is not the block's. */
		g_free(text);
		text = g_memdup2(data + 1, size - 1);
		read_block(text, (unsigned)(size - 1));
		break;
	case KIND_FILE:
		fuzz_key_file(data + 1, size - 1);
		break;
	case KIND_SA:
		row("ikesync_sa_table", text);
		break;
	default:
		row("ikesync_seal_table", text);
		break;
	}
	fuzz_session(); /* tables and file are read here */
	if (data[0] & RESUME) {
		fuzz_secure_start();
		fuzz_run((const uint8_t *)input, n_input, packet);
	}
	g_free(text);
	if (data[0] & KIND) {
		fuzz_key_file("", 0);
		clear("IKE SAs to resume");
		clear("Seal keys of stubs");
	}
	return 0;
}
