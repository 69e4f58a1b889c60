/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MOBIKE (RFC 4555): a client moves, with its children, when it says so and can be reached there; and without it. */
#include "cmocka_all.h"
#include "asked.h"
#include "keys/nat_detection.h"
#include "planted.h"

static const struct gateway_path elsewhere = { .remote = { { 4, { 203, 0, 113, 77 } }, 4500 },
					       .nat = true };

static struct world *begin(struct peer *p, bool mobike, bool check)
{
	struct world *w = world_new();
	struct peer_init how = { 0 };
	struct peer_message m;
	struct peer_response r;

	w->site[A].config.mobike_check = check;
	world_start(w, A);
	peer_init(p, "client", "aes128-sha256-x25519");
	p->mobike = mobike;
	assert_int_equal(session_ask(w, A, p, &how), PEER_FULL);
	assert_true(peer_derive_full(p));
	peer_make_auth(p, true, &m);
	assert_true(session_exchange(w, A, p, &m, &r));
	assert_int_equal(peer_has_notify(&r, NOTIFY_MOBIKE_SUPPORTED), mobike);
	assert_true(peer_take_index(p, &r));
	world_drop_all(w);
	return w;
}

static void end(struct world *w, struct peer *p)
{
	peer_clear(p);
	world_free(w);
}

static bool is_at(const struct endpoint *e, const struct gateway_path *path)
{
	return endpoint_equal(e, &path->remote);
}

static const struct endpoint *child_at(struct world *w)
{
	assert_int_equal(w->site[A].plane.n, 1);
	return &w->site[A].plane.live[0].path.remote;
}

/* An INFORMATIONAL along `path` with what is in `in`; the answer, which must have come back there. */
static void say(struct world *w, struct peer *p, const struct gateway_path *path,
		struct peer_inner *in, struct peer_response *r)
{
	g_autoptr(GBytes) answer = NULL;
	struct peer_message m;
	gsize n;
	const void *octets;

	peer_seal(p, EXCHANGE_INFORMATIONAL, in, &m);
	world_drop_all(w);
	world_send_only(w, A, path, peer_span(&m));
	answer = world_take(w);
	assert_non_null(answer);
	assert_true(is_at(&w->last_way.remote, path));
	octets = g_bytes_get_data(answer, &n);
	assert_true(peer_open(p, span_of(octets, n), r));
	p->sa.window.next++;
	world_run(w);
}

static void say_moved(struct world *w, struct peer *p, const struct gateway_path *path,
		      struct peer_response *r)
{
	struct peer_inner in;
	uint8_t nat[NAT_DETECTION_SIZE] = { 1 };

	peer_inner_init(&in);
	ike_notify_write_simple(&in.in.w, NOTIFY_UPDATE_SA_ADDRESSES, SPAN_NONE);
	ike_notify_write_simple(&in.in.w, NOTIFY_NAT_DETECTION_SOURCE_IP, SPAN_OF(nat));
	ike_notify_write_simple(&in.in.w, NOTIFY_NAT_DETECTION_DESTINATION_IP, SPAN_OF(nat));
	say(w, p, path, &in, r);
	assert_true(peer_has_notify(r, NOTIFY_NAT_DETECTION_SOURCE_IP));
	assert_true(peer_has_notify(r, NOTIFY_NAT_DETECTION_DESTINATION_IP));
}

/* The gateway's question, at the new address: its COOKIE2. */
static void take_question(struct world *w, struct peer *p, uint32_t message_id, struct asked *a,
			  struct ike_notify *cookie)
{
	asked_take(w, p, EXCHANGE_INFORMATIONAL, message_id, a);
	assert_true(ike_notify_find(&a->m.inner, NOTIFY_COOKIE2, cookie));
	assert_in_range(cookie->data.n, 8, 64);
}

static void moves(void **state)
{
	struct peer p;
	struct world *w = begin(&p, true, true);
	struct peer_response r;
	struct ike_notify cookie;
	struct asked a;

	(void)state;
	say_moved(w, &p, &elsewhere, &r);
	assert_true(is_at(child_at(w), &session_path)); /* not before it is known to be there */
	take_question(w, &p, 0, &a, &cookie);
	assert_true(is_at(&w->last_way.remote, &elsewhere));
	asked_refuse(w, A, &p, &a, NOTIFY_COOKIE2, cookie.data);
	asked_clear(&a);
	assert_true(is_at(child_at(w), &elsewhere));
	assert_int_equal(w->site[A].plane.moved, 1);
	assert_int_equal(world_pending(w), 0);
	/* there already: nothing to ask */
	say_moved(w, &p, &elsewhere, &r);
	assert_int_equal(world_pending(w), 0);
	end(w, &p);
}

