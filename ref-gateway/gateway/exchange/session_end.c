/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A session ends, and its stub with it (rules 36 and 56). */
#include "exchange/session_end.h"

#include "core/sa.h"
#include "stub/stub_tell.h"
#include "tool/log.h"
#include "wire/ike_notify.h"

void session_end(struct sa *sa, struct exchange_reply *r, const char *why)
{
	struct index ix = sa_index(sa);
	char spis[IKE_SPIS_TEXT_MAX];

	r->close = true;
	log_info("SA %s: %s", sa_text(sa, spis), why);
	if (sa->has_stub)
		stub_tell_delete(sa->gateway, &ix);
	sa->has_stub = false;
}

void session_end_invalid_syntax(struct sa *sa, struct exchange_reply *r)
{
	exchange_reply_error(r, NOTIFY_INVALID_SYNTAX, SPAN_NONE);
	session_end(sa, r, "ended by a message that cannot be read");
}
