/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The probe as two gateways of a pool, for a client under test that [hooks] client-start starts. Plain
 * sequential code: wait for a message, look at it, answer, or let it lie.
 */
#ifndef IKESYNC_PROBE_HOST_HOST_H
#define IKESYNC_PROBE_HOST_HOST_H

#include "host/client_process.h"
#include "wire/ike_header.h"

enum host_gateway {
	HOST_A,
	HOST_B,
	HOST_GATEWAYS
}; /* where the client logs in; where it goes then */

/* A datagram from the client, which may hold anything. */
struct host_message {
	unsigned gateway;
	bool nat; /* came to the NAT port, with the marker */
	struct endpoint remote;
	GByteArray *octets; /* without marker */
	bool is_ike;        /* `header` was read: its Length is the datagram's */
	struct ike_header header;
	bool again; /* the same octets came to this gateway before */
};

struct host {
	struct probe *p;
	struct evidence *e;
	int fd[HOST_GATEWAYS][2]; /* IKE, NAT */
	struct endpoint local[HOST_GATEWAYS][2];
	struct client_process client;
	bool said_ended;
	GPtrArray *seen;    /* struct host_message *, as they came */
	unsigned taken;     /* how many of them host_next_init() has looked at */
	GPtrArray *replies; /* what is repeated when a request comes again */
};

/* Bind both gateways and start the client. false: stated inconclusive. host_close() in any case. */
bool host_open(struct host *h, struct probe *p, struct evidence *e);
/* End the client and forget everything. */
void host_close(struct host *h);

/* Milliseconds that the client may take to find out that its gateway is gone. */
uint64_t host_patience(const struct host *h);
/* The client's gateway is gone: [hooks] client-resume; without it the client finds out by itself.
 * false: stated inconclusive. */
bool host_tell_gone(struct host *h);

/* Message number `i` from the client, from 0; NULL when it does not come within `ms`, or the client
 * has ended. It lives as long as the host. */
const struct host_message *host_at(struct host *h, unsigned i, uint64_t ms);
/* The next IKE_SA_INIT request that did not come before, at any gateway; others are passed over. */
const struct host_message *host_next_init(struct host *h, uint64_t ms);
/* Send `message` from a gateway to where the client spoke from. */
void host_send(struct host *h, unsigned gateway, bool nat, const struct endpoint *to,
	       struct span message);
/*
 * The same with the answer to a request that had `spi_r` in its header: it is repeated whenever that request comes
 * again, for the network may have lost it.
 */
void host_reply(struct host *h, unsigned gateway, bool nat, const struct endpoint *to,
		uint64_t spi_r, struct span message);
/* How many messages of this SA the client sent so far with these flags and message ID. */
unsigned host_count(const struct host *h, uint64_t spi_i, uint64_t spi_r, uint8_t flags,
		    uint32_t message_id);

#endif
