/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stub messages inside TLS that is not decrypted: what would open them. */
#ifndef IKESYNC_TLS_HINT_H
#define IKESYNC_TLS_HINT_H

#include "base/ws_compat.h"

/* Is this a ClientHello, or its beginning, that offers ALPN "ikesync-stub/1"? */
bool tls_hint_offers(tvbuff_t *tvb);

/*
 * After TLS has dissected `tvb`, records of a connection that offered it: a hint where one of them
 * carries data and none was decrypted.
 */
void tls_hint_show(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

#endif
