/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client under test from its login at A to its coming to B: what the K cases stand on. */
#ifndef IKESYNC_PROBE_HOST_ROAMING_H
#define IKESYNC_PROBE_HOST_ROAMING_H

#include "host/host_sa.h"

struct roaming {
	struct probe *p;
	struct evidence *e;
	struct host host;
	struct host_sa old; /* at A */
	bool logged_in;
	struct index index;   /* as told; or what a client has to guess when none was told */
	struct address inner; /* given in the CFG_REPLY */
	struct host_sa asked; /* at B: its IKE_SA_INIT request */
};

/* What is special about the login. */
struct roaming_login {
	bool silent; /* A does not announce profile 1, and tells no INDEX */
	bool untold; /* A announces it, and tells no INDEX */
};

/* Start the client and let it log in at A. false: stated. roaming_end() in any case. */
bool roaming_begin(struct roaming *r, struct probe *p, struct evidence *e,
		   const struct roaming_login *how);
void roaming_end(struct roaming *r);

/* A is gone. Wait for the client's request at B and take it up as r->asked. false: stated. */
bool roaming_go(struct roaming *r);

/* Complete IKE_AUTH on an SA that host_sa_ordinary() has answered; *index is told unless NULL. false:
 * *why says what is wrong. */
bool roaming_authenticate(struct roaming *r, struct host_sa *sa, const struct index *index,
			  const char **why);

/* The client's message ID 1 on a candidate. false: none came. */
bool roaming_first(struct roaming *r, struct host_sa *sa, struct host_opened *out);
/* Whether it carries the BIND that it must. */
enum ike_bind roaming_bind(const struct host_sa *sa, const struct host_opened *first);
/* What goes into the answer to it, BIND and INDEX aside: the child SA that it asked for. */
void roaming_write_child(struct roaming *r, struct host_inner *in, const struct host_opened *first);
/* The right answer: child SA, BIND, INDEX. */
void roaming_confirm(struct roaming *r, struct host_sa *sa, const struct host_opened *first);
/* The index of an SA of ours. */
struct index roaming_index(const struct roaming *r, const struct host_sa *sa);

#endif
