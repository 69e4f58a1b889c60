/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a case needs of the target file. */
#ifndef IKESYNC_PROBE_TARGET_REQUIREMENT_H
#define IKESYNC_PROBE_TARGET_REQUIREMENT_H

#include "target/target.h"

/* Which keys each stands for is in requirement.c alone. */
enum requirement {
	REQUIRES_GATEWAY = 1 << 0,
	REQUIRES_OLD_GATEWAY = 1 << 1,  /* other than [gateway] */
	REQUIRES_BANK = 1 << 2,         /* with a certificate for the probe's own address */
	REQUIRES_BANK_SECOND = 1 << 3,  /* a certificate of another gateway of the pool */
	REQUIRES_BANK_FOREIGN = 1 << 4, /* one of another CA */
	REQUIRES_SEAL_KEYS = 1 << 5,
	REQUIRES_VARIANT_SYN_OFF = 1 << 6,
	REQUIRES_VARIANT_SILENCE = 1 << 7,
	REQUIRES_VARIANT_COOKIE = 1 << 8,
	REQUIRES_VARIANT_RELAY = 1 << 9, /* a gateway that reaches its bank through the probe */
	REQUIRES_BANK_RESTART = 1 << 10,
	REQUIRES_SECOND_PRF = 1 << 11,
	REQUIRES_VARIANT_IPV6 = 1 << 20,
	REQUIRES_GATEWAY_RESTART = 1 << 21,
	REQUIRES_CLIENT = 1 << 17,           /* one that a hook starts */
	REQUIRES_VARIANT_BANKED = 1 << 12,   /* a gateway whose bank is the probe */
	REQUIRES_BANKED_FACES = 1 << 13,     /* certificates that this gateway must refuse */
	REQUIRES_BANKED_SEAL_KEYS = 1 << 14, /* what seals its stubs */
	REQUIRES_BANK_OTHER_POOL = 1 << 22,
	REQUIRES_BANK_PREFETCH = 1 << 23,
	REQUIRES_BANK_GET_LIMIT = 1 << 24,
	REQUIRES_BANK_IPV6 = 1 << 15,
	REQUIRES_VARIANT_CAPPED = 1 << 16, /* a gateway whose cap is declared, and low */
	REQUIRES_VARIANT_ROOMY = 1 << 27,  /* a gateway that so many clients may ask at once */
	REQUIRES_PROVISIONAL_LIMIT = 1 << 26,
	REQUIRES_CLEAR_BANK = 1 << 28,
	REQUIRES_BANK_STUB_LIMIT = 1 << 18,
	REQUIRES_BANK_CONNECTION_LIMIT = 1 << 19,
	REQUIRES_VARIANT_BRISK = 1 << 29, /* a gateway that soon asks of its own accord */
	REQUIRES_NAT = 1 << 25,           /* the port of [gateway] with the non-ESP marker */
};

/* The keys behind `requires` (enum requirement, or-ed), as text; "" = none. Free with g_free(). */
char *requirement_text(unsigned requires);
/*
 * Those of them that the target file lacks, such as "[bank] second-certificate, second-key"; NULL:
 * none. Free with g_free().
 */
char *requirement_missing(const struct target *t, unsigned requires);

#endif
