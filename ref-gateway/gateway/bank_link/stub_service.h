/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the gateway asks of a stub bank, whoever answers: bank_client.c over TLS, or a table in a
 * test. Every request is answered exactly once, from the loop, never from inside the call that made
 * it.
 */
#ifndef IKESYNC_GATEWAY_STUB_SERVICE_H
#define IKESYNC_GATEWAY_STUB_SERVICE_H

#include "wire/stub_container.h"

/* Status codes of the wire (enum iana_stub_status, 0 to 9) and, below zero, what happened to the
 * request itself. */
enum stub_service_result {
	STUB_SERVICE_TIMEOUT = -1,
	STUB_SERVICE_UNREACHABLE = -2, /* no connection now */
	STUB_SERVICE_BAD_REPLY = -3,
};

/* `container`: body of stub payload 201, borrowed until return; empty unless result is STUB_OK. */
typedef void stub_service_get_fn(int result, struct span container, void *user);
typedef void stub_service_done_fn(int result, void *user);

struct stub_service_ops {
	/* Answered within the configured get time-out (rule 32). */
	void (*get)(void *self, const struct index *ix, stub_service_get_fn *done, void *user);
	/* Move `old` to the stub in `container` (rule 13): not queued; `timeout_ms` without ok is
	 * STUB_SERVICE_TIMEOUT. */
	void (*move)(void *self, const struct index *old, struct span container,
		     uint32_t timeout_ms, stub_service_done_fn *done, void *user);
	/*
	 * Durable, per index in order, across disconnections and restarts (rule 36): the request is
	 * on disk when the call returns. `done` (may be NULL) reports the bank's final status.
	 */
	void (*init)(void *self, struct span container, stub_service_done_fn *done, void *user);
	void (*update)(void *self, const struct index *old, struct span container,
		       stub_service_done_fn *done, void *user);
	void (*delete)(void *self, const struct index *ix, stub_service_done_fn *done, void *user);
	/* Is the bank reachable now (rule 32: while it is not, fallback requires a cookie)? */
	bool (*reachable)(void *self);
	/* Will what is queued now survive this process? NULL: yes. While it will not, no INDEX is told for it. */
	bool (*durable)(void *self);
};

struct stub_service {
	const struct stub_service_ops *ops;
	void *self;
};

#endif
