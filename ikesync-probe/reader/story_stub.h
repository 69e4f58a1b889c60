/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests to a bank, each item with its status; and what stubs hold. */
#ifndef IKESYNC_PROBE_READER_STORY_STUB_H
#define IKESYNC_PROBE_READER_STORY_STUB_H

#include "reader/story.h"

/* Fill s->ops, and the key ring with what stubs tell. */
void story_stubs(struct story *s, struct reading *r);

#endif
