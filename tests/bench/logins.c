/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clients over real sockets: who retransmits, who waits, who stands. */
#include "logins.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define AGAIN_US 500000

int logins_socket(const struct logins_config *c, const struct address *source)
{
	struct sockaddr_storage from, to;
	struct endpoint local = { *source, 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int size = 4 * 1024 * 1024;
	socklen_t from_n = endpoint_to_sockaddr(&local, &from);
	socklen_t to_n = endpoint_to_sockaddr(&c->gateway, &to);

	if (fd < 0 || bind(fd, (struct sockaddr *)&from, from_n) != 0 ||
	    connect(fd, (struct sockaddr *)&to, to_n) != 0) {
		perror("socket");
		exit(EXIT_FAILURE);
	}
	(void)!setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return fd;
}

struct address logins_address(unsigned net, unsigned third, unsigned last)
{
	return (struct address){ 4, { 127, (uint8_t)net, (uint8_t)third, (uint8_t)last } };
}

static void send_it(int fd, struct span s)
{
	if (send(fd, s.p, s.n, 0) < 0 && errno != EAGAIN && errno != ECONNREFUSED)
		perror("send");
}

void login_init(struct login *l, const struct logins_config *c)
{
	peer_init(&l->peer, "login", c->suite);
	l->peer.rng = rng_system;
	l->peer.id = c->id;
	l->peer.psk = c->psk;
	l->state = LOGIN_IDLE;
}

void login_clear(struct login *l)
{
	peer_clear(&l->peer);
	l->state = LOGIN_IDLE;
}

static void send_init(struct login *l)
{
	struct peer_init how = { 0 };

	peer_make_init(&l->peer, &how);
	send_it(l->fd, peer_span(&l->peer.request));
}

void login_begin(struct login *l, int fd)
{
	l->fd = fd;
	peer_restart(&l->peer);
	l->begun_us = (uint64_t)g_get_monotonic_time();
	l->wait_us = AGAIN_US;
	l->again_us = l->begun_us + l->wait_us;
	l->state = LOGIN_INIT;
	send_init(l);
}

static void take_answer(struct login *l, struct span datagram)
{
	switch (peer_read_init(&l->peer, datagram)) {
	case PEER_COOKIE:
		send_init(l);
		break;
	case PEER_FULL:
		if (!peer_derive_full(&l->peer))
			break;
		peer_make_auth(&l->peer, false, &l->auth);
		send_it(l->fd, peer_span(&l->auth));
		l->state = LOGIN_AUTH;
		break;
	default:
		break;
	}
}

bool login_receive(struct login *l, struct span datagram)
{
	struct peer_response r;

	if (l->state == LOGIN_INIT) {
		take_answer(l, datagram);
	} else if (l->state == LOGIN_AUTH && peer_open(&l->peer, datagram, &r) &&
		   chain_find(&r.chain, PAYLOAD_AUTH)) {
		l->peer.sa.window.next++;
		l->state = LOGIN_DONE;
	}
	return l->state == LOGIN_DONE;
}

void login_tick(struct login *l)
{
	uint64_t now = (uint64_t)g_get_monotonic_time();

	if ((l->state != LOGIN_INIT && l->state != LOGIN_AUTH) || now < l->again_us)
		return;
	send_it(l->fd, peer_span(l->state == LOGIN_AUTH ? &l->auth : &l->peer.request));
	l->wait_us *= 2;
	l->again_us = now + l->wait_us;
}

void standing_take(struct standing *s, struct login *l)
{
	s->fd = l->fd;
	s->sa = l->peer.sa;
	s->asked_us = 0;
	login_clear(l);
	memset(&l->peer.sa, 0, sizeof(l->peer.sa));
}

void standing_ask(struct standing *s, const struct rng *rng)
{
	uint8_t inner[64], message[256];
	struct wcursor c = wcursor_init(message, sizeof(message));
	struct ike_inner in;

	ike_inner_init(&in, inner, sizeof(inner));
	if (ike_client_seal(&s->sa, rng, EXCHANGE_INFORMATIONAL, false, s->sa.window.next, &in, &c))
		return;
	s->asked_us = (uint64_t)g_get_monotonic_time();
	send_it(s->fd, wcursor_written(&c, 0));
}

enum standing_news standing_receive(struct standing *s, struct span datagram)
{
	uint8_t plain[2048];
	struct ike_protected m;

	if (ike_client_open(&s->sa, datagram, plain, sizeof(plain), &m))
		return STANDING_NOTHING;
	if (!(m.header.flags & IKE_FLAG_RESPONSE))
		return chain_find(&m.inner, PAYLOAD_DELETE) ? STANDING_DELETED : STANDING_NOTHING;
	if (!s->asked_us || m.header.message_id != s->sa.window.next)
		return STANDING_NOTHING;
	s->sa.window.next++;
	s->asked_us = 0;
	return STANDING_ALIVE;
}
