/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules that a message breaks by itself, or by what it answers. */
#ifndef IKESYNC_IKE_JUDGE_H
#define IKESYNC_IKE_JUDGE_H

#include "ike/ike_view.h"

void ike_judge_register(int proto);

/* Add an expert info for each to the message's subtree. */
void ike_judge(struct ike_view *v);

#endif
