/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GKeyFile forgets line numbers and lets a repeated key win silently, so the lines are read here: comments, [group], key=value,
 * with GKeyFile's rules for blanks around '=' and its escapes \s \n \t \r \\ in strings.
 */
#include "tool/config.h"

#include <errno.h>
#include <string.h>

#include "tool/config_near.h"

#define FILE_MAX (1024 * 1024)

struct entry {
	char *key;
	char *value;
	unsigned line;
	bool known;
};

struct group {
	char *name;
	unsigned line;
	bool known;
	GPtrArray *entries;
	GPtrArray *asked; /* keys that readers asked for: what could have been meant */
};

struct config {
	char *path;
	GPtrArray *groups;
	GPtrArray *asked; /* groups that readers asked for, or "prefix NAME" */
	GPtrArray *owned; /* strv results */
};

G_DEFINE_QUARK(ikesync - config - error, config_error)

static void entry_free(gpointer p)
{
	struct entry *e = p;

	if (e->value)
		explicit_bzero(e->value, strlen(e->value)); /* may be a pre-shared key */
	g_free(e->key);
	g_free(e->value);
	g_free(e);
}

static void group_free(gpointer p)
{
	struct group *g = p;

	g_free(g->name);
	g_ptr_array_unref(g->entries);
	g_ptr_array_unref(g->asked);
	g_free(g);
}

static struct group *find_group(const struct config *c, const char *name)
{
	for (guint i = 0; i < c->groups->len; i++) {
		struct group *g = g_ptr_array_index(c->groups, i);

		if (strcmp(g->name, name) == 0)
			return g;
	}
	return NULL;
}

static struct entry *find_entry(const struct group *g, const char *key)
{
	for (guint i = 0; g && i < g->entries->len; i++) {
		struct entry *e = g_ptr_array_index(g->entries, i);

		if (strcmp(e->key, key) == 0)
			return e;
	}
	return NULL;
}

static void remember(GPtrArray *list, const char *name)
{
	for (guint i = 0; i < list->len; i++)
		if (strcmp(g_ptr_array_index(list, i), name) == 0)
			return;
	g_ptr_array_add(list, g_strdup(name));
}

/* ---- reading the file ---- */

static bool bad_line(const struct config *c, unsigned line, GError **error, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

static bool bad_line(const struct config *c, unsigned line, GError **error, const char *format, ...)
{
	va_list args;
	char *why;

	va_start(args, format);
	why = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error(error, CONFIG_ERROR, 1, "%s:%u: %s", c->path, line, why);
	g_free(why);
	return false;
}

static bool read_group(struct config *c, char *text, unsigned line, struct group **current,
		       GError **error)
{
	char *end = strchr(text, ']');
	struct group *g;

	if (!end || end[1] != '\0' || end == &text[1])
		return bad_line(c, line, error, "a group is written [name], alone on its line");
	*end = '\0';
	g = find_group(c, &text[1]);
	if (g)
		return bad_line(c, line, error, "[%s] stands here again, first at line %u", g->name,
				g->line);
	g = g_new0(struct group, 1);
	g->name = g_strdup(&text[1]);
	g->line = line;
	g->entries = g_ptr_array_new_with_free_func(entry_free);
	g->asked = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(c->groups, g);
	*current = g;
	return true;
}

static bool unescape(const char *in, char *out)
{
	for (; *in; in++) {
		if (*in != '\\') {
			*out++ = *in;
			continue;
		}
		switch (*++in) {
		case 's':
			*out++ = ' ';
			break;
		case 'n':
			*out++ = '\n';
			break;
		case 't':
			*out++ = '\t';
			break;
		case 'r':
			*out++ = '\r';
			break;
		case '\\':
			*out++ = '\\';
			break;
		default:
			return false;
		}
	}
	*out = '\0';
	return true;
}

static bool read_entry(struct config *c, char *text, unsigned line, struct group *g, GError **error)
{
	char *equals = strchr(text, '=');
	struct entry *e;

	if (!equals)
		return bad_line(c, line, error,
				"neither a comment (#), a [group], nor key=value: %.40s", text);
	*equals = '\0';
	g_strchomp(text);
	if (!*text)
		return bad_line(c, line, error, "no key before '='");
	if (!g)
		return bad_line(c, line, error, "%s: stands before the first [group]", text);
	e = find_entry(g, text);
	if (e)
		return bad_line(c, line, error, "[%s] %s: stands here again, first at line %u",
				g->name, text, e->line);
	e = g_new0(struct entry, 1);
	e->key = g_strdup(text);
	e->value = g_strdup(g_strchug(&equals[1]));
	e->line = line;
	g_ptr_array_add(g->entries, e);
	if (!unescape(g_strchug(&equals[1]), e->value))
		return bad_line(c, line, error,
				"[%s] %s: unknown escape; \\s \\n \\t \\r and \\\\ are allowed",
				g->name, e->key);
	return true;
}

static bool parse(struct config *c, char *text, gsize n, GError **error)
{
	struct group *g = NULL;
	unsigned line = 0;
	char *next;

	if (strlen(text) != n)
		return bad_line(c, 1, error, "the file has NUL octets: not a text");
	if (!g_utf8_validate(text, (gssize)n, NULL))
		return bad_line(c, 1, error, "the file is not UTF-8");
	for (; text; text = next) {
		next = strchr(text, '\n');
		if (next)
			*next++ = '\0';
		line++;
		g_strstrip(text);
		if (!*text || *text == '#')
			continue;
		if (*text == '[' ? !read_group(c, text, line, &g, error)
				 : !read_entry(c, text, line, g, error))
			return false;
	}
	return true;
}

static struct config *config_new(const char *path)
{
	struct config *c = g_new0(struct config, 1);

	c->path = g_strdup(path);
	c->groups = g_ptr_array_new_with_free_func(group_free);
	c->asked = g_ptr_array_new_with_free_func(g_free);
	c->owned = g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))g_strfreev);
	return c;
}

