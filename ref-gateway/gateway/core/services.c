/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every file here asks of the gateway. */
#include "core/services.h"

#include <openssl/evp.h>

#include "core/sa.h"
#include "wire/ike_notify.h"

bool services_bucket_take(struct gateway *g, struct gateway_bucket *b, uint32_t per_second)
{
	uint64_t now = services_now(g);
	uint64_t passed = now - b->filled_ms;

	if (passed >= 1000) {
		b->tokens = per_second;
		b->filled_ms = now;
	}
	if (b->tokens == 0)
		return false;
	b->tokens--;
	return true;
}

void services_hash(struct span data, uint8_t out[static SA_HASH_SIZE])
{
	if (!EVP_Digest(data.p, data.n, out, NULL, EVP_sha256(), NULL))
		abort(); /* SHA-256 cannot fail, but for lack of memory */
}

bool services_has_bank(const struct gateway *g)
{
	return g->ops.bank.ops != NULL;
}

bool services_bank_reachable(const struct gateway *g)
{
	return services_has_bank(g) && g->ops.bank.ops->reachable(g->ops.bank.self);
}

bool services_bank_durable(const struct gateway *g)
{
	const struct stub_service *bank = &g->ops.bank;

	return !bank->ops || !bank->ops->durable || bank->ops->durable(bank->self);
}

void services_log_keys(struct gateway *g, const struct sa *sa)
{
	struct gateway_sa_keys keys = { sa->spi_i, sa->spi_r, &sa->keys };

	if (g->ops.key_log)
		g->ops.key_log(g->ops.user, &keys);
}

void services_send_clear_notify(struct gateway *g, const struct gateway_path *path,
				const struct ike_header *request, uint16_t type, struct span data)
{
	uint8_t buffer[256];
	struct wcursor c = wcursor_init(buffer, sizeof(buffer));
	struct chain_writer w;
	struct ike_header h = ike_header_response(request->spi_i, request->spi_r, request->exchange,
						  request->message_id);

	chain_writer_message(&w, &c, &h);
	ike_notify_write_simple(&w, type, data);
	if (chain_writer_finish(&w) == ERR_OK)
		services_send(g, path, span_of(buffer, wcursor_size(&c)));
}

void services_drop_malformed(struct gateway *g, const struct gateway_path *path,
			     const struct fault *fault)
{
	char from[ENDPOINT_TEXT_MAX];

	g->counters.malformed++;
	log_debug("dropped a message from %s: %s at %zu: %s", endpoint_text(&path->remote, from),
		  fault->field ? fault->field : "message", fault->offset, err_text(fault->err));
}

void services_send_all(struct gateway *g, const struct gateway_path *path, struct span messages)
{
	struct rcursor c = rcursor_init(messages, NULL);

	while (rcursor_left(&c) >= IKE_HEADER_SIZE) {
		struct rcursor head = c;
		struct span message;

		(void)rcursor_bytes(&head, IKE_HEADER_SIZE - 4, "header");
		message = rcursor_bytes(&c, rcursor_u32(&head, "Length"), "message");
		if (message.n == 0)
			break;
		services_send(g, path, message);
	}
}
