/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes stubs with fresh content, and knows its own again. */
#include "gateway/made_stub.h"

#include <stdio.h>
#include <stdlib.h>

#include "keys/seal.h"

static struct seal_keys *read_keys(const char *path)
{
	struct seal_keys *k = g_new0(struct seal_keys, 1);
	char why[KEY_FILE_WHY_MAX];

	/* target_check_files() has seen that the file is good; one that is not falls back to a random key */
	if (!path || !seal_keys_load(path, k, why)) {
		k->n = 1;
		k->keys[0].id = g_random_int();
		rng_fill(&rng_system, k->keys[0].key, SEAL_KEY_SIZE);
	}
	return k;
}

const struct seal_keys *made_stub_keys(struct probe *p)
{
	/* a bank cannot tell one key from another: it never opens a stub */
	if (!p->seal_keys)
		p->seal_keys = read_keys(p->target->bank.seal_keys);
	return p->seal_keys;
}

struct index made_stub_index(const struct address *address)
{
	return (struct index){ .spi = rng_spi(&rng_system), .address = *address };
}

static uint64_t utc(void)
{
	return (uint64_t)g_get_real_time() / G_USEC_PER_SEC;
}

static void fill(struct made_stub *m, uint64_t expiry)
{
	uint64_t now = utc();
	struct stub *s = &m->stub;

	snprintf(m->idi, sizeof(m->idi), "client-%08x.probe.example", g_random_int());
	snprintf(m->idr, sizeof(m->idr), "gateway-%08x.probe.example", g_random_int());
	snprintf(m->authority, sizeof(m->authority), "bank-%04x.probe.example:49500",
		 g_random_int() & 0xffff);
	rng_fill(&rng_system, m->sk_d, sizeof(m->sk_d));
	rng_fill(&rng_system, m->shared_secret, sizeof(m->shared_secret));
	rng_fill(&rng_system, m->unknown, sizeof(m->unknown));
	*s = (struct stub){
		.encr = ENCR_AES_CBC,
		.encr_key_bits = 128,
		.prf = PRF_HMAC_SHA2_256,
		.integ = INTEG_HMAC_SHA2_256_128,
		.dh = DH_X25519,
		.idi = { ID_FQDN, span_text(m->idi) },
		.idr = { ID_FQDN, span_text(m->idr) },
		.spi_i = rng_spi(&rng_system),
		.spi_r = m->index.spi,
		.sk_d = SPAN_OF(m->sk_d),
		.shared_secret = SPAN_OF(m->shared_secret),
		.role = STUB_ROLE_RESPONDER,
		.auth_method_i = AUTH_SHARED_KEY_MIC,
		.auth_method_r = AUTH_SHARED_KEY_MIC,
		.has_inner_ip4 = true,
		.session_limit = now + 7200,
		.expiry = expiry,
		.reauth_deadline = now + 7200,
		.has_moves = true,
		.moves = { .window_start = now },
		.authority = span_text(m->authority),
		.peer_features = STUB_PEER_PROFILE_1,
		.n_unknown = 1,
	};
	rng_fill(&rng_system, s->inner_ip4, sizeof(s->inner_ip4));
	s->unknown[0] = (struct stub_attribute){ STUB_MADE_UNKNOWN_ATTRIBUTE, SPAN_OF(m->unknown) };
}

GBytes *made_stub_container(const struct made_stub *m, uint32_t lifetime)
{
	size_t n, room;
	const void *p = g_bytes_get_data(m->sealed, &n);
	uint8_t *buf;
	struct wcursor c;

	room = n + made_stub_overhead(&m->index);
	buf = g_malloc(room);
	c = wcursor_init(buf, room);
	stub_container_write_sealed(&c, &m->index, lifetime, span_of(p, n));
	return g_bytes_new_take(buf, c.err == ERR_OK ? wcursor_size(&c) : 0);
}

