/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several banks as one service: every stub has one authority (rule 37), and what is asked about it goes there.
 * With one bank it is that bank.
 */
#ifndef IKESYNC_GATEWAY_BANK_SET_H
#define IKESYNC_GATEWAY_BANK_SET_H

#include "bank_link/stub_service.h"

#define BANK_SET_MAX 16

struct bank_set_config {
	unsigned n; /* 1 to BANK_SET_MAX */
	struct stub_service banks[BANK_SET_MAX];
	/* Which of them is the authority for this index? NULL: the first, for all. */
	unsigned (*authority)(const struct index *ix, void *user);
	void *user;
};

struct bank_set;

/* `config` is copied; the banks must outlive the set. NULL: no bank, or too many. */
struct bank_set *bank_set_new(const struct bank_set_config *config);
/* Requests that are open are the banks' to answer. */
void bank_set_free(struct bank_set *s);
/*
 * get and delete go to the authority of their index, update and move to that of the old one, init to that of the stub;
 * a container that cannot be read goes to the first, which refuses it. Reachable: at least one bank is.
 */
struct stub_service bank_set_service(struct bank_set *s);

#endif
