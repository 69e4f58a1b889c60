/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a verified answer tells beside its own business: the index (rule 5), and that a move was not
 * committed (rule 13). */
#ifndef IKESYNC_IKE_TOLD_H
#define IKESYNC_IKE_TOLD_H

#include "wire/chain.h"
#include "wire/index.h"

enum ike_told { IKE_TOLD_ABSENT, IKE_TOLD_MALFORMED, IKE_TOLD_PRESENT };

/* N(IKESYNC_INDEX). MALFORMED: `fault` says why (may be NULL). */
enum ike_told ike_told_index(const struct chain *inner, struct index *out, struct fault *fault);
/* How many N(IKESYNC_INDEX) there are: more than one is a mistake that only a tester looks for. */
unsigned ike_told_index_count(const struct chain *inner);
bool ike_told_not_committed(const struct chain *inner);

#endif
