/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which UDP datagrams are IKE: by port, by the non-ESP marker, and elsewhere by what they look like. */
#ifndef IKESYNC_PROBE_READER_IKE_DATAGRAM_H
#define IKESYNC_PROBE_READER_IKE_DATAGRAM_H

#include "reader/packet.h"
#include "reader/reading.h"

struct ike_ports;

/* `more`: ports besides 500 and 4500, `n` of them; copied. */
struct ike_ports *ike_ports_new(const uint16_t *more, size_t n);
void ike_ports_free(struct ike_ports *p);

/* Keep the datagram in `r` if it is IKEv2. */
void ike_datagram_take(struct ike_ports *p, struct reading *r, const struct packet *packet,
		       unsigned frame, uint64_t ns);

#endif
