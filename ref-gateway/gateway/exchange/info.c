/* SPDX-License-Identifier: GPL-2.0-or-later */
/* INFORMATIONAL, RFC 7296 section 1.4: liveness (empty) and Delete. */
#include "exchange/info.h"

#include "core/sa.h"
#include "core/services.h"
#include "stub/stub_tell.h"
#include "wire/ike_delete.h"
#include "wire/ike_notify.h"

static void delete_children(struct sa *sa, const struct ike_delete *d, struct exchange_reply *r)
{
	struct ike_delete answer = { .protocol = d->protocol };

	for (unsigned i = 0; i < d->n; i++) {
		struct sa_child **at, *child = sa_child_find_out(sa, d->spis[i], &at);

		if (!child)
			continue;
		answer.spis[answer.n++] = child->spi_in;
		sa_child_remove(sa, at);
	}
	if (answer.n)
		ike_delete_write(&r->w, &answer);
}

/* The client ends the session: its stub goes too (draft section 3.4 item 5), unless another SA has
 * it now. */
static void delete_ike(struct sa *sa, struct exchange_reply *r)
{
	struct index ix = sa_index(sa);
	char spis[IKE_SPIS_TEXT_MAX];

	r->close = true;
	log_info("SA %s: deleted by the client", sa_text(sa, spis));
	if (sa->has_stub)
		stub_tell_delete(sa->gateway, &ix);
	sa->has_stub = false;
}

void info_request(struct sa *sa, struct exchange_request *req, struct exchange_reply *r)
{
	for (unsigned i = 0; i < req->chain.n; i++) {
		const struct chain_payload *p = &req->chain.at[i];
		struct fault fault;
		struct ike_delete d;

		if (p->type != PAYLOAD_DELETE)
			continue;
		if (ike_delete_parse(p, &d, &fault)) {
			ike_notify_write_simple(&r->w, NOTIFY_INVALID_SYNTAX, SPAN_NONE);
			return;
		}
		if (d.protocol == PROTOCOL_IKE)
			delete_ike(sa, r);
		else if (d.protocol == PROTOCOL_ESP)
			delete_children(sa, &d, r);
	}
}
