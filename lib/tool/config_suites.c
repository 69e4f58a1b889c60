/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Suites by name, one after the other. */
#include "tool/config_suites.h"

static char **names_of(struct config *c, const char *group, const char *key, const char *fallback,
		       GError **error)
{
	char **list = config_list(c, group, key, error);

	if (list && !*list)
		config_complain(c, group, key, error,
				"is empty; leave the line out for the default");
	if (!list && fallback)
		list = config_own(c, g_strsplit(fallback, ", ", -1));
	return list;
}

static bool room(struct config *c, const char *group, const char *key, unsigned n, unsigned max,
		 GError **error)
{
	if (n < max)
		return true;
	config_complain(c, group, key, error, "more than %u suites", max);
	return false;
}

void config_ike_suites(struct config *c, const char *group, const char *key, const char *fallback,
		       struct suite *out, unsigned *n, unsigned max, GError **error)
{
	char **name = names_of(c, group, key, fallback, error);

	for (; name && *name && room(c, group, key, *n, max, error); name++) {
		if (suite_from_text(*name, &out[*n]) != ERR_OK)
			config_complain(c, group, key, error,
					"\"%s\" is no suite; write it as aes128-sha256-x25519 or "
					"aes256gcm16-prfsha384-ecp256",
					*name);
		else if (!out[*n].dh)
			config_complain(c, group, key, error,
					"\"%s\" has no Diffie-Hellman group; write it as "
					"aes128-sha256-x25519",
					*name);
		else
			++*n;
	}
}

void config_esp_suites(struct config *c, const char *group, const char *key, const char *fallback,
		       struct suite_esp *out, unsigned *n, unsigned max, GError **error)
{
	char **name = names_of(c, group, key, fallback, error);

	for (; name && *name && room(c, group, key, *n, max, error); name++) {
		if (suite_esp_from_text(*name, &out[*n]) != ERR_OK)
			config_complain(c, group, key, error,
					"\"%s\" is no ESP suite; write it as aes128gcm16 or "
					"aes128-sha256",
					*name);
		else
			++*n;
	}
}
