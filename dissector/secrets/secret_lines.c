/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Secrets line by line, out of a key file or a secrets block. */
#include "secrets/secret_lines.h"

#include <errno.h>
#include <stdio.h>

#include <glib/gstdio.h>

#include <epan/secrets.h>
#include <wsutil/report_message.h>

#include "base/wipe.h"
#include "secrets/secret_text.h"

/* pcapng decryption secrets block: ASCII "IKSY", not registered with anybody. */
#define SECRETS_TYPE 0x494b5359u
#define KEYS_MAX (64u << 20) /* octets of a key file or secrets block */

/* 4.0 does not export it: NULL there, and the block is passed over. */
#pragma weak secrets_register_type

static const char *pref_key_file = "";

/* [spii=HEX] [spir=HEX] [g_ir=HEX]; `g_ir` is of RESUME_G_IR_MAX octets. */
static bool read_option(const char *word, struct resume_secret *s, uint8_t *g_ir)
{
	const char *value = strchr(word, '=');
	size_t digits;

	if (!value)
		return false;
	digits = strlen(++value);
	if (g_str_has_prefix(word, "spii=")) {
		s->has_pair = secret_text_hex(value, s->spii, 8);
		return s->has_pair;
	}
	if (g_str_has_prefix(word, "spir="))
		return secret_text_hex(value, s->spir, 8);
	if (!g_str_has_prefix(word, "g_ir=") || digits / 2 > RESUME_G_IR_MAX ||
	    !secret_text_hex(value, g_ir, digits / 2))
		return false;
	s->g_ir = (struct octets){ g_ir, (unsigned)(digits / 2) };
	return true;
}

static const char *read_sa(char **word, int n, struct resume_secret *s, uint8_t *g_ir)
{
	struct resume_suite suite;
	uint32_t prf, encr, integ;
	const char *why;
	char *at;

	if (n < 6)
		return "IKESYNC_SA needs SPI@ADDRESS, prf, encryption, integrity and SK_d";
	at = strchr(word[1], '@');
	if (!at)
		return "there is no @ between SPI and address";
	*at = '\0';
	if (!resume_suite_number(resume_prf_names, word[2], &prf) ||
	    !resume_suite_number(resume_encr_names, word[3], &encr) ||
	    !resume_suite_number(resume_integ_names, word[4], &integ))
		return "an algorithm's name is not known";
	suite = (struct resume_suite){ (uint16_t)prf, (uint16_t)(encr >> 16), (uint16_t)encr,
				       (uint16_t)integ };
	why = secret_text_sa(word[1], at + 1, &suite, word[5], s);
	for (int i = 6; i < n && !why; i++)
		if (!read_option(word[i], s, g_ir))
			why = "what follows SK_d is none of spii=, spir= and g_ir=";
	return why;
}

/* IKESYNC_SA spi@address "prf" "encr" "integ" sk_d [spii=HEX] [spir=HEX] [g_ir=HEX] */
static const char *line_sa(char **word, int n, enum resume_source source)
{
	uint8_t g_ir[RESUME_G_IR_MAX];
	struct resume_secret s;
	const char *why = read_sa(word, n, &s, g_ir);

	s.source = source;
	if (!why)
		resume_secrets_add(&s);
	wipe(&s, sizeof(s));
	wipe(g_ir, sizeof(g_ir));
	return why;
}

/* A gateway's own file of seal keys has no word in front: key ID, key. */
static const char *read_line(const char *line, enum resume_source source)
{
	uint8_t key[SEAL_KEY_SIZE];
	const char *why = NULL;
	char **word = NULL;
	uint32_t id;
	int n = 0;

	if (!g_shell_parse_argv(line, &n, &word, NULL))
		return strspn(line, " \t\r") == strlen(line) || *line == '#'
			   ? NULL
			   : "quotes are not closed";
	if (strcmp(word[0], "IKESYNC_SA") == 0) {
		why = line_sa(word, n, source);
	} else if (strcmp(word[0], "IKESYNC_SEAL") == 0 || n == 2) {
		int first = strcmp(word[0], "IKESYNC_SEAL") == 0;

		why = n != 2 + first ? "a seal key has a key ID and a key"
				     : secret_text_seal(word[first], word[first + 1], &id, key);
		if (!why)
			resume_seal_key_add(id, key);
		wipe(key, sizeof(key));
	} else {
		why = "it begins with neither IKESYNC_SA nor IKESYNC_SEAL nor #";
	}
	for (int i = 0; i < n; i++)
		wipe(word[i], strlen(word[i]));
	g_strfreev(word);
	return why;
}

