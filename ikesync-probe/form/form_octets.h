/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A message as a form: any octets, so that form_write() makes the same ones again. */
#ifndef IKESYNC_PROBE_FORM_OCTETS_H
#define IKESYNC_PROBE_FORM_OCTETS_H

#include "form/form.h"

/* Free with form_message_free(). Nothing in it is left to a sender. */
struct form_message *form_octets_read(struct span octets);
/* Payloads alone, of which the first has type `first`: what stood under an Encrypted payload. */
struct form_message *form_octets_read_inner(struct span octets, uint8_t first);

#endif
