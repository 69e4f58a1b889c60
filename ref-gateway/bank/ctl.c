/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions and orders of who runs the bank, and their answers. */
#include "ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tool/daemon_main.h"
#include "tool/log.h"

#define LINE_MAX_OCTETS 1024
#define CALLERS_MAX 16
/* A list waits for its reader from so many octets on. */
#define QUEUED_MAX (1u << 20)
#define WAIT_MS 20

const char ctl_commands[] =
    "  status                 what it keeps, and for how many\n"
    "  connections            who is connected, with what rights\n"
    "  list GATEWAY           the stubs of a gateway's address, and what is remembered of others\n"
    "  show SPI@GATEWAY       one of them\n"
    "  delete SPI@GATEWAY     take one away, as its owner may\n"
    "  checkpoint DIRECTORY   a copy of the store as it is now, in a new directory (RocksDB)\n"
    "  reload                 as SIGHUP\n";

struct ctl {
	char *path;
	int fd;
	dev_t device; /* of our socket: another bank may have put its own there */
	ino_t inode;
	GMainContext *context;
	GSource *source;
	struct bank *bank;
	struct server *server;
	bool (*reload)(void *user);
	void *user;
	GQueue callers;
	gint64 began;
};

struct caller {
	GList link;
	struct ctl *ctl; /* NULL: gone, with it */
	struct channel *channel;
	bool asked, busy; /* busy: the store has something of it */
	struct index index;
	bool one; /* record alone */
	unsigned n;
	GString *page;
	struct ledger_browse browse;
	struct store_op op;
};

/* ---- answers ---- */

static void caller_free(struct caller *c)
{
	if (c->ctl)
		g_queue_unlink(&c->ctl->callers, &c->link);
	if (c->page)
		g_string_free(c->page, TRUE);
	g_free(c);
}

static void say(struct caller *c, const char *text)
{
	if (c->channel)
		(void)channel_send(c->channel, span_text(text));
}

/* The last line; NULL: all went well. */
static void end(struct caller *c, const char *trouble)
{
	g_autofree char *line =
	    trouble ? g_strdup_printf("error: %s\n", trouble) : g_strdup("ok\n");

	say(c, line);
	if (c->channel)
		channel_close(c->channel, "answered");
}

static void status(struct caller *c)
{
	const struct ctl *ctl = c->ctl;
	g_autofree char *text = g_strdup_printf(
	    "store: %s\nstubs: %" G_GUINT64_FORMAT "\nremembered: %" G_GUINT64_FORMAT
	    "\nconnections: %u\nwaiting octets: %zu\nseconds: %" G_GINT64_FORMAT "\n",
	    store_name(ctl->bank->store), store_count(ctl->bank->store),
	    store_tombstones(ctl->bank->store), server_connections(ctl->server),
	    server_waiting(ctl->server), (g_get_monotonic_time() - ctl->began) / G_USEC_PER_SEC);

	say(c, text);
	end(c, NULL);
}

static void connections(struct caller *c)
{
	g_autoptr(GString) text = g_string_new(NULL);

	server_describe(c->ctl->server, text);
	say(c, text->str);
	end(c, NULL);
}

/* ---- records ---- */

static const char *state_of(const struct record *r)
{
	return r->state == RECORD_LIVE ? "stub" : r->state == RECORD_MOVED ? "moved" : "deleted";
}

/* Never what is inside a stub. */
static void describe(struct caller *c, const struct index *ix, const struct rules_view *view)
{
	const struct record *r = &view->record;
	uint64_t now = c->ctl->bank->clock.seconds(c->ctl->bank->clock.ctx);
	char text[INDEX_TEXT_MAX];

	g_string_append_printf(c->page, "%s ", index_text(ix, text));
	if (view->damaged) {
		g_string_append(c->page, "damaged\n");
		return;
	}
	g_string_append_printf(c->page, "%s expires=%" G_GUINT64_FORMAT "%s", state_of(r),
			       r->expiry, r->expiry <= now ? " expired" : "");
	if (r->state == RECORD_LIVE)
		g_string_append_printf(c->page, " octets=%zu %s", r->container.n,
				       r->encrypted ? "encrypted-here" : "as-it-came");
	if (r->state == RECORD_MOVED)
		g_string_append_printf(c->page, " to=%s", index_text(&r->moved_to, text));
	g_string_append_printf(c->page, " pool=\"%.*s\"\n", (int)r->pool.n,
			       r->pool.p ? (const char *)r->pool.p : "");
}

static bool on_record(struct ledger_browse *b, const struct index *ix,
		      const struct rules_view *view)
{
	struct caller *c = b->user;

	if (!c->ctl || (c->one && (c->n > 0 || !index_equal(ix, &c->index))))
		return false;
	c->n++;
	describe(c, ix, view);
	return true;
}

