/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times of any size in 8 octets, exactly. */
#include "base/frame_mark.h"

#define NSECS_BITS 30
#define NSECS_MASK ((1u << NSECS_BITS) - 1)
/* No nanoseconds: the time is kept in `outliers`, of which the other half is the number. */
#define OUTLIER NSECS_MASK

/* Of the years before 1698 and after 2242, and of files with nonsense in them; file scope. */
static wmem_array_t *outliers;

static void forget(void)
{
	outliers = NULL;
}

void frame_mark_init(void)
{
	register_init_routine(forget);
	register_cleanup_routine(forget);
}

/* 34 bits of seconds, which may be negative. */
static bool is_near(const nstime_t *t)
{
	int64_t half = INT64_C(1) << 33;

	return t->nsecs >= 0 && t->nsecs < 1000000000 && (int64_t)t->secs >= -half &&
	       (int64_t)t->secs < half;
}

struct frame_mark frame_mark_at(const packet_info *pinfo)
{
	const nstime_t *t = &pinfo->abs_ts;
	struct frame_mark m = { .frame = pinfo->num };
	uint64_t secs = (uint64_t)t->secs;

	if (is_near(t)) {
		m.packed[0] = (uint32_t)t->nsecs | (uint32_t)(secs >> 32) << NSECS_BITS;
		m.packed[1] = (uint32_t)secs;
		return m;
	}
	if (!outliers)
		outliers = wmem_array_new(wmem_file_scope(), sizeof(nstime_t));
	m.packed[0] = OUTLIER;
	m.packed[1] = wmem_array_get_count(outliers);
	wmem_array_append_one(outliers, *t);
	return m;
}

nstime_t frame_mark_time(const struct frame_mark *m)
{
	uint64_t high = m->packed[0] >> NSECS_BITS;
	nstime_t t = { .secs = 0 };

	if ((m->packed[0] & NSECS_MASK) == OUTLIER) {
		if (outliers && m->packed[1] < wmem_array_get_count(outliers))
			t = *(const nstime_t *)wmem_array_index(outliers, m->packed[1]);
		return t;
	}
	/* The second of the two high bits is the sign. */
	if (high & 2)
		high |= UINT32_MAX - 3u;
	t.secs = (time_t)(int64_t)(high << 32 | m->packed[1]);
	t.nsecs = (int)(m->packed[0] & NSECS_MASK);
	return t;
}

nstime_t frame_mark_span(const struct frame_mark *from, const struct frame_mark *to)
{
	nstime_t a = frame_mark_time(from), b = frame_mark_time(to), t;

	nstime_delta(&t, &b, &a);
	return t;
}

nstime_t frame_mark_since(const struct frame_mark *from, const packet_info *pinfo)
{
	nstime_t a = frame_mark_time(from), t;

	nstime_delta(&t, &pinfo->abs_ts, &a);
	return t;
}
