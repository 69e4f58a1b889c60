/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a suite needs, and which one two peers share. */
#include "keys/suite.h"

#include "keys/algorithms.h"
#include "keys/dh.h"

#define AEAD_SALT_SIZE 4 /* RFC 5282 section 4, RFC 7634 section 2 */

size_t suite_prf_size(uint16_t prf)
{
	enum hash h;

	return hash_of_prf(prf, &h) ? hash_size(h) : 0;
}

bool suite_dh_supported(uint16_t group)
{
	return dh_public_size(group) != 0;
}

static bool is_aead(uint16_t encr)
{
	return encr == ENCR_AES_GCM_16 || encr == ENCR_CHACHA20_POLY1305;
}

/* Key octets with the salt; false when the cipher or its key length is not implemented. */
static bool encr_key_size(uint16_t encr, uint16_t bits, uint8_t *out)
{
	bool aes = bits == 128 || bits == 192 || bits == 256;

	switch (encr) {
	case ENCR_AES_CBC:
		*out = (uint8_t)(bits / 8);
		return aes;
	case ENCR_AES_GCM_16:
		*out = (uint8_t)(bits / 8 + AEAD_SALT_SIZE);
		return aes;
	case ENCR_CHACHA20_POLY1305:
		/* RFC 7634 section 2: no Key Length attribute. */
		*out = 32 + AEAD_SALT_SIZE;
		return bits == 0;
	default:
		return false;
	}
}

static bool integ_sizes(uint16_t integ, uint8_t *key, uint8_t *icv)
{
	switch (integ) {
	case INTEG_HMAC_SHA1_96:
		*key = 20;
		*icv = 12;
		return true;
	case INTEG_HMAC_SHA2_256_128:
		*key = 32;
		*icv = 16;
		return true;
	case INTEG_HMAC_SHA2_384_192:
		*key = 48;
		*icv = 24;
		return true;
	case INTEG_HMAC_SHA2_512_256:
		*key = 64;
		*icv = 32;
		return true;
	default:
		return false;
	}
}

enum err suite_sizes(const struct suite *s, struct suite_sizes *out)
{
	struct suite_sizes z = { .prf_key = (uint8_t)suite_prf_size(s->prf),
				 .aead = is_aead(s->encr) };

	if (!z.prf_key || !encr_key_size(s->encr, s->encr_key_bits, &z.encr_key) ||
	    (s->dh != DH_NONE && !suite_dh_supported(s->dh)))
		return ERR_UNSUPPORTED;
	if (z.aead) {
		/* RFC 5282 section 8: no integrity algorithm beside a combined mode. */
		if (s->integ != INTEG_NONE)
			return ERR_UNSUPPORTED;
		z.iv = 8;
		z.block = 1;
		z.icv = 16;
	} else {
		if (!integ_sizes(s->integ, &z.integ_key, &z.icv))
			return ERR_UNSUPPORTED;
		z.iv = 16;
		z.block = 16;
	}
	*out = z;
	return ERR_OK;
}

enum err suite_esp_keymat(const struct suite_esp *s, size_t *encr, size_t *integ)
{
	uint8_t key = 0, integ_key = 0, icv;

	if (s->encr == ENCR_NULL ? s->encr_key_bits != 0
				 : !encr_key_size(s->encr, s->encr_key_bits, &key))
		return ERR_UNSUPPORTED;
	if (is_aead(s->encr) ? s->integ != INTEG_NONE : !integ_sizes(s->integ, &integ_key, &icv))
		return ERR_UNSUPPORTED;
	*encr = key;
	*integ = integ_key;
	return ERR_OK;
}

/* Does the proposal hold a transform of `type` at all? */
static bool has_type(const struct ike_sa *sa, const struct ike_proposal *p, uint8_t type)
{
	for (unsigned i = 0; i < p->count; i++)
		if (sa->transforms[p->first + i].type == type)
			return true;
	return false;
}

static bool has_transform(const struct ike_sa *sa, const struct ike_proposal *p, uint8_t type,
			  uint16_t id, uint16_t bits)
{
	for (unsigned i = 0; i < p->count; i++) {
		const struct ike_transform *t = &sa->transforms[p->first + i];

		if (t->type == type && t->id == id && t->key_bits == bits && !t->unknown_attribute)
			return true;
	}
	return false;
}

/* Met, where leaving the type out means the value `none`. */
static bool met_or_absent(const struct ike_sa *sa, const struct ike_proposal *p, uint8_t type,
			  uint16_t id, uint16_t none)
{
	if (!has_type(sa, p, type))
		return id == none;
	return has_transform(sa, p, type, id, 0);
}

/* Only transform types of RFC 7296, and none of the type `never` (section 3.3.6). */
static bool only_types(const struct ike_sa *sa, const struct ike_proposal *p, uint8_t never)
{
	for (unsigned i = 0; i < p->count; i++) {
		uint8_t type = sa->transforms[p->first + i].type;

		if (type < TRANSFORM_ENCR || type > TRANSFORM_ESN || type == never)
			return false;
	}
	return true;
}

