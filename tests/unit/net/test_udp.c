/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loopback, both families. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "net/udp.h"

#define DEADLINE_US (20 * G_USEC_PER_SEC)

struct end {
	struct udp_socket *s;
	unsigned received, largest_batch;
	uint64_t sum;                  /* of the numbers received */
	struct endpoint local, remote; /* of the last */
	size_t n;                      /* octets of the last */
	bool echo, free_on_receive;
};

static struct {
	GMainContext *context;
	struct end a, b;
} t;

static void on_receive(struct udp_socket *s, const struct udp_datagram *batch, size_t n, void *user)
{
	struct end *e = user;

	assert_in_range(n, 1, UDP_BATCH);
	if (n > e->largest_batch)
		e->largest_batch = (unsigned)n;
	for (size_t i = 0; i < n; i++) {
		struct rcursor c = rcursor_init(batch[i].octets, NULL);

		e->received++;
		e->sum += rcursor_left(&c) >= 4 ? rcursor_u32(&c, "number") : 0;
		e->local = batch[i].local;
		e->remote = batch[i].remote;
		e->n = batch[i].octets.n;
		if (e->echo)
			udp_send(s, &batch[i].local.address, &batch[i].remote, SPAN_NONE,
				 batch[i].octets);
	}
	if (e->free_on_receive) {
		udp_free(s);
		e->s = NULL;
	}
}

static gboolean wake(gpointer user)
{
	(void)user;
	return G_SOURCE_CONTINUE;
}

static void run_once(void)
{
	GSource *source = g_timeout_source_new(20);

	g_source_set_callback(source, wake, NULL, NULL);
	g_source_attach(source, t.context);
	g_main_context_iteration(t.context, TRUE);
	g_source_destroy(source);
	g_source_unref(source);
}

#define RUN_UNTIL(condition)                                         \
	do {                                                         \
		int64_t end_ = g_get_monotonic_time() + DEADLINE_US; \
		while (!(condition)) {                               \
			assert_true(g_get_monotonic_time() < end_);  \
			run_once();                                  \
		}                                                    \
	} while (0)

static struct udp_socket *bind_end(const char *text, struct end *e)
{
	const struct udp_handler handler = { on_receive, e };
	struct endpoint local;
	GError *error = NULL;

	assert_int_equal(endpoint_from_text(text, 0, &local), ERR_OK);
	e->s = udp_bind(&local, &handler, t.context, &error);
	if (!e->s)
		fail_msg("%s", error->message);
	assert_int_not_equal(udp_local(e->s)->port, 0);
	return e->s;
}

static int setup(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	t.context = g_main_context_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	udp_free(t.a.s);
	udp_free(t.b.s);
	g_main_context_unref(t.context);
	return 0;
}

static void send_number(struct end *from, const struct endpoint *to, uint32_t number)
{
	uint8_t octets[4];
	struct wcursor c = wcursor_init(octets, sizeof(octets));

	wcursor_u32(&c, number);
	udp_send(from->s, NULL, to, SPAN_NONE, SPAN_OF(octets));
}

static void there_and_back(const char *any, const char *client, const char *server_address)
{
	struct endpoint to;

	bind_end(any, &t.a);
	bind_end(client, &t.b);
	t.a.echo = true;
	assert_int_equal(endpoint_from_text(server_address, udp_local(t.a.s)->port, &to), ERR_OK);
	send_number(&t.b, &to, 0x01020304);
	RUN_UNTIL(t.b.received == 1);
	assert_int_equal(t.a.sum, 0x01020304);
	/* a wildcard socket knows which of our addresses was meant, and answers from it */
	assert_true(endpoint_equal(&t.a.local, &to));
	assert_true(endpoint_equal(&t.a.remote, udp_local(t.b.s)));
	assert_true(endpoint_equal(&t.b.remote, &to));
	assert_true(endpoint_equal(&t.b.local, udp_local(t.b.s)));
}

static void local_address_ipv4(void **state)
{
	(void)state;
	there_and_back("0.0.0.0:0", "127.0.0.1:0", "127.0.0.77");
}

static void local_address_ipv6(void **state)
{
	(void)state;
	there_and_back("[::]:0", "[::1]:0", "::1");
}

