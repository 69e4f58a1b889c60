/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SAs by their SPIs. */
#include "ike/ike_sa.h"
#include "base/file_pool.h"
#include "base/item_table.h"
#include "base/keyed_hash.h"

#define RESPONDERS_MAX 16 /* of one SPI; gateways choose 64 bits at random */

/* Two gateways may choose one SPI. */
struct responder {
	uint8_t spi[INDEX_SPI_SIZE];
	struct ike_sa *sa;
	struct responder *next;
	uint8_t address_size; /* 0, 4 or 16 */
	uint8_t address[];
};

static unsigned spi_hash(gconstpointer p)
{
	return keyed_hash(p, 1);
}

static gboolean spi_equal(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, 8) == 0;
}

static struct item_table by_initiator = { .hash = spi_hash,
					  .equal = spi_equal }; /* struct ike_sa */
static struct item_table by_responder = { .hash = spi_hash,
					  .equal = spi_equal }; /* the first struct responder */

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
	item_table_init(&by_initiator);
	item_table_init(&by_responder);
}

struct ike_sa *ike_sa_find(const uint8_t spii[8])
{
	if (latest && memcmp(latest->spii, spii, 8) == 0)
		return latest;
	return latest = item_table_find(&by_initiator, spii);
}

struct ike_sa *ike_sa_get(const uint8_t spii[8])
{
	struct ike_sa *sa = ike_sa_find(spii);

	if (!sa) {
		sa = file_pool_new(sizeof(*sa));
		memcpy(sa->spii, spii, 8);
		item_table_add(&by_initiator, sa);
		latest = sa;
	}
	return sa;
}

struct ike_sa_more *ike_sa_more(struct ike_sa *sa)
{
	if (!sa->more)
		sa->more = file_pool_new(sizeof(*sa->more));
	return sa->more;
}

static bool is_at(const struct responder *r, const struct index_body *idx)
{
	return r->address_size == idx->address_size &&
	       memcmp(r->address, idx->address, idx->address_size) == 0;
}

void ike_sa_add_responder(struct ike_sa *sa, const uint8_t spir[8], const address *from)
{
	struct index_body idx = index_body_at(spir, from);
	struct responder *first = item_table_find(&by_responder, spir), *r = first;

	for (unsigned n = 0; r; r = r->next, n++)
		if ((r->sa == sa && is_at(r, &idx)) || n == RESPONDERS_MAX)
			return;
	r = file_pool_new(offsetof(struct responder, address) + idx.address_size);
	memcpy(r->spi, spir, INDEX_SPI_SIZE);
	r->sa = sa;
	r->address_size = idx.address_size;
	memcpy(r->address, idx.address, idx.address_size);
	if (!first) {
		item_table_add(&by_responder, r);
		return;
	}
	r->next = first->next;
	first->next = r;
}

bool ike_sa_responder_taken(const struct ike_sa *sa, const uint8_t spir[8], const address *from)
{
	struct index_body idx = index_body_at(spir, from);

	for (const struct responder *r = item_table_find(&by_responder, spir); r; r = r->next)
		if (r->sa != sa && is_at(r, &idx))
			return true;
	return false;
}

struct ike_sa *ike_sa_find_responder(const struct index_body *idx)
{
	struct responder *first = item_table_find(&by_responder, idx->spi);
	struct ike_sa *sa = first ? first->sa : NULL;

	for (struct responder *r = first; r; r = r->next)
		if (is_at(r, idx))
			return r->sa;
	for (struct responder *r = first; r; r = r->next)
		if (r->sa != sa)
			return NULL;
	return sa;
}
