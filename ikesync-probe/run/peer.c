/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bookkeeping of a run's correspondents. */
#include "run/peer.h"

#include <stdio.h>

static void peer_free(void *data)
{
	struct peer *r = data;

	g_byte_array_unref(r->unanswered);
	g_free(r->refused);
	g_free(r);
}

void peers_free(struct probe *p)
{
	g_clear_pointer(&p->peers, g_ptr_array_unref);
}

const struct peer *peer_find(const struct probe *p, const struct endpoint *at)
{
	for (unsigned i = 0; p->peers && i < p->peers->len; i++) {
		const struct peer *r = g_ptr_array_index(p->peers, i);

		if (endpoint_equal(&r->at, at))
			return r;
	}
	return NULL;
}

static struct peer *peer_of(struct probe *p, const struct endpoint *at)
{
	struct peer *r;

	for (unsigned i = 0; p->peers && i < p->peers->len; i++) {
		r = g_ptr_array_index(p->peers, i);
		if (endpoint_equal(&r->at, at))
			return r;
	}
	if (!p->peers)
		p->peers = g_ptr_array_new_with_free_func(peer_free);
	r = g_new0(struct peer, 1);
	r->at = *at;
	r->unanswered = g_byte_array_new();
	g_ptr_array_add(p->peers, r);
	return r;
}

void peer_sent(struct probe *p, const struct endpoint *to, struct span message)
{
	struct peer *r = peer_of(p, to);

	if (r->n_unanswered++)
		return;
	r->unanswered_ms = probe_now();
	g_byte_array_set_size(r->unanswered, 0);
	g_byte_array_append(r->unanswered, message.p, (guint)message.n);
}

void peer_heard(struct probe *p, const struct endpoint *from)
{
	struct peer *r = peer_of(p, from);

	r->heard_ms = probe_now();
	r->n_unanswered = 0;
	r->in_vain = false;
	g_byte_array_set_size(r->unanswered, 0);
	g_clear_pointer(&r->refused, g_free);
}

void peer_refused(struct probe *p, const struct endpoint *at, const char *what)
{
	struct peer *r = peer_of(p, at);

	g_free(r->refused);
	r->refused = g_strdup(what);
}

void peer_in_vain(struct probe *p, const struct endpoint *at)
{
	peer_of(p, at)->in_vain = true;
}

bool peer_fell_silent(const struct probe *p, const struct endpoint *at)
{
	const struct peer *r = peer_find(p, at);

	return r && !r->refused && r->heard_ms && r->n_unanswered &&
	       r->unanswered_ms >= r->heard_ms;
}

const char *peer_silence_text(const struct probe *p, const struct endpoint *at, char *out)
{
	const struct peer *r = peer_find(p, at);

	if (r && r->refused)
		snprintf(out, PEER_TEXT_MAX, "no answer: the network says %s (ICMP)%s", r->refused,
			 r->heard_ms ? ", though it answered before: did it die?" : "");
	else if (peer_fell_silent(p, at))
		snprintf(
		    out, PEER_TEXT_MAX,
		    "no answer (it answered %u ms before: it drops this message, has a limit per "
		    "source, or died)",
		    (unsigned)(r->unanswered_ms - r->heard_ms));
	else
		snprintf(out, PEER_TEXT_MAX, "no answer");
	return out;
}
