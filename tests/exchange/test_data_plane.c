/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the data plane is told of child SAs: each that comes, and each that goes, once. */
#include "cmocka_all.h"
#include "session.h"

static struct memory_plane *plane(struct world *w, unsigned site)
{
	return &w->site[site].plane;
}

static void assert_counts(struct world *w, unsigned site, unsigned installed, unsigned removed)
{
	assert_int_equal(plane(w, site)->installed, installed);
	assert_int_equal(plane(w, site)->removed, removed);
	assert_int_equal(plane(w, site)->n, installed - removed);
	assert_int_equal(plane(w, site)->unknown, 0);
}

static void installed(void **state)
{
	struct world *w = world_new();
	const struct memory_plane_child *c = &plane(w, A)->live[0];
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	assert_counts(w, A, 1, 0);
	assert_int_equal(c->spi_out, p.esp_in);
	assert_true(c->spi_in >= 256); /* RFC 4303 section 2.1 */
	assert_false(c->transport);
	assert_true(endpoint_equal(&c->path.remote, &session_path.remote));
	assert_memory_equal(c->tsi.at[0].start, p.inner, 4); /* narrowed to the inner address */
	assert_memory_equal(c->tsi.at[0].end, p.inner, 4);
	/* aes128gcm16: a key of 16 octets and a salt of 4 for each direction (RFC 4106) */
	assert_int_equal(c->keys.encr_i.n, 20);
	assert_int_equal(c->keys.encr_r.n, 20);
	assert_int_equal(c->keys.integ_i.n, 0);
	assert_memory_not_equal(c->keys.encr_i.octets, c->keys.encr_r.octets, 20);
	peer_clear(&p);
	world_free(w);
}

static void deleted_alone(void **state)
{
	struct world *w = world_new();
	struct ike_delete d = { .protocol = PROTOCOL_ESP, .n = 1 };
	struct peer_inner in;
	struct peer_message m;
	struct peer_response r;
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	d.spis[0] = p.esp_in;
	peer_inner_init(&in);
	ike_delete_write(&in.in.w, &d);
	peer_seal(&p, EXCHANGE_INFORMATIONAL, &in, &m);
	assert_true(session_exchange(w, A, &p, &m, &r));
	assert_counts(w, A, 1, 1);
	session_delete(w, A, &p);
	assert_counts(w, A, 1, 1); /* not a second time with its IKE SA */
	peer_clear(&p);
	world_free(w);
}

static void rekeyed_then_deleted(void **state)
{
	struct world *w = world_new();
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	session_rekey(w, A, &p);
	assert_counts(w, A, 1, 0); /* children go over as they are */
	session_delete(w, A, &p);
	assert_counts(w, A, 1, 1);
	peer_clear(&p);
	world_free(w);
}

/* At the end of the lifetime nothing is carried any more, whether or not the client has answered. */
static void lifetime_over(void **state)
{
	struct world *w = world_new();
	struct peer p;

	(void)state;
	w->site[A].config.ike_lifetime_s = 3600;
	world_start(w, A);
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	world_advance(w, 3600 * 1000);
	assert_counts(w, A, 1, 1);
	peer_clear(&p);
	world_free(w);
}

/* The old SA at this very gateway goes when the client resumes, and takes its children along. */
static void resumed(void **state)
{
	struct world *w = world_new();
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	session_resume(w, A, &p);
	assert_counts(w, A, 1, 1);
	peer_clear(&p);
	world_free(w);
}

static void stopped(void **state)
{
	struct world *w = world_new();
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	world_kill(w, A);
	assert_counts(w, A, 1, 1);
	peer_clear(&p);
	world_free(w);
}

/* What cannot be carried is refused; the IKE SA stands (RFC 7296 section 1.2). */
static void refused(void **state)
{
	struct world *w = world_new();
	struct peer_init how = { 0 };
	struct peer_message m;
	struct peer_response r;
	struct peer p;

	(void)state;
	plane(w, A)->refuse = true;
	peer_init(&p, "client", "aes128-sha256-x25519");
	assert_int_equal(session_ask(w, A, &p, &how), PEER_FULL);
	assert_true(peer_derive_full(&p));
	peer_make_auth(&p, true, &m);
	assert_true(session_exchange(w, A, &p, &m, &r));
	assert_non_null(chain_find(&r.chain, PAYLOAD_AUTH));
	assert_true(peer_has_notify(&r, NOTIFY_NO_ADDITIONAL_SAS));
	assert_null(chain_find(&r.chain, PAYLOAD_SA));
	assert_true(session_is_alive(w, A, &p));
	session_delete(w, A, &p);
	assert_counts(w, A, 0, 0);
	peer_clear(&p);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(installed),
		cmocka_unit_test(deleted_alone),
		cmocka_unit_test(rekeyed_then_deleted),
		cmocka_unit_test(lifetime_over),
		cmocka_unit_test(resumed),
		cmocka_unit_test(stopped),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
