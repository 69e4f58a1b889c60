/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading INDEX and NOT_COMMITTED. */
#include "ike/ike_told.h"

#include "wire/ike_notify.h"

enum ike_told ike_told_index(const struct chain *inner, struct index *out, struct fault *fault)
{
	struct ike_notify n;

	if (!ike_notify_find(inner, NOTIFY_IKESYNC_INDEX, &n))
		return IKE_TOLD_ABSENT;
	return index_parse(n.data, false, 0, out, fault) == ERR_OK ? IKE_TOLD_PRESENT
								   : IKE_TOLD_MALFORMED;
}

unsigned ike_told_index_count(const struct chain *inner)
{
	unsigned count = 0;

	for (unsigned i = 0; i < inner->n; i++) {
		struct ike_notify n;
		struct fault fault;

		count += inner->at[i].type == PAYLOAD_NOTIFY &&
			 ike_notify_parse(&inner->at[i], &n, &fault) == ERR_OK &&
			 n.type == NOTIFY_IKESYNC_INDEX;
	}
	return count;
}

bool ike_told_not_committed(const struct chain *inner)
{
	struct ike_notify n;

	return ike_notify_find(inner, NOTIFY_IKESYNC_NOT_COMMITTED, &n);
}
