/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stub bank as the gateway sees it: struct stub_service over one channel, with a durable queue (bank_queue.h) behind
 * init, update and delete. Connects at once, reconnects by itself, replays what is unanswered before new work.
 *
 * What is guaranteed for init, update and delete:
 *  - When the call returns, the request has been written to the journal: it survives the death of this process.
 *  - At the end of the loop turn all requests since the last sync are synced together (one fdatasync, in a thread), before any of
 *    them is sent to the bank: from then on they survive the loss of power as well. bank_client_sync() forces that point.
 *  - A request leaves the journal when the bank has answered it with anything but `busy`. Until then it is sent again after
 *    every reconnection and restart, the very same octets apart from the lifetime, which is what remains of it by then.
 *    A stub whose lifetime ends in the queue is not sent: its `done` gets STUB_EXPIRED.
 *  - Two requests that share an index (old or new) are never under way together: the second is sent when the first has been
 *    answered. Others overtake freely.
 *  - Stubs in clear (rule 35, lab) are never written to the disk: they wait in memory and are lost with the process.
 * What is guaranteed for get: an answer or a time-out. After three time-outs in a row, and nothing heard from the bank in
 * between, reachable() is false although the connection stands (a bank that hangs, a network that swallows); a get of our own
 * every second goes on asking, and the first answer to anything makes it true again.
 *
 *  - A disk that refuses ends nothing: requests are sent from memory, durable() is false, that is logged, and the journal is
 *    written anew from memory as soon as the disk takes it, tried after 1 s, 2 s and so on up to 30 s.
 *  - When the queue is full (max_queued octets), `done` gets STUB_FULL and the request is not kept.
 */
#ifndef IKESYNC_GATEWAY_BANK_CLIENT_H
#define IKESYNC_GATEWAY_BANK_CLIENT_H

#include "net/channel.h"
#include "net/wheel.h"
#include "bank_link/stub_service.h"

#define BANK_CLIENT_GET_TIMEOUT_MS 1000 /* rule 32 */
#define BANK_CLIENT_BACKOFF_MIN_MS 100
#define BANK_CLIENT_BACKOFF_MAX_MS 5000

/* Strings and `tls` are copied or referenced; wheel and context must outlive the client. */
struct bank_client_config {
	struct endpoint endpoint;
	struct channel_tls *tls; /* NULL: plain TCP (lab) */
	const char *server_name; /* NULL: the endpoint's address */
	const char *
	    queue_directory; /* made when missing, mode 0700. NULL: no journal, memory only (tests) */
	uint32_t get_timeout_ms; /* 0: BANK_CLIENT_GET_TIMEOUT_MS */
	/* The wait before the first try to reconnect, doubled up to the cap. 0: BANK_CLIENT_BACKOFF_... */
	uint32_t backoff_min_ms, backoff_max_ms;
	uint32_t reply_timeout_ms; /* a queued request unanswered this long: reconnect. 0: 30,000 */
	size_t max_queued;         /* octets in the queue; 0: 256 MiB */
	struct wheel *wheel;       /* driven by loop_now() */
	GMainContext *context;     /* NULL: the default one */
	/* Told of every change of reachable(); may be NULL. */
	void (*state)(bool reachable, void *user);
	/* A stub of ours has moved (rule 33): the status to acknowledge it with. NULL: notices are refused. */
	uint8_t (*moved)(const struct index *ix, void *user);
	void *user;
};

struct bank_client_counters {
	uint64_t connections;                    /* handshakes done */
	uint64_t gets, hits, get_timeouts, late; /* late: replies to nobody, discarded */
	uint64_t moves, move_timeouts;
	uint64_t queued, answered, retried; /* init, update, delete */
	uint64_t recovered;                 /* requests found in the journal at the start */
	uint64_t damaged; /* places in the journal that could not be read at the start */
	uint64_t probes;  /* gets of our own, to see whether a silent bank answers again */
	uint64_t notices; /* of stubs that have moved, obeyed */
	uint64_t pushes;  /* other unasked messages, refused for now */
	uint64_t bad_replies;
};

struct bank_client;

/* NULL and a GError when the queue directory or its journal cannot be used. The bank need not be there. */
struct bank_client *bank_client_new(const struct bank_client_config *config, GError **error);
/* Requests still open get no answer; what is queued stays in the journal. Not from inside one of its callbacks. */
void bank_client_free(struct bank_client *b);
/* The operations; lives as long as the client. */
const struct stub_service *bank_client_service(struct bank_client *b);
/* The next connection is made with this one, which is referenced. NULL is not allowed where there was one. */
void bank_client_set_tls(struct bank_client *b, struct channel_tls *tls);
/* Sync the journal now, and wait for it; false when the disk refuses. */
bool bank_client_sync(struct bank_client *b);
/* How many init, update and delete requests wait or are under way. */
size_t bank_client_pending(const struct bank_client *b);
const struct bank_client_counters *bank_client_counters(const struct bank_client *b);

#endif
