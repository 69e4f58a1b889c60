/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A gateway as far as the bank is concerned, in a loop of its own making. */
#ifndef IKESYNC_TESTS_CRASH_CLIENT_H
#define IKESYNC_TESTS_CRASH_CLIENT_H

#include "ledger.h"
#include "net/channel.h"

struct client;

/* Connects and waits until up: NULL after ten seconds or a refusal, which is printed. */
struct client *client_new(const struct endpoint *bank, struct channel_tls *tls);
/* Closes. */
void client_free(struct client *c);

/*
 * Keep every slot busy until `acknowledgements` have come and `further_us` more microseconds have
 * passed; return with requests under way. false: the connection broke, or an answer is not what a
 * sound bank says (printed).
 */
bool client_load(struct client *c, struct ledger *l, unsigned acknowledgements, gint64 further_us);

/*
 * The same for a bank that may refuse: `busy` means that nothing happened. Until `acknowledgements` and
 * as many refusals as `refusals` have come, whichever is first (0: not counted); what is under way is
 * then waited for. *refused counts them.
 */
bool client_try(struct client *c, struct ledger *l, unsigned acknowledgements, unsigned refusals,
		unsigned *refused);

/* After the kill: take the acknowledgements that were on their way, for they count. false: one was
 * not what a sound bank says. */
bool client_drain(struct client *c);

/* Get all of `ask` (struct index). One answer each, or NULL when the connection broke. Free with
 * client_answers_free(). */
struct ledger_answer *client_get_all(struct client *c, const GArray *ask);
/* Wait for what client_load() left under way. */
bool client_settle(struct client *c);

/* From now on `busy` says nothing: the bank does not know either whether its storage took it. Such operations stay under way. */
void client_unsure(struct client *c);

/* How many stubs of `gateway` a prefetch brings; -1: it broke, or was not allowed. */
int client_prefetch(struct client *c, const char *gateway);
void client_answers_free(struct ledger_answer *answers, guint n);

#endif
