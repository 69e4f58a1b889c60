/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stores whose files are not what they were: what is put right, what is passed over, what is said. */
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fixture.h"
#include "store/crc32c.h"
#include "store/mend.h"
#include "store/rocks_repair.h"
#include "store/tally.h"
#include "tool/log.h"

#define FAR (FIXTURE_START + 1000000)
/* In tables, and in the log behind them. */
#define OLD 3000
#define NEW 300

/* RFC 3720, appendix B.4. */
static void checksum_known_answers(void **state)
{
	uint8_t octets[32] = { 0 };
	size_t at;
	unsigned bit;
	uint32_t crc;

	(void)state;
	assert_int_equal(crc32c(octets, 32), 0x8a9136aa);
	memset(octets, 0xff, 32);
	assert_int_equal(crc32c(octets, 32), 0x62a8ab43);
	for (unsigned i = 0; i < 32; i++)
		octets[i] = (uint8_t)i;
	assert_int_equal(crc32c(octets, 32), crc = 0x46dd794e);
	assert_int_equal(crc32c_unmask(crc32c_mask(crc)), crc);
	for (unsigned i = 0; i < 256; i++) {
		octets[i / 8] ^= (uint8_t)(1u << i % 8);
		assert_true(crc32c_find_bit(octets, 32, crc, &at, &bit));
		assert_int_equal(at * 8 + bit, i);
		octets[(i + 40) % 256 / 8] ^= 4;
		assert_false(crc32c_find_bit(octets, 32, crc, &at, &bit) && at * 8 + bit == i);
		octets[(i + 40) % 256 / 8] ^= 4;
		octets[i / 8] ^= (uint8_t)(1u << i % 8);
	}
}

static GBytes *stub(const struct index *ix)
{
	return made_container(ix, 80000, FAR, (uint32_t)ix->spi);
}

static void fill(struct peer *p, uint64_t from, uint64_t to)
{
	for (uint64_t spi = from; spi <= to; spi++) {
		struct index ix = made_index(spi % 3 ? "192.0.2.1" : "2001:db8::1", spi * 7919);

		assert_int_equal(peer_ask(p, made_init(1, stub(&ix))), STUB_OK);
	}
}

/* The one file whose name ends or begins so; the largest, where there are several. */
static char *find(const struct fixture *f, const char *kind)
{
	GDir *dir = g_dir_open(f->directory, 0, NULL);
	const char *name;
	char *best = NULL;
	goffset most = -1;

	while ((name = g_dir_read_name(dir))) {
		char *path = g_build_filename(f->directory, name, NULL);
		GStatBuf st;

		if (strstr(name, kind) && g_stat(path, &st) == 0 && st.st_size > most) {
			most = st.st_size;
			g_free(best);
			best = g_strdup(path);
		}
		g_free(path);
	}
	g_dir_close(dir);
	assert_non_null(best);
	return best;
}

/* Stubs in tables and in the log, as after a kill. */
static struct fixture *filled(void)
{
	struct fixture *f = fixture_new(NULL);
	struct peer *p = peer_new(f, "192.0.2.1 2001:db8::1", "ikesync:a");
	char *table = NULL;

	fill(p, 1, OLD);
	store_expire(f->bank.store);
	fixture_close(f); /* waits for the compaction */
	fixture_open(f);
	store_expire(f->bank.store);
	for (unsigned i = 0; i < 1000; i++) {
		GDir *dir = g_dir_open(f->directory, 0, NULL);
		const char *name;

		while ((name = g_dir_read_name(dir)) && !g_str_has_suffix(name, ".sst"))
			;
		table = g_strdup(name);
		g_dir_close(dir);
		if (table)
			break;
		g_usleep(10000);
	}
	assert_non_null(table);
	g_free(table);
	fill(p, OLD + 1, OLD + NEW);
	assert_int_equal(store_count(f->bank.store), OLD + NEW);
	peer_free(p);
	fixture_close(f);
	return f;
}

static unsigned gets(struct fixture *f)
{
	struct peer *p = peer_new(f, "192.0.2.1 2001:db8::1", "ikesync:a");
	unsigned n = 0;

	for (uint64_t spi = 1; spi <= OLD + NEW; spi++) {
		struct index ix = made_index(spi % 3 ? "192.0.2.1" : "2001:db8::1", spi * 7919);

		n += peer_get(p, &ix, NULL) == STUB_OK;
	}
	peer_free(p);
	return n;
}

static bool can_write(struct fixture *f)
{
	struct peer *p = peer_new(f, "192.0.2.9", "ikesync:a");
	static uint64_t spi;
	struct index ix = made_index("192.0.2.9", ++spi);
	int status = peer_ask(p, made_init(1, stub(&ix)));

	if (status == STUB_OK)
		assert_int_equal(peer_ask(p, made_delete(1, &ix)), STUB_OK);
	peer_free(p);
	return status == STUB_OK;
}

static void write_at(const char *path, long at, const void *octets, size_t n)
{
	FILE *out = fopen(path, "r+b");

	assert_non_null(out);
	assert_int_equal(fseek(out, at, SEEK_SET), 0);
	assert_int_equal(fwrite(octets, 1, n, out), n);
	fclose(out);
}

