/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traffic selectors, narrowed always (RFC 7296 section 2.9), and inner addresses: how many, and nobody's twice (rule 17). */
#include "cmocka_all.h"
#include "session.h"

#include "ike/ike_child.h"

static struct ike_ts range(uint32_t from, uint32_t to)
{
	struct ike_ts ts = ike_ts_any(4);

	address_ip4_write(ts.start, from);
	address_ip4_write(ts.end, to);
	return ts;
}

#define OUTER 0xc6336407u /* 198.51.100.7: where the client comes from */
#define GATEWAY_A 0xc0000201u

/* CREATE_CHILD_SA with these selectors; what was answered for each, n 0: refused, with `error`. */
struct asked_child {
	struct ike_ts_list tsi, tsr; /* of the answer */
	uint16_t error;
};

static void ask(struct world *w, struct peer *p, const struct gateway_path *path,
		const struct ike_ts_list *i, const struct ike_ts_list *r, bool transport,
		struct asked_child *out)
{
	struct ike_child_offer offer = {
		.n_suites = 1, .suites = &p->esp, .nonce = true, .ts_i = i, .ts_r = r
	};
	struct peer_inner in;
	struct peer_message m;
	struct peer_response a;
	struct ike_child child;
	struct ike_notify n;
	struct fault fault;
	g_autoptr(GBytes) answer = NULL;
	gsize size;
	const void *octets;

	memset(out, 0, sizeof(*out));
	peer_inner_init(&in);
	if (transport)
		ike_notify_write_simple(&in.in.w, NOTIFY_USE_TRANSPORT_MODE, SPAN_NONE);
	ike_child_write(&in.in, &offer, &p->rng, &child);
	peer_seal(p, EXCHANGE_CREATE_CHILD_SA, &in, &m);
	world_drop_all(w);
	world_send(w, A, path, peer_span(&m));
	answer = world_take(w);
	assert_non_null(answer);
	octets = g_bytes_get_data(answer, &size);
	assert_true(peer_open(p, span_of(octets, size), &a));
	p->sa.window.next++;
	if (chain_find(&a.chain, PAYLOAD_SA)) {
		assert_int_equal(ike_ts_parse(chain_find(&a.chain, PAYLOAD_TSI), &out->tsi, &fault),
				 0);
		assert_int_equal(ike_ts_parse(chain_find(&a.chain, PAYLOAD_TSR), &out->tsr, &fault),
				 0);
		return;
	}
	assert_int_equal(ike_notify_parse(chain_find(&a.chain, PAYLOAD_NOTIFY), &n, &fault),
			 ERR_OK);
	out->error = n.type;
}

static void assert_range(const struct ike_ts_list *list, unsigned i, uint32_t from, uint32_t to)
{
	assert_true(i < list->n);
	assert_int_equal(list->at[i].type, IKE_TS_IPV4_ADDR_RANGE);
	assert_int_equal(address_ip4(list->at[i].start), from);
	assert_int_equal(address_ip4(list->at[i].end), to);
}

static struct world *begin(struct peer *p, bool child)
{
	struct world *w = world_new();

	peer_init(p, "client", "aes128-sha256-x25519");
	session_establish(w, A, p, child);
	return w;
}

static void end(struct world *w, struct peer *p)
{
	peer_clear(p);
	world_free(w);
}

static const struct ike_ts_list any = {
	.n = 1,
	.at = { { .type = IKE_TS_IPV4_ADDR_RANGE,
		  .end_port = 65535,
		  .end = { 255, 255, 255, 255 } } },
};

