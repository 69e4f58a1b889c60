/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A group of operations, applied in order and committed together. */
#ifndef IKESYNC_BANK_STORE_GROUP_H
#define IKESYNC_BANK_STORE_GROUP_H

#include "census.h"
#include "engine.h"
#include "vault.h"

struct group;

/* All must outlive it. */
struct group *group_new(struct engine *engine, const struct vault *vault, struct counts *counts);
void group_free(struct group *g);
/* As ledger_apply(); `now` is UTC seconds. */
void group_apply(struct group *g, struct store_op **ops, size_t n, uint64_t now,
		 engine_done_fn *done, void *user);

#endif
