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

void redis_server_start(struct redis_server *s)
{
	do {
		if (s->port) {
			s->port = free_port();
			g_free(s->arguments->pdata[2]);
			s->arguments->pdata[2] = g_strdup_printf("%u", s->port);
		}
		spawn(s);
	} while (s->port && !answers(s));
}

static void add(struct redis_server *s, const char *word)
{
	g_ptr_array_add(s->arguments, g_strdup(word));
}

static struct redis_server *make(const char *const *more, bool port)
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
	redis_server_start(s);
	return s;
}

struct redis_server *redis_server_new(const char *const *more)
{
	return make(more, false);
}

struct redis_server *redis_server_with_port(void)
{
	return make(NULL, true);
}

struct redis_server *redis_server_replica(const struct redis_server *of)
{
	g_autofree char *whose = g_strdup_printf("127.0.0.1 %u", of->port);

	return make((const char *const[]){ "--replicaof", whose, NULL }, true);
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
	redisReply *r = c && !c->err ? redisCommand(c, command) : NULL;
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