static void believed(void **state)
{
	struct peer p;
	struct world *w = begin(&p, true, false);
	struct peer_response r;

	(void)state;
	say_moved(w, &p, &elsewhere, &r);
	assert_int_equal(world_pending(w), 0);
	assert_true(is_at(child_at(w), &elsewhere));
	end(w, &p);
}

/* Another cookie, or none: the SA is closed (section 3.7). */
static void wrong_cookie(void **state)
{
	static const uint8_t wrong[8] = { 1 };

	(void)state;
	for (unsigned with = 0; with < 2; with++) {
		struct peer p;
		struct world *w = begin(&p, true, true);
		struct peer_response r;
		struct ike_notify cookie;
		struct asked a;

		say_moved(w, &p, &elsewhere, &r);
		take_question(w, &p, 0, &a, &cookie);
		if (with)
			asked_refuse(w, A, &p, &a, NOTIFY_COOKIE2, SPAN_OF(wrong));
		else
			asked_answer_empty(w, A, &p, &a);
		asked_clear(&a);
		assert_int_equal(gateway_counters(w->site[A].gateway)->sas, 0);
		asked_take(w, &p, EXCHANGE_INFORMATIONAL, 1, &a);
		assert_non_null(chain_find(&a.m.inner, PAYLOAD_DELETE));
		asked_clear(&a);
		assert_int_equal(w->site[A].plane.n, 0);
		end(w, &p);
	}
}

/* It moves again while it is asked: what counts is where it is last. */
static void moves_twice(void **state)
{
	struct gateway_path third = elsewhere;
	struct peer p;
	struct world *w = begin(&p, true, true);
	struct peer_response r;
	struct ike_notify cookie;
	struct asked a, b;

	(void)state;
	third.remote.port = 4501;
	say_moved(w, &p, &elsewhere, &r);
	take_question(w, &p, 0, &a, &cookie);
	say_moved(w, &p, &third, &r);
	world_drop_all(w);
	asked_refuse(w, A, &p, &a, NOTIFY_COOKIE2, cookie.data);
	asked_clear(&a);
	assert_true(is_at(child_at(w), &session_path));
	world_run(w);
	take_question(w, &p, 1, &b, &cookie);
	assert_true(is_at(&w->last_way.remote, &third));
	asked_refuse(w, A, &p, &b, NOTIFY_COOKIE2, cookie.data);
	asked_clear(&b);
	assert_true(is_at(child_at(w), &third));
	end(w, &p);
}

/* With MOBIKE other messages move nothing: they are answered where they come from, and our own go where the client is. */
static void says_nothing(void **state)
{
	struct peer p;
	struct world *w = begin(&p, true, true);
	struct peer_inner in;
	struct peer_response r;
	struct asked a;

	(void)state;
	peer_inner_init(&in);
	say(w, &p, &elsewhere, &in, &r);
	assert_true(is_at(child_at(w), &session_path));
	world_advance(w, (uint64_t)w->site[A].config.child_rekey_s * 1000);
	asked_take(w, &p, EXCHANGE_CREATE_CHILD_SA, 0, &a);
	assert_true(is_at(&w->last_way.remote, &session_path));
	asked_clear(&a);
	end(w, &p);
}

/* Without it the SA follows (RFC 7296 section 2.23), and UPDATE_SA_ADDRESSES is a status that nobody knows. */
static void without(void **state)
{
	struct peer p;
	struct world *w = begin(&p, false, true);
	struct peer_inner in;
	struct peer_response r;

	(void)state;
	peer_inner_init(&in);
	ike_notify_write_simple(&in.in.w, NOTIFY_UPDATE_SA_ADDRESSES, SPAN_NONE);
	ike_notify_write_simple(&in.in.w, NOTIFY_COOKIE2, span_text("12345678"));
	say(w, &p, &elsewhere, &in, &r);
	assert_int_equal(r.chain.n, 0);
	assert_int_equal(world_pending(w), 0);
	assert_true(is_at(child_at(w), &elsewhere));
	end(w, &p);
}

