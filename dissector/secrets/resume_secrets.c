/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SK_d by index and seal keys by ID: what is known while this file is open. */
#include "secrets/resume_secrets.h"

#include <wsutil/report_message.h>

#include "base/wipe.h"

const value_string resume_source_names[] = {
	{ RESUME_SOURCE_TABLE, "table of the preferences" },
	{ RESUME_SOURCE_FILE, "key file" },
	{ RESUME_SOURCE_BLOCK, "secrets block of the capture" },
	{ RESUME_SOURCE_STUB, "stub in the capture" },
	{ RESUME_SOURCE_SESSION, "resumption in the capture" },
	{ 0, NULL },
};

/* The secrets of one SPI at one address, or at any. */
struct place {
	struct index_body idx;
	struct resume_secret *first, *last;
	unsigned from_capture;
	bool dropped;
};

struct ring {
	struct seal_key *first, *last;
	unsigned n;
};

static wmem_map_t *places;    /* struct index_body -> struct place */
static wmem_map_t *known;     /* struct resume_secret, by itself: what is there already */
static wmem_map_t *seal_keys; /* key ID -> struct ring */
static unsigned told;
static bool seal_keys_said;

static bool same_suite(const struct resume_suite *a, const struct resume_suite *b)
{
	return a->prf == b->prf && a->encr == b->encr && a->encr_bits == b->encr_bits &&
	       a->integ == b->integ;
}

static unsigned secret_hash(gconstpointer p)
{
	const struct resume_secret *s = p;
	uint8_t all[INDEX_IP6_SIZE + RESUME_KEY_MAX] = { 0 };
	unsigned hash;

	index_body_octets(&s->idx, all);
	memcpy(all + INDEX_IP6_SIZE, s->sk_d.octets, s->sk_d.n);
	hash = wmem_strong_hash(all, INDEX_IP6_SIZE + s->sk_d.n);
	wipe(all, sizeof(all));
	/* One SK_d with many suites: the few numbers there are need no strong hash. */
	return hash + 31 * (31 * (31u * s->suite.encr + s->suite.encr_bits) + s->suite.prf) +
	       s->suite.integ;
}

static gboolean secret_equal(gconstpointer a, gconstpointer b)
{
	const struct resume_secret *x = a, *y = b;

	return index_body_equal(&x->idx, &y->idx) && x->sk_d.n == y->sk_d.n &&
	       memcmp(x->sk_d.octets, y->sk_d.octets, x->sk_d.n) == 0 &&
	       same_suite(&x->suite, &y->suite);
}

bool resume_secrets_any(void)
{
	return wmem_map_size(places) || wmem_map_size(seal_keys);
}

bool resume_seal_keys_any(void)
{
	return wmem_map_size(seal_keys) != 0;
}

static struct index_body place_of(const struct index_body *idx, bool any_address)
{
	struct index_body key = { .address_size = any_address ? 0 : idx->address_size };

	memcpy(key.spi, idx->spi, INDEX_SPI_SIZE);
	memcpy(key.address, idx->address, key.address_size);
	return key;
}

static struct place *find_place(const struct index_body *idx, bool any_address)
{
	struct index_body key = place_of(idx, any_address);

	return wmem_map_lookup(places, &key);
}

/* What the user gave is never too much. */
static bool from_capture(enum resume_source source)
{
	return source != RESUME_SOURCE_TABLE && source != RESUME_SOURCE_FILE;
}

static void complete_known(struct resume_secret *kept, const struct resume_secret *s)
{
	if (!kept->has_pair && s->has_pair) {
		kept->has_pair = true;
		memcpy(kept->spii, s->spii, 8);
		memcpy(kept->spir, s->spir, 8);
	}
	if (!kept->older)
		kept->older = s->older;
}

