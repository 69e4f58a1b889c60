/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sessions alive over time, as a picture that needs nothing else. */
#ifndef IKESYNC_PROBE_LOAD_PLOT_H
#define IKESYNC_PROBE_LOAD_PLOT_H

#include "load/load.h"

/* SVG. Free with g_free(). */
char *load_plot(const struct load_result *r);

#endif
