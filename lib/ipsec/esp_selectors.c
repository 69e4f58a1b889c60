/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traffic selectors against packets. */
#include "ipsec/esp_selectors.h"

#include <stdlib.h>

struct esp_selectors {
	unsigned n_ours, n_theirs;
	struct ike_ts at[]; /* ours, then theirs */
};

struct esp_selectors *esp_selectors_new(const struct ike_ts_list *ours,
					const struct ike_ts_list *theirs)
{
	struct esp_selectors *s =
	    malloc(sizeof(*s) + ((size_t)ours->n + theirs->n) * sizeof(s->at[0]));

	if (!s)
		return NULL;
	s->n_ours = ours->n;
	s->n_theirs = theirs->n;
	memcpy(s->at, ours->at, ours->n * sizeof(s->at[0]));
	memcpy(&s->at[ours->n], theirs->at, theirs->n * sizeof(s->at[0]));
	return s;
}

void esp_selectors_free(struct esp_selectors *s)
{
	free(s);
}

static size_t size_of(uint8_t type)
{
	switch (type) {
	case IKE_TS_IPV4_ADDR_RANGE:
		return 4;
	case IKE_TS_IPV6_ADDR_RANGE:
		return 16;
	default:
		return 0;
	}
}

static bool has(const struct ike_ts *ts, const struct ip_packet *p, const struct address *a,
		uint16_t port)
{
	const size_t n = size_of(ts->type);

	if (n != address_size(a) || memcmp(a->octets, ts->start, n) < 0 ||
	    memcmp(a->octets, ts->end, n) > 0)
		return false;
	if (ts->ip_protocol && ts->ip_protocol != p->protocol)
		return false;
	if (ts->start_port == 0 && ts->end_port == UINT16_MAX)
		return true;
	/* A later piece of a packet shows none: only selectors of all ports take it (RFC 4301 section 7). */
	return p->has_ports && port >= ts->start_port && port <= ts->end_port;
}

static bool any_has(const struct ike_ts *at, unsigned n, const struct ip_packet *p,
		    const struct address *a, uint16_t port)
{
	for (unsigned i = 0; i < n; i++)
		if (has(&at[i], p, a, port))
			return true;
	return false;
}

bool esp_selectors_admit(const struct esp_selectors *s, const struct ip_packet *p)
{
	return any_has(&s->at[s->n_ours], s->n_theirs, p, &p->source, p->source_port) &&
	       any_has(s->at, s->n_ours, p, &p->destination, p->destination_port);
}

bool esp_selectors_carry(const struct esp_selectors *s, const struct ip_packet *p)
{
	return any_has(&s->at[s->n_ours], s->n_theirs, p, &p->destination, p->destination_port) &&
	       any_has(s->at, s->n_ours, p, &p->source, p->source_port);
}

static unsigned common_bits(const uint8_t *a, const uint8_t *b, size_t octets)
{
	unsigned bits = 0;

	for (size_t i = 0; i < octets; i++, bits += 8)
		for (unsigned k = 0; k < 8; k++)
			if ((a[i] ^ b[i]) & 0x80 >> k)
				return bits + k;
	return bits;
}

bool esp_selectors_prefix(const struct esp_selectors *s, unsigned i, struct address *network,
			  unsigned *length)
{
	const struct ike_ts *ts = &s->at[s->n_ours + i];
	size_t n;

	if (i >= s->n_theirs)
		return false;
	n = size_of(ts->type);
	*length = common_bits(ts->start, ts->end, n);
	*network = (struct address){ .family = n == 4 ? 4 : n == 16 ? 6 : 0 };
	memcpy(network->octets, ts->start, n);
	return true;
}
