/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which file handles a protected request of an established SA. */
#include "exchange/exchange_handle.h"

#include "exchange/child.h"
#include "exchange/info.h"
#include "exchange/session_end.h"

void exchange_handle(struct sa *sa, struct exchange_request *req, struct exchange_reply *r)
{
	switch (req->exchange) {
	case EXCHANGE_CREATE_CHILD_SA:
		child_request(sa, req, r);
		break;
	case EXCHANGE_INFORMATIONAL:
		info_request(sa, req, r);
		break;
	default:
		session_end_invalid_syntax(sa, r);
	}
}
