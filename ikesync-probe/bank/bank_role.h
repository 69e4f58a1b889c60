/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The probe as the stub bank of a gateway under test ([bank-role], [variant banked]). Listens from
 * the first case that wants it to the end of the run, in a thread of its own, so that the gateway
 * keeps its connection between cases and is answered while a case waits for IKE. All functions may
 * be called from the run's thread at any time.
 */
#ifndef IKESYNC_PROBE_BANK_BANK_ROLE_H
#define IKESYNC_PROBE_BANK_BANK_ROLE_H

#include "bank/bank_play.h"
#include "bank/bank_play.h"
#include "net/channel.h"
#include "run/probe.h"

/* With which certificate and protocol it shows itself. */
enum bank_face {
	BANK_FACE_RIGHT,   /* [bank-role] certificate */
	BANK_FACE_FOREIGN, /* foreign-certificate: the right name, of another authority */
	BANK_FACE_OTHER,   /* other-certificate: the pool's authority, another name */
	BANK_FACE_WITHOUT_ALPN,
	BANK_FACE_TLS_1_2,
	BANK_FACE_ABSENT, /* nobody listens */
};
#define BANK_FACES (BANK_FACE_ABSENT + 1)

struct bank_role;

/* Connections that were accepted, and that came up, since the start. */
struct bank_role_counts {
	unsigned accepted, up, ended;
};

/*
 * That of this run, made on first use and freed with the run; with no stubs, an empty log, right
 * answers and the right face. NULL and *why (g_free): it cannot listen.
 */
struct bank_role *bank_role_of(struct probe *p, char **why);
/* The same again, at the end of a case: what was held is answered first. */
void bank_role_reset(struct bank_role *r);

/* Answer requests of `type` (enum iana_stub_message) like this from now on. */
void bank_role_play(struct bank_role *r, uint8_t type, const struct bank_play *play);
/* Answer right again, and what was held, in the order it came. */
void bank_role_release(struct bank_role *r, uint8_t type);
/* How many messages of `type` are held. */
unsigned bank_role_held(struct bank_role *r, uint8_t type);
void bank_role_put(struct bank_role *r, const struct index *ix, GBytes *container);
/* Send these octets on the gateway's connection. */
void bank_role_send(struct bank_role *r, GBytes *octets);
/* End every connection (RST), and show this face to those that come. In force when the call returns. */
void bank_role_show(struct bank_role *r, enum bank_face face);

#endif
