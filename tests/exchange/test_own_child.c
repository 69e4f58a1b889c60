/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Children that the gateway rekeys and deletes itself (RFC 7296 sections 1.3.3, 2.8, 2.8.1, 2.25.1). */
#include <stdio.h>

#include "cmocka_all.h"
#include "asked.h"

#include "ike/ike_asked.h"
#include "ike/ike_child.h"
#include "ike/ike_inform.h"
#include "ike/ike_rekey.h"

#define REKEY_S 600
#define LIFETIME_S 800

static struct world *begin_with(struct peer *p, const char *esp)
{
	struct world *w = world_new();
	struct gateway_config *c = &w->site[A].config;

	c->child_rekey_s = REKEY_S;
	c->child_lifetime_s = LIFETIME_S;
	c->rekey_jitter_percent = 0;
	c->request_first_ms = 1000;
	c->request_tries = 3;
	if (esp) {
		c->n_esp = 1;
		assert_int_equal(suite_esp_from_text(esp, &c->esp[0]), ERR_OK);
	}
	world_start(w, A);
	peer_init(p, "client", "aes128-sha256-x25519");
	session_establish(w, A, p, true);
	world_drop_all(w);
	return w;
}

static struct world *begin(struct peer *p)
{
	return begin_with(p, NULL);
}

static void end(struct world *w, struct peer *p)
{
	peer_clear(p);
	world_free(w);
}

static struct memory_plane_child *carried(struct world *w, uint32_t spi_in)
{
	struct memory_plane *plane = &w->site[A].plane;

	for (unsigned i = 0; i < plane->n; i++)
		if (plane->live[i].spi_in == spi_in)
			return &plane->live[i];
	return NULL;
}

static bool same_ts(const struct ike_ts_list *a, const struct ike_ts_list *b)
{
	return a->n == 1 && b->n == 1 && a->at[0].type == b->at[0].type &&
	       memcmp(a->at[0].start, b->at[0].start, 4) == 0 &&
	       memcmp(a->at[0].end, b->at[0].end, 4) == 0;
}

static bool same_secret(const struct secret *a, const struct secret *b)
{
	return a->n == b->n && memcmp(a->octets, b->octets, a->n) == 0;
}

/* The gateway has asked for the rekey of `old_in`: read and accept; nothing is sent yet. */
static void accept_rekey(struct peer *p, const struct asked *a, const struct suite_esp *suite,
			 struct peer_inner *in, struct ike_asked_child *k)
{
	assert_int_equal(ike_asked_kind(&a->m.inner), IKE_ASKED_CHILD_REKEY);
	peer_inner_init(in);
	assert_true(ike_asked_child(&a->m.inner, &p->sa, suite, 1, &p->rng, &in->in, k));
}

/* The gateway deletes exactly this child. */
static void take_child_delete(struct world *w, struct peer *p, uint32_t message_id, uint32_t spi,
			      struct asked *a)
{
	struct ike_delete d;
	struct fault fault;

	asked_take(w, p, EXCHANGE_INFORMATIONAL, message_id, a);
	assert_int_equal(ike_delete_parse(chain_find(&a->m.inner, PAYLOAD_DELETE), &d, &fault), 0);
	assert_int_equal(d.protocol, PROTOCOL_ESP);
	assert_int_equal(d.n, 1);
	assert_int_equal(d.spis[0], spi);
}

