/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens every tap, and asks each for its result. */
#include "fuzz_taps.h"

#include <epan/conversation_filter.h>
#include <epan/export_object.h>
#include <epan/follow.h>
#include <epan/srt_table.h>
#include <epan/stats_tree_priv.h>
#include <epan/tap.h>

#include <stdlib.h>
#include <string.h>

#define TREES 2
#define TIMES 2

static stats_tree *trees[TREES];
static srt_data_t times[TIMES];
static register_srt_t *time_tables[TIMES];
static follow_info_t *follow;
static bool listening;

static void add_entry(void *gui_data, export_object_entry_t *entry)
{
	const uint8_t *p = entry->payload_data;

	(void)gui_data;
	for (size_t i = 0; i < entry->payload_len; i++) /* all of it must be there */
		if (!p[i])
			abort(); /* it is a text */
	eo_free_entry(entry);
}

/* As if each were the first. */
static export_object_entry_t *no_entry(void *gui_data, int row)
{
	(void)gui_data;
	(void)row;
	return NULL;
}

static export_object_list_t objects = { add_entry, no_entry, NULL };
static export_object_list_t keys = { add_entry, no_entry, NULL };

static void listen(const char *tap, void *data, unsigned flags, tap_packet_cb packet)
{
	GString *error = register_tap_listener(tap, data, NULL, flags, NULL, packet, NULL, NULL);

	if (error) {
		fprintf(stderr, "tap %s: %s\n", tap, error->str);
		abort();
	}
}

void fuzz_taps_start(void)
{
	static const char *const tree_names[TREES] = { "ikesync", "ikesync_rules" };
	static const char *const time_names[TIMES] = { "ikesync", "ikestub" };
	register_eo_t *eo = get_eo_by_name("ikestub"), *key_eo = get_eo_by_name("ikesync");
	register_follow_t *follower = get_follow_by_name("IKESTUB");

	if (listening)
		return;
	listening = true;
	for (unsigned i = 0; i < TREES; i++) {
		stats_tree_cfg *cfg = stats_tree_get_cfg_by_abbr(tree_names[i]);

		if (!cfg)
			abort();
		trees[i] = stats_tree_new(cfg, NULL, NULL);
		listen(cfg->tapname, trees[i], cfg->flags, stats_tree_packet);
		cfg->init(trees[i]);
	}
	for (unsigned i = 0; i < TIMES; i++) {
		time_tables[i] = get_srt_table_by_name(time_names[i]);
		if (!time_tables[i])
			abort();
		times[i].srt_array = g_array_new(FALSE, TRUE, sizeof(srt_stat_table *));
		srt_table_dissector_init(time_tables[i], times[i].srt_array);
		listen(get_srt_tap_listener_name(time_tables[i]), &times[i], 0,
		       get_srt_packet_func(time_tables[i]));
	}
	if (!eo || !key_eo || !follower)
		abort();
	listen(get_eo_tap_listener_name(key_eo), &keys, 0, get_eo_packet_func(key_eo));
	listen(get_eo_tap_listener_name(eo), &objects, 0, get_eo_packet_func(eo));
	follow = g_new0(follow_info_t, 1);
	follow->substream_id = SUBSTREAM_UNUSED;
	listen(get_follow_tap_string(follower), follow, 0, get_follow_tap_handler(follower));
}

void fuzz_taps_stop(void)
{
	if (!listening)
		return;
	listening = false;
	for (unsigned i = 0; i < TREES; i++) {
		GString *text =
		    stats_tree_format_as_str(trees[i], ST_FORMAT_PLAIN, ST_SORT_COL_NAME, FALSE);

		g_string_free(text, TRUE);
		remove_tap_listener(trees[i]);
		stats_tree_free(trees[i]);
	}
	for (unsigned i = 0; i < TIMES; i++) {
		remove_tap_listener(&times[i]);
		free_srt_table(time_tables[i], times[i].srt_array);
		g_array_free(times[i].srt_array, TRUE);
	}
	remove_tap_listener(&objects);
	remove_tap_listener(&keys);
	remove_tap_listener(follow);
	follow_info_free(follow);
}

/* Conversation Filter. */
static void ask_menu(packet_info *pinfo)
{
	for (GList *at = packet_conv_filter_list; at; at = at->next) {
		conversation_filter_t *f = at->data;

		if (strcmp(f->proto_name, "ikesync") == 0 && f->is_filter_valid(pinfo))
			g_free(f->build_filter_string(pinfo));
	}
}

void fuzz_taps_packet(epan_dissect_t *edt)
{
	register_follow_t *follower = get_follow_by_name("IKESTUB");
	unsigned stream, sub_stream;
	address from, to;

	if (!listening)
		return;
	ask_menu(&edt->pi);
	if (edt->pi.ptype != PT_TCP)
		return;
	copy_address_shallow(&from, &edt->pi.net_src);
	copy_address_shallow(&to, &edt->pi.net_dst);
	g_free(get_follow_conv_func(follower)(edt, &edt->pi, &stream, &sub_stream));
	g_free(get_follow_address_func(follower)(&from, &to, (int)edt->pi.srcport,
						 (int)edt->pi.destport));
}