/* ENCR, PRF and INTEG of an IKE proposal. */
static bool meets_ike(const struct ike_sa *sa, const struct ike_proposal *p, const struct suite *s)
{
	return p->protocol == PROTOCOL_IKE && (p->spi_size == 0 || p->spi_size == 8) &&
	       only_types(sa, p, TRANSFORM_ESN) &&
	       has_transform(sa, p, TRANSFORM_ENCR, s->encr, s->encr_key_bits) &&
	       has_transform(sa, p, TRANSFORM_PRF, s->prf, 0) &&
	       met_or_absent(sa, p, TRANSFORM_INTEG, s->integ, INTEG_NONE);
}

/* Only suites of `group`; DH_NONE: all. */
static enum err choose(const struct ike_sa *offer, const struct suite *policy, size_t n,
		       uint16_t group, struct suite *out, uint8_t *number)
{
	for (unsigned i = 0; i < offer->n_proposals; i++) {
		const struct ike_proposal *p = &offer->proposals[i];

		for (size_t k = 0; k < n; k++) {
			if ((group != DH_NONE && policy[k].dh != group) ||
			    !meets_ike(offer, p, &policy[k]) ||
			    !met_or_absent(offer, p, TRANSFORM_DH, policy[k].dh, DH_NONE))
				continue;
			*out = policy[k];
			*number = p->number;
			return ERR_OK;
		}
	}
	return ERR_NO_MATCH;
}

enum err suite_choose(const struct ike_sa *offer, const struct suite *policy, size_t n,
		      struct suite *out, uint8_t *number)
{
	return choose(offer, policy, n, DH_NONE, out, number);
}

enum err suite_choose_for_group(const struct ike_sa *offer, const struct suite *policy, size_t n,
				uint16_t group, struct suite *out, uint8_t *number)
{
	if (group != DH_NONE && choose(offer, policy, n, group, out, number) == ERR_OK)
		return ERR_OK;
	return choose(offer, policy, n, DH_NONE, out, number);
}

bool suite_offered(const struct ike_sa *offer, const struct suite *s)
{
	for (unsigned i = 0; i < offer->n_proposals; i++)
		if (meets_ike(offer, &offer->proposals[i], s))
			return true;
	return false;
}

bool suite_add_proposal(struct ike_sa *sa, const struct suite *s, struct span spi)
{
	return ike_sa_add_proposal(sa, PROTOCOL_IKE, spi) &&
	       ike_sa_add_transform(sa, TRANSFORM_ENCR, s->encr, s->encr_key_bits) &&
	       (s->integ == INTEG_NONE || ike_sa_add_transform(sa, TRANSFORM_INTEG, s->integ, 0)) &&
	       ike_sa_add_transform(sa, TRANSFORM_PRF, s->prf, 0) &&
	       (s->dh == DH_NONE || ike_sa_add_transform(sa, TRANSFORM_DH, s->dh, 0));
}

enum err suite_esp_choose(const struct ike_sa *offer, const struct suite_esp *policy, size_t n,
			  struct suite_esp *out, uint8_t *number, uint32_t *spi)
{
	for (unsigned i = 0; i < offer->n_proposals; i++) {
		const struct ike_proposal *p = &offer->proposals[i];
		struct rcursor c = rcursor_init(span_of(p->spi, p->spi_size), NULL);

		if (p->protocol != PROTOCOL_ESP || p->spi_size != 4 ||
		    !only_types(offer, p, TRANSFORM_PRF))
			continue;
		for (size_t k = 0; k < n; k++) {
			const struct suite_esp *s = &policy[k];

			if (!has_transform(offer, p, TRANSFORM_ENCR, s->encr, s->encr_key_bits) ||
			    !met_or_absent(offer, p, TRANSFORM_INTEG, s->integ, INTEG_NONE) ||
			    !met_or_absent(offer, p, TRANSFORM_DH, s->dh, DH_NONE) ||
			    !has_transform(offer, p, TRANSFORM_ESN, s->esn ? ESN_YES : ESN_NO, 0))
				continue;
			*out = *s;
			*number = p->number;
			*spi = rcursor_u32(&c, "ESP SPI");
			return ERR_OK;
		}
	}
	return ERR_NO_MATCH;
}

bool suite_esp_add_proposal(struct ike_sa *sa, const struct suite_esp *s, uint32_t spi)
{
	uint8_t octets[4];
	struct wcursor c = wcursor_init(octets, sizeof(octets));

	wcursor_u32(&c, spi);
	return ike_sa_add_proposal(sa, PROTOCOL_ESP, SPAN_OF(octets)) &&
	       ike_sa_add_transform(sa, TRANSFORM_ENCR, s->encr, s->encr_key_bits) &&
	       (s->integ == INTEG_NONE || ike_sa_add_transform(sa, TRANSFORM_INTEG, s->integ, 0)) &&
	       (s->dh == DH_NONE || ike_sa_add_transform(sa, TRANSFORM_DH, s->dh, 0)) &&
	       ike_sa_add_transform(sa, TRANSFORM_ESN, s->esn ? ESN_YES : ESN_NO, 0);
}