/* Same selectors, new keys that both ends have alike, then Delete of the old one. */
static void rekeyed(void **state)
{
	struct peer p;
	struct world *w = begin(&p);
	const struct memory_plane_child old = w->site[A].plane.live[0], *new;
	struct ike_asked_child k;
	struct peer_inner in;
	struct asked a;

	(void)state;
	world_advance(w, REKEY_S * 1000 - 1);
	assert_int_equal(world_pending(w), 0);
	world_advance(w, 1);
	asked_take(w, &p, EXCHANGE_CREATE_CHILD_SA, 0, &a);
	accept_rekey(&p, &a, &p.esp, &in, &k);
	assert_int_equal(k.old_out, old.spi_in);
	/* the gateway is the initiator now: its side first */
	assert_true(same_ts(&k.ts_i, &old.tsr) && same_ts(&k.ts_r, &old.tsi));
	asked_answer(w, A, &p, &a, &in);
	asked_clear(&a);
	new = carried(w, k.spi_out);
	assert_non_null(new);
	assert_int_equal(new->spi_out, k.spi_in);
	assert_true(same_ts(&new->tsi, &old.tsi) && same_ts(&new->tsr, &old.tsr));
	assert_true(same_secret(&new->keys.encr_i, &k.keys.encr_r));
	assert_true(same_secret(&new->keys.encr_r, &k.keys.encr_i));
	assert_false(same_secret(&new->keys.encr_i, &old.keys.encr_i));
	take_child_delete(w, &p, 1, old.spi_in, &a);
	assert_non_null(carried(w, old.spi_in)); /* until the client has answered */
	asked_answer_empty(w, A, &p, &a);
	asked_clear(&a);
	assert_null(carried(w, old.spi_in));
	assert_int_equal(w->site[A].plane.n, 1);
	/* and the same again */
	world_advance(w, REKEY_S * 1000);
	asked_take(w, &p, EXCHANGE_CREATE_CHILD_SA, 2, &a);
	accept_rekey(&p, &a, &p.esp, &in, &k);
	assert_int_equal(k.old_out, w->site[A].plane.live[0].spi_in);
	child_keys_clear(&k.keys);
	asked_clear(&a);
	end(w, &p);
}

/* With a group of its own where one is configured; and with the one that the client wants. */
static void with_ke(void **state)
{
	struct ike_ke_wanted wanted = ike_ke_wanted(DH_ECP256);
	struct ike_asked_child k;
	struct suite_esp suite;
	struct peer_inner in;
	struct peer p;
	struct world *w;
	struct asked a;

	(void)state;
	w = begin_with(&p, "aes128gcm16");
	assert_int_equal(suite_esp_from_text("aes128gcm16-ecp256", &suite), ERR_OK);
	world_advance(w, REKEY_S * 1000);
	asked_take(w, &p, EXCHANGE_CREATE_CHILD_SA, 0, &a);
	assert_null(chain_find(&a.m.inner, PAYLOAD_KE));
	asked_refuse(w, A, &p, &a, NOTIFY_INVALID_KE_PAYLOAD, SPAN_OF(wanted.octets));
	asked_clear(&a);
	world_run(w);
	asked_take(w, &p, EXCHANGE_CREATE_CHILD_SA, 1, &a);
	accept_rekey(&p, &a, &suite, &in, &k);
	asked_answer(w, A, &p, &a, &in);
	asked_clear(&a);
	assert_non_null(carried(w, k.spi_out));
	assert_true(same_secret(&carried(w, k.spi_out)->keys.encr_i, &k.keys.encr_r));
	end(w, &p);
}

/* What the client answers instead, and when it is asked again. */
static void refused(void **state)
{
	static const struct {
		uint16_t notify;
		unsigned
		    again_s; /* at the latest; 0: not before the child's end, which deletes it */
	} answers[] = { { NOTIFY_TEMPORARY_FAILURE, 10 },
			{ NOTIFY_NO_ADDITIONAL_SAS, 0 },
			{ NOTIFY_NO_PROPOSAL_CHOSEN, 0 },
			{ NOTIFY_TS_UNACCEPTABLE, 0 },
			{ NOTIFY_INVALID_KE_PAYLOAD, 0 } /* without a group */ };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
		struct peer p;
		struct world *w = begin(&p);
		uint32_t old = w->site[A].plane.live[0].spi_in;
		struct asked a;

		world_advance(w, REKEY_S * 1000);
		asked_take(w, &p, EXCHANGE_CREATE_CHILD_SA, 0, &a);
		asked_refuse(w, A, &p, &a, answers[i].notify, SPAN_NONE);
		asked_clear(&a);
		assert_int_equal(world_pending(w), 0);
		assert_int_equal(w->site[A].plane.n, 1);
		world_advance(w, answers[i].again_s * 1000);
		if (answers[i].again_s) {
			asked_take(w, &p, EXCHANGE_CREATE_CHILD_SA, 1, &a);
		} else {
			world_advance(w, (LIFETIME_S - REKEY_S) * 1000 - 1);
			assert_int_equal(world_pending(w), 0);
			world_advance(w, 1);
			take_child_delete(w, &p, 1, old, &a);
			asked_answer_empty(w, A, &p, &a);
			assert_int_equal(w->site[A].plane.n, 0);
		}
		asked_clear(&a);
		assert_true(session_is_alive(w, A, &p));
		end(w, &p);
	}
}

