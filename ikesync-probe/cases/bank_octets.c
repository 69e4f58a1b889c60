/* SPDX-License-Identifier: GPL-2.0-or-later */
/* G24, G31: octets that a bank does not understand come back as they were given. */
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"

#define YEARS_10 315360000

/* A seal whose ciphertext and tag are `octet` throughout, under a key ID of the same octet. */
static void expect_pattern(struct desk *d, uint8_t octet, int seal_s)
{
	struct index ix = made_stub_index(desk_own(d));
	struct made_stub *m = desk_keep(d, made_stub_with(d->p, &ix, STUB_MADE_LIFETIME, seal_s));
	size_t n;
	const void *p = g_bytes_get_data(m->sealed, &n);
	uint8_t *body = g_memdup2(p, n);
	char *what =
	    g_strdup_printf("a seal of octets 0x%02x, its expiry %d s ahead", octet, seal_s);

	memset(body + 1, octet, 4 + STUB_SEALED_SALT);
	memset(body + STUB_SEALED_CLEAR, octet, n - STUB_SEALED_CLEAR);
	made_stub_reseal(m, g_bytes_new_take(body, n));
	if (desk_put(d, m))
		desk_expect_stub(d, "35.5", d->owner, &m->index, m, what);
	g_free(what);
}

static void g24(struct desk *d)
{
	struct made_stub *m = desk_make(d, desk_own(d)), *other;

	expect_pattern(d, 0x00, 700);
	expect_pattern(d, 0xff, 700);
	expect_pattern(d, 0x80, YEARS_10);
	expect_pattern(d, 0x0a, 700);
	if (!desk_put(d, m))
		return;
	desk_expect_stub(d, "35.5", d->owner, &m->index, m, "a stub sealed by the probe's key");
	other = desk_make_at(d, &m->index);
	desk_expect_of(d, "30.4", desk_update(d->owner, &m->index, other), STUB_OK,
		       "update with another seal");
	desk_expect_stub(d, "35.5", d->owner, &m->index, other, "get after the update");
}

const struct probe_case case_g24 = {
	.id = "G24",
	.title = "A sealed stub comes back octet for octet",
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.4; " RULE(35),
	.clauses = "35.5 30.4 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required = "A bank cannot open a sealed stub and need not: whatever octets it has, they "
		    "come back as they were given.",
	.causes = "octets are kept as text\n"
		  "the bank writes the seal's head anew\n"
		  "an expiry is kept in 32 bits",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g24,
};

/* Payloads of unknown types around the sealed stub. */
static GBytes *with_unknown(const struct made_stub *m)
{
	static const uint8_t octets[] = { 0xde, 0xad, 0, 0xbe, 0xef };
	uint8_t buf[4096];
	struct wcursor c = wcursor_init(buf, sizeof(buf));
	struct chain_writer w;
	size_t n;
	const void *p = g_bytes_get_data(m->sealed, &n);

	stub_container_begin(&w, &c, &m->index, m->lifetime);
	chain_writer_payload(&w, 250, 0, SPAN_OF(octets));
	chain_writer_payload(&w, STUB_PAYLOAD_SEALED, 0, span_of(p, n));
	chain_writer_payload(&w, 128, CHAIN_CRITICAL, SPAN_OF(octets));
	chain_writer_payload(&w, 250, 0, SPAN_NONE);
	return g_bytes_new(buf, c.err == ERR_OK ? wcursor_size(&c) : 0);
}

static struct made_stub *make_unknown(struct desk *d, const struct index *ix)
{
	struct made_stub *m = desk_make_at(d, ix);

	g_bytes_unref(m->container);
	m->container = with_unknown(m);
	return m;
}

static void g31(struct desk *d)
{
	struct index ix = made_stub_index(desk_own(d));
	struct made_stub *m = make_unknown(d, &ix), *other, *plain;

	desk_expect_of(d, "27.3", desk_init(d->owner, m), STUB_OK,
		       "init of a container with payloads of unknown types");
	desk_expect_stub(d, "27.3", d->owner, &ix, m, "they come back, in their places");
	desk_expect_of(d, "30.3", bank_answer_to_init(d->owner, m->container), STUB_OK,
		       "the same init again");
	plain = desk_keep(d, made_stub_new(d->p, &ix));
	made_stub_reseal(plain, g_bytes_ref(m->sealed));
	desk_expect_of(d, "30.3", bank_answer_to_init(d->owner, plain->container), STUB_EXISTS,
		       "init with the same seal and without those payloads");
	other = make_unknown(d, &ix);
	desk_expect_of(d, "27.3", desk_update(d->owner, &ix, other), STUB_OK,
		       "update with such a container");
	desk_expect_stub(d, "27.3", d->owner, &ix, other, "they come back after an update, too");
}

const struct probe_case case_g31 = {
	.id = "G31",
	.title = "What is unknown in a container comes back",
	.provenance = PROVENANCE_RULE,
	.source = RULE(27),
	.clauses = "27.3 30.3 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required =
	    "Later versions add payloads to containers: a bank keeps those that it does not "
	    "know, and returns them in their places.",
	.causes = "the bank keeps the fields that it knows and writes a container anew\n"
		  "an unknown payload makes the stub malformed",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g31,
};
