/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is due is done: end, Delete of children, rekeys, liveness. */
#include "exchange/own.h"

#include "core/sa.h"
#include "core/sa_due.h"
#include "core/services.h"
#include "exchange/farewell.h"
#include "exchange/mobike.h"
#include "exchange/own_child.h"
#include "exchange/own_info.h"
#include "exchange/own_rekey.h"
#include "exchange/redirect.h"

static bool begin(struct sa *sa, enum sa_due what, struct sa_child *child)
{
	switch (what) {
	case SA_DUE_PATH:
		return mobike_check(sa);
	case SA_DUE_REDIRECT:
		return redirect_ask(sa);
	case SA_DUE_CHILD_DELETE:
		return own_info_delete_children(sa);
	case SA_DUE_REKEY:
		return own_rekey_begin(sa);
	case SA_DUE_CHILD_REKEY:
		return own_child_rekey(sa, child);
	case SA_DUE_LIVENESS:
		return own_info_liveness(sa);
	default:
		return true;
	}
}

void own_due(struct sa *sa)
{
	struct sa_child *child;
	enum sa_due what = sa_due_now(sa, &child);
	char spis[IKE_SPIS_TEXT_MAX];

	if (what == SA_DUE_DROP) {
		(void)own_info_is_dead(sa);
		return;
	}
	if (what == SA_DUE_END) {
		log_info("SA %s: %s", sa_text(sa, spis),
			 sa->dismissed ? "ended by who runs the gateway" : "lifetime is over");
		farewell_begin(sa);
		return;
	}
	if (begin(sa, what, child))
		sa_due_arm(sa);
	else
		sa_due_postpone(sa);
}
