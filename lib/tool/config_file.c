/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration files as lines: groups, keys, and which of them somebody knows.
 *
 * GKeyFile forgets line numbers and lets a repeated key win silently, so the lines are read here: comments, [group], key=value,
 * with GKeyFile's rules for blanks around '=' and its escapes \s \n \t \r \\ in strings.
 */
#include "tool/config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "keys/key_file.h"
#include "keys/secret.h"
#include "tool/config_near.h"

#define FILE_MAX (1024 * 1024)

struct entry {
	char *key;
	char *value;
	size_t size; /* of the memory at `value`: it may be a pre-shared key, to be wiped */
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
	char *open_to; /* why it may hold no key; NULL: it may */
	GPtrArray *groups;
	GPtrArray *asked; /* groups that readers asked for, or "prefix NAME" */
	GPtrArray *owned; /* strv results */
};

G_DEFINE_QUARK(ikesync - config - error, config_error)

static void entry_free(gpointer p)
{
	struct entry *e = p;

	secret_wipe(e->value, e->size);
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
	g_strchug(&equals[1]);
	e->size = strlen(&equals[1]) + 1;
	e->value = g_malloc(e->size);
	e->line = line;
	g_ptr_array_add(g->entries, e);
	if (!unescape(&equals[1], e->value))
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
	secret_wipe(copy, n);
	g_free(copy);
	if (ok)
		return c;
	config_free(c);
	return NULL;
}

/* The file that is judged is the one that is read, whoever may exchange it meanwhile. */
static bool read_file(int fd, GByteArray *text, GError **error)
{
	uint8_t piece[4096];
	ssize_t got;

	do {
		got = read(fd, piece, sizeof(piece));
		if (got > 0)
			g_byte_array_append(text, piece, (guint)got);
	} while ((got > 0 && text->len <= FILE_MAX) || (got < 0 && errno == EINTR));
	secret_wipe(piece, sizeof(piece));
	if (got < 0)
		g_set_error(error, CONFIG_ERROR, 1, "%s", g_strerror(errno));
	else if (text->len > FILE_MAX)
		g_set_error(error, CONFIG_ERROR, 1,
			    "larger than a configuration file may be (%u octets)", FILE_MAX);
	return got >= 0 && text->len <= FILE_MAX;
}

struct config *config_load(const char *path, GError **error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	/* Never moved, or the allocator would keep copies of what it held. */
	GByteArray *text = g_byte_array_sized_new(FILE_MAX + 4096);
	struct config *c = NULL;
	char why[KEY_FILE_WHY_MAX];

	if (fd < 0)
		g_set_error(error, CONFIG_ERROR, 1, "%s: %s", path, g_strerror(errno));
	else if (!read_file(fd, text, error))
		g_prefix_error(error, "%s: ", path);
	else
		c = config_parse(path, (const char *)text->data, text->len, error);
	if (c && !key_file_is_private(fd, path, why))
		c->open_to = g_strdup(why);
	if (fd >= 0)
		close(fd);
	if (text->len)
		secret_wipe(text->data, text->len);
	g_byte_array_unref(text);
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
	g_free(c->open_to);
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

bool config_demand_private(struct config *c, const char *group, const char *key, GError **error)
{
	if (c->open_to)
		config_complain(c, group, key, error, "%s", c->open_to);
	return !c->open_to;
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

static bool check_value(struct config *c, const struct group *g, const struct entry *e,
			GError **error)
{
	const size_t n = strlen(e->value);

	if (n >= 2 && (e->value[0] == '"' || e->value[0] == '\'') && e->value[n - 1] == e->value[0])
		return bad_line(c, e->line, error,
				"[%s] %s: without the quotes: they would be part of the value",
				g->name, e->key);
	if (strstr(e->value, " #") || strstr(e->value, "\t#"))
		return bad_line(
		    c, e->line, error,
		    "[%s] %s: a comment needs a line of its own: it would be part of the "
		    "value",
		    g->name, e->key);
	return true;
}

bool config_check_values(struct config *c, const char *except, GError **error)
{
	for (guint i = 0; i < c->groups->len; i++) {
		const struct group *g = g_ptr_array_index(c->groups, i);

		for (guint k = 0; k < g->entries->len; k++)
			if (g_strcmp0(g->name, except) != 0 &&
			    !check_value(c, g, g_ptr_array_index(g->entries, k), error))
				return false;
	}
	return true;
}

const char *config_lookup(struct config *c, const char *group, const char *key)
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
	return config_own(c, list);
}

char **config_own(struct config *c, char **list)
{
	g_ptr_array_add(c->owned, list);
	return list;
}
