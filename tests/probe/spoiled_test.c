/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A gateway on loopback whose answers to IKE_SA_INIT are spoiled in one field each: the probe names
 * what is wrong and never calls it silence. The same for silence itself, of a host that says so, and
 * of one that answered before.
 */
#include "cmocka_all.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/init.h"
#include "keys/suite_text.h"
#include "run/peer.h"

enum spoil {
	SOUND,
	I_FLAG,
	R_FLAG,
	LENGTH,
	EXCHANGE,
	SPI_I,
	VERSION,
	MARKER,
	PORT,
	ADDRESS,
	MESSAGE_ID,
	SPI_R,
	TRUNCATED,
	TRAILING,
	TRAILING_COUNTED,
	SILENT,
};

static const struct {
	enum spoil how;
	const char *named;
} kinds[] = {
	{ I_FLAG, "its Initiator flag is set" },
	{ R_FLAG, "its Response flag is clear" },
	{ LENGTH, "the header's Length is not the datagram's: 68, not 64" },
	{ EXCHANGE, "its exchange type is another: 35" },
	{ SPI_I, "its SPIi is not the request's" },
	{ VERSION, "its major version is not 2: 1.0" },
	{ MARKER, "it has four zero octets in front" },
	{ PORT, "it came from 127.0.0.1:" },
	{ ADDRESS, "it came from 127.0.0.2:" },
	{ MESSAGE_ID, "its message ID is not 0" },
	{ SPI_R, "SPIr is zero" },
	{ TRUNCATED, "it is too short for an IKE header: 20 octets" },
	{ TRAILING, "the header's Length is not the datagram's: 64, not 68" },
	/* Length counts them, and no payload does */
	{ TRAILING_COUNTED, "neither resumption nor ordinary response: " },
};

struct responder {
	int fd, other; /* where requests come to; another socket to answer from */
	GThread *thread;
	gint how;
	struct endpoint at;
};

static int bound(const char *address, uint16_t port, struct endpoint *at)
{
	struct sockaddr_storage sa = { 0 };
	struct endpoint e = { 0 };
	socklen_t n;
	int fd;

	assert_int_equal(address_from_text(address, &e.address), ERR_OK);
	e.port = port;
	n = endpoint_to_sockaddr(&e, &sa);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, n), 0);
	n = sizeof(sa);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &n), 0);
	assert_true(endpoint_from_sockaddr(&sa, at));
	return fd;
}

/* HDR, Nr of 32 octets: 28 + 4 + 32. */
static size_t sound_answer(const uint8_t *request, uint8_t *out)
{
	memset(out, 0, 64);
	memcpy(out, request, 8);
	memset(out + 8, 0x5a, 8);
	out[16] = 40; /* Nonce */
	out[17] = 0x20;
	out[18] = 34;
	out[19] = 0x20;
	out[27] = 64;
	out[31] = 36;
	memset(out + 32, 0xa5, 32);
	return 64;
}

static size_t spoil(enum spoil how, uint8_t *m, size_t n)
{
	switch (how) {
	case I_FLAG:
		m[19] = 0x28;
		break;
	case R_FLAG:
		m[19] = 0;
		break;
	case LENGTH:
		m[27] += 4;
		break;
	case EXCHANGE:
		m[18] = 35;
		break;
	case SPI_I:
		m[7] ^= 1;
		break;
	case VERSION:
		m[17] = 0x10;
		break;
	case MARKER:
		memmove(m + 4, m, n);
		memset(m, 0, 4);
		return n + 4;
	case MESSAGE_ID:
		m[23] = 1;
		break;
	case SPI_R:
		memset(m + 8, 0, 8);
		break;
	case TRUNCATED:
		return 20;
	case TRAILING_COUNTED:
		m[27] += 4;
		return n + 4;
	case TRAILING:
		return n + 4;
	default:
		break;
	}
	return n;
}

static gpointer respond(gpointer user)
{
	struct responder *r = user;
	uint8_t request[4096], answer[256] = { 0 };

	for (;;) {
		struct sockaddr_storage from = { 0 };
		socklen_t from_n = sizeof(from);
		const ssize_t got =
		    recvfrom(r->fd, request, sizeof(request), 0, (struct sockaddr *)&from, &from_n);
		const enum spoil how = (enum spoil)g_atomic_int_get(&r->how);
		size_t n;

		if (got <= 1) /* the end */
			return NULL;
		if (how == SILENT)
			continue;
		n = spoil(how, answer, sound_answer(request, answer));
		(void)!sendto(how == PORT || how == ADDRESS ? r->other : r->fd, answer, n, 0,
			      (struct sockaddr *)&from, from_n);
	}
}

/* On the heap: after a failed test its thread still has it. */
static struct responder *responder_start(enum spoil how)
{
	struct responder *r = g_new0(struct responder, 1);
	struct endpoint other;

	r->how = how;
	r->fd = bound("127.0.0.1", 0, &r->at);
	r->other = bound(how == ADDRESS ? "127.0.0.2" : "127.0.0.1", 0, &other);
	r->thread = g_thread_new("responder", respond, r);
	return r;
}

