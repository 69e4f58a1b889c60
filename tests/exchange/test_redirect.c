/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clients that are sent to another gateway: on a live SA and at their login (RFC 5685), and what becomes of their stubs (rule 19). */
#include "cmocka_all.h"
#include "core/sa.h"
#include "exchange/redirect.h"
#include "ike/ike_told.h"
#include "session.h"

static const struct peer_init able = { .redirect = true };

/* IKE_SA_INIT as `how` says, and IKE_AUTH. */
static void log_in(struct world *w, struct peer *p, const struct peer_init *how,
		   struct peer_response *r)
{
	struct peer_message m;

	assert_int_equal(session_ask(w, A, p, how), PEER_FULL);
	assert_true(peer_derive_full(p));
	peer_make_auth(p, true, &m);
	assert_true(session_exchange(w, A, p, &m, r));
	assert_false(peer_has_notify(r, NOTIFY_AUTHENTICATION_FAILED));
	assert_non_null(chain_find(&r->chain, PAYLOAD_AUTH));
}

static struct world *begin(struct peer *p, const struct peer_init *how)
{
	struct world *w = world_new();
	struct peer_response r;

	peer_init(p, "client", "aes128-sha256-x25519");
	log_in(w, p, how, &r);
	assert_true(peer_take_index(p, &r));
	world_drop_all(w);
	return w;
}

static void end(struct world *w, struct peer *p)
{
	peer_clear(p);
	world_free(w);
}

/* Gateway B, as the gateway would be told. */
static struct ike_redirect to_b(void)
{
	struct ike_redirect to;

	assert_int_equal(ike_redirect_from_text("192.0.2.2", &to), ERR_OK);
	return to;
}

static struct sa *sa_of(struct world *w, const struct peer *p)
{
	struct sa *sa = sa_find(w->site[A].gateway, p->sa.spi_r);

	assert_non_null(sa);
	return sa;
}

/* What the gateway asks now; its message ID. Asserts that it is N(REDIRECT) to B, octet by octet. */
static uint32_t take_redirect(struct world *w, struct peer *p)
{
	static const uint8_t expected[] = { 1, 4, 192, 0, 2, 2 };
	g_autoptr(GBytes) b = NULL;
	uint8_t plain[PEER_BUFFER];
	struct ike_protected m;
	struct ike_notify n;
	const uint8_t *octets;
	gsize size;

	world_advance(w, 10);
	b = world_take(w);
	assert_non_null(b);
	octets = g_bytes_get_data(b, &size);
	assert_int_equal(ike_client_open(&p->sa, span_of(octets, size), plain, sizeof(plain), &m),
			 0);
	assert_int_equal(m.header.exchange, EXCHANGE_INFORMATIONAL);
	assert_int_equal(m.header.flags, 0);
	assert_int_equal(m.inner.n, 1);
	assert_true(ike_notify_find(&m.inner, NOTIFY_REDIRECT, &n));
	assert_true(span_equal(n.data, SPAN_OF(expected)));
	return m.header.message_id;
}

/* The stub stays for a minute: B resumes the session, and A's late delete does it no harm. */
static void a_live_client_goes_and_resumes(void **state)
{
	const struct ike_redirect to = to_b();
	struct peer p;
	struct world *w = begin(&p, &able);

	(void)state;
	assert_true(redirect(sa_of(w, &p), &to));
	session_answer(w, A, &p, take_redirect(w, &p), false);
	assert_true(session_is_alive(w, A, &p)); /* it may stay */
	session_delete(w, A, &p);
	world_run(w);
	assert_int_equal(w->bank.deletes, 0);
	world_advance(w, 59 * 1000);
	assert_int_equal(memory_bank_live(&w->bank), 1);
	world_drop_all(w);
	session_resume(w, B, &p);
	world_advance(w, 60 * 1000);
	world_run(w);
	assert_true(session_is_alive(w, B, &p));
	assert_int_equal(memory_bank_live(&w->bank), 1);
	end(w, &p);
}

/* And no longer than that. */
static void its_stub_goes_after_a_minute(void **state)
{
	const struct ike_redirect to = to_b();
	struct peer p;
	struct world *w = begin(&p, &able);

	(void)state;
	assert_true(redirect(sa_of(w, &p), &to));
	session_answer(w, A, &p, take_redirect(w, &p), false);
	session_delete(w, A, &p);
	world_advance(w, 61 * 1000);
	world_run(w);
	assert_int_equal(w->bank.deletes, 1);
	assert_int_equal(memory_bank_live(&w->bank), 0);
	end(w, &p);
}

