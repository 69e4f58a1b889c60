/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Getting a stub as a gateway of the pool, and opening it. */
#include "client/stub_seen.h"

#include "gateway/bank_answer.h"
#include "gateway/made_stub.h"

static char *open_container(struct probe *p, const struct index *ix, GBytes *octets,
			    struct stub_seen *out)
{
	const struct chain_payload payload = { .type = STUB_PAYLOAD_STUB,
					       .body = span_of(g_bytes_get_data(octets, NULL),
							       g_bytes_get_size(octets)) };
	const uint64_t now = (uint64_t)g_get_real_time() / G_USEC_PER_SEC;
	struct stub_container c;
	struct fault fault = { 0 };
	enum err err = stub_container_parse(&payload, &c, &fault);

	if (err != ERR_OK)
		return g_strdup_printf("its container is broken: %s (%s)", err_text(err),
				       fault.field);
	if (!c.is_sealed || c.sealed.ciphertext.n > sizeof(out->plain))
		return g_strdup("it is not a sealed stub");
	out->lifetime = c.lifetime;
	out->expiry = c.sealed.expiry;
	err = seal_open(made_stub_keys(p), ix, &c.sealed, now, out->plain, &out->stub, &fault);
	return err == ERR_OK
		   ? NULL
		   : g_strdup_printf("it does not open with the pool's keys: %s", err_text(err));
}

bool stub_seen_read(struct probe *p, struct evidence *e, const struct index *ix,
		    struct stub_seen *out, char **why)
{
	struct bank_connection *b = bank_connection_open(p, e, BANK_OWNER);
	struct bank_answer *a = bank_answer_to_get(b, ix);
	const struct bank_item *item = bank_answer_item(a, 0);
	char *status;

	memset(out, 0, sizeof(*out));
	if (a->came && item && item->stub) {
		*why = open_container(p, ix, item->stub, out);
	} else {
		status = bank_answer_text(a, 0);
		*why = g_strdup_printf("the bank does not give it: %s", status);
		g_free(status);
	}
	bank_answer_free(a);
	bank_connection_close(b);
	return *why == NULL;
}

void stub_seen_clear(struct stub_seen *s)
{
	secret_wipe(s, sizeof(*s));
}
