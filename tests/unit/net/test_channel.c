/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two channels in one loop, and the openssl program as a stranger. Wire profile rules 25 and 34. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include <openssl/ssl.h>

#include "net/channel.h"
#include "net/channel_listen.h"
#include "net/channel_tls.h"
#include "unit/net/certificates.h"

#define DEADLINE_US (30 * G_USEC_PER_SEC)

static struct certificates certs;

struct end {
	struct channel *c;
	struct channel_identity peer;
	bool up, closed;
	char why[320];
	GByteArray *got; /* all messages in a row */
	unsigned messages, batches;
	size_t tapped[2], clear[2];
	bool echo, close_on_message, drop_on_message;
	uint32_t expect; /* number in the next message */
	unsigned pause_after;
};

static struct {
	GMainContext *context;
	struct channel_listener *listener;
	struct end server, client;
	bool refuse;
} t;

static void on_up(struct channel *c, const struct channel_identity *peer, void *user)
{
	struct end *e = user;

	assert_false(e->up);
	e->up = true;
	e->c = c;
	e->peer = *peer;
}

static void on_message(struct channel *c, struct span message, void *user)
{
	struct end *e = user;

	assert_true(e->up);
	e->messages++;
	g_byte_array_append(e->got, message.p, (guint)message.n);
	if (e->echo)
		assert_true(channel_send(c, message));
	if (e->close_on_message)
		channel_close(c, "enough");
	if (e->drop_on_message) {
		channel_drop(c);
		e->closed = true;
	}
	if (e->pause_after && e->messages == e->pause_after)
		channel_pause(c, true);
}

static void on_batch_end(struct channel *c, void *user)
{
	(void)c;
	((struct end *)user)->batches++;
}

static void on_closed(struct channel *c, const char *why, void *user)
{
	struct end *e = user;

	(void)c;
	assert_false(e->closed);
	e->closed = true;
	e->c = NULL;
	g_strlcpy(e->why, why, sizeof(e->why));
}

static void on_tap(struct channel *c, enum channel_direction d, struct span octets, void *user)
{
	(void)c;
	((struct end *)user)->tapped[d] += octets.n;
}

static void on_clear_tap(struct channel *c, enum channel_direction d, struct span octets,
			 void *user)
{
	(void)c;
	((struct end *)user)->clear[d] += octets.n;
}

static const struct channel_handler handler = {
	.up = on_up,
	.message = on_message,
	.batch_end = on_batch_end,
	.closed = on_closed,
	.tap = on_tap,
	.clear_tap = on_clear_tap,
};

static void *on_accept(struct channel *c, void *user)
{
	assert_ptr_equal(user, &t);
	t.server.c = c;
	return t.refuse ? NULL : &t.server;
}

#define RUN_UNTIL(condition)                                                           \
	do {                                                                           \
		int64_t end_ = g_get_monotonic_time() + DEADLINE_US;                   \
		while (!(condition)) {                                                 \
			if (g_get_monotonic_time() > end_)                             \
				fail_msg("no " #condition " (server: %s, client: %s)", \
					 t.server.why, t.client.why);                  \
			run_for(20);                                                   \
		}                                                                      \
	} while (0)

static gboolean wake(gpointer user)
{
	(void)user;
	return G_SOURCE_CONTINUE;
}

/* One iteration, at most this long. */
static void run_for(unsigned ms)
{
	GSource *source = g_timeout_source_new(ms);

	g_source_set_callback(source, wake, NULL, NULL);
	g_source_attach(source, t.context);
	g_main_context_iteration(t.context, TRUE);
	g_source_destroy(source);
	g_source_unref(source);
}

static struct channel_tls *tls(const char *name, const char *ca, bool server,
			       const struct channel_tls_files *more)
{
	char *pem = name ? g_strdup_printf("%s/%s.pem", certs.folder, name) : NULL;
	char *key = name ? g_strdup_printf("%s/%s.key", certs.folder, name) : NULL;
	char *ca_pem = ca ? g_strdup_printf("%s/%s.pem", certs.folder, ca) : NULL;
	struct channel_tls_files f = more ? *more : (struct channel_tls_files){ 0 };
	GError *error = NULL;
	struct channel_tls *r;

	f.certificate = pem;
	f.key = key;
	f.ca = ca_pem;
	r = channel_tls_new(&f, server, &error);
	if (!r)
		fail_msg("%s", error->message);
	g_free(pem);
	g_free(key);
	g_free(ca_pem);
	return r;
}

