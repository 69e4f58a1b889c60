/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decrypted fragments (RFC 7383), put together again. */
#include "resume/resume_fragments.h"

#include "base/keyed_hash.h"

struct part {
	struct part *next; /* of a higher number */
	unsigned number, n;
	uint8_t octets[];
};

struct key {
	uint64_t sets;
	uint32_t mid;
	uint16_t total, from_initiator;
};

/* As large as what has come, not as what was announced. */
struct resume_set {
	struct key key;
	struct resume_set *older, *newer; /* incomplete ones of the session */
	struct part *parts;
	unsigned have, n;
	uint8_t first;
	bool complete;
};

static wmem_map_t *all; /* struct resume_set, by its key */

static unsigned key_hash(gconstpointer p)
{
	return keyed_hash(p, sizeof(struct key) / 8);
}

static gboolean key_equal(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, sizeof(struct key)) == 0;
}

static void unlink_set(struct resume_sets *sets, struct resume_set *set)
{
	*(set->older ? &set->older->newer : &sets->oldest) = set->newer;
	*(set->newer ? &set->newer->older : &sets->newest) = set->older;
	sets->n--;
}

static void drop(struct resume_sets *sets, struct resume_set *set)
{
	unlink_set(sets, set);
	wmem_map_remove(all, &set->key);
	for (struct part *p = set->parts, *next; p; p = next) {
		next = p->next;
		wmem_free(wmem_file_scope(), p);
	}
	wmem_free(wmem_file_scope(), set);
}

static struct resume_set *find(struct resume_sets *sets, const struct resume_fragment *f)
{
	struct key key = { (uintptr_t)sets, f->mid, (uint16_t)f->total, f->from_initiator };
	struct resume_set *set = wmem_map_lookup(all, &key);

	if (set)
		return set;
	if (sets->n == OPEN_SETS_MAX)
		drop(sets, sets->oldest);
	set = wmem_new0(wmem_file_scope(), struct resume_set);
	set->key = key;
	set->older = sets->newest;
	*(set->older ? &set->older->newer : &sets->oldest) = set;
	sets->newest = set;
	sets->n++;
	wmem_map_insert(all, &set->key, set);
	return set;
}

const struct resume_set *resume_fragments_add(struct resume_sets *sets,
					      const struct resume_fragment *f)
{
	struct resume_set *set;
	struct part **at, *p;

	if (f->number == 0 || f->number > f->total || f->total > FRAGMENTS_MAX)
		return NULL;
	set = find(sets, f);
	for (at = &set->parts; *at && (*at)->number < f->number;)
		at = &(*at)->next;
	if (set->complete || (*at && (*at)->number == f->number))
		return NULL;
	p = wmem_alloc(wmem_file_scope(), sizeof(*p) + f->plain.n);
	*p = (struct part){ .next = *at, .number = f->number, .n = f->plain.n };
	if (p->n)
		memcpy(p->octets, f->plain.p, p->n);
	*at = p;
	set->n += p->n;
	if (f->number == 1)
		set->first = f->next;
	if (++set->have < f->total)
		return NULL;
	set->complete = true;
	unlink_set(sets, set);
	return set;
}

void resume_fragments_drop(struct resume_sets *sets)
{
	while (sets->oldest)
		drop(sets, sets->oldest);
}

struct octets resume_fragments_join(const struct resume_set *set, wmem_allocator_t *scope,
				    uint8_t *first)
{
	uint8_t *plain = wmem_alloc(scope, set->n + 1);
	unsigned n = 0;

	for (const struct part *p = set->parts; p; p = p->next) {
		memcpy(plain + n, p->octets, p->n);
		n += p->n;
	}
	*first = set->first;
	return (struct octets){ plain, n };
}

void resume_fragments_register(void)
{
	all = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), key_hash, key_equal);
}
