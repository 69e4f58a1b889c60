/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Holds a live capture against what the probe itself knows of. */
#include "capture/capture_whole.h"

#include "capture/bytes.h"

static char *datagram_key(uint16_t from, uint16_t to, struct span octets)
{
	char *sum = g_compute_checksum_for_data(G_CHECKSUM_MD5, octets.p, octets.n);
	char *key = g_strdup_printf("%u-%u-%s", from, to, sum);

	g_free(sum);
	return key;
}

static void count_up(GHashTable *t, char *key, long add)
{
	long *n = g_hash_table_lookup(t, key);

	if (!n) {
		n = g_new0(long, 1);
		g_hash_table_insert(t, g_strdup(key), n);
	}
	*n += add;
	g_free(key);
}

/* TCP octets that the live capture has of one direction: reach of the sequence numbers. */
struct reach {
	bool begun;
	uint32_t first;
	uint32_t farthest;
};

/* What is there, and what of it is wanted; by datagram, or by the two ports of a direction. */
struct tally {
	GHashTable *datagrams; /* how often each is there and has not been asked for yet */
	GHashTable *reach;     /* struct reach of each direction */
	GHashTable *wanted;    /* octets that each direction must have */
};

static GHashTable *table_new(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

static void reach_segment(GHashTable *reach, const struct live_parsed *parsed)
{
	char *name = g_strdup_printf("%u-%u", parsed->from.port, parsed->to.port);
	struct reach *r = g_hash_table_lookup(reach, name);
	uint32_t end = parsed->seq + (uint32_t)parsed->payload.n;

	if (!r) {
		r = g_new0(struct reach, 1);
		g_hash_table_insert(reach, g_strdup(name), r);
	}
	g_free(name);
	if (parsed->syn)
		*r = (struct reach){ true, parsed->seq + 1, parsed->seq + 1 };
	else if (r->begun && (int32_t)(end - r->farthest) > 0)
		r->farthest = end;
}

static void tally_live(struct tally *t, const struct live_capture *live)
{
	const GPtrArray *packets = live_capture_packets(live);
	uint32_t linktype = live_capture_linktype(live);

	for (unsigned i = 0; i < packets->len; i++) {
		const struct live_packet *p = g_ptr_array_index(packets, i);
		struct live_parsed parsed;

		if (!live_capture_parse(linktype, bytes_span(p->frame), &parsed))
			continue;
		if (parsed.tcp)
			reach_segment(t->reach, &parsed);
		else
			count_up(t->datagrams,
				 datagram_key(parsed.from.port, parsed.to.port, parsed.payload), 1);
	}
}

/* Datagrams that are not there; what TCP must have is noted for later. */
static unsigned missing_datagrams(struct tally *t, const GPtrArray *events)
{
	unsigned missing = 0;

	for (unsigned i = 0; i < events->len; i++) {
		const struct capture_event *e = g_ptr_array_index(events, i);
		struct span octets = bytes_span(e->octets);
		uint16_t from = e->sent ? e->local.port : e->remote.port;
		uint16_t to = e->sent ? e->remote.port : e->local.port;
		char *name;
		long *n;

		if (e->tcp) {
			count_up(t->wanted, g_strdup_printf("%u-%u", from, to), (long)octets.n);
			continue;
		}
		name = datagram_key(from, to, octets);
		n = g_hash_table_lookup(t->datagrams, name);
		if (!n || *n <= 0)
			missing++;
		else
			--*n;
		g_free(name);
	}
	return missing;
}

static unsigned missing_directions(const struct tally *t)
{
	unsigned missing = 0;
	GHashTableIter it;
	gpointer key, value;

	g_hash_table_iter_init(&it, t->wanted);
	while (g_hash_table_iter_next(&it, &key, &value)) {
		const struct reach *r = g_hash_table_lookup(t->reach, key);

		missing += !r || (long)(r->farthest - r->first) < *(long *)value;
	}
	return missing;
}

unsigned capture_whole_missing(const struct live_capture *live, const GPtrArray *events)
{
	struct tally t = { table_new(), table_new(), table_new() };
	unsigned missing;

	tally_live(&t, live);
	missing = missing_datagrams(&t, events);
	missing += missing_directions(&t);
	g_hash_table_unref(t.datagrams);
	g_hash_table_unref(t.reach);
	g_hash_table_unref(t.wanted);
	return missing;
}