static void listen_with(struct channel_tls *server_tls)
{
	struct endpoint local;
	GError *error = NULL;

	assert_int_equal(endpoint_from_text("127.0.0.1:0", 0, &local), ERR_OK);
	t.listener = channel_listen(&local, server_tls, &handler, on_accept, &t, t.context, &error);
	assert_non_null(t.listener);
	assert_int_not_equal(channel_listener_local(t.listener)->port, 0);
	channel_tls_unref(server_tls);
}

static void connect_with(struct channel_tls *client_tls, const char *server_name)
{
	t.client.c = channel_connect(channel_listener_local(t.listener), NULL, client_tls,
				     server_name, &handler, &t.client, t.context);
	channel_tls_unref(client_tls);
}

static void both_up(void)
{
	listen_with(tls("bank", "ca", true, NULL));
	connect_with(tls("gateway", "ca", false, NULL), NULL);
	RUN_UNTIL(t.client.up && t.server.up);
}

static void plain_up(void)
{
	listen_with(NULL);
	connect_with(NULL, NULL);
	RUN_UNTIL(t.client.up && t.server.up);
}

static int setup(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	t.context = g_main_context_new();
	t.server.got = g_byte_array_new();
	t.client.got = g_byte_array_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	/* what a test left open goes without a word */
	if (t.client.c && !t.client.closed)
		channel_drop(t.client.c);
	if (t.server.c && !t.server.closed && t.server.up)
		channel_drop(t.server.c);
	channel_listener_free(t.listener);
	while (g_main_context_iteration(t.context, FALSE))
		;
	g_main_context_unref(t.context);
	g_byte_array_unref(t.server.got);
	g_byte_array_unref(t.client.got);
	return 0;
}

/* A message of n octets that starts with its number. */
static bool send_numbered(struct channel *c, uint32_t number, size_t n)
{
	uint8_t buf[256];
	struct wcursor w = wcursor_init(buf, n);

	memset(buf, (int)number, sizeof(buf));
	wcursor_u8(&w, STUB_PAYLOAD_TRANSACTION);
	wcursor_u8(&w, STUB_GET);
	wcursor_u16(&w, (uint16_t)n);
	wcursor_u32(&w, number);
	return channel_send(c, span_of(buf, n));
}

static size_t size_of(uint32_t number)
{
	return 8 + number % 200;
}

static void check_numbered(const struct end *e, unsigned n)
{
	struct rcursor c = rcursor_init(span_of(e->got->data, e->got->len), NULL);

	assert_int_equal(e->messages, n);
	for (uint32_t i = 0; i < n; i++) {
		rcursor_u16(&c, "types");
		assert_int_equal(rcursor_u16(&c, "length"), size_of(i));
		assert_int_equal(rcursor_u32(&c, "number"), i);
		rcursor_bytes(&c, size_of(i) - 8, "rest");
	}
	assert_true(rcursor_ok(&c));
	assert_int_equal(rcursor_left(&c), 0);
}

/* ---- TLS ---- */

static void identity_from_sans(void **state)
{
	struct address v4, v6;

	(void)state;
	both_up();
	assert_int_equal(address_from_text("192.0.2.7", &v4), ERR_OK);
	assert_int_equal(address_from_text("2001:db8::7", &v6), ERR_OK);
	assert_int_equal(t.server.peer.n_addresses, 2);
	assert_true(address_equal(&t.server.peer.addresses[0], &v4));
	assert_true(address_equal(&t.server.peer.addresses[1], &v6));
	assert_string_equal(t.server.peer.pool, "urn:ikesync:pool:one");
	assert_non_null(strstr(t.server.peer.subject, "CN=gateway"));
	assert_string_equal(t.client.peer.pool, "");
	assert_int_equal(t.client.peer.n_addresses, 1);
	assert_true(endpoint_equal(channel_remote(t.client.c), channel_listener_local(t.listener)));
	assert_true(endpoint_equal(channel_remote(t.server.c), channel_local(t.client.c)));
	channel_close(t.client.c, "done here");
	RUN_UNTIL(t.client.closed && t.server.closed);
	assert_string_equal(t.client.why, "done here");
	assert_string_equal(t.server.why, "closed by peer");
}

