/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers and their names in a form: those of lib/wire's tables. */
#ifndef IKESYNC_PROBE_FORM_NAMES_H
#define IKESYNC_PROBE_FORM_NAMES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum form_table {
	FORM_TABLE_NONE, /* numbers alone */
	FORM_TABLE_EXCHANGE,
	FORM_TABLE_PAYLOAD,
	FORM_TABLE_NOTIFY,
	FORM_TABLE_PROTOCOL,
	FORM_TABLE_TRANSFORM_TYPE,
	FORM_TABLE_ENCR,
	FORM_TABLE_PRF,
	FORM_TABLE_INTEG,
	FORM_TABLE_DH,
	FORM_TABLE_ESN,
};

/* The table of a transform type's IDs; NONE: it has none. */
enum form_table form_names_transform(uint8_t type);
/* A name of the table, in any case of letters, or a number ("40", "0x28") up to `max`. */
bool form_names_read(enum form_table table, const char *text, uint64_t max, uint64_t *out);
/* The name, or the number where it has none. */
void form_names_write(GString *out, enum form_table table, uint64_t value);

/* The names that a sender fills in ("ni"), and what each is; NULL: there are no more. */
const char *form_names_value(unsigned i, const char **meaning);
bool form_names_is_value(const char *name);

#endif
