/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal: what is found again after every way to end. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "bank_link/bank_queue.h"
#include "unit/gateway/bank_link/stubs.h"

/* In front of libc's. A sync that fails takes with it what was not stable before, as Linux may do it. */
static struct {
	bool fail_data, fail_file;
	off_t stable;
} disk;

int fdatasync(int fd)
{
	if (!disk.fail_data)
		return (int)syscall(SYS_fdatasync, fd);
	if (ftruncate(fd, disk.stable) == 0)
		errno = EIO;
	return -1;
}

int fsync(int fd)
{
	if (!disk.fail_file)
		return (int)syscall(SYS_fsync, fd);
	errno = EIO;
	return -1;
}

static struct {
	char folder[64];
	char *path;
	struct bank_queue *q;
	GString *found; /* "init 1.7 delete 2 " */
} t;

static void on_found(const struct bank_queue_record *r, void *user)
{
	uint64_t number = r->index.spi;
	uint8_t version = 0;
	uint32_t lifetime;

	assert_ptr_equal(user, &t);
	assert_true(r->when > 1000);
	if (r->type != STUB_DELETE)
		assert_true(stubs_read(r->container, &number, &version, &lifetime));
	g_string_append_printf(t.found, "%s", iana_stub_message_name(r->type));
	if (r->has_index)
		g_string_append_printf(t.found, " %u", (unsigned)r->index.spi);
	if (r->type != STUB_DELETE)
		g_string_append_printf(t.found, " %u.%u", (unsigned)number, version);
	g_string_append_c(t.found, ';');
}

static void open_queue(void)
{
	GError *error = NULL;

	g_string_truncate(t.found, 0);
	t.q = bank_queue_open(t.folder, on_found, &t, &error);
	if (!t.q)
		fail_msg("%s", error->message);
}

static void reopen(void)
{
	bank_queue_close(t.q);
	open_queue();
}

static uint64_t append(uint8_t type, uint64_t old, uint64_t number, uint8_t version)
{
	uint8_t buf[STUBS_CONTAINER_MAX];
	struct bank_queue_record r = { .type = type, .when = 1234567 };
	uint64_t given;

	if (type != STUB_INIT) {
		r.has_index = true;
		r.index = stubs_index(old);
	}
	if (type != STUB_DELETE)
		r.container = stubs_sealed(number, version, 3600, buf);
	given = bank_queue_append(t.q, &r);
	assert_int_not_equal(given, 0);
	return given;
}

static int setup(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	memset(&disk, 0, sizeof(disk));
	g_strlcpy(t.folder, "/tmp/ikesync-queue-XXXXXX", sizeof(t.folder));
	assert_non_null(g_mkdtemp(t.folder));
	t.path = g_strdup_printf("%s/journal", t.folder);
	t.found = g_string_new("");
	open_queue();
	return 0;
}

static int teardown(void **state)
{
	char *command = g_strdup_printf("rm -rf %s", t.folder);

	(void)state;
	bank_queue_close(t.q);
	assert_int_equal(system(command), 0);
	g_free(command);
	g_free(t.path);
	g_string_free(t.found, TRUE);
	return 0;
}