static void server_name_is_checked(void **state)
{
	(void)state;
	listen_with(tls("bank", "ca", true, NULL));
	connect_with(tls("gateway", "ca", false, NULL), "bank.example");
	RUN_UNTIL(t.client.up && t.server.up);
}

static void wrong_server_name(void **state)
{
	(void)state;
	listen_with(tls("bank", "ca", true, NULL));
	connect_with(tls("gateway", "ca", false, NULL), "other.example");
	RUN_UNTIL(t.client.closed && t.server.closed);
	assert_false(t.client.up);
	assert_false(t.server.up);
	assert_non_null(strstr(t.client.why, "ostname mismatch"));
}

static void wrong_server_address(void **state)
{
	(void)state;
	listen_with(tls("gateway", "ca", true, NULL)); /* has no 127.0.0.1 */
	connect_with(tls("gateway", "ca", false, NULL), NULL);
	RUN_UNTIL(t.client.closed && t.server.closed);
	assert_false(t.client.up);
	assert_non_null(strstr(t.client.why, "IP address mismatch"));
}

static void no_client_certificate(void **state)
{
	(void)state;
	listen_with(tls("bank", "ca", true, NULL));
	connect_with(tls(NULL, "ca", false, NULL), NULL);
	RUN_UNTIL(t.client.closed && t.server.closed);
	assert_false(t.server.up);
	assert_non_null(strstr(t.server.why, "peer did not return a certificate"));
	assert_non_null(strstr(t.client.why, "certificate required"));
}

static void foreign_client(void **state)
{
	(void)state;
	listen_with(tls("bank", "ca", true, NULL));
	connect_with(tls("stranger", "ca", false, NULL), NULL);
	RUN_UNTIL(t.client.closed && t.server.closed);
	assert_false(t.server.up);
	assert_non_null(strstr(t.server.why, "certificate verify failed"));
	assert_non_null(strstr(t.client.why, "unknown ca"));
}

static void foreign_server(void **state)
{
	(void)state;
	listen_with(tls("bank", "ca", true, NULL));
	connect_with(tls("gateway", "foreign", false, NULL), NULL);
	RUN_UNTIL(t.client.closed && t.server.closed);
	assert_false(t.client.up);
	assert_false(t.server.up);
	assert_non_null(strstr(t.client.why, "certificate verify failed"));
}

static void older_tls(void **state)
{
	const struct channel_tls_files old = { .max_version = TLS1_2_VERSION };

	(void)state;
	listen_with(tls("bank", "ca", true, NULL));
	connect_with(tls("gateway", "ca", false, &old), NULL);
	RUN_UNTIL(t.client.closed && t.server.closed);
	assert_false(t.client.up);
	assert_false(t.server.up);
	assert_non_null(strstr(t.client.why, "protocol version"));
}

static void no_alpn(void **state)
{
	const struct channel_tls_files none = { .alpn = "" };

	(void)state;
	listen_with(tls("bank", "ca", true, NULL));
	connect_with(tls("gateway", "ca", false, &none), NULL);
	RUN_UNTIL(t.client.closed && t.server.closed);
	assert_false(t.client.up);
	assert_false(t.server.up);
	assert_non_null(strstr(t.client.why, "no application protocol"));
}

static void other_alpn(void **state)
{
	const struct channel_tls_files other = { .alpn = "http/1.1" };

	(void)state;
	listen_with(tls("bank", "ca", true, NULL));
	connect_with(tls("gateway", "ca", false, &other), NULL);
	RUN_UNTIL(t.client.closed && t.server.closed);
	assert_false(t.client.up);
	assert_false(t.server.up);
	assert_non_null(strstr(t.client.why, "no application protocol"));
}

