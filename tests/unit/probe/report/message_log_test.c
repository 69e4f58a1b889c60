/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a report keeps of a case's messages: not all of a flood, and no secrets. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "run/message_log.h"

static const struct endpoint here = { .address = { .family = 4, .octets = { 192, 0, 2, 1 } },
				      .port = 500 };

static void add(struct message_log *log, uint64_t at, bool sent, struct span octets)
{
	message_log_add(log, at, sent, false, &here, &here, octets);
}

static void flood(void **state)
{
	struct message_log log;
	const uint8_t octet = 1;

	(void)state;
	message_log_init(&log);
	for (unsigned i = 0; i < 1000; i++)
		add(&log, i, true, span_of(&octet, 1));
	assert_int_equal(log.all->len, MESSAGE_LOG_FIRST + MESSAGE_LOG_LAST);
	assert_int_equal(log.left_out, 1000 - MESSAGE_LOG_FIRST - MESSAGE_LOG_LAST);
	assert_int_equal(((struct logged_message *)g_ptr_array_index(log.all, 39))->at_ms, 39);
	assert_int_equal(((struct logged_message *)g_ptr_array_index(log.all, 40))->at_ms, 980);
	assert_int_equal(((struct logged_message *)g_ptr_array_index(log.all, 59))->at_ms, 999);
	message_log_clear(&log);
}

static void long_message(void **state)
{
	static uint8_t octets[65507];
	struct message_log log;
	const struct logged_message *m;

	(void)state;
	message_log_init(&log);
	add(&log, 0, false, SPAN_OF(octets));
	m = g_ptr_array_index(log.all, 0);
	assert_int_equal(m->length, sizeof(octets));
	assert_int_equal(g_bytes_get_size(m->octets), MESSAGE_LOG_OCTETS);
	add(&log, 0, false, SPAN_NONE);
	message_log_clear(&log);
}

/* An init with a clear stub: SK_d 0x11.., a shared secret 0x22.. */
static const uint8_t init[] = {
	0xcf, 1,    0,    60,                        /* */
	0xc9, 0,    0,    8,    0,    0,    0,    7, /* transaction */
	0,    0,    0,    48,                        /* stub */
	0xcb, 0,    0,    0,                         /* container: first payload */
	0xcc, 0,    0,    20,   0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
	0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,                         /* 203 */
	0xd1, 0,    0,    12,   0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, /* 204 */
	0,    0,    0,    8,    0,    1,    1,    1,                            /* an attribute */
};

static void secrets_are_blanked(void **state)
{
	struct message_log log;
	const struct logged_message *m;
	size_t n;
	const uint8_t *p;

	(void)state;
	message_log_init(&log);
	message_log_add(&log, 0, true, true, &here, &here, SPAN_OF(init));
	/* cut short: what is there of SK_d is blanked as well or not kept at all */
	message_log_add(&log, 0, true, true, &here, &here, span_of(init, sizeof(init) - 4));
	m = g_ptr_array_index(log.all, 0);
	p = g_bytes_get_data(m->octets, &n);
	assert_int_equal(n, sizeof(init));
	assert_null(memchr(p, 0x11, n));
	assert_null(memchr(p, 0x22, n));
	/* the rest stays */
	assert_memory_equal(p, init, 24);
	assert_memory_equal(p + n - 8, init + n - 8, 8);
	message_log_clear(&log);
}

/* Also in a message that is broken on purpose, which is what a tester sends all day. */
static void secrets_of_broken_messages(void **state)
{
	(void)state;
	for (size_t cut = 0; cut < sizeof(init); cut++) {
		struct message_log log;
		const struct logged_message *m;
		const uint8_t *p;
		size_t n;

		message_log_init(&log);
		message_log_add(&log, 0, false, true, &here, &here, span_of(init, cut));
		m = g_ptr_array_index(log.all, 0);
		p = g_bytes_get_data(m->octets, &n);
		if (n && (memchr(p, 0x11, n) || memchr(p, 0x22, n)))
			fail_msg("cut to %zu octets, the secret is kept", cut);
		message_log_clear(&log);
	}
}

static void inner_goes_with_its_message(void **state)
{
	static const uint8_t a[] = { 1 }, b[] = { 2 };
	struct message_log log;
	const struct logged_message *m;

	(void)state;
	message_log_init(&log);
	message_log_sealed(&log, SPAN_OF(a), 41);
	add(&log, 0, true, SPAN_OF(b));
	add(&log, 0, true, SPAN_OF(b));
	add(&log, 0, false, SPAN_OF(b));
	message_log_opened(&log, SPAN_OF(a), 42);
	m = g_ptr_array_index(log.all, 0);
	assert_non_null(m->inner);
	assert_int_equal(m->inner_first, 41);
	m = g_ptr_array_index(log.all, 1);
	assert_null(m->inner);
	m = g_ptr_array_index(log.all, 2);
	assert_non_null(m->inner);
	assert_int_equal(m->inner_first, 42);
	message_log_clear(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flood),
		cmocka_unit_test(long_message),
		cmocka_unit_test(secrets_are_blanked),
		cmocka_unit_test(secrets_of_broken_messages),
		cmocka_unit_test(inner_goes_with_its_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
