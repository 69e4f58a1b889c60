/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files with keys are taken: nobody but the owner has access, and the owner is root or oneself. */
#include "support.h"

#include <sys/stat.h>

#include "keys/key_file.h"
#include "keys/seal_keys.h"

static void mode_decides(void **state)
{
	char path[40], why[KEY_FILE_WHY_MAX], octal[16];
	struct key_file f;

	(void)state;
	write_temporary(span_text("a key\n"), path);
	for (mode_t bit = 0; bit <= 0100; bit = bit ? bit << 1 : 1) {
		bool good = bit == 0 || bit == 0100;

		assert_int_equal(chmod(path, 0600 | bit), 0);
		assert_int_equal(key_file_read(path, 100, &f, why), good);
		if (good) {
			assert_octets(span_of(f.octets, f.n), span_text("a key\n"));
			assert_int_equal(f.octets[f.n], 0);
			key_file_clear(&f);
		}
		assert_null(f.octets);
		assert_int_equal(f.n, 0);
		snprintf(octal, sizeof(octal), "(mode %04o)", 0600 | (unsigned)bit);
		assert_true(good || (strstr(why, path) && strstr(why, octal)));
	}
	unlink(path);
}

static void owner_decides(void **state)
{
	char path[40], why[KEY_FILE_WHY_MAX];
	struct key_file f;

	(void)state;
	if (geteuid() != 0)
		skip(); /* nobody else can give a file away */
	write_temporary(span_text("a key\n"), path);
	assert_int_equal(chown(path, 12345, (gid_t)-1), 0);
	assert_false(key_file_read(path, 100, &f, why));
	assert_non_null(strstr(why, "belongs to user 12345"));
	/* The rule is about who runs this: that user takes its own file, and root's. */
	assert_int_equal(seteuid(12345), 0);
	assert_true(key_file_read(path, 100, &f, why));
	assert_int_equal(seteuid(0), 0);
	key_file_clear(&f);
	unlink(path);
}

static void size_and_absence(void **state)
{
	char path[40], why[KEY_FILE_WHY_MAX];
	struct key_file f;

	(void)state;
	write_temporary(span_text("12345"), path);
	assert_true(key_file_read(path, 5, &f, why));
	key_file_clear(&f);
	assert_false(key_file_read(path, 4, &f, why));
	assert_non_null(strstr(why, "longer than"));
	unlink(path);
	assert_false(key_file_read(path, 5, &f, why));
	assert_non_null(strstr(why, "No such file"));
}

static void seal_keys_file(void **state)
{
	static const char text[] =
	    "# a comment\n00000007 "
	    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
	char path[40], why[KEY_FILE_WHY_MAX];
	struct seal_keys k;

	(void)state;
	write_temporary(span_text(text), path);
	assert_true(seal_keys_load(path, &k, why));
	assert_int_equal(k.n, 1);
	assert_int_equal(k.keys[0].id, 7);
	assert_int_equal(k.keys[0].key[31], 0x1f);
	seal_keys_clear(&k);
	assert_int_equal(chmod(path, 0640), 0);
	assert_false(seal_keys_load(path, &k, why));
	assert_int_equal(k.n, 0);
	assert_non_null(strstr(why, "0640"));
	unlink(path);
	write_temporary(span_text("# a comment\n00000007 0x01\n"), path);
	assert_false(seal_keys_load(path, &k, why));
	assert_non_null(strstr(why, ":2: "));
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mode_decides),
		cmocka_unit_test(owner_decides),
		cmocka_unit_test(size_and_absence),
		cmocka_unit_test(seal_keys_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
