/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Listeners, connections, back-pressure and the clean stop. */
#include "server.h"

#include <sys/resource.h>

#include "owners.h"
#include "rights.h"
#include "tool/given.h"
#include "tool/log.h"
#include "net/channel_listen.h"
#include "net/channel_tls.h"

/* Back-pressure: above these no further request is read from a connection. */
#define OUTSTANDING_MAX 16384
#define QUEUED_MAX (4u << 20)
#define HELD_MAX (8u << 20)
/*
 * A prefetch keeps this much queued, and no gateway waits longer than these messages take to make.
 */
#define PUMP_QUEUED (1u << 20)
#define PUMP_MESSAGES 8
#define TICK_MS 5
/* How often each connection is looked at. */
#define ROUND_MS 1000
/* Descriptors besides those of connections: RocksDB's files, and some. */
#define DESCRIPTORS 512
/* A connection has several kinds of octets waiting: each may have this part of its share. */
#define SHARE_PARTS 4
#define SHARE_MIN (64u << 10)
#define STOP_US (3 * G_USEC_PER_SEC)

struct server {
	struct bank *bank;
	GMainContext *context;
	struct channel_tls *tls;
	struct channel_listener *listener, *plain;
	GQueue connections;
	struct owners *owners; /* of those that have a session */
	GSource *round;
	GSource *tick; /* while a connection is paused or prefetches */
	bool stopping;
};

struct connection {
	GList link;
	struct server *server;
	struct channel *channel;
	struct session *session; /* NULL until up */
	bool tls;
	bool paused;
	struct channel_identity who;
	uint64_t moved_ms; /* when octets went one way or the other */
	uint64_t asked_ms; /* when the last request came */
	size_t waited;     /* octets that waited for the peer at the last look */
	bool evicted;      /* made room for another; closed() is on its way */
};

static bool io_send(void *user, struct span message)
{
	struct connection *c = user;

	if (channel_send(c->channel, message))
		return true;
	channel_abort(c->channel, "takes no replies");
	return false;
}

static void io_close(void *user, const char *why)
{
	struct connection *c = user;

	channel_close(c->channel, why);
}

/* What one connection may have, when there is so much for all. */
static size_t share_of(const struct server *s, size_t alone)
{
	return MIN(s->bank->share, alone);
}

/* All connections together stay within `memory`: the more they are, the less each may have waiting. */
static void share_out(struct server *s)
{
	uint64_t each = s->bank->settings->memory / SHARE_PARTS / MAX(s->connections.length, 1);

	s->bank->share = (size_t)MAX(each, SHARE_MIN);
}

static bool crowded(const struct connection *c)
{
	const struct server *s = c->server;

	return session_outstanding(c->session) > OUTSTANDING_MAX ||
	       session_held(c->session) > share_of(s, HELD_MAX) ||
	       channel_queued(c->channel) > share_of(s, QUEUED_MAX);
}

/* One connection's turn. true: it needs another. */
static bool attend(struct connection *c)
{
	for (unsigned i = 0;
	     i < PUMP_MESSAGES && channel_queued(c->channel) < share_of(c->server, PUMP_QUEUED);
	     i++) {
		if (!session_pump(c->session))
			break;
	}
	if (c->paused && !crowded(c)) {
		c->paused = false;
		channel_pause(c->channel, false);
	}
	return c->paused || session_pumping(c->session);
}

static gboolean tick(gpointer user)
{
	struct server *s = user;
	bool again = false;

	for (GList *l = s->connections.head; l; l = l->next) {
		struct connection *c = l->data;

		if (c->session && attend(c))
			again = true;
	}
	if (again)
		return G_SOURCE_CONTINUE;
	g_source_unref(s->tick);
	s->tick = NULL;
	return G_SOURCE_REMOVE;
}

static void need_tick(struct server *s)
{
	if (s->tick)
		return;
	s->tick = g_timeout_source_new(TICK_MS);
	g_source_set_callback(s->tick, tick, s, NULL);
	g_source_attach(s->tick, s->context);
}

static void io_pump(void *user)
{
	need_tick(((struct connection *)user)->server);
}

static const struct session_io session_io = { io_send, io_close, io_pump };

static uint64_t now_ms(const struct server *s)
{
	return s->bank->clock.ms(s->bank->clock.ctx);
}

