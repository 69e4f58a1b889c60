/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tree of broken rules. It listens to Wireshark's own expert tap, so that it can never disagree
 * with what the packets are marked with; the texts name the rules.
 */
#include "stats/stats_rules.h"
#include "base/ws_compat.h"

#include <epan/stats_tree.h>

static int node_ike, node_stub;

static void rules_init(stats_tree *st)
{
	node_ike = stats_tree_create_node(st, "IKE (ikesync)", 0, STAT_DT_INT, TRUE);
	node_stub = stats_tree_create_node(st, "Stub messages (ikestub)", 0, STAT_DT_INT, TRUE);
}

static tap_packet_status rules_packet(stats_tree *st, packet_info *pinfo G_GNUC_UNUSED,
				      epan_dissect_t *edt G_GNUC_UNUSED, const void *tapped,
				      tap_flags_t flags G_GNUC_UNUSED)
{
	const expert_info_t *e = tapped;
	const header_field_info *field;
	bool stub;
	char *name;
	int severity;

	if (e->hf_index <= 0)
		return TAP_PACKET_DONT_REDRAW;
	field = proto_registrar_get_nth((unsigned)e->hf_index);
	stub = g_str_has_prefix(field->abbrev, "ikestub.");
	if (!stub && !g_str_has_prefix(field->abbrev, "ikesync."))
		return TAP_PACKET_DONT_REDRAW;
	/* Not `summary`, which may have numbers of this one packet in it. */
	tick_stat_node(st, stub ? "Stub messages (ikestub)" : "IKE (ikesync)", 0, TRUE);
	name = g_strdup(val_to_str_const((uint32_t)e->severity, expert_severity_vals, "?"));
	severity = tick_stat_node(st, name, stub ? node_stub : node_ike, TRUE);
	g_free(name);
	name = g_strdup_printf("%s [%s]", field->name, field->abbrev);
	tick_stat_node(st, name, severity, FALSE);
	g_free(name);
	return TAP_PACKET_REDRAW;
}

void stats_rules_register(void)
{
	stats_tree_register_plugin("expert", "ikesync_rules", "IKE_SA_SYN/Expert info by rule",
				   TL_REQUIRES_PROTO_TREE, rules_packet, rules_init, NULL);
}
