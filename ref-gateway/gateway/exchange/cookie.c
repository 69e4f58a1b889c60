/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stateless cookies (RFC 7296 section 2.6), which stand in front of SYN (rule 15). */
#include "exchange/cookie.h"

#include "core/services.h"
#include "core/spent.h"
#include "keys/prf.h"

#define COOKIE_SIZE (1 + 32)
#define ROTATE_MS 60000

/* The previous secret stays valid for one period, so a cookie lives at least that long. */
static void rotate(struct gateway *g)
{
	uint64_t now = services_now(g);

	if (g->cookie_version && now - g->cookie_rotated_ms < ROTATE_MS)
		return;
	g->cookie_version++;
	if (g->cookie_version == 0)
		g->cookie_version = 2; /* 0 is "never"; the parity of the slots goes on */
	rng_fill(&g->ops.rng, g->cookie_secret[g->cookie_version % 2], 32);
	spent_forget(g, g->cookie_version);
	if (g->cookie_rotated_ms == 0 || now - g->cookie_rotated_ms > 2 * ROTATE_MS) {
		rng_fill(&g->ops.rng, g->cookie_secret[1 - g->cookie_version % 2], 32);
		spent_forget(g, 1 - g->cookie_version % 2);
	}
	g->cookie_rotated_ms = now;
}

/*
 * Rule 15: source address, SYN body, Ni and SPIi. Lengths go in, so that no two requests give the
 * same octets. The port is left out: some NATs change it from one datagram to the next.
 */
static bool make(struct gateway *g, uint8_t version, const struct init_request *q,
		 uint8_t out[static COOKIE_SIZE])
{
	const struct address *a = &q->path.remote.address;
	uint8_t head[2 + 8 + 2];
	struct wcursor c = wcursor_init(head, sizeof(head));
	struct span parts[4];

	wcursor_u8(&c, a->family);
	wcursor_u8(&c, (uint8_t)q->syn_body.n);
	wcursor_u64(&c, q->header.spi_i);
	wcursor_u16(&c, (uint16_t)q->ni.n);
	parts[0] = SPAN_OF(head);
	parts[1] = span_of(a->octets, address_size(a));
	parts[2] = q->syn_body;
	parts[3] = q->ni;
	out[0] = version;
	return prf(PRF_HMAC_SHA2_256, span_of(g->cookie_secret[version % 2], 32), parts, 4,
		   &out[1]) == ERR_OK;
}

bool cookie_is_valid(struct gateway *g, const struct init_request *q)
{
	uint8_t expected[COOKIE_SIZE];
	uint8_t age;

	if (q->cookie.n != COOKIE_SIZE)
		return false;
	rotate(g);
	age = (uint8_t)(g->cookie_version - q->cookie.p[0]);
	if (age > 1 || !make(g, q->cookie.p[0], q, expected))
		return false;
	return secret_equal(SPAN_OF(expected), q->cookie);
}

void cookie_ask(struct gateway *g, const struct init_request *q)
{
	uint8_t cookie[COOKIE_SIZE];

	rotate(g);
	if (!make(g, g->cookie_version, q, cookie))
		return;
	g->counters.cookies_asked++;
	services_send_clear_notify(g, &q->path, &q->header, NOTIFY_COOKIE, SPAN_OF(cookie));
}

bool cookie_is_due(const struct gateway *g)
{
	switch (g->config.cookies) {
	case COOKIES_ALWAYS:
		return true;
	case COOKIES_NEVER:
		return false;
	default:
		return g->counters.half_open + g->counters.provisional >=
		       g->config.cookie_threshold;
	}
}
