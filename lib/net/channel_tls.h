/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TLS contexts and what certificates say. Private to lib/net. */
#ifndef IKESYNC_NET_CHANNEL_TLS_H
#define IKESYNC_NET_CHANNEL_TLS_H

#include <openssl/ssl.h>

#include "net/channel.h"

/* A new connection's SSL in its role, over fresh memory BIOs. Client: `server_name` or else `remote` must be in the peer's SANs. NULL: OpenSSL refused. */
SSL *channel_tls_session(struct channel_tls *t, const char *server_name,
			 const struct endpoint *remote);
/* After the handshake: was the protocol agreed on (rule 25)? */
bool channel_tls_alpn_agreed(const struct channel_tls *t, const SSL *ssl);
void channel_tls_identity(const SSL *ssl, struct channel_identity *out);
/* Why OpenSSL failed, from its queue, which is emptied. */
void channel_tls_reason(const SSL *ssl, char *out, size_t cap);

#endif
