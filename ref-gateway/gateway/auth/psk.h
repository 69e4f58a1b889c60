/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AUTH with a shared key. */
#ifndef IKESYNC_GATEWAY_PSK_H
#define IKESYNC_GATEWAY_PSK_H

#include "auth/authenticator.h"

extern const struct authenticator psk_authenticator;

#endif
