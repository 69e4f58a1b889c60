/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run: what all cases share. */
#ifndef IKESYNC_PROBE_RUN_PROBE_H
#define IKESYNC_PROBE_RUN_PROBE_H

#include <glib.h>

#include "capture/capture.h"
#include "run/case.h"
#include "run/relay.h"
#include "target/target.h"

struct client;    /* the client engine's (client/client.h) */
struct bank_role; /* bank/bank_role.h */
struct half_open; /* run/half_open.h */

struct probe_options {
	bool strict;    /* warnings end in exit 1 */
	bool stop;      /* after the first case that fails or is inconclusive */
	bool no_sanity; /* S cases only where chosen, once, and nothing depends on them */
	bool json;      /* results.json also on stdout, instead of the report for people */
	unsigned jobs;  /* cases at once; 0 and 1: in turn */
	bool quiet;     /* no progress */
	enum capture_mode capture;
	const char *out;    /* NULL: ./ikesync-runs/DATE-TIME */
	const char *junit;  /* a further copy of junit.xml; NULL: none */
	const char *ndjson; /* a line for each case as it ends; "-": stdout; NULL: none */
	unsigned retry;     /* how often a case that does not pass is asked again */
	const struct waivers *waivers; /* failures that are borne (target/waiver.h); NULL: none */
};

struct story; /* what a capture shows (reader/story.h) */

struct probe {
	const struct target *target;
	const struct story *story; /* check: the capture that is judged; NULL: a run */
	bool story_speaks;         /* something of IKE SA synchronisation is in it */
	struct probe_options options;
	GMainContext *context;       /* every socket, channel and timer of the run lives here; also
					thread-default */
	bool gateway_announced;      /* the gateway sent profile 1's Vendor ID */
	bool bank_announced;         /* the bank agreed to ALPN ikesync-stub/1 */
	bool syn_asked;              /* S01 has looked whether the gateway knows SYN ... */
	bool syn_unknown;            /* ... and it does not: nothing can be resumed there */
	bool client_announced;       /* the client sent profile 1's Vendor ID */
	bool old_gateway_failed;     /* [hooks] old-gateway-fail has run */
	GPtrArray *peers;            /* of peer.h; NULL: none yet */
	struct half_open *half_open; /* of half_open.h; NULL: none yet */
	GArray *traces;              /* of traces.h; NULL: none yet */
	struct relay *relay;         /* [variant relay]; NULL: not given */
	char *folder;                /* of this run */
	struct seal_keys *seal_keys; /* [bank] seal-keys, else a random key; made on first use
					(bank/stub_make.h) */
	/* the probe's own bank (bank/bank_role.h), made on first use; freed by its hook */
	struct bank_role *bank_role;
	void (*bank_role_free)(void *role);
	struct seal_keys *bank_role_keys; /* [bank-role] seal-keys; read on first use */
	/* for the client engine: whatever it keeps from case to case; freed by the engine's hook
	 * below */
	void *ike;
	void (*ike_free)(void *ike);
	/* how the engine ends what it leaves half open at a gateway (auth_settle()); NULL: not at all */
	void (*settle)(struct client *c);
};

/* What syn_unknown means, and what to do about it. */
#define PROBE_SYN_UNKNOWN                                                                        \
	"the gateway does not know IKE_SA_SYN: it sends neither the Vendor ID of profile 1 nor " \
	"N(IKESYNC_INDEX), and answers SYN for a session of its own as if it were not there"
#define PROBE_SYN_UNKNOWN_HINT                                                                \
	"Test a build in which draft-xu-ike-sa-sync-01 is switched on. If SYN has another "   \
	"payload type there, say so in [target] syn-payload-type; if its stubs come late or " \
	"not at all, see whether it reaches its stub bank."

/* Set by SIGINT and SIGTERM, for the whole process. Waits return early; the case
 * ends as inconclusive. */
bool probe_interrupted(void);
/* What the signal handlers call; also for tests. */
void probe_interrupt(void);

/*
 * Run the context until done(user) or `timeout_ms` have passed: true when done. false also when
 * interrupted. done() is asked after each turn of the loop.
 */
bool probe_wait(struct probe *p, bool (*done)(void *user), void *user, uint64_t timeout_ms);
/* The same, for cleaning up: an interruption does not end it. */
bool probe_wait_regardless(struct probe *p, bool (*done)(void *user), void *user,
			   uint64_t timeout_ms);
/* Let time pass for a protocol timer (the loop runs). Returns early when interrupted. */
void probe_pass_time(struct probe *p, uint64_t ms);
/* Long enough for an answer that is on its way, and short where none is expected: a quarter of [timers]
 * answer, but not less than a retransmission. */
uint64_t probe_moment(const struct probe *p);
/* Milliseconds of the monotonic clock. */
uint64_t probe_now(void);

/* The client engine calls this when a gateway's IKE_SA_INIT response has profile 1's Vendor ID. */
void probe_saw_vendor_id(struct probe *p);
/* Do failed R rules fail for this case (true) or warn? By the target file, else by what the peer
 * announced. */
bool probe_rules_bind(const struct probe *p, const struct probe_case *c);

#endif