/* A child that the client does not know is none; an answer that says that nothing could be read is the end (2.21.3). */
static void unknown_and_fatal(void **state)
{
	struct peer p;
	struct world *w = begin(&p);
	struct asked a;

	(void)state;
	world_advance(w, REKEY_S * 1000);
	asked_take(w, &p, EXCHANGE_CREATE_CHILD_SA, 0, &a);
	asked_refuse(w, A, &p, &a, NOTIFY_CHILD_SA_NOT_FOUND, SPAN_NONE);
	asked_clear(&a);
	assert_int_equal(w->site[A].plane.n, 0);
	assert_true(session_is_alive(w, A, &p));
	end(w, &p);
	w = begin(&p);
	world_advance(w, REKEY_S * 1000);
	asked_take(w, &p, EXCHANGE_CREATE_CHILD_SA, 0, &a);
	asked_refuse(w, A, &p, &a, NOTIFY_INVALID_SYNTAX, SPAN_NONE);
	asked_clear(&a);
	assert_int_equal(w->site[A].plane.n, 0);
	assert_int_equal(gateway_counters(w->site[A].gateway)->sas, 0);
	assert_int_equal(w->bank.deletes, 1);
	end(w, &p);
}

/*
 * The client answers the rekey with this suite and, of its own side, with these selectors (NULL: as asked): neither is what
 * was offered. It is given back: the client has made a child by then.
 */
static void nonsense_of(const char *esp, const struct ike_ts_list *ours,
			const struct ike_ts_list *theirs)
{
	struct peer p;
	struct world *w = begin(&p);
	struct ike_asked_child k;
	struct peer_inner in;
	struct suite_esp chosen = p.esp;
	struct asked a;

	if (esp)
		assert_int_equal(suite_esp_from_text(esp, &chosen), ERR_OK);
	world_advance(w, REKEY_S * 1000);
	asked_take(w, &p, EXCHANGE_CREATE_CHILD_SA, 0, &a);
	accept_rekey(&p, &a, &p.esp, &in, &k);
	child_keys_clear(&k.keys);
	peer_inner_init(&in);
	{
		struct ike_sa sa;

		ike_sa_init(&sa);
		assert_true(suite_esp_add_proposal(&sa, &chosen, k.spi_in));
		ike_sa_write(&in.in.w, &sa);
		ike_nonce_write(&in.in.w, SPAN_OF(k.nr));
		ike_ts_write(&in.in.w, PAYLOAD_TSI, theirs ? theirs : &k.ts_i);
		ike_ts_write(&in.in.w, PAYLOAD_TSR, ours ? ours : &k.ts_r);
	}
	asked_answer(w, A, &p, &a, &in);
	asked_clear(&a);
	assert_int_equal(w->site[A].plane.n, 1);
	take_child_delete(w, &p, 1, k.spi_out, &a);
	asked_answer_empty(w, A, &p, &a);
	asked_clear(&a);
	assert_int_equal(w->site[A].plane.unknown, 0);
	assert_true(session_is_alive(w, A, &p));
	end(w, &p);
}

static void nonsense(void **state)
{
	(void)state;
	nonsense_of("aes256gcm16", NULL, NULL);
}

/* Whoever answers with wider selectors wants others' traffic. */
static void wider_selectors(void **state)
{
	const struct ike_ts_list all = { .n = 1, .at = { ike_ts_any(4) } };
	const struct ike_ts_list six = { .n = 1, .at = { ike_ts_any(6) } };

	(void)state;
	nonsense_of(NULL, &all, NULL);
	nonsense_of(NULL, &six, NULL);
	nonsense_of(NULL, NULL, &six);
}

