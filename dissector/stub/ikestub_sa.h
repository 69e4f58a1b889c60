/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The SA payload of a stub (rule 27). */
#ifndef IKESYNC_IKESTUB_SA_H
#define IKESYNC_IKESTUB_SA_H

#include "stub/ikestub_chain.h"

/* Returns the prf of the proposal, 0 when it has none. */
unsigned stub_sa_show(const struct stub_payload *p);

/* The field that names the IDs of transforms of `type`. */
int stub_transform_field(unsigned type);

#endif