static gboolean go_on(gpointer user);

static void on_page(struct ledger_browse *b)
{
	struct caller *c = b->user;

	c->busy = false;
	if (!c->channel) {
		caller_free(c);
		return;
	}
	say(c, c->page->str);
	g_string_truncate(c->page, 0);
	if (b->failed) {
		end(c, "the storage cannot be read");
	} else if (c->one) {
		end(c, c->n ? NULL : "there is none");
	} else if (b->end) {
		end(c, NULL);
	} else {
		GSource *later =
		    g_timeout_source_new(channel_queued(c->channel) > QUEUED_MAX ? WAIT_MS : 0);

		c->busy = true; /* until then */
		g_source_set_callback(later, go_on, c, NULL);
		g_source_attach(later, c->ctl->context);
		g_source_unref(later);
	}
}

static gboolean go_on(gpointer user)
{
	struct caller *c = user;

	if (c->channel && channel_queued(c->channel) > QUEUED_MAX)
		return G_SOURCE_CONTINUE;
	if (c->channel && c->ctl)
		store_browse(c->ctl->bank->store, &c->browse);
	else
		caller_free(c);
	return G_SOURCE_REMOVE;
}

static void browse(struct caller *c)
{
	c->page = g_string_new(NULL);
	c->browse = (struct ledger_browse){ .gateway = c->index.address,
					    .from_spi = true,
					    .spi = c->one ? c->index.spi : 0,
					    .each = on_record,
					    .done = on_page,
					    .user = c };
	c->busy = true;
	store_browse(c->ctl->bank->store, &c->browse);
}

static void on_deleted(struct store_op *op, void *user)
{
	struct caller *c = user;
	char text[INDEX_TEXT_MAX];

	log_notice("ctl: delete of %s: %s", index_text(&op->index, text),
		   iana_stub_status_name(op->status));
	c->busy = false;
	if (!c->channel)
		caller_free(c);
	else
		end(c, op->status == STUB_OK ? NULL : iana_stub_status_name(op->status));
}

static void delete (struct caller *c)
{
	c->op = (struct store_op){ .kind = STORE_DELETE,
				   .index = c->index,
				   .pool = "",
				   .owns_old = true,
				   .done = on_deleted,
				   .user = c };
	c->busy = true;
	store_submit(c->ctl->bank->store, &c->op);
	store_flush(c->ctl->bank->store);
}

static void checkpoint(struct caller *c, const char *directory)
{
	g_autoptr(GError) error = NULL;
	bool ok = store_checkpoint(c->ctl->bank->store, directory, &error);

	log_notice("ctl: checkpoint into %s: %s", directory, ok ? "ok" : error->message);
	end(c, ok ? NULL : error->message);
}

/* ---- questions ---- */

static bool parse_index(const char *text, struct index *out)
{
	char *rest;

	errno = 0;
	out->spi = g_ascii_strtoull(text, &rest, 16);
	return g_ascii_isxdigit(*text) && errno == 0 && *rest == '@' && out->spi > 0 &&
	       address_from_text(rest + 1, &out->address) == ERR_OK;
}

static void answer(struct caller *c, const char *line)
{
	g_auto(GStrv) word = g_strsplit(line, " ", 3);
	guint n = g_strv_length(word);
	const char *what = n ? word[0] : "";

	if (n == 1 && g_str_equal(what, "status"))
		status(c);
	else if (n == 1 && g_str_equal(what, "connections"))
		connections(c);
	else if (n == 1 && g_str_equal(what, "reload"))
		end(c, c->ctl->reload(c->ctl->user) ? NULL : "refused: the log says why");
	else if (n == 2 && g_str_equal(what, "checkpoint") && word[1][0] == '/')
		checkpoint(c, word[1]);
	else if (n == 2 && g_str_equal(what, "list") &&
		 address_from_text(word[1], &c->index.address) == ERR_OK)
		browse(c);
	else if (n == 2 && g_str_equal(what, "show") && parse_index(word[1], &c->index))
		c->one = true, browse(c);
	else if (n == 2 && g_str_equal(what, "delete") && parse_index(word[1], &c->index))
		delete (c);
	else
		end(c, "not understood: ikesync-bank ctl --help");
}

static size_t on_octets(struct channel *channel, struct span octets, void *user)
{
	struct caller *c = user;
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
	answer(c, line);
	return octets.n;
}

static void on_closed(struct channel *channel, const char *why, void *user)
{
	struct caller *c = user;

	(void)channel;
	(void)why;
	c->channel = NULL;
	if (!c->busy)
		caller_free(c);
}

