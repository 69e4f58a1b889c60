/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A UDP socket of the client engine: blocking with a deadline, and every datagram goes into the
 * case's evidence. */
#ifndef IKESYNC_PROBE_CLIENT_TRANSPORT_H
#define IKESYNC_PROBE_CLIENT_TRANSPORT_H

#include "net/endpoint.h"
#include "run/evidence.h"
#include "run/probe.h"

struct transport;

/*
 * Bind a free port of `source` (family 0: the address the kernel would choose towards `remote`).
 * With `marker` every message is preceded by four zero octets (RFC 3948 section 2.2). NULL: `why`
 * then has an English reason, to be freed with g_free().
 */
struct transport *transport_new(struct probe *p, struct evidence *e, const struct address *source,
				const struct endpoint *remote, bool marker, char **why);
void transport_free(struct transport *t);
/* Go on at another port of the same host, as after NAT detection (RFC 7296 section 2.23). Answers
 * from the old port still arrive. */
void transport_set_remote(struct transport *t, const struct endpoint *remote, bool marker);
const struct endpoint *transport_local(const struct transport *t);
const struct endpoint *transport_remote(const struct transport *t);

/*
 * Answers that came and do not count are kept with the reason, from transport_forget() on:
 * transport_receive() knows those of a wrong place or without marker, its callers the others
 * ("its Initiator flag is set (RFC 7296 section 3.1)").
 */
void transport_forget(struct transport *t);
void transport_discard(struct transport *t, const char *format, ...) G_GNUC_PRINTF(2, 3);
#define TRANSPORT_SILENCE_MAX 256
/* What to say where no answer counted: "an answer that does not count: ...", or what silence there
 * means. `out` (TRANSPORT_SILENCE_MAX) is returned. */
const char *transport_silence(const struct transport *t, char *out);

/* How many protected answers came from another port or host than was asked. */
unsigned transport_elsewhere(const struct transport *t);

/* Send one IKE message. */
void transport_send(struct transport *t, struct span message);
/*
 * Wait for an IKE message until `deadline` (probe_now()). `message` is without marker and borrowed
 * until the next call. false: the time is over, or the run was interrupted. Datagrams of other
 * senders are recorded and skipped.
 */
bool transport_receive(struct transport *t, uint64_t deadline, struct span *message);

#endif
