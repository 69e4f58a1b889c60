/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AUTH with a signature and certificates. */
#ifndef IKESYNC_GATEWAY_PUBKEY_H
#define IKESYNC_GATEWAY_PUBKEY_H

#include "auth/authenticator.h"

extern const struct authenticator pubkey_authenticator;

#endif
