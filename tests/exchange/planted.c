/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stubs that a test makes, and stubs that a test looks into. */
#include "cmocka_all.h"
#include "planted.h"
#include "session.h"

struct stub planted_stub(const struct world *w, const struct peer *p, const struct index *ix)
{
	return (struct stub){ .encr = p->suite.encr,
			      .encr_key_bits = p->suite.encr_key_bits,
			      .prf = p->suite.prf,
			      .integ = p->suite.integ,
			      .idi = { ID_FQDN, span_text("client.example") },
			      .idr = { ID_FQDN, span_text("gw-a.example") },
			      .spi_i = 99,
			      .spi_r = ix->spi,
			      .sk_d = secret_peek(&p->sk_d),
			      .role = STUB_ROLE_RESPONDER,
			      .expiry = w->utc + 4000,
			      .peer_features = STUB_PEER_PROFILE_1 };
}

void planted_put(struct world *w, struct peer *p, const struct index *ix, const struct stub *stub,
		 uint32_t lifetime)
{
	struct stub_service bank = memory_bank_service(&w->bank);
	uint8_t sealed[SEAL_BODY_MAX], container[SEAL_BODY_MAX];
	struct wcursor s = wcursor_init(sealed, sizeof(sealed));
	struct wcursor c = wcursor_init(container, sizeof(container));

	assert_int_equal(seal_stub(&w->site[A].config.seal, &p->rng, ix, stub, &s), ERR_OK);
	stub_container_write_sealed(&c, ix, lifetime, span_of(sealed, wcursor_size(&s)));
	assert_int_equal(c.err, ERR_OK);
	bank.ops->init(bank.self, span_of(container, wcursor_size(&c)), NULL, NULL);
	world_run(w);
}

void planted_open(struct world *w, const struct index *ix, struct planted *out)
{
	struct chain_payload p = { .type = STUB_PAYLOAD_STUB,
				   .body = memory_bank_peek(&w->bank, ix) };
	struct fault fault;

	assert_true(p.body.n > 0);
	assert_int_equal(stub_container_parse(&p, &out->container, &fault), ERR_OK);
	assert_true(out->container.is_sealed);
	assert_int_equal(seal_open(&w->site[A].config.seal, ix, &out->container.sealed, w->utc,
				   out->plain, &out->stub, &fault),
			 ERR_OK);
}
