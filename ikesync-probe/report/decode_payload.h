/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One payload of an IKE message as lines for people. */
#ifndef IKESYNC_PROBE_REPORT_DECODE_PAYLOAD_H
#define IKESYNC_PROBE_REPORT_DECODE_PAYLOAD_H

#include <glib.h>

#include "wire/chain.h"

/* `shift` octets stand in front of the message that the payload's offset counts from. `syn_type`: of
 * IKE_SA_SYN; 0: none here. */
void decode_payload(GPtrArray *out, const struct chain_payload *p, size_t shift, unsigned syn_type);
/* "SYN", "N(COOKIE)", "Nonce". Free with g_free(). */
char *decode_payload_name(const struct chain_payload *p, unsigned syn_type);
/* The same lines for the payload of a stub that IKE has too (SA, IDi, IDr); `depth` of the head line. */
void decode_payload_body(GPtrArray *out, const struct chain_payload *p, size_t shift,
			 unsigned depth);

#endif
