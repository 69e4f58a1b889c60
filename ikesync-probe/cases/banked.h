/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the B cases share: a gateway whose bank is the probe, clients of it, and stubs for it. */
#ifndef IKESYNC_PROBE_CASES_BANKED_H
#define IKESYNC_PROBE_CASES_BANKED_H

#include "bank/bank_role_log.h"
#include "bank/bank_stub.h"
#include "client/resume.h"

/* A gateway reconnects in its own time (at most some seconds apart) after nobody was there. */
#define BANKED_CONNECT_MS 20000
/* What must come: within this. What must not come is waited for until something else has. */
#define BANKED_PATIENCE_MS 5000

struct banked {
	struct probe *p;
	struct evidence *e;
	const struct target_gateway *gateway;
	const struct suite *suite; /* the target file's first */
	struct bank_role *role;
};

/* For .run with .at_bank: the probe's bank, with the gateway under test connected to it. */
void stage_banked(struct probe *p, struct evidence *e);

/* By how many seconds is the gateway's clock ahead of the probe's, as a stub of its own shows it? Within the
 * 30 s of rule 44 any is right. false: it cannot be told. */
bool banked_clock(struct banked *b, int64_t *ahead);
/* Wait until the gateway is connected (again). false: stated inconclusive. */
bool banked_connected(struct banked *b);
/* A new client of the gateway, on a socket of its own. NULL: stated inconclusive. */
struct client *banked_client(struct banked *b);
/* One that has logged in with `suite` (NULL: the first). NULL: stated inconclusive. */
struct client *banked_login(struct banked *b, const struct suite *suite);
/* The place in the log behind the entry `of`, which came after `mark`. */
unsigned banked_behind(struct banked *b, const struct bank_asked *of, unsigned mark);
/* The index of a client's SA: as INDEX told it, else the gateway's SPI and index address. */
struct index banked_index(const struct banked *b, const struct client *c);
/* The first request of `type` for `ix` since `mark`. NULL: none within BANKED_PATIENCE_MS, a failed check
 * under `clause`. */
const struct bank_asked *banked_asked(struct banked *b, const char *clause, uint8_t type,
				      const struct index *ix, unsigned mark, const char *what);
/* The init of a client's SA; NULL: stated as a failed check of clause 36.7. */
const struct bank_asked *banked_init_of(struct banked *b, const struct client *c, unsigned mark);
/* A client that has logged in, its init there: what the client keeps. NULL: stated. */
struct old_sa *banked_old_sa(struct banked *b, const struct suite *suite);

/* Serve this stub. What its client keeps; free with old_sa_free(). NULL: stated inconclusive. */
struct old_sa *banked_serve(struct banked *b, const struct bank_stub *s);
/* SYN for `old` by a new client *c, the answer noted; the caller frees the client in any case. */
enum ike_answer_kind banked_syn(struct banked *b, const struct old_sa *old, struct client **c);
/* The same, and a hit must come: else inconclusive. */
bool banked_hit(struct banked *b, const struct old_sa *old, struct client **c);
/*
 * SYN for `old`, and check under `clause` that the gateway answers it as if it had no SYN. The
 * fallback is gone through with to the end.
 */
bool banked_misses(struct banked *b, const char *clause, const struct old_sa *old,
		   const char *what);

/* Clauses 26.1, 27.2, 28.1 and 28.3 of all that the gateway has sent since the case began. */
void banked_check_form(struct banked *b);

/* Open the stub that `a` brought. false: stated as a failed check of what it breaks (29.1, 35.1, 35.3,
 * 35.6 or 40.4). Clear with bank_stub_read_clear() in any case. */
bool banked_open(struct banked *b, const struct bank_asked *a, struct bank_stub_read *out);
/* Attribute 11 of a stub that the gateway makes of a login; NUL-terminated. false: it names none. */
bool banked_authority(struct banked *b, char name[static STUB_AUTHORITY_MAX + 1]);
/* Is its SK_d that of the client's SA? */
void banked_check_sk_d(struct banked *b, const char *clause, const struct bank_stub_read *r,
		       const struct client *c, const char *what);

#endif
