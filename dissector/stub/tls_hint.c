/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stub messages inside TLS that is not decrypted: what would open them. */
#include "stub/tls_hint.h"

#include "base/shown.h"
#include "stub/ikestub_fields.h"

#define RECORD_HEADER 5
#define RECORD_HANDSHAKE 22
#define RECORD_DATA 23
#define CLIENT_HELLO 1

/* As it stands in the list of names (RFC 7301): its length before it. */
static const uint8_t offered[] = "\016ikesync-stub/1";
#define OFFERED_SIZE (sizeof(offered) - 1)

bool tls_hint_offers(tvbuff_t *tvb)
{
	unsigned n = tvb_captured_length(tvb);

	return n > RECORD_HEADER && ws_get_u8(tvb, 0) == RECORD_HANDSHAKE &&
	       ws_get_u8(tvb, RECORD_HEADER) == CLIENT_HELLO &&
	       ws_memmem(tvb_get_ptr(tvb, 0, (int)n), n, offered, OFFERED_SIZE) != NULL;
}

/* Handshake messages of TLS 1.3 look like data, too; they open or stay closed with the same keys. */
static bool has_data(tvbuff_t *tvb)
{
	unsigned n = tvb_captured_length(tvb), length;

	for (unsigned at = 0; n - at >= RECORD_HEADER; at += RECORD_HEADER + length) {
		length = tvb_get_ntohs(tvb, (int)at + 3);
		if (ws_get_u8(tvb, (int)at + 1) != 3 || length > n - at - RECORD_HEADER)
			return false;
		if (ws_get_u8(tvb, (int)at) == RECORD_DATA)
			return true;
	}
	return false;
}

static bool is_decrypted(const packet_info *pinfo)
{
	/* The first source is the frame's own. */
	for (GSList *s = pinfo->data_src ? pinfo->data_src->next : NULL; s; s = s->next)
		if (ws_source_named(s->data, "Decrypted TLS"))
			return true;
	return false;
}

void tls_hint_show(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
	if (!tree || !has_data(tvb) || is_decrypted(pinfo))
		return;
	generated(proto_tree_add_string(
	    tree, hf_stub_hint, tvb, 0, 0,
	    "TLS around stub messages, not decrypted: the secrets of the session open it "
	    "(preference of TLS: (Pre)-Master-Secret log filename, tls.keylog_file; or in the file "
	    "itself: editcap --inject-secrets tls,KEYLOG)"));
}