static void batches(void **state)
{
	const unsigned n = 2000;

	(void)state;
	bind_end("127.0.0.1:0", &t.a);
	bind_end("127.0.0.1:0", &t.b);
	t.a.echo = true;
	for (uint32_t i = 0; i < n; i++)
		send_number(&t.b, udp_local(t.a.s), i);
	RUN_UNTIL(t.b.received == n);
	assert_int_equal(t.a.sum, (uint64_t)n * (n - 1) / 2);
	assert_int_equal(t.b.sum, t.a.sum);
	assert_int_equal(t.a.largest_batch, UDP_BATCH);
	assert_int_equal(udp_counters(t.a.s)->received, n);
	assert_int_equal(udp_counters(t.a.s)->sent, n);
	assert_int_equal(udp_counters(t.b.s)->refused, 0);
}

static void sizes_and_prefix(void **state)
{
	static const uint8_t marker[4];
	uint8_t *big = calloc(1, 70000);

	(void)state;
	bind_end("127.0.0.1:0", &t.a);
	bind_end("127.0.0.1:0", &t.b);
	udp_send(t.b.s, NULL, udp_local(t.a.s), SPAN_OF(marker), span_of(big, 65503));
	RUN_UNTIL(t.a.received == 1);
	assert_int_equal(t.a.n, 65507); /* the largest there is */
	udp_send(t.b.s, NULL, udp_local(t.a.s), SPAN_NONE, SPAN_NONE);
	RUN_UNTIL(t.a.received == 2);
	assert_int_equal(t.a.n, 0);
	/* the kernel refuses one in the middle; its neighbours go */
	send_number(&t.b, udp_local(t.a.s), 5);
	udp_send(t.b.s, NULL, udp_local(t.a.s), SPAN_OF(marker), span_of(big, 65504));
	send_number(&t.b, udp_local(t.a.s), 6);
	udp_send(t.b.s, NULL, udp_local(t.a.s), SPAN_OF(marker), span_of(big, 70000));
	RUN_UNTIL(t.a.received == 4);
	assert_int_equal(t.a.sum, 11);
	assert_int_equal(udp_counters(t.b.s)->refused, 2);
	free(big);
}

static void other_family_is_refused(void **state)
{
	struct endpoint v6;

	(void)state;
	bind_end("127.0.0.1:0", &t.a);
	assert_int_equal(endpoint_from_text("[::1]:9", 0, &v6), ERR_OK);
	send_number(&t.a, &v6, 1);
	assert_int_equal(udp_counters(t.a.s)->refused, 1);
}

static void v4_and_v6_share_a_port(void **state)
{
	const struct udp_handler handler = { on_receive, &t.b };
	struct endpoint v6;

	(void)state;
	bind_end("0.0.0.0:0", &t.a);
	assert_int_equal(endpoint_from_text("[::]:0", 0, &v6), ERR_OK);
	v6.port = udp_local(t.a.s)->port;
	t.b.s = udp_bind(&v6, &handler, t.context, NULL);
	assert_non_null(t.b.s);
}

static void errors_name_the_address(void **state)
{
	const struct udp_handler handler = { on_receive, &t.a };
	struct endpoint elsewhere;
	GError *error = NULL;

	(void)state;
	assert_int_equal(endpoint_from_text("192.0.2.99:1", 0, &elsewhere), ERR_OK);
	assert_null(udp_bind(&elsewhere, &handler, t.context, &error));
	assert_non_null(strstr(error->message, "192.0.2.99:1"));
	assert_non_null(strstr(error->message, "Cannot assign"));
	g_clear_error(&error);
}

static void freed_inside_receive(void **state)
{
	struct endpoint to;

	(void)state;
	bind_end("127.0.0.1:0", &t.a);
	bind_end("127.0.0.1:0", &t.b);
	to = *udp_local(t.a.s);
	t.a.free_on_receive = true;
	for (uint32_t i = 0; i < 3; i++)
		send_number(&t.b, &to, i);
	RUN_UNTIL(t.a.received > 0);
	assert_null(t.a.s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(local_address_ipv4),
		TEST(local_address_ipv6),
		TEST(batches),
		TEST(sizes_and_prefix),
		TEST(other_family_is_refused),
		TEST(v4_and_v6_share_a_port),
		TEST(errors_name_the_address),
		TEST(freed_inside_receive),
	};

	return cmocka_run_group_tests_name("net/udp", tests, NULL, NULL);
}
