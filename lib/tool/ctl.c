/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Callers, their lines, and the way of the answers. */
#include "tool/ctl.h"

#include <glib-unix.h>
#include <string.h>
#include <unistd.h>

#include "net/channel.h"
#include "tool/ctl_socket.h"
#include "tool/log.h"

#define LINE_MAX_OCTETS 4096
#define CALLERS_MAX 16
/* A long answer waits for its reader from so many octets on. */
#define QUEUED_MAX (1u << 20)
#define WAIT_MS 20

struct ctl {
	struct ctl_socket socket;
	GMainContext *context;
	GSource *source;
	const char *who;
	const struct ctl_command *commands;
	void *user;
	GQueue callers;
};

struct ctl_caller {
	GList link;
	struct ctl *ctl;         /* NULL: gone, with it */
	struct channel *channel; /* NULL: hung up; it holds */
	unsigned holds;
	bool asked;
	char who[48];
	struct listing *listing;
	GSource *later; /* NULL: none; it holds */
	void (*go_on)(struct ctl_caller *c, void *user);
	void *user;
};

void ctl_hold(struct ctl_caller *c)
{
	c->holds++;
}

void ctl_release(struct ctl_caller *c)
{
	if (--c->holds > 0)
		return;
	if (c->ctl)
		g_queue_unlink(&c->ctl->callers, &c->link);
	listing_free(c->listing);
	g_free(c);
}

bool ctl_is_gone(const struct ctl_caller *c)
{
	return !c->channel;
}

const char *ctl_who(const struct ctl_caller *c)
{
	return c->who;
}

struct listing *ctl_listing(struct ctl_caller *c)
{
	return c->listing;
}

/* ---- answers ---- */

void ctl_flush(struct ctl_caller *c)
{
	g_autofree char *text = listing_take(c->listing);

	if (c->channel && *text)
		(void)channel_send(c->channel, span_text(text));
}

void ctl_end(struct ctl_caller *c, const char *trouble)
{
	g_autofree char *line =
	    trouble ? g_strdup_printf("error: %s\n", trouble) : g_strdup("ok\n");

	ctl_flush(c);
	if (!c->channel)
		return;
	(void)channel_send(c->channel, span_text(line));
	channel_close(c->channel, "answered");
}

static void call_later(struct ctl_caller *c)
{
	g_source_destroy(c->later);
	g_clear_pointer(&c->later, g_source_unref);
	c->go_on(c, c->user);
	ctl_release(c);
}

static gboolean on_later(gpointer user)
{
	struct ctl_caller *c = user;

	if (c->channel && channel_queued(c->channel) > QUEUED_MAX)
		return G_SOURCE_CONTINUE;
	call_later(c);
	return G_SOURCE_REMOVE;
}

void ctl_later(struct ctl_caller *c, void (*go_on)(struct ctl_caller *c, void *user), void *user)
{
	ctl_flush(c);
	ctl_hold(c);
	c->go_on = go_on;
	c->user = user;
	c->later = g_timeout_source_new(
	    c->channel && channel_queued(c->channel) > QUEUED_MAX ? WAIT_MS : 0);
	g_source_set_callback(c->later, on_later, c, NULL);
	g_source_attach(c->later, c->ctl ? c->ctl->context : NULL);
}

bool ctl_log_level(struct ctl_caller *c, char *const *word, unsigned n, void *user)
{
	const char *level = n > 1 ? word[1] : NULL;
	enum log_level to;

	(void)user;
	if (level && !log_level_from_text(level, &to))
		return false;
	if (level) {
		log_notice("ctl: log level %s, by %s", level, c->who);
		log_set_level(to);
	}
	listing_begin(c->listing, LISTING_SHEET);
	listing_word(c->listing, "log level", log_level_name());
	listing_end(c->listing);
	ctl_end(c, NULL);
	return true;
}

void ctl_reload(struct ctl_caller *c, bool (*reload)(void *user), void *user)
{
	log_notice("ctl: reload by %s", c->who);
	ctl_end(c, reload(user) ? NULL : "refused: the log says why");
}

/* ---- questions ---- */

