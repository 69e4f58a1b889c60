/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IP packets made of the very octets that a program sent or got, where a live capture is not permitted.
 * IP identification, TTL and TCP windows are invented; addresses, ports, payload and order are real.
 */
#ifndef IKESYNC_NET_SYNTH_H
#define IKESYNC_NET_SYNTH_H

#include "net/pcapng.h"

/* One UDP datagram from `from` to `to`, with right checksums. Larger ones than fit are refused: -1, errno EMSGSIZE. */
int synth_udp(struct pcapng *p, uint64_t ns, const struct endpoint *from, const struct endpoint *to,
	      struct span octets);

/* A TCP connection: SYN, SYN-ACK, ACK at open; data is cut into segments of 1,400 octets, each acknowledged; FIN both ways at close. */
struct synth_tcp;
struct synth_tcp *synth_tcp_open(struct pcapng *p, uint64_t ns, const struct endpoint *client,
				 const struct endpoint *server);
int synth_tcp_data(struct synth_tcp *t, uint64_t ns, bool from_client, struct span octets);
/* Frees `t`. `reset`: RST instead of FIN. */
int synth_tcp_close(struct synth_tcp *t, uint64_t ns, bool reset);

#endif
