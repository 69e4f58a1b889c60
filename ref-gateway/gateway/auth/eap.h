/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Login by EAP, which a AAA server judges; the gateway passes it through. */
#ifndef IKESYNC_GATEWAY_EAP_H
#define IKESYNC_GATEWAY_EAP_H

#include "auth/authenticator.h"

extern const struct authenticator eap_authenticator;

#endif
