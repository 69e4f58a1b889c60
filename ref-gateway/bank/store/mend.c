/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files a store has, and who can read them. */
#include "mend.h"

#include <glib/gstdio.h>

#include "mend_file.h"
#include "mend_log.h"
#include "mend_table.h"
#include "tool/log.h"

#define MANIFEST "MANIFEST-"

/* Bits in which two texts of one length differ; many: they are not of one length. */
static unsigned bits_between(const char *a, const char *b)
{
	unsigned bits = 0;

	if (strlen(a) != strlen(b))
		return 1000;
	for (; *a; a++, b++)
		bits += (unsigned)__builtin_popcount((unsigned)(*a ^ *b));
	return bits;
}

/* The MANIFEST that the text of CURRENT meant: but for a bit, or else the newest. NULL: there is none. */
static char *find_manifest(GPtrArray *names, const char *text)
{
	const char *newest = NULL;

	for (guint i = 0; i < names->len; i++) {
		const char *name = g_ptr_array_index(names, i);

		if (!g_str_has_prefix(name, MANIFEST))
			continue;
		if (bits_between(name, text) <= 1)
			return g_strdup(name);
		if (!newest || g_ascii_strtoull(name + strlen(MANIFEST), NULL, 10) >
				   g_ascii_strtoull(newest + strlen(MANIFEST), NULL, 10))
			newest = name;
	}
	return g_strdup(newest);
}

/* A file of one line that names the MANIFEST. */
static void mend_current(struct mend *m, const char *directory, GPtrArray *names)
{
	char *path = g_build_filename(directory, "CURRENT", NULL), *text = NULL, *name, *right;
	gsize n = 0;

	m->files++;
	if (!g_file_get_contents(path, &text, &n, NULL))
		text = g_strdup("");
	/* its line end may be what was flipped, so that is no part of the comparison */
	name = g_strndup(text, n > 0 ? n - 1 : 0);
	right = find_manifest(names, name);
	if (!right) {
		log_error("store %s: no MANIFEST: which tables it has is unknown", directory);
		m->damaged++;
	} else {
		char *line = g_strdup_printf("%s\n", right);

		if (n != strlen(line) || memcmp(text, line, n) != 0) {
			log_warning("store %s: CURRENT is %s: %s is meant", directory,
				    n ? "damaged" : "missing", right);
			if (m->write && !g_file_set_contents_full(path, line, -1,
								  G_FILE_SET_CONTENTS_CONSISTENT |
								      G_FILE_SET_CONTENTS_DURABLE,
								  0600, NULL))
				m->damaged++;
			else
				m->mended++;
		}
		g_free(line);
	}
	g_free(right);
	g_free(name);
	g_free(text);
	g_free(path);
}

static GPtrArray *names_in(const char *directory)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	GDir *dir = g_dir_open(directory, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir)))
		g_ptr_array_add(names, g_strdup(name));
	if (dir)
		g_dir_close(dir);
	return names;
}

bool mend_headless(const char *directory)
{
	GPtrArray *names = names_in(directory);
	bool current = false, parts = false;

	for (guint i = 0; i < names->len; i++) {
		const char *name = g_ptr_array_index(names, i);

		current = current || g_str_equal(name, "CURRENT");
		parts = parts || g_str_has_prefix(name, MANIFEST) || g_str_has_suffix(name, ".sst");
	}
	g_ptr_array_unref(names);
	return parts && !current;
}

void mend_directory(struct mend *m, const char *directory, bool write)
{
	GPtrArray *names = names_in(directory);

	*m = (struct mend){ .write = write };
	m->gateways = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (guint i = 0; i < names->len; i++) {
		const char *name = g_ptr_array_index(names, i);
		bool table = g_str_has_suffix(name, ".sst"), log = g_str_has_suffix(name, ".log"),
		     manifest = g_str_has_prefix(name, MANIFEST);
		struct mend_file f;

		if ((!table && !log && !manifest) || !mend_file_open(&f, m, directory, name))
			continue;
		if (table)
			mend_table(&f);
		else
			mend_log(&f, log);
		mend_file_close(&f);
	}
	if (names->len > 0)
		mend_current(m, directory, names);
	g_ptr_array_unref(names);
}

void mend_clear(struct mend *m)
{
	g_clear_pointer(&m->gateways, g_hash_table_unref);
}

char *mend_text(const struct mend *m)
{
	GString *text = g_string_new(NULL);
	GHashTableIter it;
	gpointer gateway, count;

	g_hash_table_iter_init(&it, m->gateways);
	while (g_hash_table_iter_next(&it, &gateway, &count))
		g_string_append_printf(text, "%s%u of %s", text->len ? ", " : "",
				       GPOINTER_TO_UINT(count), (const char *)gateway);
	if (!text->len)
		g_string_append(text, "nothing that can be told");
	return g_string_free(text, FALSE);
}

void mend_keys(const char *directory, void (*each)(struct span key, void *user), void *user)
{
	GPtrArray *names = names_in(directory);
	struct mend ignored = { .quiet = true };

	for (guint i = 0; i < names->len; i++) {
		const char *name = g_ptr_array_index(names, i);
		struct mend_file f;

		if ((!g_str_has_suffix(name, ".sst") && !g_str_has_suffix(name, ".log")) ||
		    !mend_file_open(&f, &ignored, directory, name))
			continue;
		if (g_str_has_suffix(name, ".sst"))
			mend_table_keys(&f, each, user);
		else
			mend_log_keys(&f, each, user);
		mend_file_close(&f);
	}
	g_ptr_array_unref(names);
}
