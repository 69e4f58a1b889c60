/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SAs by their SPIs. */
#include "ike/ike_sa.h"
#include "base/keyed_hash.h"

static wmem_map_t *by_initiator, *by_responder; /* SPI -> struct ike_sa */

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

void ike_sa_add_responder(struct ike_sa *sa, const uint8_t spir[8])
{
	wmem_map_insert(by_responder, wmem_memdup(wmem_file_scope(), spir, 8), sa);
}

struct ike_sa *ike_sa_find_responder(const uint8_t spir[8])
{
	return wmem_map_lookup(by_responder, spir);
}