static void order_and_content(void **state)
{
	struct stat st;
	uint64_t second;

	(void)state;
	append(STUB_INIT, 0, 1, 7);
	second = append(STUB_INIT, 0, 2, 8);
	append(STUB_UPDATE, 1, 3, 9);
	append(STUB_DELETE, 3, 0, 0);
	assert_true(bank_queue_dirty(t.q));
	assert_true(bank_queue_sync(t.q));
	assert_false(bank_queue_dirty(t.q));
	bank_queue_done(t.q, second);
	assert_int_equal(bank_queue_live(t.q), 3);
	assert_int_equal(stat(t.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	reopen();
	assert_string_equal(t.found->str, "init 1.7;update 1 3.9;delete 3;");
	assert_int_equal(bank_queue_damaged(t.q), 0);
	assert_true(append(STUB_INIT, 0, 4, 1) >
		    second + 2); /* numbers never come again while one lives */
}

static void empty_shrinks(void **state)
{
	uint64_t size, numbers[1000];

	(void)state;
	size = bank_queue_size(t.q);
	for (unsigned i = 0; i < 1000; i++)
		numbers[i] = append(STUB_INIT, 0, i + 1, 1);
	assert_true(bank_queue_size(t.q) > 150000);
	for (unsigned i = 0; i < 1000; i++)
		bank_queue_done(t.q, numbers[i]);
	reopen();
	assert_string_equal(t.found->str, "");
	assert_int_equal(bank_queue_size(t.q), size);
}

/* One request that stays must not let the file grow for ever. */
static void long_life_is_rewritten(void **state)
{
	uint64_t keep, last = 0;
	unsigned shrunk = 0;

	(void)state;
	keep = append(STUB_INIT, 0, 77, 7);
	for (unsigned i = 0; i < 400000 && !shrunk; i++) {
		uint64_t n = append(STUB_INIT, 0, 100 + i, 1);

		bank_queue_done(t.q, n);
		(void)bank_queue_poll(t.q); /* as the loop does */
		shrunk = bank_queue_size(t.q) < last;
		last = bank_queue_size(t.q);
	}
	assert_int_equal(shrunk, 1);
	assert_true(last < 10000);
	append(STUB_DELETE, 78, 0, 0);
	reopen();
	assert_string_equal(t.found->str, "init 77.7;delete 78;");
	bank_queue_done(t.q, keep);
	assert_int_equal(bank_queue_live(t.q), 1);
}

static void set_file(const char *data, gsize n)
{
	assert_true(g_file_set_contents(t.path, data, (gssize)n, NULL));
}

/* Power failed at every octet of the last record. */
static void torn_tail(void **state)
{
	gsize before, n;
	char *data;

	(void)state;
	append(STUB_INIT, 0, 1, 7);
	append(STUB_INIT, 0, 2, 8);
	before = bank_queue_size(t.q);
	append(STUB_UPDATE, 1, 3, 9);
	bank_queue_sync(t.q);
	assert_true(g_file_get_contents(t.path, &data, &n, NULL));
	assert_int_equal(n, bank_queue_size(t.q));
	for (gsize cut = before; cut < n; cut++) {
		bank_queue_close(t.q);
		set_file(data, cut);
		open_queue();
		assert_string_equal(t.found->str, "init 1.7;init 2.8;");
		assert_int_equal(bank_queue_damaged(t.q), 0);
		assert_int_equal(bank_queue_size(t.q), before);
	}
	append(STUB_DELETE, 5, 0, 0);
	reopen();
	assert_string_equal(t.found->str, "init 1.7;init 2.8;delete 5;");
	g_free(data);
}

static void damage_in_the_middle(void **state)
{
	gsize first, second, n;
	char *data, *aside = g_strdup_printf("%s.damaged", t.path);

	(void)state;
	append(STUB_INIT, 0, 1, 7);
	first = bank_queue_size(t.q);
	append(STUB_INIT, 0, 2, 8);
	second = bank_queue_size(t.q);
	append(STUB_UPDATE, 1, 3, 9);
	bank_queue_sync(t.q);
	assert_true(g_file_get_contents(t.path, &data, &n, NULL));
	for (gsize at = first; at < second; at += 3) {
		bank_queue_close(t.q);
		data[at] ^= 0x10;
		set_file(data, n);
		data[at] ^= 0x10;
		open_queue();
		assert_string_equal(t.found->str, "init 1.7;update 1 3.9;");
		assert_int_equal(bank_queue_damaged(t.q), 1);
		assert_int_equal(access(aside, F_OK), 0);
		reopen(); /* said once */
		assert_string_equal(t.found->str, "init 1.7;update 1 3.9;");
		assert_int_equal(bank_queue_damaged(t.q), 0);
	}
	g_free(data);
	g_free(aside);
}

/* The disk is full in the middle of a record: nothing of it stays. */
static void full_disk(void **state)
{
	uint8_t buf[STUBS_CONTAINER_MAX];
	struct bank_queue_record r = { .type = STUB_INIT, .when = 1234567 };
	struct rlimit before, limit;

	(void)state;
	append(STUB_INIT, 0, 1, 7);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = bank_queue_size(t.q) + 50;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	r.container = stubs_sealed(2, 8, 3600, buf);
	/* it is kept in memory, and so is what comes after it */
	assert_int_not_equal(bank_queue_append(t.q, &r), 0);
	assert_true(bank_queue_failed(t.q));
	assert_false(bank_queue_sync(t.q));
	append(STUB_INIT, 0, 3, 9);
	assert_false(bank_queue_sync(t.q));
	assert_true(bank_queue_stable(t.q) < 2);
	/* with room again all of it goes to the disk */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_true(bank_queue_sync(t.q));
	assert_false(bank_queue_failed(t.q));
	assert_int_equal(bank_queue_stable(t.q), 3);
	reopen();
	assert_string_equal(t.found->str, "init 1.7;init 2.8;init 3.9;");
	assert_int_equal(bank_queue_damaged(t.q), 0);
}

static void failed_sync_is_not_forgotten(void **state)
{
	uint64_t second;

	(void)state;
	append(STUB_INIT, 0, 1, 7);
	second = append(STUB_INIT, 0, 2, 8);
	assert_true(bank_queue_sync(t.q));
	append(STUB_UPDATE, 1, 3, 9);
	bank_queue_done(t.q, second);
	append(STUB_DELETE, 5, 0, 0);
	disk.stable = 16;
	disk.fail_data = true;
	/* the disk takes a new file: then that one counts */
	assert_true(bank_queue_sync(t.q));
	disk.fail_data = false;
	assert_false(bank_queue_failed(t.q));
	reopen();
	assert_string_equal(t.found->str, "init 1.7;update 1 3.9;delete 5;");
	/* it does not: no success of the old file is believed any more */
	append(STUB_INIT, 0, 4, 1);
	disk.fail_data = disk.fail_file = true;
	assert_false(bank_queue_sync(t.q));
	assert_true(bank_queue_failed(t.q));
	disk.fail_data = false;
	assert_false(bank_queue_sync(t.q));
	assert_true(bank_queue_dirty(t.q));
	append(STUB_INIT, 0, 6, 1);
	disk.fail_file = false;
	assert_true(bank_queue_sync(t.q));
	assert_false(bank_queue_dirty(t.q));
	assert_false(bank_queue_failed(t.q));
	reopen();
	assert_string_equal(t.found->str, "init 1.7;update 1 3.9;delete 5;init 4.1;init 6.1;");
	assert_int_equal(bank_queue_damaged(t.q), 0);
}

static void strange_files(void **state)
{
	GError *error = NULL;

	(void)state;
	bank_queue_close(t.q);
	set_file("something else altogether\n", 26);
	t.q = bank_queue_open(t.folder, on_found, &t, &error);
	assert_null(t.q);
	assert_non_null(strstr(error->message, "not a journal"));
	g_clear_error(&error);
	set_file("ikesync", 7); /* power failed at its birth */
	open_queue();
	append(STUB_INIT, 0, 1, 1);
	reopen();
	assert_string_equal(t.found->str, "init 1.1;");
}

static void one_process_only(void **state)
{
	GError *error = NULL;

	(void)state;
	assert_null(bank_queue_open(t.folder, on_found, &t, &error));
	assert_non_null(strstr(error->message, "in use"));
	g_clear_error(&error);
	assert_null(bank_queue_open("/proc/nowhere", on_found, &t, &error));
	assert_non_null(strstr(error->message, "/proc/nowhere"));
	g_clear_error(&error);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(order_and_content),
		TEST(empty_shrinks),
		TEST(long_life_is_rewritten),
		TEST(torn_tail),
		TEST(damage_in_the_middle),
		TEST(full_disk),
		TEST(failed_sync_is_not_forgotten),
		TEST(strange_files),
		TEST(one_process_only),
	};

	return cmocka_run_group_tests_name("gateway/bank_queue", tests, NULL, NULL);
}
