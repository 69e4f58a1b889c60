/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines are gathered for a turn of the loop, and written whole: a file that takes no more ends with a line, not within one. */
#include "audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tool/log.h"

/* Enough for a write of its own. */
#define FULL (64u << 10)

struct audit {
	struct audit_settings settings;
	GMainContext *context;
	int fd; /* -1: none */
	uint64_t size;
	GString *lines;
	GSource *later; /* writes them */
	uint64_t second, in_second;
	uint64_t dropped; /* since the last line */
	bool told;        /* that something is dropped */
};

struct audit *audit_new(GMainContext *context)
{
	struct audit *a = g_new0(struct audit, 1);

	a->context = context;
	a->fd = -1;
	a->lines = g_string_new(NULL);
	return a;
}

bool audit_on(const struct audit *a)
{
	return a && a->settings.path;
}

/* ---- the file ---- */

int audit_open(const struct audit_settings *settings, GError **error)
{
	struct stat st;
	int fd;

	if (!settings->path)
		return -1;
	/* not waiting for the reader of a pipe */
	fd = open(settings->path,
		  O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "audit-log %s: %s", settings->path,
		    fd >= 0 ? "not a regular file" : g_strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static void look_at_size(struct audit *a)
{
	struct stat st;

	a->size = a->fd >= 0 && fstat(a->fd, &st) == 0 ? (uint64_t)st.st_size : 0;
}

/* Once, until it goes well again. */
static void tell(struct audit *a, const char *what)
{
	if (!a->told)
		log_error("audit-log %s: %s: lines are left out, and counted", a->settings.path,
			  what);
	a->told = true;
}

static uint64_t count_lines(const GString *s)
{
	uint64_t n = 0;

	for (gsize i = 0; i < s->len; i++)
		n += s->str[i] == '\n';
	return n;
}

/* The file has its size: it becomes PATH.1, in the place of the one before. */
static void turn_over(struct audit *a)
{
	g_autofree char *old = g_strconcat(a->settings.path, ".1", NULL);
	g_autoptr(GError) error = NULL;
	int fd;

	if (rename(a->settings.path, old) != 0 && errno != ENOENT) {
		tell(a, g_strerror(errno));
		return;
	}
	fd = audit_open(&a->settings, &error);
	if (fd < 0) {
		tell(a, error->message);
		return;
	}
	close(a->fd);
	a->fd = fd;
	look_at_size(a);
}

static void write_lines(struct audit *a)
{
	ssize_t n;

	if (a->lines->len == 0 || a->fd < 0)
		return;
	if (a->size > 0 && a->size + a->lines->len > a->settings.size)
		turn_over(a);
	if (a->size > 0 && a->size + a->lines->len > a->settings.size) {
		a->dropped += count_lines(a->lines);
	} else {
		n = write(a->fd, a->lines->str, a->lines->len);
		if (n == (ssize_t)a->lines->len) {
			a->size += a->lines->len;
			a->told = false;
		} else {
			tell(a, n < 0 ? g_strerror(errno) : "no room");
			a->dropped += count_lines(a->lines);
			if (n > 0 && ftruncate(a->fd, (off_t)a->size) != 0)
				a->size += (uint64_t)n;
		}
	}
	g_string_truncate(a->lines, 0);
}

static void stop_later(struct audit *a)
{
	if (!a->later)
		return;
	g_source_destroy(a->later);
	g_clear_pointer(&a->later, g_source_unref);
}

static gboolean write_later(gpointer user)
{
	struct audit *a = user;

	write_lines(a);
	g_clear_pointer(&a->later, g_source_unref);
	return G_SOURCE_REMOVE;
}

static void need_write(struct audit *a)
{
	if (a->lines->len > FULL) {
		write_lines(a);
	} else if (!a->later) {
		a->later = g_idle_source_new();
		g_source_set_priority(a->later, G_PRIORITY_DEFAULT);
		g_source_set_callback(a->later, write_later, a, NULL);
		g_source_attach(a->later, a->context);
	}
}

void audit_take(struct audit *a, const struct audit_settings *settings, int fd)
{
	stop_later(a);
	write_lines(a);
	if (a->fd >= 0)
		close(a->fd);
	a->settings = *settings;
	a->fd = fd;
	a->told = false;
	look_at_size(a);
}

/* ---- lines ---- */

static void begin_line(struct audit *a, uint64_t now)
{
	time_t t = (time_t)now;
	struct tm tm;
	char text[32];

	gmtime_r(&t, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ ", &tm);
	g_string_append(a->lines, text);
}

static void own_up(struct audit *a, uint64_t now)
{
	if (a->dropped == 0)
		return;
	begin_line(a, now);
	g_string_append_printf(a->lines, "left-out=%" G_GUINT64_FORMAT "\n", a->dropped);
	a->dropped = 0;
}

static bool may_write(struct audit *a, uint64_t ms)
{
	if (a->second != ms / 1000) {
		a->second = ms / 1000;
		a->in_second = 0;
	}
	if (a->settings.lines_a_second == 0 || a->in_second++ < a->settings.lines_a_second)
		return true;
	a->dropped++;
	return false;
}

static const char *verb(const struct store_op *op)
{
	switch (op->kind) {
	case STORE_PUT:
		return "init";
	case STORE_UPDATE:
		return address_equal(&op->index.address, &op->new_index.address) ? "update"
										 : "move";
	case STORE_DELETE:
		return op->owns_old ? "delete" : "retire";
	default:
		return NULL;
	}
}

void audit_note(struct audit *a, const char *who, const struct store_op *op, uint64_t now,
		uint64_t ms)
{
	const char *what = verb(op);
	char text[INDEX_TEXT_MAX];

	/* one that named no index is nobody's */
	if (!what || op->index.spi == 0 || !audit_on(a) || !may_write(a, ms))
		return;
	own_up(a, now);
	begin_line(a, now);
	g_string_append_printf(a->lines, "%s %s %s", who, what, index_text(&op->index, text));
	if (op->kind == STORE_UPDATE && op->new_index.spi &&
	    !index_equal(&op->index, &op->new_index))
		g_string_append_printf(a->lines, " to %s", index_text(&op->new_index, text));
	g_string_append_printf(a->lines, " %s\n", iana_stub_status_name(op->status));
	need_write(a);
}

char *audit_who(const struct channel_identity *peer)
{
	g_autofree char *pool = g_strescape(peer->pool, NULL),
			*subject = g_strescape(peer->subject, NULL),
			*text =
			    g_strdup_printf("serial=%s pool=\"%s\" subject=\"%s\"",
					    *peer->serial ? peer->serial : "none", pool, subject);

	return g_ref_string_new(text);
}

void audit_free(struct audit *a)
{
	if (!a)
		return;
	stop_later(a);
	if (audit_on(a) && a->dropped)
		own_up(a, (uint64_t)time(NULL));
	write_lines(a);
	if (a->fd >= 0)
		close(a->fd);
	g_string_free(a->lines, TRUE);
	g_free(a);
}
