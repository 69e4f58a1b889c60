/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts and ends a Redis for a test. */
#include "redis_server.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/channel_tls.h"
#include "store/redis_key.h"

/* A server that is not there at once under load must not fail a test. */
#define PATIENCE_MS 30000

static void die_with_us(gpointer user)
{
	(void)user;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static void spawn(struct redis_server *s)
{
	GError *error = NULL;

	g_ptr_array_add(s->arguments, NULL);
	if (!g_spawn_async(s->directory, (char **)s->arguments->pdata, NULL,
			   G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
			       G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
			   die_with_us, NULL, &s->pid, &error))
		g_error("%s", error->message);
	g_ptr_array_set_size(s->arguments, (gint)s->arguments->len - 1);
}

/* The kernel's choice, which may be somebody else's a moment later. */
static guint16 free_port(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, n) != 0 ||
	    getsockname(fd, (struct sockaddr *)&sa, &n) != 0)
		g_error("no port: %s", g_strerror(errno));
	close(fd);
	return ntohs(sa.sin_port);
}

static bool answers(struct redis_server *s)
{
	char *pong;

	while (waitpid(s->pid, NULL, WNOHANG) == 0) {
		pong = redis_server_ask(s, "PING");
		if (pong) {
			g_free(pong);
			return true;
		}
		g_usleep(2000);
	}
	g_spawn_close_pid(s->pid);
	s->pid = 0;
	return false;
}

static void set_port(struct redis_server *s, guint at, guint16 *port)
{
	if (!*port)
		return;
	*port = free_port();
	g_free(s->arguments->pdata[at]);
	s->arguments->pdata[at] = g_strdup_printf("%u", *port);
}

void redis_server_start(struct redis_server *s)
{
	do {
		set_port(s, s->ports_from, &s->port);
		set_port(s, s->ports_from + 2, &s->bus);
		spawn(s);
	} while (s->port && !answers(s));
}

/* A server of a cluster must come back where the others know it. */
static void start_again(struct redis_server *s)
{
	do
		spawn(s);
	while (s->port && !answers(s));
}

static void add(struct redis_server *s, const char *word)
{
	g_ptr_array_add(s->arguments, g_strdup(word));
}

static struct redis_server *make(const char *const *more, bool port, const char *const *last)
{
	static const char *const usual[] = { "redis-server",
					     "--port",
					     "0",
					     "--save",
					     "",
					     "--appendonly",
					     "yes",
					     "--appendfsync",
					     "always",
					     "--bind",
					     "127.0.0.1",
					     "--repl-diskless-sync-delay",
					     "0",
					     "--maxmemory-policy",
					     "noeviction",
					     "--unixsocket" };
	struct redis_server *s = g_new0(struct redis_server, 1);
	bool in_memory =
	    g_file_test("/dev/shm", G_FILE_TEST_IS_DIR) && g_access("/dev/shm", 2 /* W_OK */) == 0;

	/* Not in TMPDIR: the path of a socket is short. */
	s->directory =
	    g_strdup(in_memory ? "/dev/shm/ikesync-redis-XXXXXX" : "/tmp/ikesync-redis-XXXXXX");
	if (!g_mkdtemp(s->directory))
		g_error("%s: %s", s->directory, g_strerror(errno));
	s->path = g_build_filename(s->directory, "socket", NULL);
	s->arguments = g_ptr_array_new_with_free_func(g_free);
	for (unsigned i = 0; i < G_N_ELEMENTS(usual); i++)
		add(s, usual[i]);
	add(s, s->path);
	for (; more && *more; more++)
		add(s, *more);
	s->port = port;
	s->ports_from = 2;
	if (last) {
		s->ports_from = s->arguments->len + 1;
		s->bus = 1;
	}
	for (; last && *last; last++)
		add(s, *last);
	redis_server_start(s);
	return s;
}

struct redis_server *redis_server_new(const char *const *more)
{
	return make(more, false, NULL);
}

struct redis_server *redis_server_with_port(void)
{
	return make(NULL, true, NULL);
}

struct redis_server *redis_server_replica(const struct redis_server *of)
{
	g_autofree char *whose = g_strdup_printf("127.0.0.1 %u", of->port);

	return make((const char *const[]){ "--replicaof", whose, NULL }, true, NULL);
}