static void plain_text_to_tls(void **state)
{
	(void)state;
	listen_with(tls("bank", "ca", true, NULL));
	connect_with(NULL, NULL);
	RUN_UNTIL(t.client.up);
	assert_true(send_numbered(t.client.c, 0, 100));
	RUN_UNTIL(t.client.closed && t.server.closed);
	assert_false(t.server.up);
	assert_int_equal(t.server.messages, 0);
	assert_true(g_str_has_prefix(t.server.why, "TLS: "));
}

static void silent_client(void **state)
{
	(void)state;
	listen_with(tls("bank", "ca", true, NULL));
	connect_with(NULL, NULL);
	RUN_UNTIL(t.client.closed && t.server.closed);
	assert_false(t.server.up);
	assert_string_equal(t.server.why, "handshake timed out");
}

static void tls_to_plain_text(void **state)
{
	(void)state;
	listen_with(NULL);
	connect_with(tls("gateway", "ca", false, NULL), NULL);
	/* A ClientHello read as a stub message: type 3, length 0x01xx; the bank's business. Nobody crashes, the client is never up. */
	RUN_UNTIL(t.server.up);
	channel_close(t.server.c, "no");
	RUN_UNTIL(t.client.closed && t.server.closed);
	assert_false(t.client.up);
}

/* A host that loses its power says nothing: both ends must look for themselves. */
static void lost_peers_are_noticed(void **state)
{
	unsigned connected = 0;

	(void)state;
	plain_up();
	for (int fd = 3; fd < 256; fd++) {
		struct sockaddr_storage peer;
		socklen_t n = sizeof(peer), size = sizeof(int);
		int on = 0, type = 0;
		unsigned ms = 0;

		if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM ||
		    getpeername(fd, (struct sockaddr *)&peer, &n) != 0 || peer.ss_family != AF_INET)
			continue;
		connected++;
		assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, &size), 0);
		assert_true(on);
		assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, &size), 0);
		assert_in_range(ms, 1000, 60000);
	}
	assert_int_equal(connected, 2);
}

static void nothing_is_resumed(void **state)
{
	char *command;

	(void)state;
	/* A second opinion: openssl's client sees TLS 1.3, our ALPN, and no session ticket. */
	listen_with(tls("bank", "ca", true, NULL));
	command = g_strdup_printf(
	    "cd %s && (sleep 1 | timeout 20 openssl s_client -connect 127.0.0.1:%u -alpn %s "
	    "-CAfile ca.pem -cert gateway.pem -key gateway.key >seen 2>&1; touch seen.done) &",
	    certs.folder, channel_listener_local(t.listener)->port, STUB_ALPN);
	assert_int_equal(system(command), 0);
	g_free(command);
	RUN_UNTIL(t.server.closed);
	assert_true(t.server.up);
	command = g_strdup_printf("%s/seen.done", certs.folder);
	RUN_UNTIL(access(command, F_OK) == 0);
	g_free(command);
	assert_int_equal(
	    certificates_run("grep -q 'ALPN protocol: ikesync-stub/1' %s/seen", certs.folder), 0);
	assert_int_equal(certificates_run("grep -q 'TLSv1.3' %s/seen", certs.folder), 0);
	assert_int_equal(certificates_run("grep -q 'Verify return code: 0' %s/seen", certs.folder),
			 0);
	assert_int_not_equal(certificates_run("grep -q 'New Session Ticket' %s/seen", certs.folder),
			     0);
}

static void key_log(void **state)
{
	char *path = g_strdup_printf("%s/keys.log", certs.folder);
	const struct channel_tls_files log = { .key_log = path };
	struct stat st;

	(void)state;
	listen_with(tls("bank", "ca", true, &log));
	connect_with(tls("gateway", "ca", false, NULL), NULL);
	RUN_UNTIL(t.client.up && t.server.up);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(
	    certificates_run("grep -qE '^SERVER_TRAFFIC_SECRET_0 [0-9a-f]{64} [0-9a-f]{64,96}$' %s",
			     path),
	    0);
	g_free(path);
}

