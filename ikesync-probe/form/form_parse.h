/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the text of a form. */
#ifndef IKESYNC_PROBE_FORM_PARSE_H
#define IKESYNC_PROBE_FORM_PARSE_H

#include "form/form.h"

/* "SYN" is a payload of `syn_type`. NULL: `fault`. Any octets may come. Free with form_free(). */
struct form *form_parse(struct span text, uint8_t syn_type, struct form_fault *fault);

#endif
