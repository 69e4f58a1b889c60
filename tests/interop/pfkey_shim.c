/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LD_PRELOAD for a daemon that wants PF_KEY (RFC 2367) on a kernel without it: a socket pair and a thread
 * that grants every request, and socket options for IPsec policies that are granted too. No packet is ever protected; the daemon's IKE is real.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/pfkeyv2.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MESSAGE_MAX 65536

/* RFC 2367 section 3.1.2: the answer to GETSPI names the SPI; any other is its request with errno 0. */
static size_t answer(uint8_t *message, size_t n)
{
	static uint32_t spi = 0x10000000;
	struct sadb_msg *m = (struct sadb_msg *)message;

	m->sadb_msg_errno = 0;
	if (m->sadb_msg_type == SADB_GETSPI) {
		struct sadb_sa sa = { .sadb_sa_len = sizeof(sa) / 8,
				      .sadb_sa_exttype = SADB_EXT_SA };
		const uint32_t next = ++spi;

		sa.sadb_sa_spi = __builtin_bswap32(next);
		memcpy(message + n, &sa, sizeof(sa));
		n += sizeof(sa);
		m->sadb_msg_len = (uint16_t)(n / 8);
	}
	return n;
}

static void *serve(void *arg)
{
	const int fd = (int)(intptr_t)arg;
	uint8_t *message = malloc(MESSAGE_MAX + sizeof(struct sadb_sa));
	ssize_t n;

	while (message && (n = read(fd, message, MESSAGE_MAX)) > 0)
		if ((size_t)n >= sizeof(struct sadb_msg) &&
		    write(fd, message, answer(message, (size_t)n)) < 0)
			break;
	free(message);
	return NULL;
}

int socket(int domain, int type, int protocol)
{
	static int (*real)(int, int, int);
	pthread_t thread;
	int pair[2];

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "socket");
	if (domain != PF_KEY)
		return real(domain, type, protocol);
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0)
		return -1;
	if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)pair[1]) != 0) {
		close(pair[0]);
		close(pair[1]);
		errno = EAFNOSUPPORT;
		return -1;
	}
	pthread_detach(thread);
	if (type & SOCK_NONBLOCK)
		(void)fcntl(pair[0], F_SETFL, O_NONBLOCK); /* the daemon's end alone */
	return pair[0];
}

/* linux/in.h and linux/in6.h: policies of a socket, by which IKE itself is to be let through in clear. */
#define OPTION_IP_IPSEC_POLICY 16
#define OPTION_IP_XFRM_POLICY 17
#define OPTION_IPV6_IPSEC_POLICY 34
#define OPTION_IPV6_XFRM_POLICY 35

int setsockopt(int fd, int level, int name, const void *value, socklen_t n)
{
	static int (*real)(int, int, int, const void *, socklen_t);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "setsockopt");
	if (level == 0 && (name == OPTION_IP_IPSEC_POLICY || name == OPTION_IP_XFRM_POLICY))
		return 0;
	if (level == 41 && (name == OPTION_IPV6_IPSEC_POLICY || name == OPTION_IPV6_XFRM_POLICY))
		return 0;
	return real(fd, level, name, value, n);
}
