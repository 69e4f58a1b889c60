/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Endpoints, addresses and times as people write them: what is taken comes back the same from its own text. */
#include <stdlib.h>
#include <string.h>

#include "tool/config.h"
#include "tool/config_near.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void endpoints(const char *text)
{
	char first[ENDPOINT_TEXT_MAX], second[ENDPOINT_TEXT_MAX];
	struct endpoint a, b;

	if (endpoint_from_text(text, 500, &a) != ERR_OK)
		return;
	endpoint_text(&a, first);
	if (endpoint_from_text(first, 0, &b) != ERR_OK || !endpoint_equal(&a, &b))
		abort();
	if (strcmp(endpoint_text(&b, second), first) != 0)
		abort();
}

static void durations(const char *text)
{
	char *file = g_strdup_printf("[g]\nt=%s\n", text);
	struct config *c = config_parse("fuzz.conf", file, strlen(file), NULL);
	uint64_t ms;

	if (c) {
		ms = config_duration_ms(c, "g", "t", 77, 100, 5000, NULL);
		if (ms != 77 && (ms < 100 || ms > 5000))
			abort();
	}
	config_free(c);
	g_free(file);
}

static void names(const char *text)
{
	unsigned d = config_distance(text, "listen-nat");

	if (d != config_distance("listen-nat", text) ||
	    (d == 0) != (strcmp(text, "listen-nat") == 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		abort();
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	endpoints(text);
	durations(text);
	names(text);
	free(text);
	return 0;
}
