/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stub of ours has moved. */
#include "stub/stub_moved.h"

#include "core/sa.h"
#include "core/sa_due.h"
#include "core/services.h"
#include "stub/stub_in.h"
#include "stub/stub_out.h"

uint8_t stub_moved(struct gateway *g, const struct index *ix)
{
	char spis[IKE_SPIS_TEXT_MAX];
	struct sa *sa = sa_find(g, ix->spi);

	if (!sa || sa->state != SA_ESTABLISHED || sa->rekeyed ||
	    !address_equal(&ix->address, &g->config.address))
		return STUB_NOT_FOUND;
	if (!stub_in_knows_authority(&g->config, stub_out_authority(sa)))
		return STUB_NOT_AUTHORISED;
	log_info("SA %s: its stub has moved to another gateway", sa_text(sa, spis));
	sa->has_stub = false;
	sa_due_moved_away(sa);
	return STUB_OK;
}