/* Any bit of any file. */
static void a_flipped_bit_costs_nothing(void **state)
{
	static const char *const kinds[] = { ".sst", ".log", "MANIFEST-", "CURRENT" };
	struct fixture *f = filled();
	GRand *dice = g_rand_new_with_seed(1);

	(void)state;
	for (unsigned round = 0; round < 60; round++) {
		const char *kind = kinds[round % G_N_ELEMENTS(kinds)];
		char *path = find(f, kind), *octets;
		gsize n, at;

		assert_true(g_file_get_contents(path, &octets, &n, NULL));
		/* the end of a table, too, which nothing covers */
		at = round < 40 || n < 60 ? (gsize)(g_rand_double(dice) * (double)n)
					  : n - 53 + round % 53;
		if (n)
			octets[at] ^= (char)(1 << g_rand_int_range(dice, 0, 8));
		write_at(path, 0, octets, n);
		fixture_open(f);
		assert_int_equal(store_count(f->bank.store), OLD + NEW);
		if (round < 4)
			assert_int_equal(gets(f), OLD + NEW);
		assert_true(can_write(f));
		fixture_close(f);
		g_free(octets);
		g_free(path);
	}
	g_rand_free(dice);
	fixture_open(f);
	assert_int_equal(gets(f), OLD + NEW);
	fixture_free(f);
}

/* A place that no bit mends costs what stands there: gets and scans go around it. Then a new store. */
static void a_torn_block_costs_a_block(void **state)
{
	static const char garbage[64] = "garbage";
	struct fixture *f = filled();
	char *path = find(f, ".sst"), *why, *aside, *text;
	uint64_t n;
	unsigned left;
	struct mend m;
	GError *error = NULL;

	(void)state;
	write_at(path, 40000, garbage, sizeof(garbage));
	g_free(path);
	fixture_open(f);
	left = gets(f);
	assert_in_range(left, OLD + NEW - 20, OLD + NEW - 1);
	assert_in_range(store_count(f->bank.store), OLD + NEW - 60, OLD + NEW - 1);
	assert_false(can_write(f));
	fixture_close(f);
	assert_false(rocks_whole(f->directory, &n, &why));
	g_free(why);
	mend_directory(&m, f->directory, false);
	assert_int_equal(m.damaged, 1);
	assert_in_range(m.lost, 1, 20);
	text = mend_text(&m);
	assert_non_null(strstr(text, " of "));
	g_free(text);
	mend_clear(&m);
	assert_true(rocks_repair(f->directory, &n, &aside, &error));
	assert_int_equal(n, left);
	assert_true(rocks_whole(f->directory, &n, &why));
	fixture_open(f);
	assert_int_equal(store_count(f->bank.store), left);
	assert_int_equal(gets(f), left);
	assert_true(can_write(f));
	fixture_remove(aside);
	g_free(aside);
	fixture_free(f);
}

/* The list of tables can be made anew. Without CURRENT, RocksDB alone would begin a new store. */
static void lists_can_be_lost(void **state)
{
	static const char *const lists[] = { "CURRENT", "MANIFEST-" };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct fixture *f = filled();
		char *path, *why, *aside;
		uint64_t n;
		GError *error = NULL;

		path = find(f, lists[i]);
		g_unlink(path);
		g_free(path);
		fixture_open(f);
		assert_int_equal(gets(f), OLD + NEW);
		assert_int_equal(store_count(f->bank.store), OLD + NEW);
		assert_true(can_write(f) == (i == 0));
		fixture_close(f);
		if (i == 1) {
			assert_false(rocks_whole(f->directory, &n, &why));
			g_free(why);
			assert_true(rocks_repair(f->directory, &n, &aside, &error));
			fixture_remove(aside);
			g_free(aside);
			fixture_open(f);
			assert_int_equal(gets(f), OLD + NEW);
			assert_true(can_write(f));
			fixture_close(f);
		}
		fixture_open(f);
		fixture_free(f);
	}
}

static unsigned missing;
static char missing_text[200];

static GLogWriterOutput hear(GLogLevelFlags level, const GLogField *fields, gsize n, gpointer user)
{
	(void)level;
	(void)user;
	for (gsize i = 0; i < n; i++) {
		if (strcmp(fields[i].key, "MESSAGE") == 0 &&
		    strstr(fields[i].value, "acknowledged are missing")) {
			missing++;
			g_strlcpy(missing_text, fields[i].value, sizeof(missing_text));
		}
	}
	return G_LOG_WRITER_HANDLED;
}

/* What is cut off a log at its end looks like a log that ended there: but it was counted. */
static void a_log_cut_short_is_told(void **state)
{
	struct fixture *f = filled();
	char *path = find(f, ".log");
	GStatBuf st;
	unsigned left;
	char *says;

	(void)state;
	assert_int_equal(g_stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size - 1000), 0);
	g_free(path);
	fixture_open(f);
	left = gets(f);
	assert_in_range(left, OLD + NEW - 5, OLD + NEW - 1);
	assert_int_equal(missing, 1);
	says = g_strdup_printf(": %u changes that were acknowledged", OLD + NEW - left);
	assert_non_null(strstr(missing_text, says));
	g_free(says);
	assert_true(can_write(f));
	fixture_reopen(f);
	assert_int_equal(missing, 1); /* once */
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checksum_known_answers),
		cmocka_unit_test(a_flipped_bit_costs_nothing),
		cmocka_unit_test(a_torn_block_costs_a_block),
		cmocka_unit_test(lists_can_be_lost),
		cmocka_unit_test(a_log_cut_short_is_told),
	};

	if (!g_getenv("IKESYNC_TEST_LOG"))
		g_log_set_writer_func(hear, NULL, NULL);
	else
		log_init("bank-test", LOG_LEVEL_DEBUG);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