/* Of one certificate, the newest stay: a gateway that comes again has given up its old connections. */
static void keep_newest(struct server *s, const struct connection *newest)
{
	uint64_t max = s->bank->settings->max_connections_per_gateway, n = 0;
	GList *before;

	for (GList *l = s->connections.tail; l; l = before) {
		struct connection *c = l->data;

		before = l->prev;
		if (!c->session || !c->tls || c->evicted || !newest->tls ||
		    memcmp(c->who.fingerprint, newest->who.fingerprint,
			   sizeof(c->who.fingerprint)) != 0)
			continue;
		if (++n <= max)
			continue;
		c->evicted = true;
		channel_close(c->channel,
			      "max-connections-per-gateway is reached: the newest stay");
	}
}

/* Rule 33. One that does not read is spared: a notice is worth less than a reply. */
static void on_moved(void *user, const struct index *old, const char *pool)
{
	const struct server *s = user;
	const GPtrArray *all =
	    s->bank->settings->move_notices ? owners_of(s->owners, &old->address) : NULL;

	for (guint i = 0; all && i < all->len; i++) {
		struct connection *c = all->pdata[i];

		if (!c->evicted && !crowded(c))
			session_tell_moved(c->session, old, pool);
	}
}

static void on_up(struct channel *channel, const struct channel_identity *peer, void *user)
{
	struct connection *c = user;
	struct endpoint remote = *channel_remote(channel);
	struct channel_identity who = c->tls ? *peer : c->server->bank->settings->plain_identity;
	char text[ENDPOINT_TEXT_MAX];

	/* Names in the log and for the rates; a certificate may do without a subject. */
	if (!who.subject[0] && who.n_addresses)
		address_text(&who.addresses[0], who.subject);
	log_info("%s: %s, pool \"%s\"%s", endpoint_text(&remote, text), who.subject, who.pool,
		 c->tls ? "" : ", plain TCP");
	c->who = who;
	c->moved_ms = c->asked_ms = now_ms(c->server);
	c->session = session_new(c->server->bank, &who, c->tls, &session_io, c);
	owners_join(c->server->owners, &c->who, c);
	keep_newest(c->server, c);
}

static void on_message(struct channel *channel, struct span message, void *user)
{
	struct connection *c = user;

	if (c->server->stopping)
		return;
	c->moved_ms = c->asked_ms = now_ms(c->server);
	session_message(c->session, message);
	if (!c->paused && crowded(c)) {
		c->paused = true;
		channel_pause(channel, true);
	}
}

static void on_batch_end(struct channel *channel, void *user)
{
	struct connection *c = user;

	(void)channel;
	store_flush(c->server->bank->store);
	if (c->paused)
		need_tick(c->server);
}

static void on_closed(struct channel *channel, const char *why, void *user)
{
	struct connection *c = user;
	char text[ENDPOINT_TEXT_MAX];

	if (c->session) {
		log_info("%s: %s", endpoint_text(channel_remote(channel), text), why);
		owners_leave(c->server->owners, &c->who, c);
		session_free(c->session);
	} else {
		log_warning("%s: refused: %s", endpoint_text(channel_remote(channel), text), why);
	}
	g_queue_unlink(&c->server->connections, &c->link);
	share_out(c->server);
	g_free(c);
}

static const struct channel_handler handler = {
	.up = on_up,
	.message = on_message,
	.batch_end = on_batch_end,
	.closed = on_closed,
};

/* A full house must not be made of strangers who never finish their handshake: the oldest of them
 * makes room. */
static bool make_room(struct server *s)
{
	if (s->connections.length < s->bank->settings->max_connections)
		return true;
	for (GList *l = s->connections.head; l; l = l->next) {
		struct connection *c = l->data;

		if (!c->session && !c->evicted) {
			c->evicted = true;
			channel_abort(c->channel,
				      "max-connections is reached, and no handshake yet");
			return true;
		}
	}
	return false;
}

static void *accept_connection(struct server *s, struct channel *channel, bool tls)
{
	struct connection *c;
	char text[ENDPOINT_TEXT_MAX];

	if (!make_room(s)) {
		log_warning("%s: refused, max-connections is reached",
			    endpoint_text(channel_remote(channel), text));
		return NULL;
	}
	c = g_new0(struct connection, 1);
	c->link.data = c;
	c->server = s;
	c->channel = channel;
	c->tls = tls;
	g_queue_push_tail_link(&s->connections, &c->link);
	share_out(s);
	return c;
}

static void *accept_tls(struct channel *channel, void *user)
{
	return accept_connection(user, channel, true);
}

