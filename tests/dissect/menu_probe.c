/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plugin for tests: what the menu Conversation Filter has for each frame, which no tshark shows.
 * One line a frame and entry to standard error: number, entry, filter.
 */
#include "base/ws_compat.h"

#include <epan/tap.h>

#include <stdio.h>

#if WS_AT_LEAST(4, 2)
#define ASK(f, function, pinfo) ((f)->function((pinfo), (f)->user_data))
#else
#define ASK(f, function, pinfo) ((f)->function(pinfo))
#endif

WS_DLL_PUBLIC_DEF const char plugin_version[] = "0";
WS_DLL_PUBLIC_DEF const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
WS_DLL_PUBLIC_DEF const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

WS_DLL_PUBLIC void plugin_register(void);

static tap_packet_status packet(void *data G_GNUC_UNUSED, packet_info *pinfo,
				epan_dissect_t *edt G_GNUC_UNUSED, const void *tapped G_GNUC_UNUSED,
				tap_flags_t flags G_GNUC_UNUSED)
{
	for (GList *at = packet_conv_filter_list; at; at = at->next) {
		conversation_filter_t *f = at->data;
		char *filter;

		if (strcmp(f->proto_name, "ikesync") != 0 || !ASK(f, is_filter_valid, pinfo))
			continue;
		filter = ASK(f, build_filter_string, pinfo);
		fprintf(stderr, "%u\t%s\t%s\n", pinfo->num, f->display_name, filter);
		g_free(filter);
	}
	return TAP_PACKET_DONT_REDRAW;
}

static void handoff(void)
{
	static int listener;
	GString *error =
	    register_tap_listener("frame", &listener, NULL, 0, NULL, packet, NULL, NULL);

	if (error)
		g_error("%s", error->str);
}

static void nothing(void)
{
}

WS_DLL_PUBLIC_DEF void plugin_register(void)
{
	static proto_plugin plugin = { nothing, handoff };

	proto_register_plugin(&plugin);
}

#ifdef WS_PLUGIN_DESC_DISSECTOR
WS_DLL_PUBLIC uint32_t plugin_describe(void);

WS_DLL_PUBLIC_DEF uint32_t plugin_describe(void)
{
	return WS_PLUGIN_DESC_DISSECTOR;
}
#endif