GBytes *made_stub_container_raw(const struct made_stub *m, struct span index_body)
{
	uint8_t buf[SEAL_BODY_MAX + 256];
	struct wcursor c = wcursor_init(buf, sizeof(buf));
	struct chain_writer w;
	size_t n;
	const void *p = g_bytes_get_data(m->sealed, &n);

	chain_writer_init(&w, &c, 0);
	wcursor_u32(&c, 0);
	if (index_body.p)
		chain_writer_payload(&w, STUB_PAYLOAD_INDEX, 0, index_body);
	chain_writer_begin(&w, STUB_PAYLOAD_LIFETIME, 0);
	wcursor_u32(&c, m->lifetime);
	chain_writer_end(&w);
	chain_writer_payload(&w, STUB_PAYLOAD_SEALED, 0, span_of(p, n));
	return g_bytes_new(buf, c.err == ERR_OK ? wcursor_size(&c) : 0);
}

size_t made_stub_overhead(const struct index *index)
{
	/* head, 200, 205 and the header of 208 */
	return STUB_CONTAINER_HEAD + CHAIN_PAYLOAD_HEADER_SIZE + 8 + address_size(&index->address) +
	       CHAIN_PAYLOAD_HEADER_SIZE + 4 + CHAIN_PAYLOAD_HEADER_SIZE;
}

struct made_stub *made_stub_with(struct probe *p, const struct index *index, uint32_t lifetime,
				 int seal_s)
{
	struct made_stub *m = g_new0(struct made_stub, 1);
	uint8_t buf[SEAL_BODY_MAX];
	struct wcursor c = wcursor_init(buf, sizeof(buf));

	m->index = *index;
	m->lifetime = lifetime;
	fill(m, (uint64_t)((int64_t)utc() + seal_s));
	if (seal_stub(made_stub_keys(p), &rng_system, index, &m->stub, &c) != ERR_OK)
		g_error(
		    "a stub cannot be sealed"); /* our own content and key: a defect of the probe */
	m->sealed = g_bytes_new(buf, wcursor_size(&c));
	m->container = made_stub_container(m, m->lifetime);
	return m;
}

struct made_stub *made_stub_new(struct probe *p, const struct index *index)
{
	return made_stub_with(p, index, STUB_MADE_LIFETIME,
			      STUB_MADE_LIFETIME + STUB_MADE_SEAL_MORE);
}

void made_stub_reseal(struct made_stub *m, GBytes *sealed)
{
	g_bytes_unref(m->sealed);
	m->sealed = sealed;
	g_bytes_unref(m->container);
	m->container = made_stub_container(m, m->lifetime);
}

struct made_stub *made_stub_opaque(struct probe *p, const struct index *index, size_t size)
{
	struct made_stub *m = made_stub_new(p, index);
	uint8_t *body = g_malloc(size);
	size_t n;
	const uint8_t *head = g_bytes_get_data(m->sealed, &n);

	rng_fill(&rng_system, body, size);
	memcpy(body, head, MIN(MIN(n, size), STUB_SEALED_CLEAR));
	made_stub_reseal(m, g_bytes_new_take(body, size));
	return m;
}

void made_stub_free(struct made_stub *m)
{
	if (!m)
		return;
	secret_wipe(m->sk_d, sizeof(m->sk_d));
	secret_wipe(m->shared_secret, sizeof(m->shared_secret));
	g_bytes_unref(m->sealed);
	g_bytes_unref(m->container);
	g_free(m);
}

static struct chain_payload as_payload(GBytes *container)
{
	size_t n;
	const void *p = g_bytes_get_data(container, &n);

	return (struct chain_payload){ .type = STUB_PAYLOAD_STUB, .body = span_of(p, n) };
}

bool made_stub_same(GBytes *sent, GBytes *got, char **why)
{
	struct chain_payload a = as_payload(sent), b = as_payload(got);
	struct stub_container one, other;
	struct fault fault = { 0 };

	*why = NULL;
	if (stub_container_parse(&a, &one, &fault) != ERR_OK)
		*why = g_strdup("what was sent cannot be read");
	else if (stub_container_parse(&b, &other, &fault) != ERR_OK)
		*why =
		    g_strdup_printf("it cannot be read: %s: %s", fault.field, err_text(fault.err));
	else if (!index_equal(&one.index, &other.index))
		*why = g_strdup("it has another index");
	else if (b.body.n != a.body.n)
		*why = g_strdup_printf("it has %zu octets instead of %zu", b.body.n, a.body.n);
	else if (!stub_container_same(&one, &other))
		*why = g_strdup("its octets differ");
	return *why == NULL;
}
