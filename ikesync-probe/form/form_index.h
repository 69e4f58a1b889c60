/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An index as index_text() says it. */
#ifndef IKESYNC_PROBE_FORM_INDEX_H
#define IKESYNC_PROBE_FORM_INDEX_H

#include "wire/index.h"

/* Read SPI@ADDRESS, an IPv6 address in brackets; any address, be it one that no gateway has. */
bool form_index_read(const char *text, struct index *out);

#endif
