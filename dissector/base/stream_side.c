/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where messages begin in one direction of a stream that cannot be put together. */
#include "base/stream_side.h"

static bool before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

unsigned stream_side_skip(struct stream_side *s, uint32_t at, unsigned n, bool plausible)
{
	if (s->open && before(s->start, at) && before(at, s->end)) {
		unsigned rest = s->end - at;

		return rest < n ? rest : n;
	}
	if ((s->synced && at == s->next) || (s->open && at == s->end) || plausible)
		return 0;
	return n;
}

void stream_side_message(struct stream_side *s, uint32_t at, unsigned length, unsigned left)
{
	if (length <= left)
		return;
	s->open = true;
	s->start = at;
	s->end = at + length;
}

void stream_side_read(struct stream_side *s, uint32_t at, bool known)
{
	s->next = at;
	s->synced = known;
}