/* How many characters of a line count: an IKESYNC_SA with g^ir of 1,024 octets needs half. */
#define KEY_LINE_MAX 8192

/* What `text` says, line by line; one message, whatever is wrong with how many. */
static void read_text(const char *text, size_t size, enum resume_source source, const char *name)
{
	char line[KEY_LINE_MAX], first[256] = "";
	unsigned number = 0, bad = 0;

	for (size_t at = 0; at < size;) {
		const char *end = memchr(text + at, '\n', size - at);
		size_t n = end ? (size_t)(end - text) - at : size - at;
		const char *why = "it is too long";

		number++;
		if (n < sizeof(line)) {
			memcpy(line, text + at, n);
			line[n] = '\0';
			why = read_line(g_strchomp(line), source);
		}
		if (why && !bad++)
			snprintf(first, sizeof(first), "line %u: %s; the line is left out", number,
				 why);
		at += n + 1;
	}
	wipe(line, sizeof(line));
	if (bad > 1)
		report_warning("%s, %s, and so are %u more", name, first, bad - 1);
	else if (bad)
		report_warning("%s, %s", name, first);
}

/* How much of the key file was read: what was appended since is read when it may be of use. */
static struct {
	uint64_t done; /* octets, up to the end of a line */
	GStatBuf seen; /* when it was last looked at */
} key_file;

/* From `key_file.done` on; the last line only with its end, unless it is the first time. */
static void read_on(bool first)
{
	size_t size = (size_t)key_file.seen.st_size - key_file.done, n, whole;
	FILE *f = g_fopen(pref_key_file, "rb");
	char *text;

	if (!f || fseek(f, (long)key_file.done, SEEK_SET) != 0) {
		if (f)
			fclose(f);
		report_warning("IKE SA Synchronisation key file: %s cannot be read", pref_key_file);
		return;
	}
	text = g_malloc(size + 1);
	n = fread(text, 1, size, f);
	fclose(f);
	for (whole = n; whole > 0 && text[whole - 1] != '\n';)
		whole--;
	read_text(text, first ? n : whole, RESUME_SOURCE_FILE, pref_key_file);
	key_file.done += whole;
	wipe(text, n);
	g_free(text);
}

static bool changed(const GStatBuf *now)
{
	return now->st_size != key_file.seen.st_size || now->st_mtime != key_file.seen.st_mtime ||
	       now->st_ino != key_file.seen.st_ino || now->st_dev != key_file.seen.st_dev;
}

void secret_lines_read_file(void)
{
	GStatBuf now;

	memset(&key_file, 0, sizeof(key_file));
	if (!pref_key_file || !*pref_key_file)
		return;
	if (g_stat(pref_key_file, &now) != 0) {
		report_warning("IKE SA Synchronisation key file: %s: %s", pref_key_file,
			       g_strerror(errno));
		return;
	}
	key_file.seen = now;
	if ((uint64_t)now.st_size <= KEYS_MAX)
		read_on(true);
	else
		report_warning("%s is larger than %u octets, and is not read", pref_key_file,
			       KEYS_MAX);
}

void secret_lines_follow_file(void)
{
	GStatBuf now;

	if (!pref_key_file || !*pref_key_file || g_stat(pref_key_file, &now) != 0 || !changed(&now))
		return;
	/* Written anew, or another file in its place: what is known already is passed over. */
	if ((uint64_t)now.st_size < key_file.done || now.st_ino != key_file.seen.st_ino)
		key_file.done = 0;
	key_file.seen = now;
	if ((uint64_t)now.st_size <= KEYS_MAX)
		read_on(false);
}

static void read_block(const void *block, unsigned size)
{
	static const char name[] = "secrets block of the capture";

	if (size <= KEYS_MAX)
		read_text(block, size, RESUME_SOURCE_BLOCK, name);
	else
		report_warning("%s is larger than %u octets, and is not read", name, KEYS_MAX);
}

void secret_lines_register(module_t *module)
{
	prefs_register_filename_preference(
	    module, "key_file", "Key file",
	    "Lines IKESYNC_SA and IKESYNC_SEAL, as ikesync-probe writes them, or a gateway's own "
	    "file of seal keys",
	    &pref_key_file, FALSE);
	if (secrets_register_type)
		secrets_register_type(SECRETS_TYPE, read_block);
}
