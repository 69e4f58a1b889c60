/* SPDX-License-Identifier: GPL-2.0-or-later */
/* INFORMATIONAL requests of ours: a sign of life (RFC 7296 section 2.4), Delete of children. */
#ifndef IKESYNC_GATEWAY_OWN_INFO_H
#define IKESYNC_GATEWAY_OWN_INFO_H

#include "core/gateway_state.h"

/* Ask whether the peer lives; the SA goes when it does not answer, its stub stays (rule 36). false: cannot be asked now. */
bool own_info_liveness(struct sa *sa);
/* Delete all children that are SA_CHILD_OVER. false: cannot be asked now. */
bool own_info_delete_children(struct sa *sa);
/* The peer does not answer any more: drop the SA; false, for whoever was waiting. */
bool own_info_is_dead(struct sa *sa);

#endif
