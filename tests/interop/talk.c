/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traffic for tunnels under test: echo requests and TCP streams, and what became of them. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
    "usage: talk ping FROM TO COUNT INTERVAL-MS [SIZE]   echo requests until COUNT are answered or "
    "the time of as many more\n"
    "                                                    is over (COUNT 0: until SIGTERM); needs "
    "root\n"
    "       talk sink ADDRESS PORT                       take one TCP stream; says \"ready PORT\" "
    "first\n"
    "       talk pour FROM TO PORT OCTETS [PER-SECOND]   send one (OCTETS 0: until SIGTERM)\n"
    "       talk relay AT TO                             a NAT: what comes to ports 500 and 4500 "
    "of AT goes on to those of TO, from\n"
    "                                                    other ports; SIGUSR1 takes new ones. Says "
    "\"ready\"\n"
    "Each but the last ends with one line of name=value.\n";

#define BLOCK 16384
#define LATE_MS 5000 /* how long ping waits for the last answers before it asks anew */

static volatile sig_atomic_t over, rebind;

static void on_signal(int number)
{
	(void)number;
	over = 1;
}

static void on_rebind(int number)
{
	(void)number;
	rebind = 1;
}

static void die(const char *what)
{
	fprintf(stderr, "talk: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static struct sockaddr_in address(const char *text, const char *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)strtoul(port, NULL, 10)) };

	if (inet_pton(AF_INET, text, &a.sin_addr) != 1) {
		errno = EINVAL;
		die(text);
	}
	return a;
}

static int socket_from(int type, int protocol, const char *from)
{
	struct sockaddr_in a = address(from, "0");
	int fd = socket(AF_INET, type, protocol);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		die(from);
	return fd;
}

/* ---- ping */

struct pings {
	int fd;
	struct sockaddr_in to;
	size_t size;
	unsigned sent, got;
	double last, longest,
	    since; /* of the last answer; the longest time without one, and when it began */
	uint8_t answered[65536 / 8];
};

static uint16_t sum(const uint8_t *p, size_t n)
{
	uint32_t s = 0;

	for (size_t i = 0; i < n; i++)
		s += i & 1 ? p[i] : (uint32_t)p[i] << 8;
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return htons((uint16_t)~s);
}

static void ask(struct pings *p)
{
	uint8_t packet[65536] = { 0 };
	struct icmphdr *h = (struct icmphdr *)packet;

	h->type = ICMP_ECHO;
	h->un.echo.id = htons((uint16_t)getpid());
	h->un.echo.sequence = htons((uint16_t)p->sent);
	for (size_t i = sizeof(*h); i < p->size; i++)
		packet[i] = (uint8_t)i;
	h->checksum = sum(packet, p->size);
	p->answered[(p->sent & 0xffff) / 8] &= (uint8_t) ~(1 << p->sent % 8);
	p->sent++;
	/* While no gateway is there the kernel may have no route, or say that nobody answers. */
	(void)sendto(p->fd, packet, p->size, 0, (struct sockaddr *)&p->to, sizeof(p->to));
}

static void hear(struct pings *p)
{
	uint8_t packet[65536];
	ssize_t n = recv(p->fd, packet, sizeof(packet), MSG_DONTWAIT);
	size_t header = n > 0 ? (size_t)(packet[0] & 15) * 4 : 0;
	const struct icmphdr *h = (const struct icmphdr *)&packet[header];
	uint16_t sequence;
	double now = now_ms();

	if (n < (ssize_t)(header + sizeof(*h)) || h->type != ICMP_ECHOREPLY ||
	    h->un.echo.id != htons((uint16_t)getpid()) || (size_t)n - header != p->size ||
	    sum(&packet[header], p->size) != 0)
		return;
	sequence = ntohs(h->un.echo.sequence);
	if (p->answered[sequence / 8] >> sequence % 8 & 1)
		return;
	p->answered[sequence / 8] |= (uint8_t)(1 << sequence % 8);
	p->got++;
	if (p->last > 0 && now - p->last > p->longest) {
		p->longest = now - p->last;
		p->since = p->last;
	}
	p->last = now;
}

static int ping(char **arg, int n)
{
	static struct pings p;
	unsigned count = (unsigned)strtoul(arg[2], NULL, 10);
	double interval = strtod(arg[3], NULL), next = now_ms();

	p.size = n > 4 ? strtoul(arg[4], NULL, 10) : 64;
	p.fd = socket_from(SOCK_RAW, IPPROTO_ICMP, arg[0]);
	p.to = address(arg[1], "0");
	while (!over && !(count && (p.got >= count || p.sent >= 2 * count))) {
		struct pollfd poller = { p.fd, POLLIN, 0 };
		double left = next - now_ms();

		if (left <= 0) {
			ask(&p);
			/* an answer that is late is not lost: a machine with other work answers late */
			next = p.sent == count ? now_ms() + LATE_MS : next + interval;
			left = 0;
		}
		if (poll(&poller, 1, (int)left + (left > 0)) > 0)
			hear(&p);
	}
	printf("sent=%u got=%u silent_ms=%.1f\n", p.sent, p.got, p.longest);
	return count && p.got < count;
}

/* ---- TCP */

struct stream {
	EVP_MD_CTX *hash;
	uint64_t octets;
	double began, last, longest;
};

static void stream_begin(struct stream *s)
{
	s->hash = EVP_MD_CTX_new();
	if (!s->hash || !EVP_DigestInit_ex(s->hash, EVP_sha256(), NULL))
		die("SHA-256");
	s->began = s->last = now_ms();
}

static void stream_add(struct stream *s, const uint8_t *p, size_t n)
{
	double now = now_ms();

	if (now - s->last > s->longest)
		s->longest = now - s->last;
	s->last = now;
	s->octets += n;
	if (!EVP_DigestUpdate(s->hash, p, n))
		die("SHA-256");
}

static void stream_end(struct stream *s)
{
	uint8_t digest[32];

	if (!EVP_DigestFinal_ex(s->hash, digest, NULL))
		die("SHA-256");
	printf("octets=%llu ms=%.1f silent_ms=%.1f sha256=", (unsigned long long)s->octets,
	       s->last - s->began, s->longest);
	for (unsigned i = 0; i < sizeof(digest); i++)
		printf("%02x", digest[i]);
	putchar('\n');
	EVP_MD_CTX_free(s->hash);
}

static int sink(char **arg)
{
	struct sockaddr_in a = address(arg[0], arg[1]);
	socklen_t len = sizeof(a);
	int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0), c;
	static uint8_t block[BLOCK];
	struct stream s = { 0 };
	ssize_t n;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 || listen(fd, 1) != 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) != 0)
		die(arg[0]);
	printf("ready %u\n", ntohs(a.sin_port));
	fflush(stdout);
	c = accept(fd, NULL, NULL);
	if (c < 0)
		die("accept");
	stream_begin(&s);
	while (!over && (n = read(c, block, sizeof(block))) > 0)
		stream_add(&s, block, (size_t)n);
	stream_end(&s);
	return 0;
}