static void *accept_plain(struct channel *channel, void *user)
{
	return accept_connection(user, channel, false);
}

/* Why a connection must end now; NULL: it need not. */
static const char *overdue(struct connection *c, uint64_t now, uint64_t today)
{
	const struct bank_settings *settings = c->server->bank->settings;
	size_t waits = channel_queued(c->channel);

	if (waits == 0 || waits < c->waited)
		c->moved_ms = now;
	c->waited = waits;
	if (c->who.not_after > 0 && today >= (uint64_t)c->who.not_after)
		return "its certificate has expired";
	if (now - c->moved_ms >= settings->stall_timeout_ms)
		return "takes no replies (stall-timeout)";
	if (waits == 0 && now - c->asked_ms >= settings->idle_timeout_ms)
		return "asks nothing (idle-timeout)";
	return NULL;
}

static gboolean look_around(gpointer user)
{
	struct server *s = user;
	const struct bank_clock *clock = &s->bank->clock;
	uint64_t now = now_ms(s), today = clock->seconds(clock->ctx);

	for (GList *l = s->connections.head; l; l = l->next) {
		struct connection *c = l->data;
		const char *why = c->session && !c->evicted ? overdue(c, now, today) : NULL;

		if (!why)
			continue;
		c->evicted = true;
		if (channel_queued(c->channel))
			channel_abort(c->channel, why);
		else
			channel_close(c->channel, why);
	}
	return G_SOURCE_CONTINUE;
}

/* Enough descriptors for what the settings allow: else a full house would find out. */
static bool need_descriptors(const struct bank_settings *settings, GError **error)
{
	uint64_t need = settings->max_connections + DESCRIPTORS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= need)
		return true;
	limit.rlim_cur = MIN(need, limit.rlim_max);
	if (limit.rlim_cur >= need && setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return true;
	g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
		    "max-connections=%" G_GUINT64_FORMAT " needs %" G_GUINT64_FORMAT
		    " file descriptors, and %" G_GUINT64_FORMAT
		    " are allowed (ulimit -n, LimitNOFILE)",
		    settings->max_connections, need, (uint64_t)limit.rlim_max);
	return false;
}

/* On `given`, or, where that is -1, on a socket of our own. */
static struct channel_listener *open_port(struct server *s, int given, bool tls, GError **error)
{
	const struct bank_settings *settings = s->bank->settings;
	const struct endpoint *at = tls ? &settings->listen : &settings->plain_listen;
	void *(*accept_fn)(struct channel *, void *) = tls ? accept_tls : accept_plain;
	struct channel_tls *how = tls ? s->tls : NULL;

	if (given >= 0)
		return channel_listen_on(given, how, &handler, accept_fn, s, s->context);
	return channel_listen(at, how, &handler, accept_fn, s, s->context, error);
}

/* Where the settings say, on what a service manager listens on for us, if it does. */
static bool open_ports(struct server *s, GError **error)
{
	const struct bank_settings *settings = s->bank->settings;
	struct given *given = given_new();
	int stub = given_take(given, &settings->listen),
	    plain = settings->has_plain ? given_take(given, &settings->plain_listen) : -1;

	if (!given_end(given, error))
		return false; /* and the program ends */
	s->listener = open_port(s, stub, true, error);
	if (s->listener && settings->has_plain) {
		log_warning("plain TCP is on (plain-listen): stubs are neither secret nor "
			    "authenticated there. "
			    "For a lab only");
		s->plain = open_port(s, plain, false, error);
	}
	return s->listener && (!settings->has_plain || s->plain);
}

struct server *server_new(struct bank *bank, GMainContext *context, GError **error)
{
	const struct bank_settings *settings = bank->settings;
	struct server *s;

	if (!need_descriptors(settings, error))
		return NULL;
	s = g_new0(struct server, 1);
	s->bank = bank;
	s->context = context;
	g_queue_init(&s->connections);
	s->owners = owners_new();
	bank->moved = on_moved;
	bank->moved_user = s;
	share_out(s);
	s->round = g_timeout_source_new(ROUND_MS);
	g_source_set_callback(s->round, look_around, s, NULL);
	g_source_attach(s->round, context);
	s->tls = channel_tls_new(&settings->tls, true, error);
	if (!s->tls || !open_ports(s, error)) {
		server_free(s);
		return NULL;
	}
	if (settings->tls.key_log)
		log_warning("TLS secrets are written to %s (key-log): for a lab only",
			    settings->tls.key_log);
	return s;
}

