/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a changed configuration takes effect while SAs go on. */
#ifndef IKESYNC_GATEWAY_RELOAD_H
#define IKESYNC_GATEWAY_RELOAD_H

#include "bank_link/bank_client.h"
#include "gateway.h"
#include "gateway_config.h"

/*
 * Read the file of `now` again and take over peers, seal keys, redirection, certificates, authorities and revocation lists, and the files of TLS for the next connection to the bank (NULL:
 * none). false: nothing of it, since the file is not right, which is logged. `tls`: the one in use, replaced where a new one can be made.
 */
bool reload_settings(struct gateway_settings *now, struct gateway *g, struct bank_client *bank,
		     struct channel_tls **tls);

#endif
