/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The relay between a "gateway" and a "bank" that are plain sockets of this program. */
#include "cmocka_all.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "run/relay.h"

#define WAIT_MS 5000
/* How long nothing must come for "held" to be believed. */
#define QUIET_MS 100

static const struct endpoint any = { .address = { 4, { 127, 0, 0, 1 } } };

struct fixture {
	int listener;
	struct relay *relay;
	int gateway, bank;
};

static int dial(const struct endpoint *e)
{
	struct sockaddr_storage ss;
	socklen_t n = endpoint_to_sockaddr(e, &ss);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&ss, n), 0);
	return fd;
}

static bool readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

static int set_up(void **state)
{
	struct fixture *f = g_new0(struct fixture, 1);
	struct sockaddr_storage ss;
	socklen_t n = endpoint_to_sockaddr(&any, &ss);
	struct endpoint bank;
	GError *error = NULL;

	f->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(f->listener, (struct sockaddr *)&ss, n), 0);
	assert_int_equal(listen(f->listener, 4), 0);
	n = sizeof(ss);
	assert_int_equal(getsockname(f->listener, (struct sockaddr *)&ss, &n), 0);
	assert_true(endpoint_from_sockaddr(&ss, &bank));
	f->relay = relay_new(&any, &bank, &error);
	assert_non_null(f->relay);
	f->gateway = dial(relay_local(f->relay));
	f->bank = accept(f->listener, NULL, NULL);
	assert_true(f->bank >= 0);
	assert_true(relay_wait_connected(f->relay, WAIT_MS));
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	relay_free(f->relay);
	close(f->gateway);
	close(f->bank);
	close(f->listener);
	g_free(f);
	return 0;
}

static void expect(int fd, const char *text)
{
	char buf[64] = { 0 };
	size_t n = 0;

	while (n < strlen(text)) {
		ssize_t got;

		assert_true(readable(fd, WAIT_MS));
		got = read(fd, &buf[n], sizeof(buf) - 1 - n);
		assert_true(got > 0);
		n += (size_t)got;
	}
	assert_string_equal(buf, text);
}

static void say(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void passes_both_ways(void **state)
{
	struct fixture *f = *state;

	say(f->gateway, "get");
	expect(f->bank, "get");
	say(f->bank, "download");
	expect(f->gateway, "download");
	assert_int_equal(relay_received(f->relay, RELAY_TO_BANK), 3);
	assert_int_equal(relay_received(f->relay, RELAY_BOTH), 11);
}

static void holds_one_direction_and_releases_in_order(void **state)
{
	struct fixture *f = *state;

	relay_hold(f->relay, RELAY_TO_BANK);
	say(f->gateway, "move ");
	assert_true(relay_wait_held(f->relay, RELAY_TO_BANK, 5, WAIT_MS));
	assert_false(readable(f->bank, QUIET_MS));
	/* the other direction still works */
	say(f->bank, "push");
	expect(f->gateway, "push");
	say(f->gateway, "again");
	assert_true(relay_wait_held(f->relay, RELAY_TO_BANK, 10, WAIT_MS));
	relay_release(f->relay, RELAY_TO_BANK);
	expect(f->bank, "move again");
	assert_int_equal(relay_held(f->relay, RELAY_BOTH), 0);
}

static void cuts_and_refuses(void **state)
{
	struct fixture *f = *state;
	char c;
	int late;

	relay_cut(f->relay, true);
	assert_true(readable(f->gateway, WAIT_MS));
	assert_int_equal(read(f->gateway, &c, 1), -1);
	assert_int_equal(errno, ECONNRESET);
	assert_true(readable(f->bank, WAIT_MS));
	assert_int_equal(read(f->bank, &c, 1), -1);
	assert_int_equal(relay_connections(f->relay), 0);
	late = dial(relay_local(f->relay));
	assert_true(readable(late, WAIT_MS));
	assert_true(read(late, &c, 1) <= 0);
	close(late);
	relay_open(f->relay);
	close(f->gateway);
	close(f->bank);
	f->gateway = dial(relay_local(f->relay));
	f->bank = accept(f->listener, NULL, NULL);
	say(f->gateway, "back");
	expect(f->bank, "back");
}

static void reset_ends_every_hold(void **state)
{
	struct fixture *f = *state;

	relay_hold(f->relay, RELAY_BOTH);
	say(f->gateway, "x");
	assert_true(relay_wait_held(f->relay, RELAY_TO_BANK, 1, WAIT_MS));
	assert_false(relay_wait_held(f->relay, RELAY_TO_BANK, 2, 10));
	relay_reset(f->relay);
	expect(f->bank, "x");
}

static void passes_the_end_on(void **state)
{
	struct fixture *f = *state;
	char c;

	say(f->gateway, "bye");
	assert_int_equal(shutdown(f->gateway, SHUT_WR), 0);
	expect(f->bank, "bye");
	assert_true(readable(f->bank, WAIT_MS));
	assert_int_equal(read(f->bank, &c, 1), 0);
	/* half closed: the answer still comes */
	say(f->bank, "ok");
	expect(f->gateway, "ok");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(passes_both_ways, set_up, tear_down),
		cmocka_unit_test_setup_teardown(holds_one_direction_and_releases_in_order, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(cuts_and_refuses, set_up, tear_down),
		cmocka_unit_test_setup_teardown(reset_ends_every_hold, set_up, tear_down),
		cmocka_unit_test_setup_teardown(passes_the_end_on, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
