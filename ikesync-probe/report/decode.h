/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An IKE message as lines for people, each with the octets that it is made of. What is broken is said at its place. */
#ifndef IKESYNC_PROBE_REPORT_DECODE_H
#define IKESYNC_PROBE_REPORT_DECODE_H

#include <glib.h>

#include "wire/span.h"

struct decoded_line {
	size_t offset, n; /* octets of the message; n 0: of none */
	unsigned depth;   /* from 0 */
	bool broken;      /* these octets break a rule of the format, and the text says which */
	char *text;
};

/* Of struct decoded_line; free with g_ptr_array_unref(). Any octets may come. */
GPtrArray *decode_ike(struct span datagram, unsigned syn_type);
/* Payloads alone, of which the first has type `first`: what stood under an Encrypted payload. */
GPtrArray *decode_payloads(struct span octets, unsigned first);
/* One line: "IKE_SA_INIT request: IKE_SA_SYN, Nonce". Free with g_free(). */
char *decode_summary_ike(struct span datagram, unsigned syn_type, struct span inner,
			 unsigned inner_first);

#endif