static void responder_stop(struct responder *r)
{
	struct sockaddr_storage sa;
	const socklen_t n = endpoint_to_sockaddr(&r->at, &sa);
	struct endpoint at;
	const int fd = bound("127.0.0.1", 0, &at);

	assert_int_equal(sendto(fd, "", 1, 0, (struct sockaddr *)&sa, n), 1);
	g_thread_join(r->thread);
	close(fd);
	close(r->fd);
	close(r->other);
	g_free(r);
}

struct bench {
	struct target target;
	struct probe probe;
	struct evidence *evidence;
	struct probe_case c;
	struct client *client;
};

static void bench_open(struct bench *b, const struct endpoint *at)
{
	struct target *t = &b->target;

	*b = (struct bench){ .c = { .id = "X01", .title = "x" } };
	t->gateway.given = true;
	t->gateway.ike = *at;
	t->client.n_suites = 1;
	assert_int_equal(suite_from_text("aes128-sha256-x25519", &t->client.suites[0]), ERR_OK);
	t->timers.answer = 400;
	t->timers.retransmit = 100;
	t->syn_payload_type = 200;
	b->probe = (struct probe){ .target = t, .context = g_main_context_new() };
	b->evidence = evidence_new(&b->c, NULL);
	b->client = client_new(&b->probe, b->evidence, &t->gateway, NULL);
	assert_non_null(b->client);
}

static void bench_close(struct bench *b)
{
	client_vanish(b->client);
	evidence_free(b->evidence);
	if (b->probe.ike_free)
		b->probe.ike_free(b->probe.ike);
	peers_free(&b->probe);
	g_main_context_unref(b->probe.context);
}

/* What the probe says of the answer to a request. */
static enum ike_answer_kind ask(struct bench *b, char *text, size_t cap)
{
	const struct init_request r = init_request_of(&b->target.client.suites[0], NULL);
	struct init_answer a;
	enum ike_answer_kind kind;

	client_fresh(b->client, CLIENT_NONCE_DEFAULT);
	kind = init_exchange(b->client, &r, &a);
	init_answer_text(&a, text, cap);
	init_answer_clear(&a);
	return kind;
}

/* On a busy machine the responder may be late: again, until it was not. */
#define PATIENCE 50

static enum ike_answer_kind ask_patiently(struct bench *b, char *text, size_t cap)
{
	enum ike_answer_kind kind = IKE_ANSWER_NONE;

	for (unsigned i = 0; i < PATIENCE; i++) {
		kind = ask(b, text, cap);
		if (!g_str_has_prefix(text, "no answer"))
			break;
	}
	return kind;
}

static void a_sound_answer_is_taken(void **state)
{
	struct responder *r;
	struct bench b;
	char text[320];

	(void)state;
	r = responder_start(SOUND);
	bench_open(&b, &r->at);
	assert_int_equal(ask_patiently(&b, text, sizeof(text)), IKE_ANSWER_RESUMED);
	bench_close(&b);
	responder_stop(r);
}

static void each_spoiled_field_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		struct responder *r;
		struct bench b;
		char text[320];
		enum ike_answer_kind kind;

		r = responder_start(kinds[i].how);
		bench_open(&b, &r->at);
		kind = ask_patiently(&b, text, sizeof(text));
		if (kind == IKE_ANSWER_RESUMED || kind == IKE_ANSWER_ORDINARY)
			fail_msg("%zu is taken for sound", i);
		if (!strstr(text, kinds[i].named) || strstr(text, "no answer"))
			fail_msg("\"%s\" does not say \"%s\"", text, kinds[i].named);
		bench_close(&b);
		responder_stop(r);
	}
}

static void silence_after_answers_is_told_apart(void **state)
{
	struct responder *r;
	struct bench b;
	char text[320];

	(void)state;
	r = responder_start(SILENT);
	bench_open(&b, &r->at);
	assert_int_equal(ask(&b, text, sizeof(text)), IKE_ANSWER_NONE);
	assert_string_equal(text, "no answer");
	g_atomic_int_set(&r->how, SOUND);
	assert_int_equal(ask_patiently(&b, text, sizeof(text)), IKE_ANSWER_RESUMED);
	g_atomic_int_set(&r->how, SILENT);
	assert_int_equal(ask(&b, text, sizeof(text)), IKE_ANSWER_NONE);
	assert_non_null(strstr(text, "no answer (it answered "));
	assert_non_null(strstr(text, "a limit per source, or died"));
	bench_close(&b);
	responder_stop(r);
}

static void a_closed_port_is_told(void **state)
{
	struct endpoint at;
	struct bench b;
	char text[320];
	const int fd = bound("127.0.0.1", 0, &at);

	(void)state;
	bench_open(&b, &at);
	close(fd); /* nobody listens there any more */
	assert_int_equal(ask(&b, text, sizeof(text)), IKE_ANSWER_NONE);
	assert_non_null(strstr(text, "port unreachable"));
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sound_answer_is_taken),
		cmocka_unit_test(each_spoiled_field_is_named),
		cmocka_unit_test(silence_after_answers_is_told_apart),
		cmocka_unit_test(a_closed_port_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
