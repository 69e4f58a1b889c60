/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A session ended by who runs the gateway. */
#include "exchange/dismiss.h"

#include "core/sa.h"
#include "core/sa_due.h"
#include "core/services.h"
#include "stub/stub_tell.h"

static void end_now(struct sa *sa)
{
	sa->dismissed = true;
	sa->end_ms = services_now(sa->gateway);
	sa_due_arm(sa);
}

bool dismiss(struct sa *sa)
{
	struct index ix = sa_index(sa);

	if (sa->state != SA_ESTABLISHED || sa->rekeyed || sa->dismissed)
		return false;
	if (sa->has_stub)
		stub_tell_delete(sa->gateway, &ix);
	sa->has_stub = false;
	end_now(sa);
	return true;
}

void dismiss_inherit(const struct sa *old, struct sa *new)
{
	if (old->dismissed)
		end_now(new);
}