static void files_are_named(void **state)
{
	char *pem = certificates_path(&certs, "bank.pem"),
	     *key = certificates_path(&certs, "open.key");
	struct channel_tls_files f = { .certificate = "/nonexistent.pem" };
	GError *error = NULL;

	(void)state;
	assert_null(channel_tls_new(&f, true, &error));
	assert_non_null(strstr(error->message, "/nonexistent.pem: No such file"));
	g_clear_error(&error);
	assert_int_equal(
	    certificates_run("cd %s && cp bank.key open.key && chmod 644 open.key", certs.folder),
	    0);
	f = (struct channel_tls_files){ .certificate = pem, .key = key };
	assert_null(channel_tls_new(&f, true, &error));
	assert_non_null(strstr(error->message, key));
	assert_non_null(strstr(error->message, "0644"));
	g_clear_error(&error);
	assert_int_equal(certificates_run("cd %s && cp gateway.key open.key && chmod 600 open.key",
					  certs.folder),
			 0);
	assert_null(channel_tls_new(&f, true, &error));
	assert_non_null(strstr(error->message, key));
	g_clear_error(&error);
	g_free(pem);
	g_free(key);
}

/* ---- streams ---- */

static void pipeline(void (*start)(void))
{
	const unsigned n = 10000;

	start();
	t.server.echo = true;
	for (uint32_t i = 0; i < n; i++)
		assert_true(send_numbered(t.client.c, i, size_of(i)));
	RUN_UNTIL(t.client.messages == n);
	check_numbered(&t.client, n);
	check_numbered(&t.server, n);
	assert_true(t.server.batches < n / 10);
	assert_int_equal(t.server.clear[CHANNEL_RECEIVED], t.server.got->len);
	assert_int_equal(t.server.clear[CHANNEL_SENT], t.server.got->len);
	assert_int_equal(t.server.tapped[CHANNEL_RECEIVED], t.client.tapped[CHANNEL_SENT]);
	assert_int_equal(t.client.tapped[CHANNEL_RECEIVED], t.server.tapped[CHANNEL_SENT]);
	/* many messages to a record: less than one octet of TLS per message */
	assert_true(t.server.tapped[CHANNEL_RECEIVED] < t.server.got->len + n + 4096);
	assert_int_equal(channel_queued(t.client.c), 0);
}

static void pipelining_tls(void **state)
{
	(void)state;
	pipeline(both_up);
}

static void pipelining_plain(void **state)
{
	(void)state;
	pipeline(plain_up);
	assert_int_equal(t.server.tapped[CHANNEL_RECEIVED], t.server.got->len);
	assert_int_equal(t.server.peer.n_addresses, 0);
}

static void pause_keeps_order(void **state)
{
	const unsigned n = 5000;

	(void)state;
	both_up();
	t.server.pause_after = 7;
	for (uint32_t i = 0; i < n; i++)
		assert_true(send_numbered(t.client.c, i, size_of(i)));
	RUN_UNTIL(t.server.messages == 7);
	for (unsigned i = 0; i < 20; i++)
		run_for(2);
	assert_int_equal(t.server.messages, 7);
	t.server.pause_after = 1500; /* again, in the middle of what had been read already or not */
	channel_pause(t.server.c, false);
	RUN_UNTIL(t.server.messages == 1500);
	for (unsigned i = 0; i < 20; i++)
		run_for(2);
	assert_int_equal(t.server.messages, 1500);
	channel_pause(t.server.c, false);
	RUN_UNTIL(t.server.messages == n);
	check_numbered(&t.server, n);
}

static void paused_while_peer_leaves(void **state)
{
	(void)state;
	both_up();
	t.server.pause_after = 3;
	for (uint32_t i = 0; i < 100; i++)
		assert_true(send_numbered(t.client.c, i, size_of(i)));
	channel_close(t.client.c, "gone");
	RUN_UNTIL(t.client.closed);
	assert_false(t.server.closed);
	assert_int_equal(t.server.messages, 3);
	channel_pause(t.server.c, false);
	RUN_UNTIL(t.server.closed);
	check_numbered(&t.server, 100); /* all of it before closed() */
}