static void unanswered(void **state)
{
	struct peer p;
	struct world *w = begin(&p);

	(void)state;
	world_advance(w, REKEY_S * 1000);
	for (unsigned i = 0; i < 3; i++)
		world_advance(w, 1000u << i);
	assert_int_equal(world_pending(w), 3);
	assert_int_equal(gateway_counters(w->site[A].gateway)->sas, 0);
	assert_int_equal(w->site[A].plane.n, 0);
	end(w, &p);
}

/* The client's own rekey of its child; the gateway's SPI of the new one, and the lower nonce, come back. */
static uint32_t client_rekeys(struct world *w, struct peer *p, uint32_t *spi_in, const char *seed,
			      GBytes **low)
{
	struct ike_child_offer offer = {
		.n_suites = 1, .suites = &p->esp, .nonce = true, .rekey_of = p->esp_in
	};
	struct ike_child child;
	struct peer_inner in;
	struct peer_message m;
	struct peer_response r;
	struct rng_fixed state;
	struct rng rng = rng_fixed(&state, seed);

	peer_inner_init(&in);
	ike_child_write(&in.in, &offer, &rng, &child);
	peer_seal(p, EXCHANGE_CREATE_CHILD_SA, &in, &m);
	assert_true(session_exchange(w, A, p, &m, &r));
	if (!ike_child_read(&r.chain, &offer, &child, NULL))
		return 0;
	*spi_in = child.spi_in;
	assert_int_equal(child.nr.n, 32);
	*low = g_bytes_new(memcmp(child.ni, child.nr.p, 32) < 0 ? child.ni : child.nr.p, 32);
	return child.spi_out;
}

/* RFC 7296 section 2.8.1: both at once. The exchange with the lowest of the four nonces has lost, and who began it deletes. */
static void crossing(void **state)
{
	unsigned lost = 0, won = 0;

	(void)state;
	for (unsigned round = 0; round < 8; round++) {
		struct peer p;
		struct world *w = begin(&p);
		uint32_t old = w->site[A].plane.live[0].spi_in, theirs, theirs_in = 0;
		g_autoptr(GBytes) low = NULL;
		struct ike_asked_child k;
		struct peer_inner in;
		struct asked a, b;
		bool gateway_lost;
		char seed[16];

		snprintf(seed, sizeof(seed), "round %u", round); /* other nonces each time */
		for (unsigned i = 0; i < round; i++)
			(void)rng_spi(&p.rng);
		world_advance(w, REKEY_S * 1000);
		asked_take(w, &p, EXCHANGE_CREATE_CHILD_SA, 0, &a);
		theirs = client_rekeys(w, &p, &theirs_in, seed, &low);
		assert_int_not_equal(theirs, 0);
		assert_int_equal(w->site[A].plane.n, 2);
		accept_rekey(&p, &a, &p.esp, &in, &k);
		gateway_lost = memcmp(memcmp(k.ni.p, k.nr, 32) < 0 ? k.ni.p : k.nr,
				      g_bytes_get_data(low, NULL), 32) < 0;
		asked_answer(w, A, &p, &a, &in);
		if (gateway_lost) {
			lost++;
			assert_null(carried(w, k.spi_out));
			take_child_delete(w, &p, 1, k.spi_out, &b);
			asked_answer_empty(w, A, &p, &b);
			assert_non_null(carried(w, theirs));
			/* the client deletes the old one */
			p.esp_in = 0;
		} else {
			won++;
			assert_non_null(carried(w, k.spi_out));
			take_child_delete(w, &p, 1, old, &b);
			asked_answer_empty(w, A, &p, &b);
			assert_null(carried(w, old));
			assert_non_null(carried(w, theirs)); /* the client deletes it */
		}
		assert_int_equal(w->site[A].plane.unknown, 0);
		assert_true(session_is_alive(w, A, &p));
		child_keys_clear(&k.keys);
		asked_clear(&a);
		asked_clear(&b);
		end(w, &p);
	}
	assert_true(lost > 0 && won > 0);
}