struct config *config_parse(const char *path, const char *text, size_t n, GError **error)
{
	struct config *c = config_new(path);
	char *copy = g_malloc(n + 1);
	bool ok;

	if (n)
		memcpy(copy, text, n);
	copy[n] = '\0';
	ok = parse(c, copy, n, error);
	explicit_bzero(copy, n);
	g_free(copy);
	if (ok)
		return c;
	config_free(c);
	return NULL;
}

struct config *config_load(const char *path, GError **error)
{
	struct config *c;
	GError *why = NULL;
	char *text;
	gsize n;

	if (!g_file_get_contents(path, &text, &n, &why)) {
		g_set_error(error, CONFIG_ERROR, 1, "%s", why->message);
		g_error_free(why);
		return NULL;
	}
	if (n > FILE_MAX) {
		g_set_error(error, CONFIG_ERROR, 1,
			    "%s: larger than a configuration file may be (%u octets)", path,
			    FILE_MAX);
		g_free(text);
		return NULL;
	}
	c = config_parse(path, text, n, error);
	explicit_bzero(text, n);
	g_free(text);
	return c;
}

void config_free(struct config *c)
{
	if (!c)
		return;
	g_ptr_array_unref(c->groups);
	g_ptr_array_unref(c->asked);
	g_ptr_array_unref(c->owned);
	g_free(c->path);
	g_free(c);
}

const char *config_path(const struct config *c)
{
	return c->path;
}

/* ---- complaints ---- */

void config_complain(struct config *c, const char *group, const char *key, GError **error,
		     const char *format, ...)
{
	const struct group *g = find_group(c, group);
	const struct entry *e = find_entry(g, key);
	va_list args;
	char *why;

	if (!error || *error)
		return; /* the first one sticks */
	va_start(args, format);
	why = g_strdup_vprintf(format, args);
	va_end(args);
	if (e || g)
		g_set_error(error, CONFIG_ERROR, 1, "%s:%u: [%s] %s: %s", c->path,
			    e ? e->line : g->line, group, key, why);
	else
		g_set_error(error, CONFIG_ERROR, 1, "%s: [%s] %s: %s", c->path, group, key, why);
	g_free(why);
}

bool config_check_unknown(struct config *c, GError **error)
{
	if (error && *error)
		return false;
	for (guint i = 0; i < c->groups->len; i++) {
		struct group *g = g_ptr_array_index(c->groups, i);
		const char *near;

		if (!g->known) {
			near = config_near(c->asked, g->name);
			return bad_line(c, g->line, error, "[%s]: no such group%s%s%s", g->name,
					near ? "; did you mean [" : "", near ? near : "",
					near ? "]?" : "");
		}
		for (guint k = 0; k < g->entries->len; k++) {
			struct entry *e = g_ptr_array_index(g->entries, k);

			if (e->known)
				continue;
			near = config_near(g->asked, e->key);
			return bad_line(c, e->line, error, "[%s] %s: no such key%s%s%s", g->name,
					e->key, near ? "; did you mean " : "", near ? near : "",
					near ? "?" : "");
		}
	}
	return true;
}

/* ---- readers ---- */

static const char *lookup(struct config *c, const char *group, const char *key)
{
	struct group *g = find_group(c, group);
	struct entry *e;

	remember(c->asked, group);
	if (!g)
		return NULL;
	g->known = true;
	remember(g->asked, key);
	e = find_entry(g, key);
	if (!e)
		return NULL;
	e->known = true;
	return e->value;
}

bool config_has(struct config *c, const char *group, const char *key)
{
	return lookup(c, group, key) != NULL;
}

const char *config_string(struct config *c, const char *group, const char *key,
			  const char *fallback, GError **error)
{
	const char *v = lookup(c, group, key);

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
	const char *v = lookup(c, group, key);

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
	const char *v = lookup(c, group, key);
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
	const char *v = lookup(c, group, key);
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
	const char *v = lookup(c, group, key);

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
	const char *v = lookup(c, group, key);

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
	const char *v = lookup(c, group, key);
	char **list;

	if (!v)
		return NULL;
	list = g_strsplit(v, ",", -1);
	g_ptr_array_add(c->owned, list);
	for (char **p = list; *p; p++)
		if (!*g_strstrip(*p))
			config_complain(c, group, key, error, "an element of the list is empty");
	return list;
}

char **config_groups(struct config *c, const char *prefix)
{
	GPtrArray *names = g_ptr_array_new();
	char *pattern = g_strdup_printf("%s NAME", prefix);
	size_t n = strlen(prefix);
	char **list;

	remember(c->asked, pattern);
	g_free(pattern);
	for (guint i = 0; i < c->groups->len; i++) {
		struct group *g = g_ptr_array_index(c->groups, i);

		if (strncmp(g->name, prefix, n) != 0 || g->name[n] != ' ' || !g->name[n + 1])
			continue;
		g->known = true;
		g_ptr_array_add(names, g_strdup(g->name));
	}
	g_ptr_array_add(names, NULL);
	list = (char **)g_ptr_array_free(names, FALSE);
	g_ptr_array_add(c->owned, list);
	return list;
}
