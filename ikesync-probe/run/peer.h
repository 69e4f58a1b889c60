/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who was heard when, and what was sent to whom since: for saying what silence means. */
#ifndef IKESYNC_PROBE_RUN_PEER_H
#define IKESYNC_PROBE_RUN_PEER_H

#include "net/endpoint.h"
#include "run/probe.h"
#include "wire/span.h"

/* One endpoint that the run has sent to. */
struct peer {
	struct endpoint at;
	uint64_t heard_ms; /* when something came from there last (monotonic); 0: never */
	/* the first message since then, which nothing has answered yet; empty: there is none */
	GByteArray *unanswered;
	uint64_t unanswered_ms;
	unsigned n_unanswered; /* how many datagrams since then */
	char *refused;         /* what the network said since then, ICMP; NULL: nothing */
	bool in_vain;          /* it was waited for longer since then, too */
};

void peer_sent(struct probe *p, const struct endpoint *to, struct span message);
void peer_heard(struct probe *p, const struct endpoint *from);
/* The network says that it cannot be reached: "port unreachable". Copied. */
void peer_refused(struct probe *p, const struct endpoint *at, const char *what);
/* Nothing came although it was waited for longer than for an answer: not again, until something comes. */
void peer_in_vain(struct probe *p, const struct endpoint *at);
/* NULL: nothing was sent there yet. Valid until peers_free(). */
const struct peer *peer_find(const struct probe *p, const struct endpoint *at);
void peers_free(struct probe *p);

/* Did it answer shortly before, and says nothing now, nor does the network? */
bool peer_fell_silent(const struct probe *p, const struct endpoint *at);

#define PEER_TEXT_MAX 200
/*
 * What to say instead of "no answer": "no answer, though it answered 250 ms before: a limit per
 * source, or it died", "ICMP port unreachable". `out` (PEER_TEXT_MAX) is returned.
 */
const char *peer_silence_text(const struct probe *p, const struct endpoint *at, char *out);

#endif
