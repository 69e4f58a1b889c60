/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this run has half open at its targets, all its processes together: a gateway may let an address have five. */
#ifndef IKESYNC_PROBE_RUN_HALF_OPEN_H
#define IKESYNC_PROBE_RUN_HALF_OPEN_H

#include "net/endpoint.h"
#include "run/probe.h"

/* Milliseconds after which a gateway has let go of what nobody went on with: 30 s are usual (strongSwan, rule 11). */
#define HALF_OPEN_MS 35000
/* So many there, and silence may be a limit: strongSwan as it comes asks for cookies from 3 on, and drops from 5 on. */
#define HALF_OPEN_FEW 3

struct half_open;

/* The table, before processes are forked that are to share it. Without it every process counts for itself. */
void half_open_share(struct probe *p);
void half_open_free(struct probe *p);

/* An IKE_SA_INIT from that address was answered there. The place of it in the table, for half_open_end(); 0: it is full. */
unsigned half_open_begin(struct probe *p, const struct address *from, const struct endpoint *at);
/* It has been gone on with, or refused. 0 is harmless. */
void half_open_end(struct probe *p, unsigned place);
/* How many of that address are there, as far as the probe knows? Others' must not cost it anything. */
unsigned half_open_count(const struct probe *p, const struct address *from,
			 const struct endpoint *at);

#endif