/* Without an inner address a client sends from where it is, and from nowhere else. */
static void without_lease(void **state)
{
	struct ike_ts_list list = { .n = 3,
				    .at = { range(0x0a000000, 0x0affffff),
					    range(OUTER - 7, OUTER + 7), range(0, UINT32_MAX) } };
	struct asked_child a;
	struct peer p;
	struct world *w = begin(&p, false);

	(void)state;
	ask(w, &p, &session_path, &any, &any, false, &a);
	assert_int_equal(a.tsi.n, 1);
	assert_range(&a.tsi, 0, OUTER, OUTER);
	assert_range(&a.tsr, 0, 0, UINT32_MAX);
	list.at[1].ip_protocol = 17;
	list.at[1].start_port = list.at[1].end_port = 5000;
	ask(w, &p, &session_path, &list, &any, false, &a);
	assert_int_equal(a.tsi.n, 2);
	assert_range(&a.tsi, 0, OUTER, OUTER);
	assert_int_equal(a.tsi.at[0].ip_protocol, 17); /* those are not ours to widen */
	assert_int_equal(a.tsi.at[0].start_port, 5000);
	assert_range(&a.tsi, 1, OUTER, OUTER);
	list.n = 1;
	ask(w, &p, &session_path, &list, &any, false, &a);
	assert_int_equal(a.error, NOTIFY_TS_UNACCEPTABLE);
	assert_int_equal(w->site[A].plane.n, 2);
	end(w, &p);
}

static void with_lease(void **state)
{
	struct ike_ts_list outer = { .n = 1, .at = { range(OUTER, OUTER) } };
	struct asked_child a;
	struct peer p;
	struct world *w = begin(&p, true);
	uint32_t inner = address_ip4(p.inner);

	(void)state;
	ask(w, &p, &session_path, &any, &any, false, &a);
	assert_int_equal(a.tsi.n, 1);
	assert_range(&a.tsi, 0, inner, inner);
	ask(w, &p, &session_path, &outer, &any, false, &a);
	assert_int_equal(a.error, NOTIFY_TS_UNACCEPTABLE);
	end(w, &p);
}

/* What stands in its [peer], beside a lease, and instead of the address that it comes from. */
static void networks(void **state)
{
	const struct ike_ts nets[] = { range(0x0a020000, 0x0a02ffff),
				       range(0x0a030000, 0x0a0300ff) };
	struct ike_ts_list list = { .n = 2,
				    .at = { range(0x0a028000, 0x0a0300ff), range(OUTER, OUTER) } };
	const struct ike_id id = { ID_FQDN, span_text("client.example") };
	struct asked_child a;
	struct peer p;
	struct world *w = begin(&p, false);

	(void)state;
	policy_set_networks(w->policy, &id, nets, 2);
	ask(w, &p, &session_path, &any, &any, false, &a);
	assert_int_equal(a.tsi.n, 2);
	assert_range(&a.tsi, 0, 0x0a020000, 0x0a02ffff);
	assert_range(&a.tsi, 1, 0x0a030000, 0x0a0300ff);
	ask(w, &p, &session_path, &list, &any, false, &a);
	assert_int_equal(a.tsi.n, 2);
	assert_range(&a.tsi, 0, 0x0a028000, 0x0a02ffff);
	assert_range(&a.tsi, 1, 0x0a030000, 0x0a0300ff);
	session_establish(w, A, &p, true);
	ask(w, &p, &session_path, &any, &any, false, &a);
	assert_int_equal(a.tsi.n, 3);
	assert_range(&a.tsi, 0, address_ip4(p.inner), address_ip4(p.inner));
	end(w, &p);
}