static gboolean on_caller(gint fd, GIOCondition condition, gpointer user)
{
	static const struct channel_handler handler = { .octets = on_octets, .closed = on_closed };
	static const struct endpoint nowhere;
	struct ctl *ctl = user;
	struct caller *c;
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)condition;
	if (peer < 0)
		return G_SOURCE_CONTINUE;
	if (ctl->callers.length >= CALLERS_MAX) {
		close(peer);
		return G_SOURCE_CONTINUE;
	}
	c = g_new0(struct caller, 1);
	c->link.data = c;
	c->ctl = ctl;
	c->channel = channel_accepted(peer, &nowhere, &nowhere, NULL, &handler);
	g_queue_push_tail_link(&ctl->callers, &c->link);
	channel_start(c->channel, c, ctl->context);
	return G_SOURCE_CONTINUE;
}

/* ---- the socket ---- */

static bool set_path(const char *path, struct sockaddr_un *sa, GError **error)
{
	*sa = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (g_strlcpy(sa->sun_path, path, sizeof(sa->sun_path)) < sizeof(sa->sun_path))
		return true;
	g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NAMETOOLONG,
		    "control %s: too long for a socket", path);
	return false;
}

/* What a bank left that was killed. */
static void clear_stale(const struct sockaddr_un *sa)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	if (lstat(sa->sun_path, &st) == 0 && S_ISSOCK(st.st_mode) &&
	    connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) != 0 && errno == ECONNREFUSED)
		unlink(sa->sun_path);
	close(fd);
}

struct ctl *ctl_new(const char *path, GMainContext *context, GError **error)
{
	struct sockaddr_un sa;
	struct ctl *c;
	struct stat st = { 0 };
	mode_t mask;
	int fd;
	bool ok;

	if (!set_path(path, &sa, error))
		return NULL;
	clear_stale(&sa);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mask = umask(0177);
	ok = fd >= 0 && bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0;
	umask(mask);
	if (!ok || listen(fd, CALLERS_MAX) != 0 || stat(path, &st) != 0) {
		g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "control %s: %s",
			    path, g_strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	c = g_new0(struct ctl, 1);
	c->path = g_strdup(path);
	c->fd = fd;
	c->device = st.st_dev;
	c->inode = st.st_ino;
	c->context = context;
	c->began = g_get_monotonic_time();
	g_queue_init(&c->callers);
	return c;
}

void ctl_serve(struct ctl *c, struct bank *bank, struct server *server, bool (*reload)(void *user),
	       void *user)
{
	c->bank = bank;
	c->server = server;
	c->reload = reload;
	c->user = user;
	c->source = g_unix_fd_source_new(c->fd, G_IO_IN);
	g_source_set_callback(c->source, (GSourceFunc)(void (*)(void))on_caller, c, NULL);
	g_source_attach(c->source, c->context);
}

void ctl_free(struct ctl *c)
{
	struct stat st;
	GList *l;

	if (!c)
		return;
	if (c->source) {
		g_source_destroy(c->source);
		g_source_unref(c->source);
	}
	while ((l = c->callers.head)) {
		struct caller *caller = l->data;

		g_queue_unlink(&c->callers, l);
		caller->ctl = NULL;
		if (caller->channel)
			channel_drop(caller->channel);
		caller->channel = NULL;
		if (!caller->busy) /* else whoever has something of it does */
			caller_free(caller);
	}
	if (stat(c->path, &st) == 0 && st.st_dev == c->device && st.st_ino == c->inode)
		unlink(c->path);
	close(c->fd);
	g_free(c->path);
	g_free(c);
}

/* ---- the other end ---- */

/* All that it says, up to its last line, which says how it went. */
static int print_answer(int fd)
{
	FILE *in = fdopen(fd, "r");
	char line[1024], last[1024] = "";

	while (in && fgets(line, sizeof(line), in)) {
		fputs(last, stdout);
		g_strlcpy(last, line, sizeof(last));
	}
	if (in)
		fclose(in);
	if (g_str_equal(last, "ok\n"))
		return DAEMON_EXIT_OK;
	fprintf(stderr, "ikesync-bank ctl: %s", *last ? last : "the bank hung up\n");
	return DAEMON_EXIT_FAILURE;
}

int ctl_ask(const char *path, char **words)
{
	g_autofree char *line = g_strjoinv(" ", words);
	g_autofree char *text = g_strdup_printf("%s\n", line);
	g_autoptr(GError) error = NULL;
	struct sockaddr_un sa;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!set_path(path, &sa, &error)) {
		log_error("%s", error->message);
	} else if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
		   send(fd, text, strlen(text), MSG_NOSIGNAL) != (ssize_t)strlen(text)) {
		log_error("control %s: %s", path, g_strerror(errno));
	} else {
		return print_answer(fd);
	}
	if (fd >= 0)
		close(fd);
	return DAEMON_EXIT_FAILURE;
}
