/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small table in memory that forked processes share. */
#include "run/half_open.h"

#include <stdatomic.h>
#include <sys/mman.h>

#define PLACES 256

struct place {
	atomic_uint_fast64_t where; /* of both ends, hashed */
	atomic_uint_fast64_t at_ms; /* when it was answered (monotonic); 0: free */
};

struct half_open {
	struct place at[PLACES];
};

void half_open_share(struct probe *p)
{
	void *m;

	if (p->half_open)
		return;
	m = mmap(NULL, sizeof(struct half_open), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		 -1, 0);
	p->half_open = m == MAP_FAILED ? NULL : m;
}

void half_open_free(struct probe *p)
{
	if (p->half_open)
		munmap(p->half_open, sizeof(struct half_open));
	p->half_open = NULL;
}

/* FNV-1a. */
static uint64_t hash_address(uint64_t h, const struct address *a)
{
	for (size_t i = 0; i < address_size(a); i++)
		h = (h ^ a->octets[i]) * UINT64_C(0x100000001b3);
	return h;
}

static uint64_t hash(const struct address *from, const struct endpoint *at)
{
	uint64_t h = hash_address(UINT64_C(0xcbf29ce484222325), from);

	h = hash_address(h, &at->address);
	return (h ^ at->port) * UINT64_C(0x100000001b3);
}

static bool is_free(const struct place *place, uint64_t now)
{
	const uint64_t then = atomic_load(&place->at_ms);

	return then == 0 || now >= then + HALF_OPEN_MS;
}

unsigned half_open_begin(struct probe *p, const struct address *from, const struct endpoint *at)
{
	const uint64_t now = probe_now();

	half_open_share(p);
	for (unsigned i = 0; p->half_open && i < PLACES; i++) {
		struct place *place = &p->half_open->at[i];
		uint_fast64_t then = atomic_load(&place->at_ms);

		if (is_free(place, now) &&
		    atomic_compare_exchange_strong(&place->at_ms, &then, now)) {
			atomic_store(&place->where, hash(from, at));
			return i + 1;
		}
	}
	return 0;
}

void half_open_end(struct probe *p, unsigned place)
{
	if (p->half_open && place)
		atomic_store(&p->half_open->at[place - 1].at_ms, 0);
}

unsigned half_open_count(const struct probe *p, const struct address *from,
			 const struct endpoint *at)
{
	const uint64_t now = probe_now(), where = hash(from, at);
	unsigned n = 0;

	for (unsigned i = 0; p->half_open && i < PLACES; i++) {
		const struct place *place = &p->half_open->at[i];

		n += !is_free(place, now) && atomic_load(&place->where) == where;
	}
	return n;
}
