/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What systemd does for a bank, done by this program: it listens for it and hands the socket over, takes who connects while there is no
 * bank, and wants to hear that the bank is ready, that it lives, and that it stops.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "net/channel_tls.h"
#include "process.h"
#include "tool/log.h"

/* How long the bank may be silent; it says three times in this that it lives. Nobody kills it when it is late. */
#define WATCHDOG_US "300000"

struct setup {
	struct process_setup process;
	struct channel_tls *tls;
	struct ledger *ledger;
	guint16 port;
	int notify;
};

static bool must(bool ok, const char *what)
{
	if (!ok)
		printf("  not so: %s\n", what);
	return ok;
}

static int listen_somewhere(guint16 *port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, n) != 0 || listen(fd, 16) != 0 ||
	    getsockname(fd, (struct sockaddr *)&sa, &n) != 0)
		g_error("no port");
	*port = ntohs(sa.sin_port);
	return fd;
}

static int notify_socket(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = 120 };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	g_strlcpy(sa.sun_path, path, sizeof(sa.sun_path));
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0)
		g_error("no socket %s", path);
	return fd;
}

/* Until it says so; it says other things, too. */
static bool hears(const struct setup *s, const char *what)
{
	char text[512] = "";
	ssize_t n;

	do {
		n = recv(s->notify, text, sizeof(text) - 1, 0);
		text[MAX(n, 0)] = '\0';
	} while (n > 0 && !strstr(text, what));
	return must(n > 0, what);
}

/* Somebody who comes too early, and says something that a bank ends a connection for. */
static int early(const struct setup *s)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				  .sin_port = htons(s->port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
	    write(fd, "too early\r\n", 11) != 11)
		printf("  nobody listens for the bank\n");
	return fd;
}

/* An alert of TLS, or the end: somebody was there. */
static bool was_served(int fd)
{
	char octets[64];
	ssize_t n = read(fd, octets, sizeof(octets));

	close(fd);
	return must(n >= 0 || errno == ECONNRESET, "who came too early is served");
}

static bool serve(struct setup *s, int how)
{
	struct process p = { 0 };
	int fd = early(s);
	unsigned refused = 0;
	struct client *c;
	bool ok = process_start(&s->process, &p) &&
		  must(p.at.port == s->port, "it serves what it was given") && was_served(fd);

	if (ok) {
		ok = hears(s, "READY=1\nSTATUS=READY stub=127.0.0.1:");
		for (unsigned i = 0; ok && i < 3; i++)
			ok = hears(s, "WATCHDOG=1");
		c = ok ? client_new(&p.at, s->tls) : NULL;
		ok = c && client_try(c, s->ledger, 200, 0, &refused);
		if (c)
			client_free(c);
	}
	ok = (process_stop(&p, how) || how == SIGKILL) && ok;
	return ok && (how != SIGTERM || hears(s, "STOPPING=1"));
}

/* Handed over is one, and the configuration has another. */
static bool refuses(struct setup *s)
{
	struct process p = { 0 };
	guint16 port;
	int right = s->process.listener;
	bool ok;

	s->process.listener = listen_somewhere(&port);
	close(right); /* so that nothing but the difference is in the way */
	ok = must(!process_start(&s->process, &p),
		  "it does not start on a port that is not its own");
	process_stop(&p, SIGKILL);
	close(s->process.listener);
	s->process.listener = 0;
	return ok;
}

int main(int argc, char **argv)
{
	struct setup s = { 0 };
	struct channel_tls_files files = { 0 };
	GError *error = NULL;
	FILE *config;
	bool ok;

	log_init("service_test", LOG_LEVEL_WARNING);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 8) {
		printf("usage: service_test BANK CONFIG CERTIFICATE KEY CA NOTIFY LOG\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	s.process = (struct process_setup){
		.bank = argv[1],
		.config = argv[2],
		.log = argv[7],
		.listener = listen_somewhere(&s.port),
		.environment = (const char *[]){ "NOTIFY_SOCKET", argv[6], "WATCHDOG_USEC",
						 WATCHDOG_US, NULL },
	};
	files = (struct channel_tls_files){ .certificate = argv[3], .key = argv[4], .ca = argv[5] };
	s.notify = notify_socket(argv[6]);
	s.tls = channel_tls_new(&files, false, &error);
	config = fopen(argv[2], "a");
	if (!s.tls || !config) {
		printf("%s\n", error ? error->message : argv[2]);
		return 2;
	}
	fprintf(config, "listen=127.0.0.1:%u\n", s.port);
	fclose(config);
	s.ledger = ledger_new((uint32_t)getpid(), (uint64_t)time(NULL) + 80000);
	ok = serve(&s, SIGTERM) && serve(&s, SIGKILL) && serve(&s, SIGTERM) && refuses(&s);
	printf("%" G_GUINT64_FORMAT " operations acknowledged by three banks on one socket\n",
	       s.ledger->acknowledged);
	ledger_free(s.ledger);
	channel_tls_unref(s.tls);
	close(s.notify);
	return ok ? 0 : 1;
}
