/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Seals and opens packets of one SA. */
#include "ipsec/esp_sa.h"

#include "wire/cursor.h"

#define TRAILER 2 /* Pad Length, Next Header */

enum err esp_key_init(struct esp_key *k, uint32_t spi, const struct suite_esp *s,
		      const struct secret *encr, const struct secret *integ)
{
	*k = (struct esp_key){ .spi = spi, .suite = *s, .encr = *encr, .integ = *integ };
	return esp_sizes(s, &k->sizes);
}

void esp_key_clear(struct esp_key *k)
{
	esp_transform_free(k->transform);
	secret_wipe(k, sizeof(*k));
}

static bool ready(struct esp_key *k, bool seal)
{
	if (!k->transform) {
		k->transform = esp_transform_new(&k->suite, secret_peek(&k->encr),
						 secret_peek(&k->integ), seal);
		/* The cipher has them now. */
		secret_clear(&k->encr);
		secret_clear(&k->integ);
	}
	return k->transform != NULL;
}

static size_t padding(const struct esp_sizes *z, size_t n)
{
	return (z->block - (n + TRAILER) % z->block) % z->block;
}

size_t esp_out_size(const struct esp_out *o, size_t n)
{
	const struct esp_sizes *z = &o->key.sizes;

	return ESP_HEADER_SIZE + z->iv + n + padding(z, n) + TRAILER + z->icv;
}

static uint64_t last_number(const struct esp_out *o)
{
	return o->key.suite.esn ? UINT64_MAX : UINT32_MAX;
}

bool esp_out_worn(const struct esp_out *o)
{
	return o->sequence > last_number(o) / 4 * 3;
}

/* RFC 3602 section 3: not to be foreseen. */
static void draw_iv(struct esp_iv_source *s, uint8_t *at)
{
	if (s->left == 0) {
		rng_fill(&s->rng, s->octets, sizeof(s->octets));
		s->left = sizeof(s->octets) / ESP_IV_MAX;
	}
	memcpy(at, &s->octets[(size_t)--s->left * ESP_IV_MAX], ESP_IV_MAX);
}

bool esp_out_seal(struct esp_out *o, struct esp_iv_source *ivs, uint8_t next_header, uint8_t *text,
		  size_t n, uint8_t *packet)
{
	const struct esp_sizes *z = &o->key.sizes;
	const size_t pad = padding(z, n);
	struct wcursor c = wcursor_init(packet, ESP_HEADER_SIZE + ESP_IV_MAX);

	if (o->sequence == last_number(o) || !ready(&o->key, true))
		return false;
	o->sequence++;
	wcursor_u32(&c, o->key.spi);
	wcursor_u32(&c, (uint32_t)o->sequence);
	if (z->aead) /* never twice under one key: RFC 4106 section 3.1, RFC 7634 section 2 */
		wcursor_u64(&c, o->sequence);
	else if (z->iv)
		draw_iv(ivs, &packet[ESP_HEADER_SIZE]);
	for (size_t i = 0; i < pad; i++)
		text[n + i] = (uint8_t)(i + 1);
	text[n + pad] = (uint8_t)pad;
	text[n + pad + 1] = next_header;
	return esp_transform_seal(o->key.transform, o->sequence, span_of(text, n + pad + TRAILER),
				  packet);
}

/* Section 2.4: 1, 2, 3, ... */
static bool strip(uint8_t *text, size_t n, struct esp_opened *opened)
{
	size_t pad = text[n - TRAILER];

	if (pad + TRAILER > n)
		return false;
	for (size_t i = 0; i < pad; i++)
		if (text[n - TRAILER - pad + i] != i + 1)
			return false;
	opened->payload = span_of(text, n - TRAILER - pad);
	opened->next_header = text[n - 1];
	return true;
}

enum esp_verdict esp_in_open(struct esp_in *i, struct span packet, uint8_t *out,
			     struct esp_opened *opened)
{
	const struct esp_sizes *z = &i->key.sizes;
	const size_t around = (size_t)ESP_HEADER_SIZE + z->iv + z->icv;
	struct rcursor c = rcursor_init(packet, NULL);
	uint64_t seq;

	(void)rcursor_u32(&c, "SPI");
	seq = esp_replay_infer(&i->replay, i->key.suite.esn, rcursor_u32(&c, "Sequence Number"));
	if (packet.n < around + TRAILER || (packet.n - around) % z->block)
		return ESP_MALFORMED;
	if (!esp_replay_fresh(&i->replay, seq))
		return ESP_REPLAYED;
	if (!ready(&i->key, false) || !esp_transform_open(i->key.transform, seq, packet, out))
		return ESP_BAD_ICV;
	opened->newest = esp_replay_mark(&i->replay, seq);
	return strip(out, packet.n - around, opened) ? ESP_GOOD : ESP_BAD_PADDING;
}
