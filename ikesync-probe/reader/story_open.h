/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys for an SA of a capture, and its messages opened with them. */
#ifndef IKESYNC_PROBE_READER_STORY_OPEN_H
#define IKESYNC_PROBE_READER_STORY_OPEN_H

#include "reader/story.h"

/*
 * Find keys: derived from an SK_d that is known for the old index, or given. Opens what they open,
 * and adds SK_d of a resumed SA to the ring, for whoever resumes it in its turn.
 */
void story_open(struct sa *sa, struct key_ring *ring);

#endif
