/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing the IKE_SA_INIT request, in parts or whole. */
#include "ike/ike_init.h"

#include "ike/ike_signature.h"
#include "wire/ike_ke.h"
#include "wire/ike_nonce.h"
#include "wire/ike_syn.h"
#include "wire/ike_vendor.h"

#define COOKIE_MAX 64 /* RFC 7296 section 2.6 */

void ike_init_begin(struct chain_writer *w, struct wcursor *c, const struct ike_init *r)
{
	const struct ike_header h = { .spi_i = r->spi_i,
				      .version = IKE_VERSION_2,
				      .exchange = EXCHANGE_IKE_SA_INIT,
				      .flags = IKE_FLAG_INITIATOR };

	chain_writer_message(w, c, &h);
	if (r->cookie.n) /* first of all */
		ike_notify_write_simple(w, NOTIFY_COOKIE, r->cookie);
}

void ike_init_offer(struct chain_writer *w, const struct ike_init *r)
{
	struct ike_sa sa;

	sa.n_proposals = sa.n_transforms = 0;
	for (unsigned i = 0; i < r->n_suites; i++)
		if (!suite_add_proposal(&sa, &r->suites[i], SPAN_NONE))
			wcursor_fail(w->c, ERR_TOO_MANY);
	ike_sa_write(w, &sa);
	ike_ke_write(w, r->group, r->ke);
	ike_nonce_write(w, r->ni);
}

void ike_init_syn(struct chain_writer *w, const struct ike_init *r)
{
	if (r->syn)
		ike_syn_write(w, r->syn_type, r->syn);
}

void ike_init_announce(struct chain_writer *w, const struct ike_init *r)
{
	if (r->vendor_id)
		ike_vendor_write_profile_1(w);
	if (r->hashes)
		ike_signature_announce(w, r->hashes);
	if (r->nat)
		nat_detection_write(w, r->spi_i, 0, r->nat);
	if (r->fragmentation)
		ike_notify_write_simple(w, NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, SPAN_NONE);
	if (r->redirect)
		ike_notify_write_simple(w, NOTIFY_REDIRECT_SUPPORTED, SPAN_NONE);
	if (r->stub.n)
		ike_notify_write_simple(w, NOTIFY_IKESYNC_STUB, r->stub);
}

enum err ike_init_write(struct wcursor *c, const struct ike_init *r)
{
	struct chain_writer w;

	ike_init_begin(&w, c, r);
	ike_init_offer(&w, r);
	ike_init_syn(&w, r);
	ike_init_announce(&w, r);
	return chain_writer_finish(&w);
}

static bool offers(const struct ike_init *r, uint16_t group)
{
	for (unsigned i = 0; i < r->n_suites; i++)
		if (r->suites[i].dh == group)
			return true;
	return false;
}

bool ike_init_retry(struct ike_init *r, const struct ike_answer *a)
{
	if (a->kind == IKE_ANSWER_COOKIE) {
		if (a->notify.data.n < 1 || a->notify.data.n > COOKIE_MAX)
			return false;
		r->cookie = a->notify.data;
		return true;
	}
	if (a->kind == IKE_ANSWER_INVALID_KE) {
		uint16_t group;

		if (ike_ke_wanted_parse(a->notify.data, &group) != ERR_OK || !offers(r, group))
			return false;
		r->group = group;
		r->ke = SPAN_NONE;
		return true;
	}
	return false;
}
