/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The audit log: a line for each write, true, whole, bounded, and nothing that a gateway can make of it but its own line. */
#include <glib/gstdio.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "audit.h"
#include "fixture.h"
#include "tool/log.h"

#define FAR (FIXTURE_START + 1000000)

struct world {
	struct fixture *f;
	struct audit_settings settings;
	char *path;
};

static void take(struct world *w)
{
	GError *error = NULL;
	int fd = audit_open(&w->settings, &error);

	if (fd < 0)
		fail_msg("%s", error->message);
	audit_take(w->f->bank.audit, &w->settings, fd);
}

static struct world *world(uint64_t size, uint64_t lines_a_second)
{
	struct world *w = g_new0(struct world, 1);

	w->f = fixture_new(NULL);
	w->path = g_strconcat(w->f->directory, ".audit", NULL);
	w->settings = (struct audit_settings){ w->path, size, lines_a_second };
	w->f->bank.audit = audit_new(NULL);
	take(w);
	return w;
}

static void end(struct world *w)
{
	g_autofree char *old = g_strconcat(w->path, ".1", NULL);
	struct audit *a = w->f->bank.audit;

	fixture_free(w->f);
	audit_free(a);
	g_unlink(w->path);
	g_unlink(old);
	g_free(w->path);
	g_free(w);
}

/* What is in the file, once all that waits is written; the caller's. */
static char *contents(const char *path)
{
	char *text = NULL;

	while (g_main_context_iteration(NULL, FALSE))
		;
	if (!g_file_get_contents(path, &text, NULL, NULL))
		return g_strdup("");
	assert_true(!*text || g_str_has_suffix(text, "\n"));
	return text;
}

/* The lines without their times, which the fixture's clock has made. */
static void has(const char *path, const char *lines)
{
	g_autofree char *text = contents(path);
	g_auto(GStrv) each = g_strsplit(text, "\n", 0);
	g_autoptr(GString) rest = g_string_new(NULL);

	for (char **l = each; *l && **l; l++) {
		assert_true(g_str_has_prefix(*l, "2027-01-15T08:0"));
		assert_int_equal((*l)[19], 'Z');
		g_string_append_printf(rest, "%s\n", *l + 21);
	}
	assert_string_equal(rest->str, lines);
}

