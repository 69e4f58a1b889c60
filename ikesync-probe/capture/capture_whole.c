/* SPDX-License-Identifier: GPL-2.0-or-later */
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

unsigned capture_missing(const struct live_capture *live, const GPtrArray *events)
{
	GHashTable *have = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	GHashTable *reach = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	GHashTable *tcp = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	const GPtrArray *packets = live_capture_packets(live);
	uint32_t linktype = live_capture_linktype(live);
	unsigned missing = 0;
	GHashTableIter it;
	gpointer key, value;

	for (unsigned i = 0; i < packets->len; i++) {
		const struct live_packet *p = g_ptr_array_index(packets, i);
		struct live_parsed parsed;
		struct reach *r;
		char *name;
		uint32_t end;

		if (!live_capture_parse(linktype, bytes_span(p->frame), &parsed))
			continue;
		if (!parsed.tcp) {
			count_up(have,
				 datagram_key(parsed.from.port, parsed.to.port, parsed.payload), 1);
			continue;
		}
		name = g_strdup_printf("%u-%u", parsed.from.port, parsed.to.port);
		r = g_hash_table_lookup(reach, name);
		if (!r) {
			r = g_new0(struct reach, 1);
			g_hash_table_insert(reach, g_strdup(name), r);
		}
		g_free(name);
		if (parsed.syn) {
			*r = (struct reach){ true, parsed.seq + 1, parsed.seq + 1 };
			continue;
		}
		end = parsed.seq + (uint32_t)parsed.payload.n;
		if (r->begun && (int32_t)(end - r->farthest) > 0)
			r->farthest = end;
	}
	for (unsigned i = 0; i < events->len; i++) {
		const struct capture_event *e = g_ptr_array_index(events, i);
		struct span octets = bytes_span(e->octets);
		uint16_t from = e->sent ? e->local.port : e->remote.port;
		uint16_t to = e->sent ? e->remote.port : e->local.port;
		char *name;
		long *n;

		if (e->tcp) {
			count_up(tcp, g_strdup_printf("%u-%u", from, to), (long)octets.n);
			continue;
		}
		name = datagram_key(from, to, octets);
		n = g_hash_table_lookup(have, name);
		if (!n || *n <= 0)
			missing++;
		else
			--*n;
		g_free(name);
	}
	g_hash_table_iter_init(&it, tcp);
	while (g_hash_table_iter_next(&it, &key, &value)) {
		const struct reach *r = g_hash_table_lookup(reach, key);

		if (!r || (long)(r->farthest - r->first) < *(long *)value)
			missing++;
	}
	g_hash_table_unref(have);
	g_hash_table_unref(reach);
	g_hash_table_unref(tcp);
	return missing;
}
