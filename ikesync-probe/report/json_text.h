/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text of a peer as JSON. */
#ifndef IKESYNC_PROBE_REPORT_JSON_TEXT_H
#define IKESYNC_PROBE_REPORT_JSON_TEXT_H

#include <jansson.h>

/* A new reference. Text may hold anything: what is no UTF-8 is replaced, for JSON must be. null for NULL. */
json_t *json_text(const char *s);

#endif