bool server_reload(struct server *s, GError **error)
{
	struct channel_tls *tls = channel_tls_new(&s->bank->settings->tls, true, error);
	char why[200];

	if (!tls)
		return false;
	channel_listener_set_tls(s->listener, tls);
	channel_tls_unref(s->tls);
	s->tls = tls;
	share_out(s);
	for (GList *l = s->connections.head; l; l = l->next) {
		struct connection *c = l->data;

		if (!c->session || c->evicted || channel_trusted(c->channel, tls, why, sizeof(why)))
			continue;
		log_warning("%s: serial %s is trusted no more: %s", c->who.subject, c->who.serial,
			    why);
		c->evicted = true;
		channel_abort(c->channel, why);
	}
	return true;
}

unsigned server_connections(const struct server *s)
{
	return s->connections.length;
}

static void describe(const struct connection *c, struct listing *l)
{
	const struct bank_settings *settings = c->server->bank->settings;
	g_autoptr(GString) owns = g_string_new(NULL);
	char text[ENDPOINT_TEXT_MAX];

	for (unsigned i = 0; i < c->who.n_addresses; i++)
		g_string_append_printf(owns, "%s%s", i ? "," : "",
				       address_text(&c->who.addresses[i], text));
	listing_begin(l, LISTING_LINE);
	listing_bare(l, "remote", endpoint_text(channel_remote(c->channel), text));
	if (c->tls)
		listing_word(l, "serial", c->who.serial);
	else
		listing_mark(l, "plain", true);
	listing_text(l, "pool", c->who.pool);
	listing_word(l, "owns", owns->str);
	listing_flag(
	    l, "prefetch",
	    rights_prefetch(&c->who, settings->prefetch_allow, settings->n_prefetch_allow));
	listing_count(l, "waiting", session_outstanding(c->session));
	listing_text(l, "subject", c->who.subject);
	listing_end(l);
}

void server_describe(const struct server *s, struct listing *out)
{
	for (GList *l = s->connections.head; l; l = l->next) {
		const struct connection *c = l->data;

		if (c->session)
			describe(c, out);
	}
}

size_t server_waiting(const struct server *s)
{
	size_t n = 0;

	for (GList *l = s->connections.head; l; l = l->next) {
		const struct connection *c = l->data;

		n += channel_queued(c->channel) + (c->session ? session_held(c->session) : 0);
	}
	return n;
}

char *server_ready_line(const struct server *s)
{
	char stub[ENDPOINT_TEXT_MAX], plain[ENDPOINT_TEXT_MAX];

	endpoint_text(channel_listener_local(s->listener), stub);
	if (!s->plain)
		return g_strdup_printf("READY stub=%s\n", stub);
	return g_strdup_printf("READY stub=%s plain=%s\n", stub,
			       endpoint_text(channel_listener_local(s->plain), plain));
}

static void stop_listening(struct server *s)
{
	channel_listener_free(s->listener);
	channel_listener_free(s->plain);
	s->listener = s->plain = NULL;
}

static gboolean wake(gpointer user)
{
	(void)user;
	return G_SOURCE_REMOVE;
}

void server_stop(struct server *s)
{
	gint64 end = g_get_monotonic_time() + STOP_US;
	GSource *deadline = g_timeout_source_new((guint)(STOP_US / 1000));

	s->stopping = true;
	stop_listening(s);
	store_finish(s->bank->store);
	for (GList *l = s->connections.head; l; l = l->next)
		channel_close(((struct connection *)l->data)->channel, "the bank stops");
	g_source_set_callback(deadline, wake, NULL, NULL);
	g_source_attach(deadline, s->context);
	while (s->connections.length && g_get_monotonic_time() < end)
		g_main_context_iteration(s->context, TRUE);
	g_source_destroy(deadline);
	g_source_unref(deadline);
}

void server_free(struct server *s)
{
	stop_listening(s);
	g_source_destroy(s->round);
	g_source_unref(s->round);
	if (s->tick) {
		g_source_destroy(s->tick);
		g_source_unref(s->tick);
	}
	/* Whoever has not gone by now is dropped; the loop delivers closed(). */
	for (GList *l = s->connections.head; l; l = l->next)
		channel_abort(((struct connection *)l->data)->channel, "the bank stops");
	while (s->connections.length)
		g_main_context_iteration(s->context, TRUE);
	channel_tls_unref(s->tls);
	s->bank->moved = NULL; /* what is still with the store */
	owners_free(s->owners);
	g_free(s);
}
