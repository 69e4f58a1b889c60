/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traffic selectors. */
#include "wire/ike_ts.h"

#define TS_HEADER 4             /* type, IP protocol, length */
#define PORT_OPAQUE_START 65535 /* with end 0: OPAQUE, the one case of start above end (3.13.1) */

static size_t address_octets(uint8_t type)
{
	return type == IKE_TS_IPV4_ADDR_RANGE ? 4 : type == IKE_TS_IPV6_ADDR_RANGE ? 16 : 0;
}

static void take_address(struct rcursor *c, size_t n, uint8_t out[static 16], const char *field)
{
	struct span s = rcursor_bytes(c, n, field);

	memset(out, 0, 16);
	if (s.n)
		memcpy(out, s.p, s.n);
}

static void parse_selector(struct rcursor *c, struct ike_ts *ts)
{
	size_t at = rcursor_offset(c), n;
	uint16_t length;

	*ts = (struct ike_ts){ .type = rcursor_u8(c, "TS: type") };
	ts->ip_protocol = rcursor_u8(c, "TS: IP Protocol ID");
	length = rcursor_u16(c, "TS: Selector Length");
	n = address_octets(ts->type);
	if (!rcursor_ok(c))
		return;
	if (n == 0) {
		/* RFC 7296 3.13.1: unknown types must be ignored, not refused. */
		ts->ip_protocol = 0;
		if (length < TS_HEADER)
			rcursor_fail_at(c, ERR_LENGTH, "TS: Selector Length is below 4", at + 2);
		else
			(void)rcursor_bytes(c, length - (size_t)TS_HEADER, "TS: selector");
		return;
	}
	if (length != TS_HEADER + 4 + 2 * n) {
		rcursor_fail_at(c, ERR_LENGTH, "TS: Selector Length does not fit the type", at + 2);
		return;
	}
	ts->start_port = rcursor_u16(c, "TS: Start Port");
	ts->end_port = rcursor_u16(c, "TS: End Port");
	take_address(c, n, ts->start, "TS: Starting Address");
	take_address(c, n, ts->end, "TS: Ending Address");
	if (!rcursor_ok(c))
		return;
	if (ts->start_port > ts->end_port &&
	    !(ts->start_port == PORT_OPAQUE_START && ts->end_port == 0))
		rcursor_fail_at(c, ERR_VALUE, "TS: Start Port is above End Port", at + 4);
	if (memcmp(ts->start, ts->end, n) > 0)
		rcursor_fail_at(c, ERR_VALUE, "TS: Starting Address is above the Ending Address",
				at + 8);
}

enum err ike_ts_parse(const struct chain_payload *p, struct ike_ts_list *out, struct fault *fault)
{
	struct rcursor c = chain_payload_cursor(p);
	size_t at = rcursor_offset(&c);
	unsigned n = rcursor_u8(&c, "TS: number of selectors");

	out->n = 0;
	(void)rcursor_bytes(&c, 3, "TS: RESERVED");
	if (rcursor_ok(&c) && n == 0)
		rcursor_fail_at(&c, ERR_MISSING, "TS: no selector", at);
	if (n > IKE_TS_MAX)
		rcursor_fail_at(&c, ERR_TOO_MANY, "TS: more than 32 selectors", at);
	while (rcursor_ok(&c) && out->n < n)
		parse_selector(&c, &out->at[out->n++]);
	return rcursor_finish(&c, "TS: octets after the last selector", fault);
}

static void write_selector(struct wcursor *c, const struct ike_ts *ts)
{
	size_t n = address_octets(ts->type);

	if (n == 0) {
		wcursor_fail(c, ERR_VALUE);
		return;
	}
	wcursor_u8(c, ts->type);
	wcursor_u8(c, ts->ip_protocol);
	wcursor_u16(c, (uint16_t)(TS_HEADER + 4 + 2 * n));
	wcursor_u16(c, ts->start_port);
	wcursor_u16(c, ts->end_port);
	wcursor_bytes(c, span_of(ts->start, n));
	wcursor_bytes(c, span_of(ts->end, n));
}

void ike_ts_write(struct chain_writer *w, uint8_t payload_type, const struct ike_ts_list *list)
{
	if (list->n > IKE_TS_MAX) {
		wcursor_fail(w->c, ERR_TOO_MANY);
		return;
	}
	chain_writer_begin(w, payload_type, 0);
	wcursor_u8(w->c, (uint8_t)list->n);
	wcursor_uint(w->c, 3, 0);
	for (unsigned i = 0; i < list->n; i++)
		write_selector(w->c, &list->at[i]);
	chain_writer_end(w);
}

static bool within(const struct ike_ts *a, const struct ike_ts *of)
{
	const size_t n = address_octets(a->type);
	const bool all_ports = of->start_port == 0 && of->end_port == UINT16_MAX;

	return n > 0 && a->type == of->type && memcmp(a->start, of->start, n) >= 0 &&
	       memcmp(a->end, of->end, n) <= 0 &&
	       (of->ip_protocol == 0 || a->ip_protocol == of->ip_protocol) &&
	       /* OPAQUE is 65535 to 0 (RFC 4301 section 4.4.1.1): within itself, too */
	       (all_ports || (a->start_port == of->start_port && a->end_port == of->end_port) ||
		(a->start_port <= a->end_port && a->start_port >= of->start_port &&
		 a->end_port <= of->end_port));
}

bool ike_ts_within(const struct ike_ts_list *narrow, const struct ike_ts_list *wide)
{
	for (unsigned i = 0; i < narrow->n; i++) {
		unsigned k = 0;

		while (k < wide->n && !within(&narrow->at[i], &wide->at[k]))
			k++;
		if (k == wide->n)
			return false;
	}
	return true;
}

struct ike_ts ike_ts_any(uint8_t family)
{
	struct ike_ts ts = { .type = family == 4 ? IKE_TS_IPV4_ADDR_RANGE : IKE_TS_IPV6_ADDR_RANGE,
			     .end_port = UINT16_MAX };

	memset(ts.end, 0xff, address_octets(ts.type));
	return ts;
}
