/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests of the gateway. */
#include "client/asked.h"

#include "ike/ike_inform.h"

enum asked_kind asked_kind(const struct protected_answer *request)
{
	struct ike_delete d;
	struct inner in;

	if (request->header.exchange == EXCHANGE_CREATE_CHILD_SA) {
		switch (ike_asked_kind(&request->inner)) {
		case IKE_ASKED_REKEY:
			return ASKED_REKEY;
		case IKE_ASKED_CHILD_REKEY:
			return ASKED_CHILD_REKEY;
		default:
			return ASKED_OTHER;
		}
	}
	inner_init(&in);
	switch (ike_inform_answer(request->header.exchange, &request->inner, &in.in, &d)) {
	case IKE_INFORM_ALIVE:
		return ASKED_ALIVE;
	case IKE_INFORM_DELETED:
		return ASKED_DELETE;
	case IKE_INFORM_CHILD_DELETED:
		return ASKED_CHILD_DELETE;
	default:
		return ASKED_OTHER;
	}
}

const char *asked_kind_text(enum asked_kind k)
{
	static const char *const text[] = {
		[ASKED_ALIVE] = "a liveness check",
		[ASKED_CHILD_DELETE] = "a Delete of child SAs",
		[ASKED_DELETE] = "a Delete of the IKE SA",
		[ASKED_CHILD_REKEY] = "a rekey of a child SA",
		[ASKED_REKEY] = "a rekey of the IKE SA",
		[ASKED_OTHER] = "something else",
	};

	return text[k];
}

/* An earlier request once more. Of the last one the answer was lost: it gets the same octets. */
static bool is_again(struct client *c, const struct protected_answer *a)
{
	if (ike_window_judge(&c->sa.window, a->header.message_id) == IKE_WINDOW_AGAIN && c->said)
		transport_send(c->transport, span_of(c->said->data, c->said->len));
	return a->header.message_id < c->sa.window.peer_next;
}

bool asked_next(struct client *c, uint64_t wait_ms, struct protected_answer *out)
{
	const uint64_t deadline = probe_now() + wait_ms;
	struct span message;

	*out = (struct protected_answer){ 0 };
	while (probe_now() < deadline && !probe_interrupted()) {
		if (!transport_receive(c->transport, deadline, &message) ||
		    !protected_request(c, message, out))
			continue;
		if (!is_again(c, out))
			return true;
		protected_answer_clear(out);
	}
	return false;
}

void asked_say(struct client *c, const struct protected_answer *request, uint16_t notify,
	       struct span data)
{
	struct inner in;

	inner_init(&in);
	if (notify)
		ike_notify_write_simple(&in.in.w, notify, data);
	protected_respond(c, request, &in);
}

bool asked_until(struct client *c, enum asked_kind kind, uint64_t wait_ms,
		 struct protected_answer *out)
{
	const uint64_t deadline = probe_now() + wait_ms;

	while (probe_now() < deadline) {
		enum asked_kind k;

		if (!asked_next(c, deadline - probe_now(), out))
			return false;
		k = asked_kind(out);
		if (k == kind)
			return true;
		evidence_note(c->evidence, "the gateway asks: %s", asked_kind_text(k));
		asked_say(c, out,
			  k == ASKED_REKEY || k == ASKED_CHILD_REKEY ? NOTIFY_NO_PROPOSAL_CHOSEN
								     : 0,
			  SPAN_NONE);
		protected_answer_clear(out);
		if (k == ASKED_DELETE) {
			c->gateway_deleted = true;
			return false;
		}
	}
	return false;
}
