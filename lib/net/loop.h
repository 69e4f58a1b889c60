/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GLib main loop's side of the wheel: one GSource. */
#ifndef IKESYNC_NET_LOOP_H
#define IKESYNC_NET_LOOP_H

#include <glib.h>

#include "net/wheel.h"

/* Milliseconds of CLOCK_MONOTONIC. */
uint64_t loop_now(void);
/* Attach `w` to `context` (NULL: the default one); the wheel is advanced with loop_now(). Destroy and unref the source before the wheel. */
GSource *loop_attach_wheel(struct wheel *w, GMainContext *context);

#endif
