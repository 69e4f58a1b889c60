/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared keys as text, as digits and in files, and who may read those. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <glib/gstdio.h>

#include "tool/psk.h"

static char *folder;

/* The folder's file NAME with these octets and mode. */
static char *put(const char *name, const char *octets, size_t n, int mode)
{
	char *path = g_build_filename(folder, name, NULL);

	g_unlink(path);
	assert_true(g_file_set_contents_full(path, octets, (gssize)n,
					     G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
	assert_int_equal(g_chmod(path, mode), 0);
	return path;
}

/* Read from `text`, or from what it holds when it is in a file of `mode`. */
static bool read_psk(const char *text, int mode, const char *file, struct psk *out, GError **error)
{
	char *path = mode ? put("conf", text, strlen(text), mode) : NULL;
	struct config *c =
	    mode ? config_load(path, NULL) : config_parse("conf", text, strlen(text), NULL);
	bool ok;

	assert_non_null(c);
	ok = psk_read(c, "p", file, out, error);
	config_free(c);
	g_free(path);
	return ok;
}

static void given(const char *text, int mode, const char *file, const char *octets, size_t n)
{
	GError *error = NULL;
	struct psk psk;

	if (!read_psk(text, mode, file, &psk, &error))
		fail_msg("%s: %s", text, error ? error->message : "no key");
	assert_int_equal(psk.n, n);
	assert_memory_equal(psk.octets, octets, n);
	psk_clear(&psk);
	assert_int_equal(psk.n, 0);
}

static void refused(const char *text, int mode, const char *file, const char *why)
{
	GError *error = NULL;
	struct psk psk;

	assert_false(read_psk(text, mode, file, &psk, &error));
	if (!why) {
		assert_null(error);
		return;
	}
	assert_non_null(error);
	if (!strstr(error->message, why))
		fail_msg("\"%s\", not \"%s\"", error->message, why);
	assert_int_equal(psk.n, 0);
	g_error_free(error);
}

static void in_the_configuration(void **state)
{
	char *longest = g_strnfill(2 * PSK_MAX, 'a'), *text;

	(void)state;
	given("[p]\npsk=two words\n", 0, NULL, "two words", 9);
	given("[p]\npsk-hex=00fF0d0a\n", 0, NULL, "\0\xff\r\n", 4);
	given("[p]\npsk-hex=0x6162\n", 0600, NULL, "ab", 2);
	given("[p]\npsk=secret\n", 0400, NULL, "secret", 6);
	text = g_strdup_printf("[p]\npsk-hex=%s\n", longest);
	assert_true(read_psk(text, 0, NULL, &(struct psk){ 0 }, NULL));
	g_free(text);
	text = g_strdup_printf("[p]\npsk-hex=%saa\n", longest);
	refused(text, 0, NULL, "psk-hex: longer than 1024 octets");
	g_free(text);
	text = g_strdup_printf("[p]\npsk=%s\n", longest);
	refused(text, 0, NULL, "psk: longer than 1024 octets");
	g_free(text);
	g_free(longest);
	refused("[p]\nx=y\n", 0, NULL, NULL);
	refused("[p]\npsk-hex=abc\n", 0, NULL, "conf:2: [p] psk-hex: not an even number");
	refused("[p]\npsk-hex=zz\n", 0, NULL, "conf:2: [p] psk-hex: not an even number");
	refused("[p]\npsk=a\npsk-hex=aa\n", 0, NULL, "conf:2: [p] psk: only one of");
	refused("[p]\npsk=a\n", 0, "/nonexistent", "conf:2: [p] psk: only one of");
	refused("[p]\npsk=a\n", 0640, NULL, "(mode 0640)");
	refused("[p]\npsk-hex=aa\n", 0602, NULL, "(mode 0602)");
}

static void in_a_file(void **state)
{
	static const char content[] = " a\0b\r\n\r\n";
	char *file = put("psk", content, sizeof(content) - 1, 0600);

	(void)state;
	/* Blanks and NUL are of the key, line ends of either kind at the end are not. */
	given("[p]\npsk-file=psk\n", 0644, file, " a\0b", 4);
	g_free(file);
	file = put("psk", "secret", 6, 0644);
	refused("[p]\npsk-file=psk\n", 0600, file, "conf:2: [p] psk-file: ");
	refused("[p]\npsk-file=psk\n", 0600, file, "(mode 0644)");
	g_free(file);
	file = put("psk", "\r\n", 2, 0600);
	refused("[p]\npsk-file=psk\n", 0600, file, "holds no key");
	g_unlink(file);
	refused("[p]\npsk-file=psk\n", 0600, file, "No such file");
	g_free(file);
	refused("[p]\npsk-file=psk\n", 0600, folder, "psk-file: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_the_configuration),
		cmocka_unit_test(in_a_file),
	};
	char *conf;
	int failed;

	folder = g_dir_make_tmp("ikesync-psk-XXXXXX", NULL);
	if (!folder)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	conf = g_build_filename(folder, "conf", NULL);
	g_unlink(conf);
	g_rmdir(folder);
	g_free(conf);
	g_free(folder);
	return failed;
}
