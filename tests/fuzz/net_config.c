/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configuration file of any octets: every reader, every complaint; complaints name the file and are one line. */
#include <stdlib.h>
#include <string.h>

#include "tool/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(GError **error)
{
	if (!*error)
		return;
	if (strncmp((*error)->message, "fuzz.conf:", 10) != 0 ||
	    !g_utf8_validate((*error)->message, -1, NULL))
		abort();
	g_clear_error(error);
}

static void read_all(struct config *c, const char *group)
{
	static const char *const keys[] = { "listen", "psk", "t", "n", "list", "address" };
	GError *error = NULL;

	for (unsigned i = 0; i < G_N_ELEMENTS(keys); i++) {
		struct endpoint e;
		struct address a;

		config_string(c, group, keys[i], NULL, &error);
		check(&error);
		config_bool(c, group, keys[i], false, &error);
		check(&error);
		if (config_uint(c, group, keys[i], 7, 5, 9, &error) > 9)
			abort();
		check(&error);
		if (config_duration_ms(c, group, keys[i], 7, 5, 9000, &error) > 9000)
			abort();
		check(&error);
		config_endpoint(c, group, keys[i], 500, &e, &error);
		check(&error);
		config_address(c, group, keys[i], &a, &error);
		check(&error);
		config_list(c, group, keys[i], &error);
		check(&error);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	GError *error = NULL;
	struct config *c = config_parse("fuzz.conf", (const char *)data, size, &error);

	if (!c != (error != NULL))
		abort();
	check(&error);
	if (!c)
		return 0;
	read_all(c, "gateway");
	for (char **g = config_groups(c, "peer"); *g; g++)
		read_all(c, *g);
	if (!config_check_unknown(c, &error) != (error != NULL))
		abort();
	check(&error);
	config_free(c);
	return 0;
}
