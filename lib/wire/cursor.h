/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bounds-checked reading and writing of network-order fields.
 *
 * The error is sticky: after the first fault every operation is a no-op that
 * returns zero, so a parser may read all of its fields and ask once at the end.
 * This is the only file of the project with pointer arithmetic on messages.
 */
#ifndef IKESYNC_WIRE_CURSOR_H
#define IKESYNC_WIRE_CURSOR_H

#include "wire/err.h"
#include "wire/span.h"

struct rcursor {
	const uint8_t *base; /* offset 0 of `fault.offset` */
	const uint8_t *p;
	const uint8_t *end;
	struct fault fault;
	size_t origin; /* added to every offset: where `base` stands in the message */
};

struct wcursor {
	uint8_t *base;
	uint8_t *p;
	uint8_t *end;
	enum err err;
};

/* Start reading `s`; `base` is where offsets in faults are counted from (NULL: s.p). */
static inline struct rcursor rcursor_init(struct span s, const uint8_t *base)
{
	return (
	    struct rcursor){ .base = base ? base : s.p, .p = s.p, .end = s.n ? s.p + s.n : s.p };
}

/* Start reading a piece of a message that begins `origin` octets into it. */
static inline struct rcursor rcursor_init_at(struct span s, size_t origin)
{
	struct rcursor c = rcursor_init(s, NULL);

	c.origin = origin;
	return c;
}

static inline size_t rcursor_left(const struct rcursor *c)
{
	return (size_t)(c->end - c->p);
}

static inline size_t rcursor_offset(const struct rcursor *c)
{
	return c->origin + (size_t)(c->p - c->base);
}

static inline bool rcursor_ok(const struct rcursor *c)
{
	return c->fault.err == ERR_OK;
}

/* Record the first fault; later ones are ignored. Empties the cursor. */
static inline void rcursor_fail(struct rcursor *c, enum err err, const char *field)
{
	if (c->fault.err != ERR_OK)
		return;
	c->fault = (struct fault){ err, field, rcursor_offset(c) };
	c->end = c->p;
}

/* The same, for a field that began at `offset`: a rule broken by octets already taken. */
static inline void rcursor_fail_at(struct rcursor *c, enum err err, const char *field,
				   size_t offset)
{
	if (c->fault.err != ERR_OK)
		return;
	rcursor_fail(c, err, field);
	c->fault.offset = offset;
}

/* Take `n` octets, borrowed from the message; an empty span after a fault. */
static inline struct span rcursor_bytes(struct rcursor *c, size_t n, const char *field)
{
	struct span s;

	if (c->fault.err != ERR_OK)
		return SPAN_NONE;
	if (rcursor_left(c) < n) {
		rcursor_fail(c, ERR_TRUNCATED, field);
		return SPAN_NONE;
	}
	s = span_of(c->p, n);
	if (n)
		c->p += n;
	return s;
}

static inline struct span rcursor_rest(struct rcursor *c)
{
	return rcursor_bytes(c, rcursor_left(c), "rest");
}

static inline uint64_t rcursor_uint(struct rcursor *c, size_t octets, const char *field)
{
	struct span s = rcursor_bytes(c, octets, field);
	uint64_t v = 0;

	for (size_t i = 0; i < s.n; i++)
		v = v << 8 | s.p[i];
	return v;
}

static inline uint8_t rcursor_u8(struct rcursor *c, const char *field)
{
	return (uint8_t)rcursor_uint(c, 1, field);
}

static inline uint16_t rcursor_u16(struct rcursor *c, const char *field)
{
	return (uint16_t)rcursor_uint(c, 2, field);
}

static inline uint32_t rcursor_u32(struct rcursor *c, const char *field)
{
	return (uint32_t)rcursor_uint(c, 4, field);
}

static inline uint64_t rcursor_u64(struct rcursor *c, const char *field)
{
	return rcursor_uint(c, 8, field);
}

/* End of parsing: ERR_TRAILING if octets are left. Copies the fault when `fault` is given. */
IKESYNC_MUST_USE static inline enum err rcursor_finish(struct rcursor *c, const char *field,
						       struct fault *fault)
{
	if (rcursor_ok(c) && rcursor_left(c) != 0)
		rcursor_fail(c, ERR_TRAILING, field);
	if (fault && !rcursor_ok(c))
		*fault = c->fault;
	return c->fault.err;
}

static inline struct wcursor wcursor_init(uint8_t *buf, size_t cap)
{
	return (struct wcursor){ .base = buf, .p = buf, .end = cap ? buf + cap : buf };
}

static inline size_t wcursor_size(const struct wcursor *c)
{
	return (size_t)(c->p - c->base);
}

/* What has been written since offset `at`; empty when there is nothing there. */
static inline struct span wcursor_written(const struct wcursor *c, size_t at)
{
	return at < wcursor_size(c) ? span_of(c->base + at, wcursor_size(c) - at) : SPAN_NONE;
}

/* Record the first error of a writer. */
static inline void wcursor_fail(struct wcursor *c, enum err err)
{
	if (c->err == ERR_OK)
		c->err = err;
}

/* Reserve `n` octets and return them (contents undefined); NULL after a fault. */
static inline uint8_t *wcursor_reserve(struct wcursor *c, size_t n)
{
	uint8_t *at = c->p;

	if (c->err != ERR_OK)
		return NULL;
	if ((size_t)(c->end - c->p) < n) {
		c->err = ERR_NO_SPACE;
		return NULL;
	}
	if (n)
		c->p += n;
	return at;
}

static inline void wcursor_bytes(struct wcursor *c, struct span s)
{
	uint8_t *at = wcursor_reserve(c, s.n);

	if (at && s.n)
		memcpy(at, s.p, s.n);
}

static inline void wcursor_uint(struct wcursor *c, size_t octets, uint64_t v)
{
	uint8_t *at = wcursor_reserve(c, octets);

	if (!at)
		return;
	for (size_t i = octets; i-- > 0; v >>= 8)
		at[i] = (uint8_t)v;
}

static inline void wcursor_u8(struct wcursor *c, uint8_t v)
{
	wcursor_uint(c, 1, v);
}

static inline void wcursor_u16(struct wcursor *c, uint16_t v)
{
	wcursor_uint(c, 2, v);
}

static inline void wcursor_u32(struct wcursor *c, uint32_t v)
{
	wcursor_uint(c, 4, v);
}

static inline void wcursor_u64(struct wcursor *c, uint64_t v)
{
	wcursor_uint(c, 8, v);
}

/* Overwrite an earlier field; `at` is an offset from the start. Out of range is ERR_NO_SPACE. */
static inline void wcursor_patch(struct wcursor *c, size_t at, size_t octets, uint64_t v)
{
	if (c->err != ERR_OK)
		return;
	if (at > wcursor_size(c) || wcursor_size(c) - at < octets) {
		c->err = ERR_NO_SPACE;
		return;
	}
	for (size_t i = octets; i-- > 0; v >>= 8)
		c->base[at + i] = (uint8_t)v;
}

#endif
