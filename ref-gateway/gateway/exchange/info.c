/* SPDX-License-Identifier: GPL-2.0-or-later */
/* INFORMATIONAL, RFC 7296 section 1.4: liveness (empty), Delete, and errors of the client that end the SA. */
#include "exchange/info.h"

#include "core/sa.h"
#include "core/services.h"
#include "exchange/mobike.h"
#include "exchange/redirect.h"
#include "exchange/session_end.h"
#include "exchange/succession.h"
#include "wire/ike_delete.h"
#include "wire/ike_notify.h"

static void delete_children(struct sa *sa, const struct ike_delete *d, struct exchange_reply *r)
{
	struct ike_delete answer = { .protocol = d->protocol };

	for (unsigned i = 0; i < d->n; i++) {
		struct sa_child **at, *child = sa_child_find_out(sa, d->spis[i], &at);

		if (!child)
			continue;
		if (child->state !=
		    SA_CHILD_DELETED) /* ours crosses theirs (RFC 7296 section 1.4.1) */
			answer.spis[answer.n++] = child->spi_in;
		sa_child_remove(sa, at);
	}
	if (answer.n)
		ike_delete_write(&r->w, &answer);
}

/* RFC 7296 section 2.21: what the client says when it could make nothing of our IKE_AUTH, or of anything later. */
static bool ends_the_session(const struct ike_notify *n)
{
	return n->type == NOTIFY_AUTHENTICATION_FAILED || n->type == NOTIFY_INVALID_SYNTAX ||
	       n->type == NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD;
}

/* false: the answer is made, and nothing else of the request is looked at. */
static bool take_delete(struct sa *sa, const struct chain_payload *p, struct exchange_reply *r)
{
	struct fault fault;
	struct ike_delete d;

	if (ike_delete_parse(p, &d, &fault)) {
		session_end_invalid_syntax(sa, r);
		return false;
	}
	if (d.protocol == PROTOCOL_IKE) {
		(void)succession_settle(sa); /* the client's rekey is what it goes on with */
		redirect_left(sa);
		session_end(sa, r, "deleted by the client");
	} else if (d.protocol == PROTOCOL_ESP)
		delete_children(sa, &d, r);
	return true;
}

void info_request(struct sa *sa, struct exchange_request *req, struct exchange_reply *r)
{
	for (unsigned i = 0; i < req->chain.n; i++) {
		const struct chain_payload *p = &req->chain.at[i];
		struct fault fault;
		struct ike_notify n;

		if (p->type == PAYLOAD_DELETE && !take_delete(sa, p, r))
			return;
		if (p->type == PAYLOAD_NOTIFY && !ike_notify_parse(p, &n, &fault) &&
		    ends_the_session(&n))
			session_end(sa, r, iana_notify_name(n.type));
	}
	if (!r->close)
		mobike_request(sa, req, r);
}