static unsigned lines_of(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static GBytes *stub(const struct index *ix, uint32_t content)
{
	return made_container(ix, 1000, FAR, content);
}

static void every_write_has_a_line(void **state)
{
	struct world *w = world(1 << 20, 0);
	struct peer *a = peer_new(w->f, "192.0.2.1", "ikesync:a"),
		    *b = peer_new(w->f, "192.0.2.2", "ikesync:a"),
		    *other = peer_new(w->f, "192.0.2.3", "ikesync:b");
	struct index one = made_index("192.0.2.1", 1), two = made_index("192.0.2.1", 2),
		     moved = made_index("192.0.2.2", 3);
	struct stat st;

	(void)state;
	assert_int_equal(peer_ask(a, made_init(1, stub(&one, 1))), STUB_OK);
	assert_int_equal(peer_ask(a, made_update(2, &one, stub(&one, 2))), STUB_OK);
	assert_int_equal(peer_ask(a, made_update(3, &one, stub(&two, 3))), STUB_OK);
	assert_int_equal(peer_get(b, &two, NULL), STUB_OK);
	assert_int_equal(peer_ask(b, made_update(4, &two, stub(&moved, 4))), STUB_OK);
	assert_int_not_equal(peer_ask(other, made_delete(5, &moved)), STUB_OK);
	assert_int_not_equal(peer_ask(b, made_init(6, stub(&one, 5))), STUB_OK);
	/* retired by the pool; and what is answered when nobody is there any more */
	peer_send(a, made_delete(7, &moved));
	peer_free(a);
	fixture_settle(w->f);
	assert_int_equal(peer_get(b, &moved, NULL), STUB_NOT_FOUND);
	has(w->path, "serial=none pool=\"ikesync:a\" subject=\"CN=192.0.2.1\" init "
		     "0000000000000001@192.0.2.1 ok\n"
		     "serial=none pool=\"ikesync:a\" subject=\"CN=192.0.2.1\" update "
		     "0000000000000001@192.0.2.1 ok\n"
		     "serial=none pool=\"ikesync:a\" subject=\"CN=192.0.2.1\" update "
		     "0000000000000001@192.0.2.1 to "
		     "0000000000000002@192.0.2.1 ok\n"
		     "serial=none pool=\"ikesync:a\" subject=\"CN=192.0.2.2\" move "
		     "0000000000000002@192.0.2.1 to "
		     "0000000000000003@192.0.2.2 ok\n"
		     "serial=none pool=\"ikesync:b\" subject=\"CN=192.0.2.3\" retire "
		     "0000000000000003@192.0.2.2 "
		     "not-authorised\n"
		     "serial=none pool=\"ikesync:a\" subject=\"CN=192.0.2.2\" init "
		     "0000000000000001@192.0.2.1 "
		     "not-authorised\n"
		     "serial=none pool=\"ikesync:a\" subject=\"CN=192.0.2.1\" retire "
		     "0000000000000003@192.0.2.2 ok\n");
	assert_int_equal(stat(w->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	peer_free(b);
	peer_free(other);
	end(w);
}

/* A subject is whatever a certificate has. */
static void nobody_writes_lines_of_others(void **state)
{
	struct channel_identity id = { .pool = "a\" b", .serial = "5A" };
	char *who;

	(void)state;
	g_strlcpy(id.subject, "CN=x\n2027-01-15T08:00:00Z ctl delete 1@192.0.2.1 ok\r\t\"\\\x1b[2J",
		  sizeof(id.subject));
	who = audit_who(&id);
	assert_null(strpbrk(who, "\n\r\t\x1b"));
	assert_true(g_str_has_prefix(who, "serial=5A pool=\"a\\\" b\" subject=\"CN=x\\n2027"));
	g_ref_string_release(who);
}

static void write_many(struct world *w, uint64_t from, uint64_t n)
{
	struct peer *a = peer_new(w->f, "192.0.2.1", "ikesync:a");

	for (uint64_t i = from; i < from + n; i++) {
		struct index ix = made_index("192.0.2.1", i);

		assert_int_equal(peer_ask(a, made_init(1, stub(&ix, 1))), STUB_OK);
	}
	peer_free(a);
}

static void rate_is_bounded(void **state)
{
	struct world *w = world(1 << 20, 5);
	char *text;

	(void)state;
	write_many(w, 1, 20);
	text = contents(w->path);
	assert_int_equal(lines_of(text), 5);
	g_free(text);
	w->f->ms += 1000;
	write_many(w, 100, 1);
	text = contents(w->path);
	assert_int_equal(lines_of(text), 7);
	assert_non_null(strstr(text, "Z left-out=15\n"));
	g_free(text);
	end(w);
}

static void size_is_bounded(void **state)
{
	struct world *w = world(1000, 0);
	g_autofree char *old = g_strconcat(w->path, ".1", NULL);
	struct stat st;
	char *first, *second;

	(void)state;
	for (uint64_t i = 1; i <= 100; i++) {
		write_many(w, i, 1);
		g_free(contents(w->path));
		assert_int_equal(stat(w->path, &st), 0);
		assert_in_range(st.st_size, 1, 1000);
	}
	first = contents(old);
	second = contents(w->path);
	assert_in_range(strlen(first), 800, 1000);
	assert_non_null(strstr(second, "0000000000000064@192.0.2.1 ok\n"));
	assert_null(strstr(second, "left-out"));
	g_free(first);
	g_free(second);
	end(w);
}

static void it_can_be_moved_away(void **state)
{
	struct world *w = world(1 << 20, 0);
	g_autofree char *old = g_strconcat(w->path, ".1", NULL);
	char *text;

	(void)state;
	write_many(w, 1, 3);
	assert_int_equal(g_rename(w->path, old), 0);
	write_many(w, 10, 1);
	take(w); /* SIGHUP */
	write_many(w, 20, 2);
	text = contents(old);
	assert_int_equal(lines_of(text), 4);
	g_free(text);
	text = contents(w->path);
	assert_int_equal(lines_of(text), 2);
	g_free(text);
	end(w);
}

/* A disk that takes no more, as far as a process can make one: what is there stays whole, and what is not is counted. */
static void a_full_disk_is_no_end(void **state)
{
	struct world *w = world(1 << 20, 0);
	struct rlimit before, little;
	struct stat st;
	char *text;

	(void)state;
	if (fixture_on_redis() || fixture_on_cluster() || fixture_in_memory())
		skip();
	write_many(w, 1, 2);
	g_free(contents(w->path));
	assert_int_equal(stat(w->path, &st), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	{
		struct index ix = made_index("192.0.2.1", 50);
		struct store_op op = { .kind = STORE_PUT, .index = ix };

		little = before;
		little.rlim_cur = (rlim_t)st.st_size + 30; /* in the middle of a line */
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
		audit_note(w->f->bank.audit, "x", &op, FIXTURE_START, 1);
		g_free(contents(w->path));
		audit_note(w->f->bank.audit, "x", &op, FIXTURE_START, 1);
		text = contents(w->path);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	}
	assert_int_equal(lines_of(text), 2);
	g_free(text);
	write_many(w, 100, 1);
	text = contents(w->path);
	assert_int_equal(lines_of(text), 4);
	assert_non_null(strstr(text, "Z left-out=2\n"));
	g_free(text);
	end(w);
}

static void refuses(const char *path)
{
	struct audit_settings s = { .path = path };
	GError *error = NULL;

	assert_int_equal(audit_open(&s, &error), -1);
	assert_non_null(error);
	g_error_free(error);
}

static void takes_files_alone(void **state)
{
	struct world *w = world(1 << 20, 0);
	g_autofree char *link = g_strconcat(w->path, ".link", NULL),
			*pipe = g_strconcat(w->path, ".pipe", NULL);
	struct audit_settings none = { .path = NULL };
	GError *error = NULL;

	(void)state;
	assert_int_equal(symlink(w->path, link) | mkfifo(pipe, 0600), 0);
	refuses(link);
	refuses(pipe);
	refuses("/dev/null");
	refuses("/does/not/exist");
	refuses("/tmp");
	assert_int_equal(audit_open(&none, &error), -1);
	assert_null(error);
	/* off: nothing more */
	audit_take(w->f->bank.audit, &none, -1);
	assert_false(audit_on(w->f->bank.audit));
	write_many(w, 1, 1);
	has(w->path, "");
	g_unlink(link);
	g_unlink(pipe);
	end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_write_has_a_line),
		cmocka_unit_test(nobody_writes_lines_of_others),
		cmocka_unit_test(rate_is_bounded),
		cmocka_unit_test(size_is_bounded),
		cmocka_unit_test(it_can_be_moved_away),
		cmocka_unit_test(a_full_disk_is_no_end),
		cmocka_unit_test(takes_files_alone),
	};

	log_init("bank-test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
