/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bank on loopback, without TLS, whose replies are spoiled in one field each: each is named, none is
 * called silence. */
#include "cmocka_all.h"

#include <sys/socket.h>
#include <unistd.h>

#include "gateway/bank_answer.h"
#include "gateway/bank_request.h"
#include "run/evidence.h"

enum spoil { SOUND, TRANSACTION, TYPE, MORE, ITEM, ORDER };

struct bank {
	int listener;
	enum spoil how;
	GThread *thread;
	struct endpoint at;
};

/* not-found for the indexes 0 and 1 of a get: header, 207, two 206 */
static size_t reply_to(const uint8_t *request, enum spoil how, uint8_t *out)
{
	static const uint8_t sound[] = { 207, 4, 0, 28,             /* header: next, type, length */
					 206, 0, 0, 8,  0, 0, 0, 0, /* transaction */
					 206, 0, 0, 8,  1, 0, 0, 0, /* not-found, item 0 */
					 0,   0, 0, 8,  1, 0, 0, 1 };

	memcpy(out, sound, sizeof(sound));
	memcpy(out + 8, request + 8, 4);
	if (how == TRANSACTION)
		out[11] ^= 1;
	else if (how == TYPE)
		out[1] = 1;
	else if (how == MORE)
		out[17] = out[25] = 0x80;
	else if (how == ITEM)
		out[19] = 5;
	else if (how == ORDER)
		out[19] = 1, out[27] = 0;
	return sizeof(sound);
}

static bool read_all(int fd, uint8_t *out, size_t n)
{
	while (n) {
		const ssize_t got = read(fd, out, n);

		if (got <= 0)
			return false;
		out += got;
		n -= (size_t)got;
	}
	return true;
}

static gpointer serve(gpointer user)
{
	struct bank *b = user;
	const enum spoil how = b->how;
	const int fd = accept(b->listener, NULL, NULL);
	uint8_t request[4096], reply[64];

	if (fd < 0)
		return NULL;
	while (read_all(fd, request, 4)) {
		const size_t n = (size_t)request[2] << 8 | request[3];

		if (n < 12 || n > sizeof(request) || !read_all(fd, request + 4, n - 4))
			break;
		if (write(fd, reply, reply_to(request, how, reply)) < 0)
			break;
	}
	close(fd);
	return NULL;
}

static void bank_start(struct bank *b, enum spoil how)
{
	struct sockaddr_storage sa = { 0 };
	struct endpoint e = { 0 };
	socklen_t n;

	b->how = how;
	assert_int_equal(address_from_text("127.0.0.1", &e.address), ERR_OK);
	n = endpoint_to_sockaddr(&e, &sa);
	b->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(b->listener, (struct sockaddr *)&sa, n), 0);
	assert_int_equal(listen(b->listener, 1), 0);
	n = sizeof(sa);
	assert_int_equal(getsockname(b->listener, (struct sockaddr *)&sa, &n), 0);
	assert_true(endpoint_from_sockaddr(&sa, &b->at));
	b->thread = g_thread_new("bank", serve, b);
}

/* What the probe says of item 0 of a get of two indexes. Free with g_free(). */
static char *said(enum spoil how, bool *disordered)
{
	static const struct probe_case c = { .id = "X01", .title = "x" };
	struct index indexes[2] = { { 1, { 0 } }, { 2, { 0 } } };
	struct target target = { 0 };
	struct probe p = { .target = &target };
	struct evidence *e = evidence_new(&c, NULL);
	struct bank_connection *connection;
	struct bank_answer *a;
	struct bank bank;
	char *text;

	bank_start(&bank, how);
	assert_int_equal(address_from_text("192.0.2.1", &indexes[0].address), ERR_OK);
	indexes[1].address = indexes[0].address;
	target.bank.given = true;
	target.bank.address = bank.at;
	/* long but for MORE and a wrong transaction, which are told when it is over */
	target.timers.answer = 3000;
	p.context = g_main_context_new();
	g_main_context_push_thread_default(p.context);
	connection = bank_connection_open(&p, e, BANK_PLAIN);
	assert_true(bank_connection_is_up(connection));
	a = bank_answer_await(connection, bank_request_get(connection, indexes, 2));
	text = bank_answer_text(a, 0);
	*disordered = a->disordered;
	bank_answer_free(a);
	bank_connection_close(connection);
	g_main_context_pop_thread_default(p.context);
	g_main_context_unref(p.context);
	g_thread_join(bank.thread);
	close(bank.listener);
	evidence_free(e);
	return text;
}

static void each_spoiled_field_is_named(void **state)
{
	static const struct {
		enum spoil how;
		bool disordered;
		const char *named;
	} kinds[] = {
		{ TRANSACTION, false, "which nobody asked for (clause 28.2)" },
		{ TYPE, false, "the reply has type 1, 4 is due (clause 26.2)" },
		{ MORE, false, "a reply without an end" },
		{ ITEM, true, "without a status for item 0; it has one for item 5, 1" },
		{ ORDER, true, "the status of item 0 comes after that of item 1 (clause 31.1)" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		bool disordered;
		char *text = said(kinds[i].how, &disordered);

		if (!strstr(text, kinds[i].named) || strstr(text, "no answer"))
			fail_msg("\"%s\" does not say \"%s\"", text, kinds[i].named);
		assert_int_equal(disordered, kinds[i].disordered);
		g_free(text);
	}
}

static void a_sound_reply_is_taken(void **state)
{
	bool disordered;
	char *text = said(SOUND, &disordered);

	(void)state;
	assert_string_equal(text, "not-found");
	assert_false(disordered);
	g_free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sound_reply_is_taken),
		cmocka_unit_test(each_spoiled_field_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
