/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TCP connections to a stub bank: segments put in order, TLS opened where keys are there, messages cut out. */
#ifndef IKESYNC_PROBE_READER_STUB_STREAM_H
#define IKESYNC_PROBE_READER_STUB_STREAM_H

#include "reader/packet.h"
#include "reader/reading.h"

struct stub_streams;

/* `ports`: of banks, besides 49500; copied. */
struct stub_streams *stub_streams_new(struct reading *r, const uint16_t *ports, size_t n);
/* Notes what was left half read. */
void stub_streams_free(struct stub_streams *s);
void stub_streams_take(struct stub_streams *s, const struct packet *packet, unsigned frame,
		       uint64_t ns);

#endif
