/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stubs that outlive their SA for a moment, since another gateway is about to ask for them (rule 19). */
#ifndef IKESYNC_GATEWAY_STUB_LINGER_H
#define IKESYNC_GATEWAY_STUB_LINGER_H

#include "core/gateway_state.h"

/* Delete the stub of this index 60 s from now; one that has moved by then is the bank's to refuse. */
void stub_linger(struct gateway *g, const struct index *ix);
/* Before the end: they stay, until they expire. */
void stub_linger_forget(struct gateway *g);

#endif
