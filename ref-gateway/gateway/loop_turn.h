/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The gateway's turns as a source of the GLib main loop. */
#ifndef IKESYNC_GATEWAY_LOOP_TURN_H
#define IKESYNC_GATEWAY_LOOP_TURN_H

#include <glib.h>

#include "gateway.h"

/* Each turn of the loop is one of the gateway's. Destroy and unref it before the gateway goes. */
GSource *loop_turn_attach(struct gateway *g, GMainContext *context);

#endif
