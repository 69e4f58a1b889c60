/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What both dissectors tell the statistics about a message. */
#include "stats/tap_record.h"

static int tap_ikesync, tap_ikestub;

void tap_record_register(void)
{
	tap_ikesync = register_tap("ikesync");
	tap_ikestub = register_tap("ikestub");
}

static struct tap_record *record_new(packet_info *pinfo)
{
	struct tap_record *r = wmem_new0(pinfo->pool, struct tap_record);

	r->first_pass = !PINFO_FD_VISITED(pinfo);
	return r;
}

void tap_record_ike(packet_info *pinfo, const struct ike_link *link)
{
	struct tap_record *r;

	if (!link || !have_tap_listener(tap_ikesync))
		return;
	r = record_new(pinfo);
	r->ike = link;
	tap_queue_packet(tap_ikesync, pinfo, r);
}

void tap_record_stub(packet_info *pinfo, const struct stub_summary *s, const struct stub_link *link)
{
	bool all = have_tap_listener(tap_ikesync), alone = have_tap_listener(tap_ikestub);
	struct tap_record *r;

	if (!all && !alone)
		return;
	r = record_new(pinfo);
	r->stub = wmem_memdup(pinfo->pool, s, sizeof(*s));
	r->stub_link = link;
	if (all)
		tap_queue_packet(tap_ikesync, pinfo, r);
	if (alone)
		tap_queue_packet(tap_ikestub, pinfo, r);
}
