/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking whether a gateway still lives, and which message was its last. */
#include "client/alive.h"

#include "client/auth.h"
#include "run/peer.h"

#define TRIES 3
#define PAUSE_MS 1000

/* Among the endpoints of that host, the one whose silence began first. NULL: none owes an answer, or it
 * never gave one. */
static const struct peer *owing(const struct probe *p, const struct address *host)
{
	const struct peer *first = NULL;
	bool heard = false;

	for (unsigned i = 0; p->peers && i < p->peers->len; i++) {
		const struct peer *r = g_ptr_array_index(p->peers, i);

		if (!address_equal(&r->at.address, host))
			continue;
		heard |= r->heard_ms != 0;
		if (r->n_unanswered && (!first || r->unanswered_ms < first->unanswered_ms))
			first = r;
	}
	return heard ? first : NULL;
}

/* Anything at all is an answer. */
static bool answers(struct probe *p, struct evidence *e, const struct target_gateway *gateway)
{
	const struct init_request r = init_request_of(&p->target->client.suites[0], NULL);
	bool came = false;

	evidence_note(e, "does the gateway still live? An IKE_SA_INIT request without SYN");
	for (unsigned i = 0; i < TRIES && !came && !probe_interrupted(); i++) {
		struct client *c;
		struct init_answer a;
		char text[TRANSPORT_SILENCE_MAX];

		if (i)
			probe_pass_time(p, PAUSE_MS);
		c = client_new(p, e, gateway, NULL);
		if (!c)
			return true;
		init_exchange(c, &r, &a);
		init_answer_text(&a, text, sizeof(text));
		came = a.octets || g_str_has_prefix(text, "an answer that");
		evidence_note(e, "%s", text);
		init_answer_clear(&a);
		c->end = CLIENT_END_SETTLES;
		client_free(c);
	}
	return came;
}

static char *last_message(const struct peer *r)
{
	struct ike_header h;

	if (ike_header_parse(span_of(r->unanswered->data, r->unanswered->len), &h, NULL) != ERR_OK)
		return g_strdup_printf("%u octets with no right IKE header", r->unanswered->len);
	return g_strdup_printf(
	    "%s %s with message ID %u, %u octets", iana_exchange_name(h.exchange),
	    h.flags & IKE_FLAG_RESPONSE ? "response" : "request", h.message_id, r->unanswered->len);
}

static char *state(struct evidence *e, const struct target_gateway *gateway, const struct peer *r)
{
	char at[ENDPOINT_TEXT_MAX], *last = last_message(r), *text;

	endpoint_text(&gateway->ike, at);
	text = g_strdup_printf(
	    "the gateway at %s fell silent in %s%s%s; the first message that it did "
	    "not answer: %s",
	    at, e->c->id, r->refused ? ", and the network says " : "",
	    r->refused ? r->refused : ": it died, or it limits this source", last);
	evidence_octets(e, "the first message that was not answered",
			span_of(r->unanswered->data, r->unanswered->len));
	if (r->refused)
		evidence_check_as(e, PROVENANCE_BASE, "RFC 7296 section 2.4", false,
				  "the gateway lives on after what this case sent",
				  "an answer to an ordinary IKE_SA_INIT", "%s", text);
	else
		evidence_inconclusive(e, "%s", text);
	g_free(last);
	return text;
}

char *alive_fell_silent(struct probe *p, struct evidence *e, uint64_t *owed_ms)
{
	const struct target *t = p->target;
	const struct target_gateway *all[] = { &t->gateway, &t->old_gateway, &t->syn_off,
					       &t->silence, &t->cookie,      &t->relay };

	for (unsigned i = 0; i < G_N_ELEMENTS(all); i++) {
		const struct target_gateway *g = all[i];
		const struct peer *r = g->given ? owing(p, &g->ike.address) : NULL;
		const struct peer *at;

		if (!r || (g == &t->old_gateway && p->old_gateway_failed) || answers(p, e, g) ||
		    probe_interrupted())
			continue;
		/* what the network says comes to the port that was asked last */
		at = peer_find(p, &g->ike);
		if (at && at->refused && !r->refused)
			peer_refused(p, &r->at, at->refused);
		*owed_ms = r->unanswered_ms;
		return state(e, g, r);
	}
	return NULL;
}
