/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only file that knows which Wireshark it is built for: one source serves 4.0, 4.2, 4.4
 * and 4.6. Elsewhere: stdint types, bool, pinfo->pool, and the names below.
 */
#ifndef IKESYNC_WS_COMPAT_H
#define IKESYNC_WS_COMPAT_H

#ifndef HAVE_SSIZE_T
#define HAVE_SSIZE_T 1
#endif
#include <wireshark.h>
#include <epan/packet.h>
#include <epan/expert.h>
#include <epan/prefs.h>
#include <epan/proto_data.h>
#include <epan/conversation.h>
#include <epan/conversation_filter.h>
#include <epan/to_str.h>
#include <epan/uat.h>
/* 4.4: plugins say what they are (plugin_describe). */
#if __has_include(<wsutil/plugins.h>)
#include <wsutil/plugins.h>
#endif
#if __has_include(<epan/tfs.h>)
#include <epan/tfs.h>
#endif

#define WS_AT_LEAST(major, minor)             \
	(WIRESHARK_VERSION_MAJOR > (major) || \
	 (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

/*
 * Heuristics and boolean preferences went from gboolean (int) to bool. The headers say which it is,
 * so that 4.2, which no Debian suite has, need not be guessed.
 */
typedef __typeof__(((heur_dissector_t)NULL)(NULL, NULL, NULL, NULL)) ws_bool;
/* What the update callback of a table returns: in 4.2 that is bool already, the others are not. */
typedef __typeof__(((uat_update_cb_t)NULL)(NULL, NULL)) ws_uat_bool;

/* A field's value was embedded and became a pointer; again the headers say which. */
#define ws_fvalue_uint(fi) \
	fvalue_get_uinteger(_Generic((fi)->value, fvalue_t * : (fi)->value, default : &(fi)->value))

/* 4.4 deprecates the guint8 name. */
#if WS_AT_LEAST(4, 4)
#define ws_get_u8(tvb, offset) tvb_get_uint8(tvb, offset)
#else
#define ws_get_u8(tvb, offset) tvb_get_guint8(tvb, offset)
#endif

/*
 * Name and size of a data source: 4.6 renamed what returns it. The string is the caller's in both.
 */
#if WS_AT_LEAST(4, 6)
#define ws_source_text(source) get_data_source_description(source)
#else
#define ws_source_text(source) get_data_source_name(source)
#endif

static inline bool ws_source_named(const struct data_source *source, const char *prefix)
{
	char *text = ws_source_text(source);
	bool same = text && g_str_has_prefix(text, prefix);

	wmem_free(NULL, text);
	return same;
}

/*
 * From 4.4 on the field _ws.col.info is a copy of the Info column, made before post-dissectors run:
 * call this after writing to the column from one. `tree` is the whole packet's, or NULL.
 */
#if WS_AT_LEAST(4, 4)
static inline void ws_info_field_update(packet_info *pinfo, proto_tree *tree)
{
	static int hf;
	GPtrArray *fields;

	if (!tree)
		return;
	if (!hf)
		hf = proto_registrar_get_id_byname("_ws.col.info");
	fields = hf > 0 ? proto_get_finfo_ptr_array(tree, hf) : NULL;
	for (unsigned i = 0; fields && i < fields->len; i++) {
		field_info *fi = g_ptr_array_index(fields, i);

		fvalue_set_string(fi->value, col_get_text(pinfo->cinfo, COL_INFO));
	}
}
#else
static inline void ws_info_field_update(packet_info *pinfo G_GNUC_UNUSED,
					proto_tree *tree G_GNUC_UNUSED)
{
}
#endif

/* 4.2: whoever registers a conversation filter may give its functions something. */
#if WS_AT_LEAST(4, 2)
#define WS_FILTER_DATA , void *user_data G_GNUC_UNUSED
#define ws_register_conversation_filter(proto, name, valid, build) \
	register_conversation_filter(proto, name, valid, build, NULL)
typedef __typeof__(((is_filter_valid_func)NULL)(NULL, NULL)) ws_filter_bool;
#else
#define WS_FILTER_DATA
#define ws_register_conversation_filter register_conversation_filter
typedef __typeof__(((is_filter_valid_func)NULL)(NULL)) ws_filter_bool;
#endif

/* 4.6: it says where in the label the value begins, too. */
#if WS_AT_LEAST(4, 6)
#define ws_fill_label(fi, text) proto_item_fill_label(fi, text, NULL)
#else
#define ws_fill_label(fi, text) proto_item_fill_label(fi, text)
#endif

/* 4.2: the number of streams and of their parts, for the window. */
#if WS_AT_LEAST(4, 2)
#define ws_register_follow(proto, tap, conversation, idx, addresses, port, handler, count) \
	register_follow_stream(proto, tap, conversation, idx, addresses, port, handler, count, NULL)
#else
#define ws_register_follow(proto, tap, conversation, idx, addresses, port, handler, count) \
	register_follow_stream(proto, tap, conversation, idx, addresses, port, handler)
#endif

#endif
