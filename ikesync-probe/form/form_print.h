/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A form as text, as form_parse() reads it. */
#ifndef IKESYNC_PROBE_FORM_PRINT_H
#define IKESYNC_PROBE_FORM_PRINT_H

#include "form/form.h"

/* All of it, the line "message" first. */
void form_print(GString *out, const struct form_message *m, uint8_t syn_type);
/* What stood under an Encrypted payload, as comments: from "sealed" on. */
void form_print_inner(GString *out, const struct form_message *m, uint8_t syn_type);

#endif