/* A child that is just being deleted is not rekeyed (2.25.1); both ends' Deletes cross without naming the pair twice (1.4.1). */
static void about_to_be_deleted(void **state)
{
	struct peer p;
	struct world *w = begin(&p);
	struct peer_response r;
	struct peer_message m;
	struct peer_inner in;
	struct asked a;

	(void)state;
	w->site[A].config.child_rekey_s = 0;
	world_start(w, A);
	session_establish(w, A, &p, true);
	world_advance(w, LIFETIME_S * 1000);
	asked_take(w, &p, EXCHANGE_INFORMATIONAL, 0, &a);
	{
		struct ike_child_offer offer = {
			.n_suites = 1, .suites = &p.esp, .nonce = true, .rekey_of = p.esp_in
		};
		struct ike_child child;

		peer_inner_init(&in);
		ike_child_write(&in.in, &offer, &p.rng, &child);
		peer_seal(&p, EXCHANGE_CREATE_CHILD_SA, &in, &m);
		assert_true(session_exchange(w, A, &p, &m, &r));
		assert_true(peer_has_notify(&r, NOTIFY_TEMPORARY_FAILURE));
	}
	/* nor is the IKE SA (2.25.2) */
	{
		struct dh *dh = dh_new(p.suite.dh);
		struct ike_rekey k = { .suite = p.suite, .dh = dh };

		peer_inner_init(&in);
		ike_rekey_write(&in.in, &k, &p.rng);
		peer_seal(&p, EXCHANGE_CREATE_CHILD_SA, &in, &m);
		assert_true(session_exchange(w, A, &p, &m, &r));
		assert_true(peer_has_notify(&r, NOTIFY_TEMPORARY_FAILURE));
		dh_free(dh);
	}
	peer_inner_init(&in);
	ike_inform_delete_child(&in.in, p.esp_in);
	peer_seal(&p, EXCHANGE_INFORMATIONAL, &in, &m);
	assert_true(session_exchange(w, A, &p, &m, &r));
	assert_int_equal(r.chain.n, 0);
	assert_int_equal(w->site[A].plane.n, 0);
	asked_answer_empty(w, A, &p, &a);
	asked_clear(&a);
	assert_true(session_is_alive(w, A, &p));
	end(w, &p);
}

/* A client that rekeys and forgets to delete does not keep two. */
static void forgotten(void **state)
{
	struct peer p;
	struct world *w = begin(&p);
	uint32_t old = w->site[A].plane.live[0].spi_in, theirs, theirs_in;
	g_autoptr(GBytes) low = NULL;
	struct asked a;

	(void)state;
	theirs = client_rekeys(w, &p, &theirs_in, "client", &low);
	world_drop_all(w);
	world_advance(w, 60 * 1000);
	take_child_delete(w, &p, 0, old, &a);
	asked_answer_empty(w, A, &p, &a);
	asked_clear(&a);
	assert_int_equal(w->site[A].plane.n, 1);
	assert_non_null(carried(w, theirs));
	end(w, &p);
}

/* No two children of the same age are rekeyed at the same moment. */
static void with_jitter(void **state)
{
	struct peer p;
	struct world *w = begin(&p);
	unsigned last = 0, changes = 0;

	(void)state;
	w->site[A].config.rekey_jitter_percent = 10;
	world_start(w, A);
	for (unsigned i = 0; i < 12; i++)
		session_establish(w, A, &p, true);
	world_drop_all(w);
	world_advance(w, REKEY_S * 900 - 1);
	assert_int_equal(world_pending(w), 0);
	for (unsigned i = 0; i <= REKEY_S / 10; i++) {
		world_advance(w, 1000);
		changes += world_pending(w) != last;
		last = world_pending(w);
		if (last > 12) /* repetitions */
			break;
	}
	assert_true(changes > 4);
	end(w, &p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rekeyed),
		cmocka_unit_test(with_ke),
		cmocka_unit_test(refused),
		cmocka_unit_test(unknown_and_fatal),
		cmocka_unit_test(nonsense),
		cmocka_unit_test(wider_selectors),
		cmocka_unit_test(unanswered),
		cmocka_unit_test(crossing),
		cmocka_unit_test(about_to_be_deleted),
		cmocka_unit_test(forgotten),
		cmocka_unit_test(with_jitter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
