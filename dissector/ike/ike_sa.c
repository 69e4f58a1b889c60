/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SAs by their SPIs. */
#include "ike/ike_sa.h"
#include "base/keyed_hash.h"

#define RESPONDERS_MAX 16 /* of one SPI; gateways choose 64 bits at random */

/* Two gateways may choose one SPI. */
struct responder {
	struct ike_sa *sa;
	struct index_body idx;
	struct responder *next;
};

static wmem_map_t *by_initiator; /* SPI -> struct ike_sa */
static wmem_map_t *by_responder; /* SPI -> struct responder */

static unsigned spi_hash(gconstpointer p)
{
	return keyed_hash(p, 1);
}

static gboolean spi_equal(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, 8) == 0;
}

/* A request's answer mostly follows it: every second lookup is for what was just found. */
static struct ike_sa *latest;

/* File scope forgets; so must this. */
static void forget(void)
{
	latest = NULL;
}

void ike_sa_init(void)
{
	register_init_routine(forget);
	register_cleanup_routine(forget);
	by_initiator =
	    wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), spi_hash, spi_equal);
	by_responder =
	    wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), spi_hash, spi_equal);
}

struct ike_sa *ike_sa_find(const uint8_t spii[8])
{
	if (latest && memcmp(latest->spii, spii, 8) == 0)
		return latest;
	return latest = wmem_map_lookup(by_initiator, spii);
}

struct ike_sa *ike_sa_get(const uint8_t spii[8])
{
	struct ike_sa *sa = ike_sa_find(spii);

	if (!sa) {
		sa = wmem_new0(wmem_file_scope(), struct ike_sa);
		memcpy(sa->spii, spii, 8);
		wmem_map_insert(by_initiator, sa->spii, sa);
		latest = sa;
	}
	return sa;
}

void ike_sa_add_responder(struct ike_sa *sa, const uint8_t spir[8], const address *from)
{
	struct index_body idx = index_body_at(spir, from);
	struct responder *first = wmem_map_lookup(by_responder, spir), *r = first;

	for (unsigned n = 0; r; r = r->next, n++)
		if ((r->sa == sa && index_body_equal(&r->idx, &idx)) || n == RESPONDERS_MAX)
			return;
	r = wmem_new(wmem_file_scope(), struct responder);
	r->sa = sa;
	r->idx = idx;
	r->next = first;
	wmem_map_insert(by_responder, r->idx.spi, r);
}

bool ike_sa_responder_taken(const struct ike_sa *sa, const uint8_t spir[8], const address *from)
{
	struct index_body idx = index_body_at(spir, from);

	for (const struct responder *r = wmem_map_lookup(by_responder, spir); r; r = r->next)
		if (r->sa != sa && index_body_equal(&r->idx, &idx))
			return true;
	return false;
}

struct ike_sa *ike_sa_find_responder(const struct index_body *idx)
{
	struct responder *first = wmem_map_lookup(by_responder, idx->spi);
	struct ike_sa *sa = first ? first->sa : NULL;

	for (struct responder *r = first; r; r = r->next)
		if (index_body_equal(&r->idx, idx))
			return r->sa;
	for (struct responder *r = first; r; r = r->next)
		if (r->sa != sa)
			return NULL;
	return sa;
}
