/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys of IKE SAs for Wireshark's ikev2_decryption_table; only where the configuration names a
 * file. */
#ifndef IKESYNC_GATEWAY_KEYLOG_H
#define IKESYNC_GATEWAY_KEYLOG_H

#include <glib.h>

#include "core/gateway_types.h"

struct keylog;

/* Append to `path`, made with mode 0600. NULL and a GError. */
struct keylog *keylog_open(const char *path, GError **error);
void keylog_close(struct keylog *k);
void keylog_write(struct keylog *k, const struct gateway_sa_keys *keys);

#endif
