/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every bank case needs: connections as one or two gateways, stubs that are cleared away, and
 * how to state a status. */
#ifndef IKESYNC_PROBE_GATEWAY_DESK_H
#define IKESYNC_PROBE_GATEWAY_DESK_H

#include "gateway/bank_answer.h"
#include "run/evidence.h"
#include "gateway/made_stub.h"

struct desk {
	struct probe *p;
	struct evidence *e;
	struct bank_connection *owner;
	struct bank_connection *second; /* NULL unless asked for */
	GPtrArray *stubs;               /* struct made_stub: everything made, deleted at the end */
	struct reply_form form;         /* of every reply on its connections */
	bool
	    busy_counts; /* the case asks when a bank is busy; in any other case busy is a limit, and no fault */
};

/* Connect as the owner, and as the second gateway when `second`. false: stated as inconclusive;
 * call desk_close() all the same. */
bool desk_open(struct desk *d, struct probe *p, struct evidence *e, bool second);
/* A further connection, whose replies are judged with the others. NULL: stated as inconclusive. To
 * be closed by the caller, with desk_hang_up(). */
struct bank_connection *desk_dial(struct desk *d, enum bank_who who);
void desk_hang_up(struct desk *d, struct bank_connection *b);
/* The address of the owner, and of the second gateway (family 0: the target file gives none). */
const struct address *desk_own(const struct desk *d);
const struct address *desk_second(const struct desk *d);
/* Delete what was made, state the form of what came (REPLY_FORM_CLAUSES), close. */
void desk_close(struct desk *d);

/* A fresh stub at a fresh index of `address`, at a given index, owned by the desk. */
struct made_stub *desk_make(struct desk *d, const struct address *address);
struct made_stub *desk_make_at(struct desk *d, const struct index *index);
/* Owned by the desk from now on. */
struct made_stub *desk_keep(struct desk *d, struct made_stub *m);

/* Init and update with a stub whose lifetime counts from here on. */
struct bank_answer *desk_init(struct bank_connection *b, struct made_stub *m);
struct bank_answer *desk_update(struct bank_connection *b, const struct index *old,
				struct made_stub *m);
/* Note that it was sent at `sent_ms` and that `a` kept its item. */
void desk_kept(struct made_stub *m, uint64_t sent_ms, const struct bank_answer *a, unsigned item);

/* Init one stub and demand ok (34.1). false: the case should end (an earlier step of it failed:
 * stated as a failed check). */
bool desk_put(struct desk *d, struct made_stub *m);
/* The same over the connection of another gateway. */
bool desk_put_over(struct desk *d, struct bank_connection *b, struct made_stub *m);

/* Demand status `code` of item `item` under a clause; frees nothing. */
bool desk_expect(struct desk *d, const char *clause, const struct bank_answer *a, unsigned item,
		 enum iana_stub_status code, const char *what);
/* The same of item 0 of a whole answer, which is freed. */
bool desk_expect_of(struct desk *d, const char *clause, struct bank_answer *a,
		    enum iana_stub_status code, const char *what);
/* Either of two statuses. */
bool desk_expect_either(struct desk *d, const char *clause, struct bank_answer *a,
			enum iana_stub_status code, enum iana_stub_status other, const char *what);
/*
 * Get `index` over `b` and demand exactly the octets of `m` under `clause`, and a lifetime that has
 * counted down since the bank had it (43.5).
 */
bool desk_expect_stub(struct desk *d, const char *clause, struct bank_connection *b,
		      const struct index *index, const struct made_stub *m, const char *what);
/* Get `index` and demand `code` and no stub; desk_expect_nothing(): not-found. */
bool desk_expect_none(struct desk *d, const char *clause, struct bank_connection *b,
		      const struct index *index, enum iana_stub_status code, const char *what);
bool desk_expect_nothing(struct desk *d, const char *clause, struct bank_connection *b,
			 const struct index *index, const char *what);

/* Demand `code` for each of items 0 to n - 1, each by its own number; names the first that has
 * another. Frees the answer. */
bool desk_expect_all(struct desk *d, const char *clause, struct bank_answer *a, unsigned n,
		     enum iana_stub_status code, const char *what);
/* Demand the n stubs of a download, octet for octet, lifetimes aside. Frees the answer. */
bool desk_expect_stubs(struct desk *d, const char *clause, struct bank_answer *a,
		       struct made_stub *const *stubs, unsigned n, const char *what);
/* The connection `b` is still there, and a get over it is answered. */
bool desk_expect_alive(struct desk *d, const char *clause, struct bank_connection *b,
		       const char *what);
/* The bank closes the connection `b` by itself. */
bool desk_expect_closed(struct desk *d, const char *clause, struct bank_connection *b,
			const char *what);

/* Is the lifetime in the container `got`, asked for at `asked_ms` (0: not known), which came `came_ms`,
 * what is left of `m`'s? true where the bank has not said when it had it, or the container cannot be
 * read. */
bool desk_lifetime_fits(const struct made_stub *m, GBytes *got, uint64_t asked_ms,
			uint64_t came_ms);
/* Is the lifetime of a stub that came `came_ms` what is left of `m`'s? Says what it should be. */
bool desk_lifetime_right(const struct made_stub *m, uint64_t asked_ms, uint64_t came_ms,
			 uint32_t seconds, char expected[static 64]);

#endif
