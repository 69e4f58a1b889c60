/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Wireshark's plugin loader looks for: one file, three protocols. */
#include "base/ws_compat.h"
#include "packet-ikesync.h"
#include "packet-ikestub.h"
#include "packet-iketcp.h"

WS_DLL_PUBLIC_DEF const char plugin_version[] = IKESYNC_VERSION;
WS_DLL_PUBLIC_DEF const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
WS_DLL_PUBLIC_DEF const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

WS_DLL_PUBLIC void plugin_register(void);

WS_DLL_PUBLIC_DEF void plugin_register(void)
{
	static proto_plugin ikesync = { ikesync_register, ikesync_handoff };
	static proto_plugin ikestub = { ikestub_register, ikestub_handoff };
	static proto_plugin iketcp = { iketcp_register, iketcp_handoff };

	proto_register_plugin(&ikesync);
	proto_register_plugin(&ikestub);
	proto_register_plugin(&iketcp);
}

#ifdef WS_PLUGIN_DESC_DISSECTOR
WS_DLL_PUBLIC uint32_t plugin_describe(void);

WS_DLL_PUBLIC_DEF uint32_t plugin_describe(void)
{
	return WS_PLUGIN_DESC_DISSECTOR;
}
#endif
