/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Conversation Filter, "Follow this resumption": all of one resumption, IKE and stub messages. */
#ifndef IKESYNC_STORY_FILTER_H
#define IKESYNC_STORY_FILTER_H

/* Once, in the registration of `ikesync`. */
void story_filter_register(void);

#endif