void redis_server_kill(struct redis_server *s)
{
	if (s->pid <= 0)
		return;
	kill(s->pid, SIGKILL);
	while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
		;
	g_spawn_close_pid(s->pid);
	s->pid = 0;
	g_unlink(s->path); /* nobody is there to answer */
}

void redis_server_free(struct redis_server *s)
{
	const char *argv[] = { "rm", "-rf", s->directory, NULL };

	redis_server_kill(s);
	g_spawn_sync(NULL, (char **)(uintptr_t)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
		     NULL, NULL, NULL);
	g_ptr_array_unref(s->arguments);
	g_free(s->directory);
	g_free(s->path);
	g_free(s);
}

void redis_server_restart(struct redis_server *s)
{
	redis_server_kill(s);
	start_again(s);
}

/* ---- a cluster ---- */

static const char make_certificates[] =
    "set -e; cd \"$0\"; key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';"
    "openssl req -x509 $key -keyout ca.key -out ca.pem -subj /CN=ca -days 2;"
    "openssl req $key -keyout server.key -out server.csr -subj /CN=redis;"
    "echo subjectAltName=IP:127.0.0.1 >ext;"
    "openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 "
    "-out server.pem -extfile ext";

static char *make_pki(void)
{
	char *directory = g_dir_make_tmp("ikesync-redis-pki-XXXXXX", NULL);
	const char *argv[] = { "sh", "-c", make_certificates, directory, NULL };
	int status = 1;

	if (!directory ||
	    !g_spawn_sync(NULL, (char **)(uintptr_t)argv, NULL,
			  G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL |
			      G_SPAWN_STDOUT_TO_DEV_NULL,
			  NULL, NULL, NULL, NULL, &status, NULL) ||
	    status != 0)
		g_error("no certificates");
	return directory;
}

static struct redis_server *make_member(const char *pki)
{
	g_autofree char *certificate = g_build_filename(pki, "server.pem", NULL);
	g_autofree char *key = g_build_filename(pki, "server.key", NULL);
	g_autofree char *ca = g_build_filename(pki, "ca.pem", NULL);

	return make((const char *const[]){ "--tls-cert-file", certificate, "--tls-key-file", key,
					   "--tls-ca-cert-file", ca, "--tls-auth-clients",
					   "optional", "--tls-cluster", "yes", "--tls-replication",
					   "yes", "--cluster-enabled", "yes",
					   "--cluster-node-timeout", "1500",
					   "--cluster-require-full-coverage", "no", NULL },
		    true, (const char *const[]){ "--tls-port", "1", "--cluster-port", "1", NULL });
}

bool redis_server_await(const struct redis_server *s, const char *command, const char *text)
{
	gint64 end = g_get_monotonic_time() + PATIENCE_MS * INT64_C(1000);
	bool seen = false;

	while (!seen && g_get_monotonic_time() < end) {
		g_autofree char *is = redis_server_ask(s, command);

		seen = is && strstr(is, text);
		if (!seen)
			g_usleep(5000);
	}
	return seen;
}

static void must(const struct redis_server *s, const char *command, const char *text)
{
	if (!redis_server_await(s, command, text))
		g_error("redis: %s does not come to \"%s\"", command, text);
}

static void join(struct redis_cluster *c)
{
	for (unsigned i = 0; i < REDIS_CLUSTER; i++) {
		g_autofree char *epoch = g_strdup_printf("CLUSTER SET-CONFIG-EPOCH %u", i + 1);
		g_autofree char *meet = g_strdup_printf("CLUSTER MEET 127.0.0.1 %u %u",
							c->server[0]->port, c->server[0]->bus);
		g_autofree char *slots =
		    g_strdup_printf("CLUSTER ADDSLOTSRANGE %u %u", i * 5461,
				    i == 2 ? REDIS_SLOTS - 1 : i * 5461 + 5460);

		g_free(redis_server_ask(c->server[i], epoch));
		if (i < 3)
			g_free(redis_server_ask(c->server[i], slots));
		if (i > 0)
			g_free(redis_server_ask(c->server[i], meet));
	}
}

