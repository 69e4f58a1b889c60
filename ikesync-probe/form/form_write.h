/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the octets of a message. */
#ifndef IKESYNC_PROBE_FORM_WRITE_H
#define IKESYNC_PROBE_FORM_WRITE_H

#include "form/form.h"
#include "keys/sk.h"

/* What a form leaves to its sender. */
struct form_source {
	const struct rng *rng;
	uint64_t spi_i, spi_r; /* where the message gives none */
	uint32_t message_id;
	/* the octets of `name` ("bind:swapped") in a payload KE of `group`; false: `why` (g_free) */
	bool (*value)(void *user, const char *name, uint16_t group, GByteArray *out, char **why);
	void *user;
	const struct ike_keys *keys; /* for what is sealed; NULL: none */
	struct sk_iv *iv;
};

/*
 * The message. `inner` (may be NULL) gets what stands under an Encrypted payload, *first the type of its first payload.
 * NULL: `fault`. Free with g_byte_array_unref().
 */
GByteArray *form_write(const struct form_message *m, const struct form_source *s, GByteArray *inner,
		       uint8_t *first, struct form_fault *fault);

#endif