/* The client's own question is answered with its cookie. */
static void asked_by_the_client(void **state)
{
	struct peer p;
	struct world *w = begin(&p, true, true);
	struct peer_inner in;
	struct peer_response r;
	struct ike_notify n;
	static const uint8_t large[65] = { 1 };

	(void)state;
	peer_inner_init(&in);
	ike_notify_write_simple(&in.in.w, NOTIFY_COOKIE2, span_text("0123456789abcdef"));
	say(w, &p, &session_path, &in, &r);
	assert_true(ike_notify_find(&r.chain, NOTIFY_COOKIE2, &n));
	assert_true(span_equal(n.data, span_text("0123456789abcdef")));
	peer_inner_init(&in);
	ike_notify_write_simple(&in.in.w, NOTIFY_COOKIE2, SPAN_OF(large));
	say(w, &p, &session_path, &in, &r);
	assert_int_equal(r.chain.n, 0);
	end(w, &p);
}

/* NO_NATS_ALLOWED (section 3.9): addresses and ports as they are, or no move. */
static void no_nats(void **state)
{
	struct {
		uint8_t octets[13];
		size_t n;
		bool good;
	} data[] = {
		{ { 203, 0, 113, 77, 192, 0, 2, 1, 0x11, 0x94, 0x01, 0xf4 }, 12, true },
		{ { 203, 0, 113, 78, 192, 0, 2, 1, 0x11, 0x94, 0x01, 0xf4 }, 12, false },
		{ { 203, 0, 113, 77, 192, 0, 2, 2, 0x11, 0x94, 0x01, 0xf4 }, 12, false },
		{ { 203, 0, 113, 77, 192, 0, 2, 1, 0x11, 0x95, 0x01, 0xf4 }, 12, false },
		{ { 203, 0, 113, 77, 192, 0, 2, 1, 0x11, 0x94, 0x01, 0xf5 }, 12, false },
		{ { 203, 0, 113, 77, 192, 0, 2, 1, 0x11, 0x94, 0x01, 0xf4 }, 13, false },
		{ { 203, 0, 113, 77 }, 4, false },
		{ { 0 }, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(data); i++) {
		struct peer p;
		struct world *w = begin(&p, true, false);
		struct peer_inner in;
		struct peer_response r;

		peer_inner_init(&in);
		ike_notify_write_simple(&in.in.w, NOTIFY_UPDATE_SA_ADDRESSES, SPAN_NONE);
		ike_notify_write_simple(&in.in.w, NOTIFY_NO_NATS_ALLOWED,
					span_of(data[i].octets, data[i].n));
		say(w, &p, &elsewhere, &in, &r);
		assert_int_equal(peer_has_notify(&r, NOTIFY_UNEXPECTED_NAT_DETECTED),
				 !data[i].good);
		assert_true(is_at(child_at(w), data[i].good ? &elsewhere : &session_path));
		end(w, &p);
	}
}

/* Rule 17: that a client can MOBIKE is in its stub, and so it can where it resumes, and after a rekey. */
static void in_the_stub(void **state)
{
	struct peer p;
	struct world *w = begin(&p, true, true);
	struct peer_response r;
	struct planted o;

	(void)state;
	planted_open(w, &p.index, &o);
	assert_int_equal(o.stub.peer_features, STUB_PEER_PROFILE_1 | STUB_PEER_MOBIKE);
	world_advance(w, 5000);
	session_resume(w, A, &p);
	session_rekey(w, A, &p);
	planted_open(w, &p.index, &o);
	assert_int_equal(o.stub.peer_features, STUB_PEER_PROFILE_1 | STUB_PEER_MOBIKE);
	say_moved(w, &p, &elsewhere, &r);
	end(w, &p);
	w = begin(&p, false, true);
	planted_open(w, &p.index, &o);
	assert_int_equal(o.stub.peer_features, STUB_PEER_PROFILE_1);
	end(w, &p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moves),
		cmocka_unit_test(believed),
		cmocka_unit_test(wrong_cookie),
		cmocka_unit_test(moves_twice),
		cmocka_unit_test(says_nothing),
		cmocka_unit_test(without),
		cmocka_unit_test(asked_by_the_client),
		cmocka_unit_test(no_nats),
		cmocka_unit_test(in_the_stub),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
