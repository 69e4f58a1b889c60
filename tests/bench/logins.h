/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clients over real sockets, many at once: logins under way, and SAs that stand. */
#ifndef IKESYNC_TESTS_LOGINS_H
#define IKESYNC_TESTS_LOGINS_H

#include <glib.h>

#include "ike_peer.h"
#include "net/endpoint.h"

/* What all clients share. */
struct logins_config {
	struct endpoint gateway;
	const char *suite, *id, *psk;
};

enum login_state { LOGIN_IDLE, LOGIN_INIT, LOGIN_AUTH, LOGIN_DONE };

struct login {
	struct peer peer;
	int fd; /* connected */
	enum login_state state;
	struct peer_message auth;
	uint64_t begun_us, again_us, wait_us; /* g_get_monotonic_time() */
};

/* A UDP socket at `source`, connected to the gateway, not blocking. Ends the process when it cannot be. */
int logins_socket(const struct logins_config *c, const struct address *source);
/* 127.`net`.`third`.`last` */
struct address logins_address(unsigned net, unsigned third, unsigned last);
void login_init(struct login *l, const struct logins_config *c);
void login_clear(struct login *l);
/* Send the first request. */
void login_begin(struct login *l, int fd);
/* A datagram for it. true: now it is logged in, and l->peer.sa is the SA. */
bool login_receive(struct login *l, struct span datagram);
/* Repeat what is unanswered, when it is time. */
void login_tick(struct login *l);

/* A standing SA. */
struct standing {
	int fd;
	struct ike_client sa;
	uint64_t asked_us; /* 0: nothing is asked */
};
/* Take the SA of a finished login. */
void standing_take(struct standing *s, struct login *l);
/* Send an empty INFORMATIONAL. */
void standing_ask(struct standing *s, const struct rng *rng);
enum standing_news { STANDING_NOTHING, STANDING_ALIVE, STANDING_DELETED };
/* A datagram for it: the answer to what was asked, or the gateway's Delete. */
enum standing_news standing_receive(struct standing *s, struct span datagram);

#endif