/* A reset peer must not make a paused channel's poll() spin. */
static void paused_while_peer_resets(void **state)
{
	unsigned turns = 0;
	int64_t end;

	(void)state;
	both_up();
	t.server.pause_after = 1;
	assert_true(send_numbered(t.client.c, 0, 8));
	RUN_UNTIL(t.server.messages == 1);
	channel_abort(t.client.c, "reset");
	RUN_UNTIL(t.client.closed);
	end = g_get_monotonic_time() + G_USEC_PER_SEC / 2;
	for (; g_get_monotonic_time() < end; turns++)
		run_for(100);
	assert_true(turns < 50);
	channel_pause(t.server.c, false);
	RUN_UNTIL(t.server.closed);
	assert_non_null(strstr(t.server.why, "reset"));
}

static void close_flushes_the_queue(void **state)
{
	const unsigned n = 20000; /* more than socket buffers and one turn take */

	(void)state;
	both_up();
	for (uint32_t i = 0; i < n; i++)
		assert_true(send_numbered(t.client.c, i, size_of(i)));
	assert_true(channel_queued(t.client.c) > 1000000);
	channel_close(t.client.c, "end of work");
	assert_false(send_numbered(t.client.c, n, 8));
	RUN_UNTIL(t.client.closed && t.server.closed);
	check_numbered(&t.server, n);
	assert_string_equal(t.client.why, "end of work");
}

static void answers_after_peers_end(void **state)
{
	const unsigned n = 1000;

	(void)state;
	both_up();
	t.server.echo = true;
	for (uint32_t i = 0; i < n; i++)
		assert_true(send_numbered(t.client.c, i, size_of(i)));
	RUN_UNTIL(t.server.messages == n);
	/* Closing by the one that answers: nothing of the answers is lost. */
	channel_close(t.server.c, "server stops");
	RUN_UNTIL(t.client.closed && t.server.closed);
	check_numbered(&t.client, n);
}

static void queue_limit(void **state)
{
	uint8_t *big = g_malloc0(65535);
	unsigned n = 0;

	(void)state;
	both_up();
	channel_pause(t.server.c, true);
	while (channel_send(t.client.c, span_of(big, 65535)) && n < 10000)
		n++;
	assert_in_range(n, 200, 260); /* 16 MiB */
	assert_true(channel_queued(t.client.c) <= 16 * 1024 * 1024);
	g_free(big);
}

static void broken_length(void **state)
{
	static const uint8_t octets[] = { 207, 1, 0, 3, 1, 2, 3, 4 };

	(void)state;
	both_up();
	assert_true(send_numbered(t.client.c, 0, 8));
	assert_true(channel_send(t.client.c, SPAN_OF(octets)));
	t.server.echo = true; /* stands for `malformed` */
	RUN_UNTIL(t.server.closed);
	assert_int_equal(t.server.messages, 2);
	assert_memory_equal(&t.server.got->data[8], octets, sizeof(octets));
	assert_string_equal(t.server.why, "broken message length");
	RUN_UNTIL(t.client.closed);
	/* the first answer, and the last one as octets that cannot be followed either */
	assert_int_equal(t.client.messages, 2);
}

static void ends_inside_a_message(void **state)
{
	static const uint8_t octets[] = { 207, 1, 0, 30, 1, 2, 3, 4 };

	(void)state;
	both_up();
	assert_true(channel_send(t.client.c, SPAN_OF(octets)));
	channel_close(t.client.c, "rude");
	RUN_UNTIL(t.server.closed);
	assert_int_equal(t.server.messages, 0);
	assert_string_equal(t.server.why, "closed by peer inside a message");
}

static void octet_by_octet(void **state)
{
	uint8_t buf[40];
	struct wcursor w = wcursor_init(buf, sizeof(buf));

	(void)state;
	plain_up();
	wcursor_u32(&w, 0xcf030000 + 40);
	wcursor_u32(&w, 0);
	memset(&buf[8], 0, 32);
	for (unsigned i = 0; i < sizeof(buf); i++) {
		assert_int_equal(t.server.messages, 0);
		assert_true(channel_send(t.client.c, span_of(&buf[i], 1)));
		for (size_t had = t.server.tapped[CHANNEL_RECEIVED];
		     had == t.server.tapped[CHANNEL_RECEIVED];)
			run_for(20);
	}
	assert_int_equal(t.server.messages, 1);
	assert_int_equal(t.server.got->len, 40);
}

