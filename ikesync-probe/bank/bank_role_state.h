/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of the probe's bank, shared by the files bank_role*.c; not for users of bank_role.h. */
#ifndef IKESYNC_PROBE_BANK_BANK_ROLE_STATE_H
#define IKESYNC_PROBE_BANK_BANK_ROLE_STATE_H

#include "bank/bank_role.h"
#include "net/channel_listen.h"
#include "net/channel_tls.h"

#define BANK_ROLE_TYPES 8 /* those of enum iana_stub_message fit */

struct held {
	uint8_t type;
	struct channel *channel; /* NULL: gone meanwhile */
	GPtrArray *items;        /* entries of the log */
};

struct bank_role {
	struct probe *p;
	GThread *thread;
	GMainContext *context;
	GMainLoop *loop;
	bool in_pieces; /* an answer is on its way in pieces; the thread's own */
	GMutex lock;
	GCond changed;
	/* the thread's own */
	struct channel_listener *listener;
	struct channel_tls *tls[BANK_FACES];
	/* all below under `lock` */
	GPtrArray *starting; /* struct channel: accepted, not up yet */
	GPtrArray *channels; /* those that are up */
	enum bank_face face;
	struct bank_role_counts counts;
	struct channel_identity peer;
	const char *why;
	struct bank_model *model;
	struct bank_play play[BANK_ROLE_TYPES];
	GPtrArray *log; /* struct bank_asked */
	uint64_t messages;
	unsigned unreadable;
	const char *unreadable_why;
	GQueue held; /* struct held */
	char *error; /* of the last face */
};

#endif
