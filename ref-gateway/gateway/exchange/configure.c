/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration payload (RFC 7296 section 2.19): inner addresses (rule 17). */
#include "exchange/configure.h"

#include "core/lease.h"
#include "core/sa.h"
#include "stub/stub_tell.h"
#include "wire/ike_cp.h"
#include "wire/ike_notify.h"

bool configure_answer(struct sa *sa, struct exchange_request *req, struct exchange_reply *r)
{
	const struct chain_payload *p = chain_find(&req->chain, PAYLOAD_CP);
	struct ike_cp cp, answer = { .type = IKE_CP_REPLY };
	struct fault fault;
	uint8_t address[4];
	uint32_t before = sa->inner_ip4;
	bool asked = false;

	if (!p || ike_cp_parse(p, &cp, &fault) || cp.type != IKE_CP_REQUEST)
		return true;
	for (unsigned i = 0; i < cp.n; i++) {
		if (cp.at[i].type != IKE_CP_INTERNAL_IP4_ADDRESS)
			continue;
		asked = true;
		/* The old inner address after a resumption (rule 17), where it is ours to give. */
		if (!sa->inner_ip4 && cp.at[i].value.n == 4 && lease_may_have(sa))
			(void)lease_this(sa, address_ip4(cp.at[i].value.p));
	}
	if (asked && !sa->inner_ip4 && lease_may_have(sa))
		(void)lease_any(sa);
	if (asked && !sa->inner_ip4) {
		ike_notify_write_simple(&r->w, NOTIFY_INTERNAL_ADDRESS_FAILURE, SPAN_NONE);
		return false;
	}
	if (asked) {
		address_ip4_write(address, sa->inner_ip4);
		answer.at[answer.n++] =
		    (struct ike_cp_attribute){ IKE_CP_INTERNAL_IP4_ADDRESS, SPAN_OF(address) };
	}
	ike_cp_write(&r->w, &answer);
	if (sa->has_stub && sa->inner_ip4 != before) {
		struct index ix = sa_index(sa);

		stub_tell_update(sa, &ix); /* the stub holds the inner address */
	}
	return true;
}
