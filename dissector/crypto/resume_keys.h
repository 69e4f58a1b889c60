/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys of a resumed IKE SA (draft section 3.3, rule 9):
 * SKEYSEED = prf(SK_d_old, Ni | Nr), then prf+(SKEYSEED, Ni | Nr | SPIi | SPIr_new), cut into
 * seven.
 */
#ifndef IKESYNC_RESUME_KEYS_H
#define IKESYNC_RESUME_KEYS_H

#include "base/octets.h"
#include "crypto/resume_suite.h"

#define RESUME_KEY_MAX 64

enum resume_part {
	RESUME_D,
	RESUME_AI,
	RESUME_AR,
	RESUME_EI,
	RESUME_ER,
	RESUME_PI,
	RESUME_PR,
	RESUME_PARTS
};

struct resume_key {
	unsigned n;
	uint8_t octets[RESUME_KEY_MAX];
};

struct resume_keys {
	struct resume_suite suite;
	struct resume_sizes sizes;
	struct resume_key key[RESUME_PARTS];
	bool swapped; /* the initiator's are used by the responder, and the reverse */
};

/* What went in. Spans are borrowed. */
struct resume_seed {
	struct resume_suite suite;
	struct octets sk_d, ni, nr;
	uint8_t spii[8], spir[8];
};

enum resume_input {
	RESUME_INPUT_DRAFT,
	RESUME_INPUT_LABEL, /* RFC 5723's */
	RESUME_INPUT_REKEY, /* prf(SK_d, g^ir | Ni | Nr), RFC 7296 section 2.18 */
	RESUME_INPUT_FULL,  /* prf(Ni | Nr, g^ir), RFC 7296 section 2.14 */
};

/* A derivation that departs from the draft; all zero does not. */
struct resume_twist {
	bool swap_skeyseed, swap_prf_plus, cut_nonces, swap_roles;
	enum resume_input input;
	struct octets g_ir;
	unsigned order;        /* of enum resume_order */
	unsigned a_key, p_key; /* lengths; 0: as the suite has them */
};

enum resume_order {
	RESUME_ORDER_RFC7296,
	RESUME_ORDER_E_A_P,
	RESUME_ORDER_BY_SIDE_AEP,
	RESUME_ORDER_BY_SIDE_EA,
	RESUME_ORDER_BY_SIDE_AE,
	RESUME_ORDER_D_LAST,
	RESUME_ORDER_P_FIRST,
	RESUME_ORDERS
};

/* prf(key, parts[0] | parts[1] | ...) into `out` (RESUME_KEY_MAX); `md` is libgcrypt's number. */
bool resume_prf(int md, struct octets key, const struct octets *parts, unsigned n, uint8_t *out);

/* False when an algorithm is unknown or libgcrypt refuses. `twist` NULL: the draft's. */
bool resume_keys_derive(const struct resume_seed *seed, const struct resume_twist *twist,
			struct resume_keys *out);

/*
 * prf+(SK_d, Ni | Nr), the keys of a child SA without a key exchange of its own (RFC 7296 section
 * 2.17); `n` is RESUME_PARTS * RESUME_KEY_MAX at most. False when libgcrypt refuses.
 */
bool resume_keymat(const struct resume_keys *keys, struct octets ni, struct octets nr, uint8_t *out,
		   unsigned n);

#endif
