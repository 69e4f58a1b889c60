/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands behind the names of a form, in a conversation under way. */
#ifndef IKESYNC_PROBE_CLI_SEND_VALUES_H
#define IKESYNC_PROBE_CLI_SEND_VALUES_H

#include "client/old_sa.h"

struct send_values {
	struct client *c;
	const struct old_sa *old; /* NULL: no SA to resume */
	const GByteArray *cookie; /* of the last answer; NULL: none */
};
/* For struct form_source: `user` is a struct send_values. */
bool send_values_get(void *user, const char *name, uint16_t group, GByteArray *out, char **why);

#endif
