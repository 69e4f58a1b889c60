/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bank client, a bank that does as told, and a disk that fails on demand: what the tests of the client share. */
#ifndef IKESYNC_TESTS_BANK_LINK_CLIENT_WORLD_H
#define IKESYNC_TESTS_BANK_LINK_CLIENT_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "bank_link/bank_client.h"
#include "unit/gateway/bank_link/fake_bank.h"
#include "unit/gateway/bank_link/stubs.h"

#define DEADLINE_US (60 * G_USEC_PER_SEC)
#define PENDING -1000 /* no result yet */

/* fsync() and fdatasync(), in front of libc's: when the client syncs, and what it does when that fails. */
struct client_disk {
	gint calls;
	bool fail, fail_rewrite;
	GMutex gate; /* locked: a sync waits */
	gint waiting;
};
extern struct client_disk disk;

struct client_world {
	GMainContext *context;
	struct wheel *wheel;
	GSource *wheel_source;
	struct fake_bank bank;
	struct bank_client_config config;
	struct bank_client *client;
	char folder[64];
	bool inside; /* a call of the client: no callback may come now */
	bool reachable;
	unsigned changes;
};
extern struct client_world world;

struct result {
	int code;
	unsigned calls;
	uint8_t version; /* of the stub that came */
};

/* For each test. */
int client_world_setup(void **state);
int client_world_teardown(void **state);

/* One turn of the loop, of at most so many milliseconds. */
void run_once(unsigned ms);
void run_for(unsigned ms);
#define RUN_UNTIL(condition)                                         \
	do {                                                         \
		int64_t end_ = g_get_monotonic_time() + DEADLINE_US; \
		while (!(condition)) {                               \
			if (g_get_monotonic_time() > end_)           \
				fail_msg("never: %s", #condition);   \
			run_once(20);                                \
		}                                                    \
	} while (0)

void start_client(void);
void stop_client(void);
/* The bank, too, until they have found each other. */
void start_both(void);
const struct stub_service *service(void);
bool reachable(void);

/* For bank_client calls that a test makes itself: what came goes to a struct result. */
void on_done(int code, void *user);
void on_got(int code, struct span container, void *user);

/* Ask the client; `r` hears of the answer, and may be NULL where nothing is awaited. */
void ask_init(uint64_t number, uint8_t version, struct result *r);
void ask_update(uint64_t old, uint64_t number, uint8_t version, struct result *r);
void ask_delete(uint64_t number, struct result *r);
void ask_get(uint64_t number, struct result *r);
void ask_move(uint64_t old, uint64_t number, uint8_t version, uint32_t timeout_ms,
	      struct result *r);

#endif
