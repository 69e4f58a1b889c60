/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Service response times: how long a client waits to be resumed, how long a gateway waits for its
 * bank. */
#include "stats/stats_times.h"
#include "stats/tap_record.h"

#include <epan/srt_table.h>

/* A row's number is the value that the window puts behind the table's filter. */
static const char *const resumption_rows[] = {
	[IKE_KIND_RESUMED] = "IKE_SA_SYN to HDR, Nr",
	[IKE_KIND_FALLBACK] = "IKE_SA_SYN to fallback",
	[IKE_KIND_COOKIE] = "IKE_SA_SYN to COOKIE",
	[IKE_KIND_OTHER_GROUP] = "IKE_SA_SYN to INVALID_KE_PAYLOAD",
	[IKE_KIND_REFUSED] = "IKE_SA_SYN to an error",
	[IKE_KIND_CONFIRMED] = "IKE_SA_SYN to confirmed",
	[IKE_KIND_ANSWER] = "IKE_SA_SYN to answer not decrypted",
	[IKE_KIND_NOT_COMMITTED] = "IKE_SA_SYN to NOT_COMMITTED",
	[IKE_KIND_BIND_REFUSED] = "IKE_SA_SYN to AUTHENTICATION_FAILED",
	[IKE_KIND_UNBOUND] = "IKE_SA_SYN to answer without BIND",
	[IKE_KIND_MISBOUND] = "IKE_SA_SYN to answer with wrong BIND",
};

static const char *const stub_rows[] = {
	[STUB_INIT] = "init",           [STUB_UPDATE] = "update",
	[STUB_GET] = "get to download", [STUB_DOWNLOAD] = "download (push)",
	[STUB_DELETE] = "delete",
};

static void table_new(GArray *tables, const char *name, const char *short_name, const char *filter,
		      const char *const *rows, int n)
{
	srt_stat_table *table = init_srt_table(name, short_name, tables, n, NULL, filter, NULL);

	for (int i = 0; i < n; i++)
		init_srt_table_row(table, i, rows[i] ? rows[i] : "");
}

static void resumption_init(struct register_srt *srt G_GNUC_UNUSED, GArray *tables)
{
	table_new(tables, "Resumptions (IKE_SA_SYN)", "Resumptions", "ikesync.exchange",
		  resumption_rows, array_length(resumption_rows));
}

static void stub_init(struct register_srt *srt G_GNUC_UNUSED, GArray *tables)
{
	table_new(tables, "Stub messages", "Stub messages", "ikestub.type", stub_rows,
		  array_length(stub_rows));
}

static srt_stat_table *table_of(void *data)
{
	return g_array_index(((srt_data_t *)data)->srt_array, srt_stat_table *, 0);
}

/* A table cannot hold less than nothing: it would spoil every average. */
static void add_time(void *data, int row, const struct frame_mark *from, packet_info *pinfo)
{
	nstime_t start = frame_mark_time(from);

	if (nstime_cmp(&start, &pinfo->abs_ts) <= 0)
		add_srt_table_data(table_of(data), row, &start, pinfo);
}

/* What the client waits for counts from the attempt's first SYN, cookies and repetitions included;
 * any other answer from the request it answers. */
static const struct frame_mark *resumption_start(const struct ike_link *link)
{
	switch (link->kind) {
	case IKE_KIND_COOKIE:
	case IKE_KIND_OTHER_GROUP:
	case IKE_KIND_REFUSED:
		return &link->request->seen;
	default:
		return &link->attempt->first;
	}
}

static tap_packet_status resumption_packet(void *data, packet_info *pinfo,
					   epan_dissect_t *edt G_GNUC_UNUSED, const void *tapped,
					   tap_flags_t flags G_GNUC_UNUSED)
{
	const struct ike_link *link = ((const struct tap_record *)tapped)->ike;

	if (!link || !link->request || !link->attempt || link->retransmission_of ||
	    (!link->first_answer && !link->replaces) ||
	    link->kind >= array_length(resumption_rows) || !resumption_rows[link->kind])
		return TAP_PACKET_DONT_REDRAW;
	add_time(data, (int)link->kind, resumption_start(link), pinfo);
	return TAP_PACKET_REDRAW;
}

static tap_packet_status stub_packet(void *data, packet_info *pinfo,
				     epan_dissect_t *edt G_GNUC_UNUSED, const void *tapped,
				     tap_flags_t flags G_GNUC_UNUSED)
{
	const struct tap_record *r = tapped;
	const struct stub_exchange *x = r->stub_link ? r->stub_link->exchange : NULL;

	/* A reply in several messages has been answered when the last one is here. */
	if (!r->stub->reply || r->stub->more || !x || x->type >= array_length(stub_rows) ||
	    !stub_rows[x->type])
		return TAP_PACKET_DONT_REDRAW;
	add_time(data, x->type, &x->seen, pinfo);
	return TAP_PACKET_REDRAW;
}

void stats_times_register_ikesync(int proto)
{
	register_srt_table(proto, NULL, 1, resumption_packet, resumption_init, NULL);
}

void stats_times_register_ikestub(int proto)
{
	register_srt_table(proto, NULL, 1, stub_packet, stub_init, NULL);
}