const struct ctl_command *ctl_parse(const struct ctl_command *commands, const char *line,
				    bool *json, char ***words, unsigned *n)
{
	char **all;
	int count;

	*json = false;
	*words = NULL;
	if (!g_utf8_validate(line, -1, NULL) || !g_shell_parse_argv(line, &count, &all, NULL))
		return NULL;
	*json = g_str_equal(all[0], "--json");
	if (*json) {
		g_free(all[0]);
		memmove(all, &all[1], (size_t)count * sizeof(*all)); /* the NULL as well */
		count--;
	}
	*words = all;
	*n = (unsigned)count;
	for (; *n && commands->name; commands++)
		if (g_str_equal(commands->name, all[0]) && *n - 1 >= commands->least &&
		    *n - 1 <= commands->most)
			return commands;
	return NULL;
}

static void answer(struct ctl_caller *c, const char *line)
{
	char **words;
	unsigned n;
	bool json;
	const struct ctl_command *command = ctl_parse(c->ctl->commands, line, &json, &words, &n);

	c->listing = listing_new(json);
	if (!command || !command->run(c, words, n, c->ctl->user)) {
		g_autofree char *why =
		    g_strdup_printf("not understood: %s ctl --help", c->ctl->who);

		ctl_end(c, why);
	}
	g_strfreev(words);
}

static size_t on_octets(struct channel *channel, struct span octets, void *user)
{
	struct ctl_caller *c = user;
	const uint8_t *newline = memchr(octets.p, '\n', octets.n);
	char line[LINE_MAX_OCTETS + 1];
	size_t n = newline ? (size_t)(newline - octets.p) : octets.n;

	if (c->asked)
		return octets.n;
	if (n > LINE_MAX_OCTETS || memchr(octets.p, '\0', n)) {
		channel_abort(channel, "no line");
		return octets.n;
	}
	if (!newline)
		return 0;
	c->asked = true;
	memcpy(line, octets.p, n);
	line[n] = '\0';
	ctl_hold(c);
	answer(c, line);
	ctl_release(c);
	return octets.n;
}

/* Whoever waits for it need not wait. */
static void hang_up(struct ctl_caller *c)
{
	c->channel = NULL;
	if (c->later)
		call_later(c);
	ctl_release(c);
}

static void on_closed(struct channel *channel, const char *why, void *user)
{
	(void)channel;
	(void)why;
	hang_up(user);
}

static gboolean on_caller(gint fd, GIOCondition condition, gpointer user)
{
	static const struct channel_handler handler = { .octets = on_octets, .closed = on_closed };
	static const struct endpoint nowhere;
	struct ctl *ctl = user;
	struct ctl_socket_peer who;
	struct ctl_caller *c;
	int peer = ctl_socket_accept(&ctl->socket, &who);

	(void)fd;
	(void)condition;
	if (peer < 0)
		return G_SOURCE_CONTINUE;
	if (ctl->callers.length >= CALLERS_MAX) {
		close(peer);
		return G_SOURCE_CONTINUE;
	}
	c = g_new0(struct ctl_caller, 1);
	c->link.data = c;
	c->ctl = ctl;
	g_snprintf(c->who, sizeof(c->who), "user %u, process %d", (unsigned)who.uid, (int)who.pid);
	c->holds = 1;
	c->channel = channel_accepted(peer, &nowhere, &nowhere, NULL, &handler);
	g_queue_push_tail_link(&ctl->callers, &c->link);
	channel_start(c->channel, c, ctl->context);
	return G_SOURCE_CONTINUE;
}

/* ---- the door ---- */

struct ctl *ctl_new(const char *path, const char *group, GMainContext *context, GError **error)
{
	struct ctl_socket socket;
	struct ctl *c;

	if (!ctl_socket_listen(&socket, path, group, error))
		return NULL;
	c = g_new0(struct ctl, 1);
	c->socket = socket;
	c->context = context;
	g_queue_init(&c->callers);
	return c;
}

void ctl_serve(struct ctl *c, const char *who, const struct ctl_command *commands, void *user)
{
	c->who = who;
	c->commands = commands;
	c->user = user;
	c->source = g_unix_fd_source_new(c->socket.fd, G_IO_IN);
	g_source_set_callback(c->source, (GSourceFunc)(void (*)(void))on_caller, c, NULL);
	g_source_attach(c->source, c->context);
}

void ctl_free(struct ctl *c)
{
	GList *l;

	if (!c)
		return;
	if (c->source) {
		g_source_destroy(c->source);
		g_source_unref(c->source);
	}
	while ((l = c->callers.head)) {
		struct ctl_caller *caller = l->data;

		g_queue_unlink(&c->callers, l);
		caller->ctl = NULL;
		if (caller->channel) {
			channel_drop(caller->channel);
			hang_up(caller);
		}
	}
	ctl_socket_close(&c->socket);
	g_free(c);
}
