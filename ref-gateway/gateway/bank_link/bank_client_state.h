/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client's inside, shared by the files bank_*.c that make it; not for users of bank_client.h. */
#ifndef IKESYNC_GATEWAY_BANK_CLIENT_STATE_H
#define IKESYNC_GATEWAY_BANK_CLIENT_STATE_H

#include "bank_link/bank_client.h"
#include "bank_link/bank_order.h"

/* A bundle stays below STUB_MESSAGE_MAX with room for one stub more than fits. */
#define BANK_CLIENT_STUB_MAX 60000

struct bank_pump;

struct bank_client {
	struct bank_client_config config;
	char *server_name;
	struct stub_service service;
	struct bank_client_counters counters;
	struct channel *channel;
	bool up, heard;      /* heard: it has answered something, and rightly */
	bool broken;         /* it has sent what cannot be read */
	bool silent;         /* connected, but it answers nothing */
	unsigned unanswered; /* gets that timed out since it answered last */
	struct index probed; /* the index of the last of them */
	struct wheel_timer probe;
	uint64_t up_since, backoff;
	struct wheel_timer reconnect, busy;
	struct bank_queue *queue;
	struct bank_order *order;
	GQueue unsynced; /* of struct bank_op: not stable yet; then they come into `order` */
	GQueue busy_ops; /* answered `busy`: wait for the timer */
	size_t queued_octets;
	unsigned bundles;     /* under way */
	GHashTable *requests; /* transaction -> struct bank_request */
	uint32_t next_transaction;
	GQueue deferred;
	struct bank_pump *pump;
	bool warned_clear, warned_full;
	uint64_t sync_again,
	    sync_wait; /* a disk that refused: not before then; ms, doubled each time */
};

/* Tell whoever asked for it whether the bank is reachable now. */
static inline void bank_client_tell(struct bank_client *b)
{
	if (b->config.state)
		b->config.state(b->up && !b->silent, b->config.user);
}

#endif
