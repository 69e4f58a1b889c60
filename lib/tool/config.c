/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of a configuration file, each checked as it is read. */
#include "tool/config.h"

#include <string.h>

bool config_has(struct config *c, const char *group, const char *key)
{
	return config_lookup(c, group, key) != NULL;
}

const char *config_string(struct config *c, const char *group, const char *key,
			  const char *fallback, GError **error)
{
	const char *v = config_lookup(c, group, key);

	if (v && !*v) {
		config_complain(c, group, key, error,
				"is empty; leave the line out for the default");
		return fallback;
	}
	return v ? v : fallback;
}

bool config_bool(struct config *c, const char *group, const char *key, bool fallback,
		 GError **error)
{
	const char *v = config_lookup(c, group, key);

	if (!v)
		return fallback;
	if (strcmp(v, "yes") == 0 || strcmp(v, "true") == 0 || strcmp(v, "1") == 0)
		return true;
	if (strcmp(v, "no") == 0 || strcmp(v, "false") == 0 || strcmp(v, "0") == 0)
		return false;
	config_complain(c, group, key, error, "%s: yes or no is allowed", v);
	return fallback;
}

uint64_t config_uint(struct config *c, const char *group, const char *key, uint64_t fallback,
		     uint64_t min, uint64_t max, GError **error)
{
	const char *v = config_lookup(c, group, key);
	guint64 n;

	if (!v)
		return fallback;
	if (g_ascii_string_to_unsigned(v, 10, min, max, &n, NULL))
		return n;
	config_complain(c, group, key, error,
			"%s: a whole number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
			" is allowed",
			v, (guint64)min, (guint64)max);
	return fallback;
}

static bool duration_from_text(const char *text, uint64_t *ms)
{
	static const struct {
		const char *unit;
		uint64_t ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "", 1000 } };
	size_t digits = strspn(text, "0123456789");
	char number[20];
	guint64 n;

	if (digits == 0 || digits >= sizeof(number))
		return false;
	memcpy(number, text, digits);
	number[digits] = '\0';
	/* 10^12 of any unit fit 64 bits */
	if (!g_ascii_string_to_unsigned(number, 10, 0, UINT64_C(1000000000000), &n, NULL))
		return false;
	for (unsigned i = 0; i < G_N_ELEMENTS(units); i++) {
		if (strcmp(&text[digits], units[i].unit) == 0) {
			*ms = n * units[i].ms;
			return true;
		}
	}
	return false;
}

static const char *duration_text(uint64_t ms, char *out, size_t cap)
{
	if (ms % 1000)
		g_snprintf(out, (gulong)cap, "%" G_GUINT64_FORMAT "ms", (guint64)ms);
	else
		g_snprintf(out, (gulong)cap, "%" G_GUINT64_FORMAT "s", (guint64)ms / 1000);
	return out;
}

uint64_t config_duration_ms(struct config *c, const char *group, const char *key,
			    uint64_t fallback_ms, uint64_t min_ms, uint64_t max_ms, GError **error)
{
	const char *v = config_lookup(c, group, key);
	char min[32], max[32];
	uint64_t ms;

	if (!v)
		return fallback_ms;
	if (duration_from_text(v, &ms) && ms >= min_ms && ms <= max_ms)
		return ms;
	config_complain(c, group, key, error,
			"%s: a time from %s to %s is allowed, as 250ms, 5s, 2m, 1h or bare seconds",
			v, duration_text(min_ms, min, sizeof(min)),
			duration_text(max_ms, max, sizeof(max)));
	return fallback_ms;
}

bool config_endpoint(struct config *c, const char *group, const char *key, uint16_t default_port,
		     struct endpoint *out, GError **error)
{
	const char *v = config_lookup(c, group, key);

	if (!v)
		return false;
	if (endpoint_from_text(v, default_port, out) == ERR_OK)
		return true;
	config_complain(
	    c, group, key, error,
	    "%s: an address with port is allowed, as 192.0.2.1:500 or [2001:db8::1]:500", v);
	return false;
}

bool config_address(struct config *c, const char *group, const char *key, struct address *out,
		    GError **error)
{
	const char *v = config_lookup(c, group, key);

	if (!v)
		return false;
	if (address_from_text(v, out) == ERR_OK)
		return true;
	config_complain(c, group, key, error,
			"%s: an address is allowed, as 192.0.2.1 or 2001:db8::1", v);
	return false;
}

char **config_list(struct config *c, const char *group, const char *key, GError **error)
{
	const char *v = config_lookup(c, group, key);
	char **list;

	if (!v)
		return NULL;
	list = config_own(c, g_strsplit(v, ",", -1));
	for (char **p = list; *p; p++)
		if (!*g_strstrip(*p))
			config_complain(c, group, key, error, "an element of the list is empty");
	return list;
}

unsigned config_word(struct config *c, const char *group, const char *key, const char *const *words,
		     unsigned fallback, GError **error)
{
	const char *v = config_string(c, group, key, words[fallback], error);
	GString *all;

	for (unsigned i = 0; words[i]; i++)
		if (strcmp(v, words[i]) == 0)
			return i;
	all = g_string_new(words[0]);
	for (unsigned i = 1; words[i]; i++)
		g_string_append_printf(all, ", %s", words[i]);
	config_complain(c, group, key, error, "\"%s\" is none of %s", v, all->str);
	g_string_free(all, TRUE);
	return fallback;
}
