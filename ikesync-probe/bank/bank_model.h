/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stubs of the probe's own small bank, and what it says to a gateway that keeps the rules. */
#ifndef IKESYNC_PROBE_BANK_BANK_MODEL_H
#define IKESYNC_PROBE_BANK_BANK_MODEL_H

#include <glib.h>

#include "bank/bank_asked.h"
#include "wire/stub_message.h"

/* Not locked: one thread at a time. */
struct bank_model;

struct bank_model *bank_model_new(void);
void bank_model_free(struct bank_model *m);
/* Forget all stubs and tombstones. */
void bank_model_clear(struct bank_model *m);

/* Serve `container` (body of payload 201, any octets; copied) at `ix` from now on. */
void bank_model_put(struct bank_model *m, const struct index *ix, GBytes *container);
/* Do what `a` asks: enum iana_stub_status. For a get that is ok, *stub is the container as it is now,
 * its lifetime counted down; to be unreferenced. */
unsigned bank_model_do(struct bank_model *m, const struct bank_asked *a, GBytes **stub);

#endif