static void close_in_callback(void **state)
{
	(void)state;
	both_up();
	t.server.close_on_message = true;
	for (uint32_t i = 0; i < 10; i++)
		assert_true(send_numbered(t.client.c, i, 8));
	RUN_UNTIL(t.server.closed && t.client.closed);
	assert_int_equal(t.server.messages, 1);
	assert_string_equal(t.server.why, "enough");
}

static void drop_in_callback(void **state)
{
	(void)state;
	both_up();
	t.server.drop_on_message = true;
	for (uint32_t i = 0; i < 10; i++)
		assert_true(send_numbered(t.client.c, i, 8));
	RUN_UNTIL(t.client.closed);
	assert_int_equal(t.server.messages, 1);
	assert_string_equal(t.server.why, ""); /* closed() was not called */
}

static void nobody_listens(void **state)
{
	struct endpoint there;

	(void)state;
	listen_with(NULL);
	there = *channel_listener_local(t.listener);
	channel_listener_free(t.listener);
	t.listener = NULL;
	t.client.c = channel_connect(&there, NULL, NULL, NULL, &handler, &t.client, t.context);
	assert_false(t.client.closed); /* never from inside the call */
	RUN_UNTIL(t.client.closed);
	assert_string_equal(t.client.why, "Connection refused");
}

static void refused_by_accept(void **state)
{
	(void)state;
	t.refuse = true;
	listen_with(tls("bank", "ca", true, NULL));
	connect_with(tls("gateway", "ca", false, NULL), NULL);
	RUN_UNTIL(t.client.closed);
	assert_false(t.server.closed);
}

static void ipv6(void **state)
{
	struct endpoint local;
	GError *error = NULL;

	(void)state;
	assert_int_equal(endpoint_from_text("[::1]:0", 0, &local), ERR_OK);
	t.listener = channel_listen(&local, NULL, &handler, on_accept, &t, t.context, &error);
	assert_non_null(t.listener);
	connect_with(NULL, NULL);
	RUN_UNTIL(t.client.up && t.server.up);
	assert_int_equal(channel_remote(t.server.c)->address.family, 6);
}

static int group_setup(void **state)
{
	(void)state;
	certificates_init(&certs);
	certificates_make(&certs, "bank", "ca", "IP:127.0.0.1,DNS:bank.example");
	certificates_make(&certs, "gateway", "ca",
			  "IP:192.0.2.7,IP:2001:db8::7,URI:urn:ikesync:pool:one");
	certificates_make(&certs, "stranger", "foreign", "IP:192.0.2.7,URI:urn:ikesync:pool:one");
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	certificates_clear(&certs);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(identity_from_sans),
		TEST(server_name_is_checked),
		TEST(wrong_server_name),
		TEST(wrong_server_address),
		TEST(no_client_certificate),
		TEST(foreign_client),
		TEST(foreign_server),
		TEST(older_tls),
		TEST(no_alpn),
		TEST(other_alpn),
		TEST(plain_text_to_tls),
		TEST(silent_client),
		TEST(tls_to_plain_text),
		TEST(lost_peers_are_noticed),
		TEST(nothing_is_resumed),
		TEST(key_log),
		TEST(files_are_named),
		TEST(pipelining_tls),
		TEST(pipelining_plain),
		TEST(pause_keeps_order),
		TEST(paused_while_peer_leaves),
		TEST(paused_while_peer_resets),
		TEST(close_flushes_the_queue),
		TEST(answers_after_peers_end),
		TEST(queue_limit),
		TEST(broken_length),
		TEST(ends_inside_a_message),
		TEST(octet_by_octet),
		TEST(close_in_callback),
		TEST(drop_in_callback),
		TEST(nobody_listens),
		TEST(refused_by_accept),
		TEST(ipv6),
	};

	return cmocka_run_group_tests_name("net/channel", tests, group_setup, group_teardown);
}
