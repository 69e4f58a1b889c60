/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The gateway proves itself with its certificate. */
#ifndef IKESYNC_GATEWAY_OWN_SIGNATURE_H
#define IKESYNC_GATEWAY_OWN_SIGNATURE_H

#include "auth/authenticator.h"

/* Write IDr, CERT and AUTH. false: a->why. */
bool own_signature_write(struct authentication *a, struct chain_writer *w);

#endif
