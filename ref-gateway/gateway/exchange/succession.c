/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One IKE SA takes the place of another; its stub gets a new index (rule 30). */
#include "exchange/succession.h"

#include "core/lease.h"
#include "core/sa.h"
#include "core/sa_work.h"
#include "core/services.h"
#include "exchange/dismiss.h"
#include "exchange/redirect.h"
#include "stub/stub_out.h"
#include "stub/stub_tell.h"

void succession_prepare(const struct sa *old, struct sa *new)
{
	new->profile_1 = old->profile_1;
	new->fragmentation = old->fragmentation;
	new->mobike = old->mobike;
	new->path_check = old->path_check ? SA_PATH_UNCHECKED : SA_PATH_CHECKED;
	new->path = old->path;
}

static void inherit(struct sa *old, struct sa *new)
{
	struct gateway *g = old->gateway;
	struct ike_id id = sa_identity(old);

	(void)sa_set_identity(new, &id);
	new->children = old->children;
	new->n_children = old->n_children;
	old->children = NULL;
	old->n_children = 0;
	lease_hand_over(old, new);
	redirect_inherit(old, new);
	new->inner_taken = old->inner_taken;
	new->moves = old->moves;
	new->resumptions = 0; /* there was a KE (rule 9) */
	new->kept = old->kept;
	new->kept_n = old->kept_n;
	old->kept = NULL;
	old->kept_n = 0;
	/* Rule 40: there was a Diffie-Hellman, so a new lifetime begins. */
	new->expiry = new->over = stub_out_bound(new, services_utc(g) + g->config.ike_lifetime_s);
	sa_rekeyed(old);
}

static void tell_bank(struct sa *old, struct sa *new)
{
	struct index ix = sa_index(old);

	if (old->has_stub)
		stub_tell_update(new, &ix);
	else if (stub_out_wanted(new))
		stub_tell_init(new);
	old->has_stub = false;
}

void succession_take(struct sa *old, struct sa *new)
{
	char was[IKE_SPIS_TEXT_MAX], is[IKE_SPIS_TEXT_MAX];

	new->rekeyed = false;
	new->dismissed = old->dismissed;
	inherit(old, new);
	tell_bank(old, new);
	sa_establish(new);
	dismiss_inherit(old, new);
	log_info("SA %s: rekeyed to %s", sa_text(old, was), sa_text(new, is));
}

bool succession_settle(struct sa *old)
{
	struct sa *theirs =
	    old->work && old->work->crossed ? sa_find(old->gateway, old->work->their_spi) : NULL;

	if (!theirs || theirs->state != SA_ESTABLISHED)
		return false;
	sa_work_forget(old);
	succession_take(old, theirs);
	return true;
}