static void replicate(struct redis_cluster *c)
{
	for (unsigned i = 0; i < 3; i++) {
		g_autofree char *id = redis_server_ask(c->server[i], "CLUSTER MYID");
		g_autofree char *command = g_strdup_printf("CLUSTER REPLICATE %s", id);

		must(c->server[i + 3], "CLUSTER NODES", id);
		must(c->server[i + 3], command, "OK");
	}
	for (unsigned i = 0; i < REDIS_CLUSTER; i++) {
		must(c->server[i], "CLUSTER INFO", "cluster_state:ok");
		must(c->server[i], "CLUSTER INFO", "cluster_known_nodes:6");
		must(c->server[i], "INFO replication",
		     i < 3 ? "state=online" : "master_link_status:up");
	}
}

struct redis_cluster *redis_cluster_new(void)
{
	struct redis_cluster *c = g_new0(struct redis_cluster, 1);
	g_autofree char *ca = NULL;
	struct channel_tls_files files = { .alpn = "" };
	GError *error = NULL;

	c->pki = make_pki();
	files.ca = ca = g_build_filename(c->pki, "ca.pem", NULL);
	c->tls = channel_tls_new(&files, false, &error);
	if (!c->tls)
		g_error("%s", error->message);
	for (unsigned i = 0; i < REDIS_CLUSTER; i++)
		c->server[i] = make_member(c->pki);
	join(c);
	replicate(c);
	return c;
}

void redis_cluster_free(struct redis_cluster *c)
{
	const char *argv[] = { "rm", "-rf", c->pki, NULL };

	for (unsigned i = 0; i < REDIS_CLUSTER; i++)
		redis_server_free(c->server[i]);
	g_spawn_sync(NULL, (char **)(uintptr_t)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
		     NULL, NULL, NULL);
	channel_tls_unref(c->tls);
	g_free(c->pki);
	g_free(c);
}

struct engine_redis_settings redis_cluster_settings(const struct redis_cluster *c,
						    const char *prefix)
{
	struct engine_redis_settings s = { .n_places = 2,
					   .cluster = true,
					   .prefix = prefix,
					   .access = { .tls = c->tls, .timeout_ms = PATIENCE_MS },
					   .wait_ms = 1000 };

	for (unsigned i = 0; i < s.n_places; i++) {
		s.places[i].at.port = c->server[i]->port;
		if (address_from_text("127.0.0.1", &s.places[i].at.address) != ERR_OK)
			abort();
	}
	return s;
}

struct redis_server *redis_cluster_server_of(const struct redis_cluster *c, const char *address)
{
	unsigned third = redis_key_slot(span_text(address)) / 5461;

	return c->server[MIN(third, 2)];
}

GBytes *redis_server_get(const struct redis_server *s, const char *key)
{
	redisContext *c = redisConnectUnix(s->path);
	redisReply *r = redisCommand(c, "GET %s", key);
	GBytes *value = NULL;

	if (r && r->type == REDIS_REPLY_STRING)
		value = g_bytes_new(r->str, r->len);
	freeReplyObject(r);
	redisFree(c);
	return value;
}

void redis_server_set(const struct redis_server *s, const char *key, struct span value)
{
	redisContext *c = redisConnectUnix(s->path);
	redisReply *r = redisCommand(c, "SET %s %b", key, value.p, value.n);

	if (!r || r->type != REDIS_REPLY_STATUS)
		g_error("SET %s: %s", key, r && r->str ? r->str : "no answer");
	freeReplyObject(r);
	redisFree(c);
}

struct engine_redis_settings redis_server_settings(const struct redis_server *s, const char *prefix)
{
	return (struct engine_redis_settings){
		.n_places = 1,
		.places = { { .path = s->path } },
		.prefix = prefix,
		.access = { .timeout_ms = PATIENCE_MS },
		.wait_ms = 1000,
	};
}

char *redis_server_ask(const struct redis_server *s, const char *command)
{
	redisContext *c = redisConnectUnix(s->path);
	redisReply *r = c && !c->err ? redisCommand(c, command, "", (size_t)0) : NULL;
	char *text = NULL;

	if (r && r->type == REDIS_REPLY_INTEGER)
		text = g_strdup_printf("%lld", r->integer);
	else if (r && r->str)
		text = g_strndup(r->str, r->len);
	else if (r)
		text = g_strdup("");
	if (r)
		freeReplyObject(r);
	if (c)
		redisFree(c);
	return text;
}
