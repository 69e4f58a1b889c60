/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of one IKE SA. */
#include "ike/ike_client.h"

void ike_client_clear(struct ike_client *c)
{
	secret_wipe(c, sizeof(*c));
}

void ike_client_set_keys(struct ike_client *c, struct ike_keys *keys, uint32_t next)
{
	ike_keys_clear(&c->keys);
	c->keys = *keys;
	ike_keys_clear(keys);
	c->iv = (struct sk_iv){ 0 };
	ike_window_init(&c->window, next);
}

bool ike_client_resumable(const struct ike_client *c, struct ike_resumable *out)
{
	if (!c->has_index || c->keys.sk_d.n == 0)
		return false;
	*out = (struct ike_resumable){ c->keys.suite, c->index, c->keys.sk_d };
	return true;
}

enum err ike_client_seal(struct ike_client *c, const struct rng *rng, uint8_t exchange,
			 bool response, uint32_t message_id, const struct ike_inner *in,
			 struct wcursor *out)
{
	const struct ike_header h = { .spi_i = c->spi_i,
				      .spi_r = c->spi_r,
				      .version = IKE_VERSION_2,
				      .exchange = exchange,
				      .flags = (uint8_t)((c->responder ? 0 : IKE_FLAG_INITIATOR) |
							 (response ? IKE_FLAG_RESPONSE : 0)),
				      .message_id = message_id };

	return ike_protected_seal(out, &h, &c->keys,
				  c->responder ? SK_FROM_RESPONDER : SK_FROM_INITIATOR, &c->iv, rng,
				  in);
}

enum err ike_client_open(const struct ike_client *c, struct span message, uint8_t *plain,
			 size_t cap, struct ike_protected *out)
{
	return ike_protected_open(message, &c->keys,
				  c->responder ? SK_FROM_INITIATOR : SK_FROM_RESPONDER, plain, cap,
				  out);
}