static void pause_for(uint64_t octets, double rate, double began)
{
	double ahead = rate > 0 ? began + (double)octets / rate * 1e3 - now_ms() : 0;

	if (ahead > 0)
		(void)poll(NULL, 0, (int)ahead + 1);
}

static int pour(char **arg, int n)
{
	struct sockaddr_in to = address(arg[1], arg[2]);
	uint64_t want = strtoull(arg[3], NULL, 10);
	double rate = n > 4 ? strtod(arg[4], NULL) : 0;
	int fd = socket_from(SOCK_STREAM, 0, arg[0]);
	static uint8_t block[BLOCK];
	struct stream s = { 0 };

	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		die("connect");
	stream_begin(&s);
	while (!over && (want == 0 || s.octets < want)) {
		size_t part = want && want - s.octets < BLOCK ? (size_t)(want - s.octets) : BLOCK;
		ssize_t sent;

		for (size_t i = 0; i < part; i++)
			block[i] = (uint8_t)((s.octets + i) * 2654435761U >> 24);
		sent = write(fd, block, part);
		if (sent < 0)
			die("write");
		stream_add(&s, block, (size_t)sent);
		pause_for(s.octets, rate, s.began);
	}
	stream_end(&s);
	return close(fd) != 0;
}

/* ---- NAT */

struct leg {
	const char *port;
	int inside, outside;
	struct sockaddr_in client; /* who sent last */
};

static void open_outside(struct leg *l, const char *from, const char *to)
{
	struct sockaddr_in a = address(to, l->port);

	if (l->outside > 0)
		close(l->outside);
	l->outside = socket_from(SOCK_DGRAM, 0, from);
	if (connect(l->outside, (struct sockaddr *)&a, sizeof(a)) != 0)
		die(to);
}

static void pass_on(struct leg *l)
{
	static uint8_t packet[65536];
	socklen_t len = sizeof(l->client);
	ssize_t n = recvfrom(l->inside, packet, sizeof(packet), MSG_DONTWAIT,
			     (struct sockaddr *)&l->client, &len);

	if (n > 0)
		(void)send(l->outside, packet, (size_t)n, 0);
	n = recv(l->outside, packet, sizeof(packet), MSG_DONTWAIT);
	if (n > 0)
		(void)sendto(l->inside, packet, (size_t)n, 0, (struct sockaddr *)&l->client,
			     sizeof(l->client));
}

static int relay(char **arg)
{
	struct leg legs[2] = { { .port = "500" }, { .port = "4500" } };

	for (int i = 0; i < 2; i++) {
		struct sockaddr_in a = address(arg[0], legs[i].port);

		legs[i].inside = socket(AF_INET, SOCK_DGRAM, 0);
		if (legs[i].inside < 0 ||
		    bind(legs[i].inside, (struct sockaddr *)&a, sizeof(a)) != 0)
			die(arg[0]);
		open_outside(&legs[i], arg[0], arg[1]);
	}
	puts("ready");
	fflush(stdout);
	while (!over) {
		struct pollfd p[4] = { { legs[0].inside, POLLIN, 0 },
				       { legs[0].outside, POLLIN, 0 },
				       { legs[1].inside, POLLIN, 0 },
				       { legs[1].outside, POLLIN, 0 } };

		(void)poll(p, 4, 100);
		/* taken once: a signal that comes further down is for the next turn, which says so then */
		bool now = rebind;

		if (now)
			rebind = 0;
		for (int i = 0; i < 2; i++) {
			if (now)
				open_outside(&legs[i], arg[0], arg[1]);
			pass_on(&legs[i]);
		}
		if (now)
			puts("rebound");
		fflush(stdout);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct sigaction a = { .sa_handler = on_signal }, b = { .sa_handler = on_rebind };

	sigaction(SIGTERM, &a, NULL);
	sigaction(SIGINT, &a, NULL);
	sigaction(SIGUSR1, &b, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (argc >= 6 && !strcmp(argv[1], "ping"))
		return ping(&argv[2], argc - 2);
	if (argc == 4 && !strcmp(argv[1], "sink"))
		return sink(&argv[2]);
	if (argc >= 6 && !strcmp(argv[1], "pour"))
		return pour(&argv[2], argc - 2);
	if (argc == 4 && !strcmp(argv[1], "relay"))
		return relay(&argv[2]);
	fputs(usage, stderr);
	return 2;
}
