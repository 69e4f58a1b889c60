/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The entry in the menus Conversation Filter and Colorize Conversation. */
#include "story/story_filter.h"

#include "base/ws_compat.h"
#include "ike/ike_frame.h"
#include "ike/ike_locate.h"
#include "ike/ikesync_fields.h"
#include "story/story.h"
#include "stub/ikestub_fields.h"

#define STUB_MESSAGES_MAX 64 /* of a frame that are looked at */

static const struct story *ike_story(packet_info *pinfo)
{
	for (unsigned i = 0; i < IKE_PLACES_MAX; i++) {
		const struct ike_link *link = ike_frame_link(pinfo, i);

		if (link && link->attempt && link->attempt->story)
			return link->attempt->story;
	}
	return NULL;
}

static const struct story *stub_story(packet_info *pinfo)
{
	for (unsigned i = 1; i <= STUB_MESSAGES_MAX; i++) {
		const struct stub_link *link =
		    p_get_proto_data(wmem_file_scope(), pinfo, proto_ikestub, i);
		const struct stub_exchange *x = link ? link->exchange : NULL;
		const struct story *story = x ? story_shown(x->story, x->stub) : NULL;

		if (story)
			return story;
	}
	return NULL;
}

/* The first one that the frame has a message of. */
static const struct story *story_of(packet_info *pinfo)
{
	const struct story *story = ike_story(pinfo);

	return story ? story : stub_story(pinfo);
}

static ws_filter_bool is_valid(packet_info *pinfo WS_FILTER_DATA)
{
	return story_of(pinfo) != NULL;
}

static char *build(packet_info *pinfo WS_FILTER_DATA)
{
	const struct story *story = story_of(pinfo);

	return story ? g_strdup_printf("ikesync.resumption == %u", story->number) : NULL;
}

void story_filter_register(void)
{
	ws_register_conversation_filter("ikesync", "Follow this resumption", is_valid, build);
}
