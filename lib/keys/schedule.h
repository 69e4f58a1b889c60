/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Key schedules: RFC 7296 sections 2.14, 2.17, 2.18 and draft-xu-ike-sa-sync-01 section 3.3. */
#ifndef IKESYNC_KEYS_SCHEDULE_H
#define IKESYNC_KEYS_SCHEDULE_H

#include "keys/prf.h"
#include "keys/secret.h"

/* Keys of one IKE SA. Clear with ike_keys_clear(). */
struct ike_keys {
	struct suite suite;
	struct suite_sizes sizes;
	struct secret sk_d, sk_ai, sk_ar, sk_ei, sk_er, sk_pi, sk_pr;
};

/* Nonces whole and SPIs of the new SA, as all of the schedules below take them. */
struct ike_seed {
	struct span ni;
	struct span nr;
	uint64_t spi_i;
	uint64_t spi_r;
};

/* SKEYSEED = prf(Ni | Nr, g^ir). ERR_UNSUPPORTED, ERR_CRYPTO. */
IKESYNC_MUST_USE enum err ike_keys_initial(struct ike_keys *out, const struct suite *s,
					   const struct ike_seed *seed, struct span g_ir);
/* SKEYSEED = prf(SK_d old, g^ir new | Ni | Nr), with the *old* SA's prf for SKEYSEED. */
IKESYNC_MUST_USE enum err ike_keys_rekey(struct ike_keys *out, const struct suite *s,
					 const struct ike_seed *seed, uint16_t old_prf,
					 struct span sk_d_old, struct span g_ir);
/* The draft's: SKEYSEED = prf(SK_d_old, Ni | Nr); prf and key lengths of the stub's suite `s`. */
IKESYNC_MUST_USE enum err ike_keys_resume(struct ike_keys *out, const struct suite *s,
					  const struct ike_seed *seed, struct span sk_d_old);
/* Cut {SK_d | SK_ai | ...} = prf+(SKEYSEED, Ni | Nr | SPIi | SPIr): shared by the three, public for diagnosis. */
IKESYNC_MUST_USE enum err ike_keys_expand(struct ike_keys *out, const struct suite *s,
					  struct span skeyseed, const struct ike_seed *seed);
void ike_keys_clear(struct ike_keys *k);

/* KEYMAT = prf+(SK_d, [g^ir |] Ni | Nr): initiator's encr, integ, then responder's (2.17). */
struct child_keys {
	struct secret encr_i, integ_i, encr_r, integ_r;
};
IKESYNC_MUST_USE enum err child_keys_derive(struct child_keys *out, const struct suite_esp *s,
					    uint16_t prf_id, struct span sk_d, struct span g_ir,
					    struct span ni, struct span nr);
void child_keys_clear(struct child_keys *k);

#endif
