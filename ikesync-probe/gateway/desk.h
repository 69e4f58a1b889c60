/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every bank case needs: connections as one or two gateways, stubs that are cleared away, and
 * how to state a status. */
#ifndef IKESYNC_PROBE_GATEWAY_DESK_H
#define IKESYNC_PROBE_GATEWAY_DESK_H

#include "gateway/bank_connection.h"
#include "gateway/made_stub.h"

struct desk {
	struct probe *p;
	struct evidence *e;
	struct bank *owner;
	struct bank *second; /* NULL unless asked for */
	GPtrArray *stubs;    /* struct made_stub: everything made, deleted at the end */
	const char *rule;    /* source of R checks in a case of another provenance */
};

/* Connect as the owner, and as the second gateway when `second`. false: stated as inconclusive;
 * call desk_close() all the same. */
bool desk_open(struct desk *d, struct probe *p, struct evidence *e, bool second);
/* Delete what was made, close. */
void desk_close(struct desk *d);

/* A fresh stub at a fresh index of `address`, at a given index, owned by the desk. */
struct made_stub *desk_make(struct desk *d, const struct address *address);
struct made_stub *desk_make_at(struct desk *d, const struct index *index);

/* Init one stub and demand ok. false: the case should end (an earlier step of it failed: stated as
 * a failed check). */
bool desk_put(struct desk *d, const struct made_stub *m);

/* Demand status `code` of item `item`; frees nothing. */
bool desk_expect(struct desk *d, const struct bank_answer *a, unsigned item,
		 enum iana_stub_status code, const char *what);
/* The same under profile rule `source`. */
bool desk_expect_rule(struct desk *d, const char *source, const struct bank_answer *a,
		      unsigned item, enum iana_stub_status code, const char *what);
/* Get `index` over `b` and demand exactly the octets of `m`, lifetime aside. */
bool desk_expect_stub(struct desk *d, struct bank *b, const struct index *index,
		      const struct made_stub *m, const char *what);
/* Get `index` and demand that no stub comes and (rule 30) that the status is not-found. */
bool desk_expect_nothing(struct desk *d, struct bank *b, const struct index *index,
			 const char *what);

/* Demand `code` for each of items 0 to n - 1, each by its own number; names the first that has
 * another. */
void desk_expect_all(struct desk *d, const struct bank_answer *a, unsigned n,
		     enum iana_stub_status code, const char *what);
/* Demand the n stubs of a download, octet for octet, lifetimes aside. */
void desk_expect_stubs(struct desk *d, const struct bank_answer *a,
		       const struct made_stub *const *stubs, unsigned n, const char *what);

/* One request, one reply. Free with bank_answer_free(). */
struct bank_answer *desk_init(struct bank *b, GBytes *container);
struct bank_answer *desk_update(struct bank *b, const struct index *old, GBytes *container);
struct bank_answer *desk_get(struct bank *b, const struct index *index);
struct bank_answer *desk_delete(struct bank *b, const struct index *index);

#endif