static void transport(void **state)
{
	struct ike_ts_list inside = { .n = 1, .at = { range(0x0a010105, 0x0a010105) } };
	struct ike_ts_list net = { .n = 1, .at = { range(0x0a010100, 0x0a0101ff) } };
	struct ike_ts_list gateway = { .n = 1, .at = { range(GATEWAY_A, GATEWAY_A) } };
	struct gateway_path nat = session_path;
	struct asked_child a;
	struct peer p;
	struct world *w = begin(&p, true);

	(void)state;
	ask(w, &p, &session_path, &any, &any, true, &a);
	assert_int_equal(a.tsi.n, 1);
	assert_range(&a.tsi, 0, OUTER, OUTER);
	assert_int_equal(a.tsr.n, 1);
	assert_range(&a.tsr, 0, GATEWAY_A, GATEWAY_A);
	/* another's address, or somebody behind us */
	ask(w, &p, &session_path, &inside, &gateway, true, &a);
	assert_int_equal(a.error, NOTIFY_TS_UNACCEPTABLE);
	ask(w, &p, &session_path, &any, &inside, true, &a);
	assert_int_equal(a.error, NOTIFY_TS_UNACCEPTABLE);
	/* behind a NAT it knows its own address alone (2.23.1) */
	nat.nat = true;
	nat.remote.port = 40000;
	ask(w, &p, &nat, &inside, &gateway, true, &a);
	assert_range(&a.tsi, 0, 0x0a010105, 0x0a010105);
	ask(w, &p, &nat, &net, &gateway, true, &a);
	assert_int_equal(a.error, NOTIFY_TS_UNACCEPTABLE);
	end(w, &p);
}

static void log_in(struct world *w, struct peer *p, struct peer_response *r)
{
	struct peer_init how = { 0 };
	struct peer_message m;

	assert_int_equal(session_ask(w, A, p, &how), PEER_FULL);
	assert_true(peer_derive_full(p));
	peer_make_auth(p, true, &m);
	assert_true(session_exchange(w, A, p, &m, r));
}

/* The third of one identity gets none; another identity does; and so does the third when one has gone. */
static void limit(void **state)
{
	const struct ike_id other = { ID_FQDN, span_text("other.example") };
	struct peer_response r;
	struct peer p[3], q;
	struct world *w = world_new();

	(void)state;
	assert_int_equal(policy_add_peer(w->policy, "other", &other, span_text("secret"), false),
			 ERR_OK);
	w->site[A].config.max_leases_per_identity = 2;
	world_start(w, A);
	for (unsigned i = 0; i < 3; i++) {
		peer_init(&p[i], "client", "aes128-sha256-x25519");
		for (unsigned k = 0; k < i; k++)
			(void)rng_spi(&p[i].rng);
		log_in(w, &p[i], &r);
		assert_int_equal(peer_has_notify(&r, NOTIFY_INTERNAL_ADDRESS_FAILURE), i == 2);
		assert_non_null(chain_find(&r.chain, PAYLOAD_AUTH)); /* the IKE SA stands */
	}
	peer_init(&q, "other", "aes128-sha256-x25519");
	q.id = "other.example";
	log_in(w, &q, &r);
	assert_false(peer_has_notify(&r, NOTIFY_INTERNAL_ADDRESS_FAILURE));
	session_rekey(w, A, &p[0]); /* which takes no second one */
	session_delete(w, A, &p[0]);
	peer_restart(&p[2]);
	log_in(w, &p[2], &r);
	assert_false(peer_has_notify(&r, NOTIFY_INTERNAL_ADDRESS_FAILURE));
	for (unsigned i = 0; i < 3; i++)
		peer_clear(&p[i]);
	peer_clear(&q);
	world_free(w);
}

/* Also an address of no pool of ours is one client's alone. */
static void foreign(void **state)
{
	struct policy *p = policy_new();

	(void)state;
	assert_int_equal(policy_add_pool(p, 0x0a630000, 24), ERR_OK);
	assert_true(policy_lease_foreign(p, 0x0a000001));
	assert_false(policy_lease_foreign(p, 0x0a000001));
	assert_false(policy_lease_this(p, 0x0a000001));
	policy_release(p, 0x0a000001);
	assert_true(policy_lease_foreign(p, 0x0a000001));
	assert_false(policy_lease_foreign(p, 0x0a630001)); /* that is ours */
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_lease), cmocka_unit_test(with_lease),
		cmocka_unit_test(networks),      cmocka_unit_test(transport),
		cmocka_unit_test(limit),         cmocka_unit_test(foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