void resume_secrets_add(const struct resume_secret *s)
{
	struct resume_secret *kept = wmem_map_lookup(known, s);
	struct place *p;

	if (kept) {
		complete_known(kept, s);
		return;
	}
	p = find_place(&s->idx, false);
	if (!p) {
		p = wmem_new0(wmem_file_scope(), struct place);
		p->idx = place_of(&s->idx, false);
		wmem_map_insert(places, &p->idx, p);
	}
	if (from_capture(s->source)) {
		p->dropped = p->from_capture == RESUME_SECRETS_MAX;
		if (p->dropped)
			return;
		p->from_capture++;
	}
	kept = wiped_new(sizeof(*kept));
	*kept = *s;
	kept->idx.faults = 0;
	kept->order = ++told;
	kept->next = NULL;
	kept->g_ir = (struct octets){ NULL, 0 };
	if (s->g_ir.n && s->g_ir.n <= RESUME_G_IR_MAX) {
		uint8_t *copy = wiped_new(s->g_ir.n);

		memcpy(copy, s->g_ir.p, s->g_ir.n);
		kept->g_ir = (struct octets){ copy, s->g_ir.n };
	}
	if (p->last)
		p->last->next = kept;
	else
		p->first = kept;
	p->last = kept;
	wmem_map_insert(known, kept, kept);
}

/* The first in `p` that was told later than `after`. */
static struct resume_secret *later(const struct place *p, const struct index_body *of,
				   const struct resume_secret *after)
{
	struct resume_secret *s;

	if (after && index_body_same_address(&after->idx, of))
		return after->next;
	for (s = p ? p->first : NULL; s && after && s->order < after->order;)
		s = s->next;
	return s;
}

const struct resume_secret *resume_secrets_find(const struct index_body *idx,
						const struct resume_secret *after)
{
	const struct index_body any = { .address_size = 0 };
	struct resume_secret *here = later(find_place(idx, false), idx, after), *anywhere;

	if (!idx->address_size)
		return here;
	anywhere = later(find_place(idx, true), &any, after);
	return !here || (anywhere && anywhere->order < here->order) ? anywhere : here;
}

bool resume_secrets_dropped(const struct index_body *idx)
{
	const struct place *here = find_place(idx, false), *anywhere = find_place(idx, true);

	return (here && here->dropped) || (anywhere && anywhere->dropped);
}

const struct seal_key *resume_seal_key(uint32_t id, const struct seal_key *after)
{
	const struct ring *r;

	if (after)
		return after->next;
	r = wmem_map_lookup(seal_keys, GUINT_TO_POINTER(id));
	return r ? r->first : NULL;
}

void resume_seal_key_add(uint32_t id, const uint8_t key[SEAL_KEY_SIZE])
{
	struct ring *r = wmem_map_lookup(seal_keys, GUINT_TO_POINTER(id));
	struct seal_key *k;

	if (!r) {
		r = wmem_new0(wmem_file_scope(), struct ring);
		wmem_map_insert(seal_keys, GUINT_TO_POINTER(id), r);
	}
	for (k = r->first; k; k = k->next)
		if (memcmp(k->key, key, SEAL_KEY_SIZE) == 0)
			return;
	if (r->n == SEAL_KEYS_MAX) {
		if (!seal_keys_said)
			report_warning("more than %u seal keys have the ID 0x%08x; those after "
				       "them are left out",
				       SEAL_KEYS_MAX, id);
		seal_keys_said = true;
		return;
	}
	k = wiped_new(sizeof(*k));
	k->id = id;
	memcpy(k->key, key, SEAL_KEY_SIZE);
	if (r->last)
		r->last->next = k;
	else
		r->first = k;
	r->last = k;
	r->n++;
}

/* File scope forgets; so must this. */
static void forget(void)
{
	seal_keys_said = false;
}

void resume_secrets_init(void)
{
	places = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), index_body_hash,
					index_body_equal);
	known =
	    wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), secret_hash, secret_equal);
	seal_keys = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), g_direct_hash,
					   g_direct_equal);
	register_cleanup_routine(forget);
}
