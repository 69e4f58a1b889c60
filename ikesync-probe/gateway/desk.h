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
	const char *rule;               /* source of R checks in a case of another provenance */
};

/* Connect as the owner, and as the second gateway when `second`. false: stated as inconclusive;
 * call desk_close() all the same. */
bool desk_open(struct desk *d, struct probe *p, struct evidence *e, bool second);
/* The address of the owner, and of the second gateway (family 0: the target file gives none). */
const struct address *desk_own(const struct desk *d);
const struct address *desk_second(const struct desk *d);
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
/* The same of item 0 of a whole answer, which is freed. */
bool desk_expect_of(struct desk *d, struct bank_answer *a, enum iana_stub_status code,
		    const char *what);
/* As desk_expect(), under profile rule `source`. */
bool desk_expect_rule(struct desk *d, const char *source, const struct bank_answer *a,
		      unsigned item, enum iana_stub_status code, const char *what);
/* Get `index` over `b` and demand exactly the octets of `m`, lifetime aside. */
bool desk_expect_stub(struct desk *d, struct bank_connection *b, const struct index *index,
		      const struct made_stub *m, const char *what);
/* Get `index` and demand that no stub comes and (rule 30) that the status is not-found. */
bool desk_expect_nothing(struct desk *d, struct bank_connection *b, const struct index *index,
			 const char *what);

/* Demand `code` for each of items 0 to n - 1, each by its own number; names the first that has
 * another. Frees the answer. */
void desk_expect_all(struct desk *d, struct bank_answer *a, unsigned n, enum iana_stub_status code,
		     const char *what);
/* Demand the n stubs of a download, octet for octet, lifetimes aside. Frees the answer. */
void desk_expect_stubs(struct desk *d, struct bank_answer *a, const struct made_stub *const *stubs,
		       unsigned n, const char *what);

#endif
