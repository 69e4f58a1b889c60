/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TLS contexts from files, and what certificates say. */
#ifndef IKESYNC_NET_CHANNEL_TLS_H
#define IKESYNC_NET_CHANNEL_TLS_H

#include "net/channel.h"

struct channel_tls_files {
	const char *certificate; /* PEM chain; NULL only for a negative test */
	const char *key;         /* PEM; must keep the rule of keys/key_file.h */
	const char *
	    ca; /* PEM; peers must chain to it. NULL only for a negative test: any certificate is taken */
	const char *
	    crl; /* PEM, one or several; peers whose certificate is in one are refused. NULL: none */
	char **
	    deny; /* serials of certificates that are refused, hexadecimal; ends with NULL. NULL: none */
	const char *key_log; /* SSLKEYLOGFILE format, appended, mode 0600; NULL: none */
	bool one_pool; /* of a server: peers' certificates have exactly one pool URI (rule 51) */
	/* negative tests of the probe only; zero for the rules of profile 1 */
	const char *alpn; /* NULL: STUB_ALPN; "": offer none */
	int max_version;  /* 0: TLS 1.3 */
	unsigned
	    *tickets; /* client: counts the session tickets that come; must outlive the channel */
};

/* A struct channel_tls is an SSL_CTX, reference counted. */
/* NULL and a GError naming file and reason. */
struct channel_tls *channel_tls_new(const struct channel_tls_files *files, bool server,
				    GError **error);
struct channel_tls *channel_tls_ref(struct channel_tls *t);
void channel_tls_unref(struct channel_tls *t);

/* ---- for the channel: a `struct ssl_st` is OpenSSL's SSL ---- */

/* A new connection's SSL in its role, over fresh memory BIOs. Client: `server_name` or else `remote` must be in the peer's SANs. NULL: OpenSSL refused. */
struct ssl_st *channel_tls_session(struct channel_tls *t, const char *server_name,
				   const struct endpoint *remote);
/* After the handshake: was the protocol agreed on (rule 25)? */
bool channel_tls_alpn_agreed(const struct channel_tls *t, const struct ssl_st *ssl);
void channel_tls_identity(const struct ssl_st *ssl, struct channel_identity *out);
/* Would the peer's certificate be taken by `t` now? false and the reason. */
bool channel_tls_trusts(struct channel_tls *t, const struct ssl_st *ssl, char *why, size_t cap);
/* Why OpenSSL failed, from its queue, which is emptied. */
void channel_tls_reason(const struct ssl_st *ssl, char *out, size_t cap);

#endif
