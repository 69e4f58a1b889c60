/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line that comes to a daemon's door, and any text as a value of what it answers. */
#include <stdlib.h>
#include <string.h>

#include "tool/ctl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool run(struct ctl_caller *c, char *const *word, unsigned n, void *user)
{
	(void)c;
	(void)word;
	(void)n;
	(void)user;
	return true;
}

static const struct ctl_command commands[] = {
	{ "show", "SPI", 1, 1, "", run },
	{ "terminate", "", 1, 2, "", run },
	{ "reload", "", 0, 0, "", run },
	{ NULL, NULL, 0, 0, NULL, NULL },
};

static void parse(const char *line)
{
	char **words;
	unsigned n;
	bool json;
	const struct ctl_command *c = ctl_parse(commands, line, &json, &words, &n);

	if (c && (!g_str_equal(words[0], c->name) || n - 1 < c->least || n - 1 > c->most ||
		  n != g_strv_length(words)))
		abort();
	g_strfreev(words);
}

/* One line, whatever it is; of JSON, with as many quotes as there must be. */
static void list(const char *text, bool json)
{
	struct listing *l = listing_new(json);
	char *out;
	unsigned quotes = 0;

	listing_begin(l, LISTING_LINE);
	listing_text(l, "name", text);
	listing_end(l);
	out = listing_take(l);
	for (const char *p = out; *p; p++) {
		if (*p == '\\')
			p++; /* and what it stands before */
		else if (*p == '"')
			quotes++;
		if (*p == '\0')
			abort();
	}
	if (quotes != (json ? 4 : 2) || strchr(out, '\n') != &out[strlen(out) - 1] ||
	    !g_utf8_validate(out, -1, NULL))
		abort();
	g_free(out);
	listing_free(l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = g_strndup((const char *)data, size);

	parse(text);
	list(text, false);
	list(text, true);
	g_free(text);
	return 0;
}