/* A Delete before it has heard of it is an ordinary one; and a gateway that ends forgets the rest. */
static void unheard_is_as_if_unsaid(void **state)
{
	const struct ike_redirect to = to_b();
	struct peer p;
	struct world *w = begin(&p, &able);

	(void)state;
	assert_true(redirect(sa_of(w, &p), &to));
	(void)take_redirect(w, &p);
	session_delete(w, A, &p);
	world_run(w);
	assert_int_equal(memory_bank_live(&w->bank), 0);
	end(w, &p);
	w = begin(&p, &able);
	assert_true(redirect(sa_of(w, &p), &to));
	session_answer(w, A, &p, take_redirect(w, &p), false);
	session_delete(w, A, &p);
	end(w, &p); /* with a stub that lingers */
}

static void who_has_not_announced_it_is_never_asked(void **state)
{
	const struct peer_init unable = { .redirect = false };
	const struct ike_redirect to = to_b();
	struct peer_response r;
	struct peer p;
	struct world *w = begin(&p, &unable);

	(void)state;
	assert_false(redirect(sa_of(w, &p), &to));
	world_advance(w, 1000);
	assert_int_equal(world_pending(w), 0);
	gateway_set_redirect(w->site[A].gateway, &to, false);
	peer_restart(&p);
	log_in(w, &p, &unable, &r);
	assert_false(peer_has_notify(&r, NOTIFY_REDIRECT));
	assert_non_null(chain_find(&r.chain, PAYLOAD_TSI));
	end(w, &p);
}

/* It waits for a rekey of ours, and goes on to the SA that this makes. */
static void it_waits_for_its_turn(void **state)
{
	const struct ike_redirect to = to_b();
	struct peer p;
	struct world *w = begin(&p, &able);

	(void)state;
	assert_true(redirect(sa_of(w, &p), &to));
	session_rekey(w, A, &p);
	session_answer(w, A, &p, take_redirect(w, &p), false);
	assert_true(sa_of(w, &p)->redirected);
	end(w, &p);
}

/* After its login a client gets AUTH and where to go, no child, no INDEX, no stub; it has half a minute. */
static void a_login_is_sent_on(void **state)
{
	const struct peer_init sent_here = { .redirect = true, .redirected_from = true };
	const struct ike_redirect to = to_b();
	struct world *w = world_new();
	struct peer_response r;
	struct peer p, q;

	(void)state;
	gateway_set_redirect(w->site[A].gateway, &to, false);
	peer_init(&p, "client", "aes128-sha256-x25519");
	peer_init(&q, "client", "aes128-sha256-x25519");
	log_in(w, &p, &able, &r);
	assert_true(peer_has_notify(&r, NOTIFY_REDIRECT));
	assert_null(chain_find(&r.chain, PAYLOAD_SA));
	assert_null(chain_find(&r.chain, PAYLOAD_TSI));
	assert_null(chain_find(&r.chain, PAYLOAD_CP));
	assert_int_equal(ike_told_index_count(&r.chain), 0);
	world_run(w);
	assert_int_equal(w->bank.inits, 0);
	assert_int_equal(gateway_counters(w->site[A].gateway)->redirected, 1);
	assert_true(session_is_alive(w, A, &p));
	/* Who was sent here stays here: two gateways do not play ball with it. */
	log_in(w, &q, &sent_here, &r);
	assert_false(peer_has_notify(&r, NOTIFY_REDIRECT));
	assert_non_null(chain_find(&r.chain, PAYLOAD_TSI));
	world_drop_all(w);
	world_advance(w, 31 * 1000);
	assert_true(world_pending(w) > 0); /* the Delete */
	world_drop_all(w);
	world_advance(w, 120 * 1000);
	assert_int_equal(gateway_counters(w->site[A].gateway)->sas, 1);
	peer_clear(&q);
	end(w, &p);
}

/* The other way: all of it, and then it is asked to go. */
static void a_login_is_sent_on_later(void **state)
{
	const struct ike_redirect to = to_b();
	struct world *w = world_new();
	struct peer_response r;
	struct peer p;

	(void)state;
	gateway_set_redirect(w->site[A].gateway, &to, true);
	peer_init(&p, "client", "aes128-sha256-x25519");
	log_in(w, &p, &able, &r);
	assert_false(peer_has_notify(&r, NOTIFY_REDIRECT));
	assert_non_null(chain_find(&r.chain, PAYLOAD_TSI));
	assert_true(peer_take_index(&p, &r));
	session_answer(w, A, &p, take_redirect(w, &p), false);
	assert_true(sa_of(w, &p)->redirected);
	session_resume(w, B, &p);
	end(w, &p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_live_client_goes_and_resumes),
		cmocka_unit_test(its_stub_goes_after_a_minute),
		cmocka_unit_test(unheard_is_as_if_unsaid),
		cmocka_unit_test(who_has_not_announced_it_is_never_asked),
		cmocka_unit_test(it_waits_for_its_turn),
		cmocka_unit_test(a_login_is_sent_on),
		cmocka_unit_test(a_login_is_sent_on_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
