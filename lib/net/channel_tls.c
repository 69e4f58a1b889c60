/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TLS contexts from files, sessions, and what a peer's certificate says. */
#include "net/channel_tls.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "keys/key_file.h"

/* RSA of 16,384 bits has a tenth of this. */
#define KEY_OCTETS_MAX 65536
#define TLS_ERROR (g_quark_from_static_string("ikesync-tls"))

struct channel_tls {
	gint references;
	SSL_CTX *ctx;
	bool server;
	bool one_pool;
	char **deny;
	bool any_peer; /* negative tests: no CA to chain to */
	bool any_alpn; /* negative tests: what the server agrees to is the tester's to judge */
	int key_log_fd;
	unsigned *tickets; /* negative tests */
	uint8_t alpn[256]; /* length octet and name; alpn[0] 0: none */
};

static void fail(GError **error, const char *what, const char *file)
{
	char reason[200];

	channel_tls_reason(NULL, reason, sizeof(reason));
	g_set_error(error, TLS_ERROR, 1, "%s %s: %s", what, file, reason);
}

/* No prompt on the terminal for a key that has a passphrase: such a key is an error. */
static int no_passphrase(char *buf, int size, int writing, void *user)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)user;
	return -1;
}

static int own_index = -1; /* of the struct channel_tls in what verifies */

static const struct channel_tls *tls_of(X509_STORE_CTX *store)
{
	return X509_STORE_get_ex_data(X509_STORE_CTX_get0_store(store), own_index);
}

static int any_certificate(int verified, X509_STORE_CTX *store)
{
	(void)verified;
	(void)store;
	return 1;
}

static void write_key_log(const SSL *ssl, const char *line)
{
	const struct channel_tls *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	size_t n = strlen(line);
	char text[1024];

	if (n + 1 >= sizeof(text))
		return;
	memcpy(text, line, n);
	text[n] = '\n';
	/* One write with O_APPEND: lines of several processes do not mix. */
	if (write(t->key_log_fd, text, n + 1) < 0)
		return;
}

/* Rule 25: a client that offers no ALPN at all is refused in the handshake; OpenSSL would not even ask select_alpn(). */
static int require_alpn(SSL *ssl, int *alert, void *user)
{
	const unsigned char *octets;
	size_t n;

	(void)user;
	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation,
				      &octets, &n))
		return SSL_CLIENT_HELLO_SUCCESS;
	*alert = SSL_AD_NO_APPLICATION_PROTOCOL;
	return SSL_CLIENT_HELLO_ERROR;
}

static int select_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_n,
		       const unsigned char *offered, unsigned offered_n, void *user)
{
	const struct channel_tls *t = user;
	unsigned char *chosen;

	(void)ssl;
	if (!t->alpn[0]) /* a negative test: a server that selects none */
		return SSL_TLSEXT_ERR_NOACK;
	if (SSL_select_next_proto(&chosen, out_n, t->alpn, (unsigned)t->alpn[0] + 1, offered,
				  offered_n) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* Said of every ticket of TLS 1.3; the session is not kept. */
static int count_ticket(SSL *ssl, SSL_SESSION *session)
{
	const struct channel_tls *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	(void)session;
	++*t->tickets;
	return 0;
}

static bool load_key(struct channel_tls *t, const char *path, GError **error)
{
	char why[KEY_FILE_WHY_MAX];
	struct key_file file;
	EVP_PKEY *key;
	BIO *in;
	bool ok;

	if (!key_file_read(path, KEY_OCTETS_MAX, &file, why)) {
		g_set_error(error, TLS_ERROR, 1, "key %s", why);
		return false;
	}
	in = BIO_new_mem_buf(file.octets, (int)file.n);
	key = in ? PEM_read_bio_PrivateKey(in, NULL, no_passphrase, NULL) : NULL;
	ok = key && SSL_CTX_use_PrivateKey(t->ctx, key) == 1;
	if (!ok)
		fail(error, "key", path);
	EVP_PKEY_free(key);
	BIO_free(in);
	key_file_clear(&file);
	return ok;
}

/* A CRL that is late is better than none, and better than a bank that nobody can reach: it is taken. */
static bool load_crls(struct channel_tls *t, const char *path, GError **error)
{
	X509_STORE *store = SSL_CTX_get_cert_store(t->ctx);
	X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());

	if (!lookup || X509_load_crl_file(lookup, path, X509_FILETYPE_PEM) < 1) {
		fail(error, "CRL", path);
		return false;
	}
	X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
	return true;
}

static bool load_files(struct channel_tls *t, const struct channel_tls_files *f, GError **error)
{
	if (f->certificate && SSL_CTX_use_certificate_chain_file(t->ctx, f->certificate) != 1) {
		fail(error, "certificate", f->certificate);
		return false;
	}
	if (f->key && !load_key(t, f->key, error))
		return false;
	if (f->key && f->certificate && SSL_CTX_check_private_key(t->ctx) != 1) {
		fail(error, "key does not belong to the certificate:", f->key);
		return false;
	}
	if (f->ca && SSL_CTX_load_verify_locations(t->ctx, f->ca, NULL) != 1) {
		fail(error, "CA certificates", f->ca);
		return false;
	}
	if (f->crl && !load_crls(t, f->crl, error))
		return false;
	if (f->ca && t->server)
		SSL_CTX_set_client_CA_list(t->ctx, SSL_load_client_CA_file(f->ca));
	if (f->key_log && *f->key_log) {
		t->key_log_fd = open(f->key_log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
		if (t->key_log_fd < 0 || fchmod(t->key_log_fd, 0600) != 0) {
			g_set_error(error, TLS_ERROR, 1, "key log %s: %s", f->key_log,
				    g_strerror(errno));
			return false;
		}
		SSL_CTX_set_app_data(t->ctx, t);
		SSL_CTX_set_keylog_callback(t->ctx, write_key_log);
	}
	return true;
}

/* May this URI name a pool? With a NUL inside it would compare as a shorter one. */
static bool is_pool(const GENERAL_NAME *name)
{
	const ASN1_STRING *s;
	size_t n;

	if (name->type != GEN_URI)
		return false;
	s = name->d.uniformResourceIdentifier;
	n = (size_t)ASN1_STRING_length(s);
	return n && n < CHANNEL_POOL_SIZE && !memchr(ASN1_STRING_get0_data(s), 0, n);
}

/* Rule 51: with none, a gateway would have no pool, with two, that of another. */
static bool has_one_pool(X509 *cert)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	unsigned uris = 0, pools = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		uris += sk_GENERAL_NAME_value(names, i)->type == GEN_URI;
		pools += is_pool(sk_GENERAL_NAME_value(names, i));
	}
	GENERAL_NAMES_free(names);
	return uris == 1 && pools == 1;
}

static void serial_of(const X509 *cert, char out[static CHANNEL_SERIAL_SIZE])
{
	BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
	char *text = n ? BN_bn2hex(n) : NULL;
	const char *p = text ? text : "";

	while (p[0] == '0' && p[1])
		p++;
	g_strlcpy(out, p, CHANNEL_SERIAL_SIZE);
	OPENSSL_free(text);
	BN_free(n);
}

static bool is_denied(char **deny, const X509 *cert)
{
	char serial[CHANNEL_SERIAL_SIZE];

	serial_of(cert, serial);
	for (; deny && *deny; deny++) {
		const char *p = *deny;

		while (p[0] == '0' && p[1])
			p++;
		if (g_ascii_strcasecmp(p, serial) == 0)
			return true;
	}
	return false;
}

/* What our rules add to OpenSSL's. */
static int verify_peer(int good, X509_STORE_CTX *store)
{
	const struct channel_tls *t = tls_of(store);
	X509 *cert = X509_STORE_CTX_get_current_cert(store);

	if (!good && X509_STORE_CTX_get_error(store) == X509_V_ERR_CRL_HAS_EXPIRED) {
		X509_STORE_CTX_set_error(store, X509_V_OK);
		good = 1;
	}
	if (!good || X509_STORE_CTX_get_error_depth(store) != 0)
		return good;
	if (t && is_denied(t->deny, cert))
		X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REVOKED);
	else if (t && t->one_pool && !has_one_pool(cert))
		X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
	else
		return 1;
	return 0;
}

struct channel_tls *channel_tls_new(const struct channel_tls_files *files, bool server,
				    GError **error)
{
	struct channel_tls *t = g_new0(struct channel_tls, 1);
	const char *alpn = files->alpn ? files->alpn : STUB_ALPN;
	int verify = SSL_VERIFY_PEER | (server ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
	int version = files->max_version ? files->max_version : TLS1_3_VERSION;
	size_t n = strlen(alpn);

	t->references = 1;
	t->key_log_fd = -1;
	t->server = server;
	t->any_peer = !files->ca;
	t->any_alpn = !server && files->alpn;
	ERR_clear_error();
	t->ctx = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
	if (!t->ctx || n > 255) {
		fail(error, "TLS", "context");
		channel_tls_unref(t);
		return NULL;
	}
	t->alpn[0] = (uint8_t)n;
	memcpy(&t->alpn[1], alpn, n);
	SSL_CTX_set_min_proto_version(t->ctx, version);
	SSL_CTX_set_max_proto_version(t->ctx, version);
	/* No resumption of TLS sessions of any kind, so neither tickets nor 0-RTT nor PSK (rule 25). */
	SSL_CTX_set_options(t->ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
					SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_num_tickets(t->ctx, 0);
	SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(t->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
				     SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				     SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_default_passwd_cb(t->ctx, no_passphrase);
	SSL_CTX_set_verify(t->ctx, verify, t->any_peer ? any_certificate : verify_peer);
	if (own_index < 0)
		own_index = X509_STORE_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	t->one_pool = files->one_pool;
	t->deny = g_strdupv(files->deny);
	X509_STORE_set_ex_data(SSL_CTX_get_cert_store(t->ctx), own_index, t);
	if (server) {
		SSL_CTX_set_client_hello_cb(t->ctx, require_alpn, NULL);
		SSL_CTX_set_alpn_select_cb(t->ctx, select_alpn, t);
	} else if (n) {
		SSL_CTX_set_alpn_protos(t->ctx, t->alpn, (unsigned)n + 1);
	}
	t->tickets = files->tickets;
	if (t->tickets) {
		SSL_CTX_set_app_data(t->ctx, t);
		SSL_CTX_set_session_cache_mode(t->ctx,
					       SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
		SSL_CTX_sess_set_new_cb(t->ctx, count_ticket);
	}
	if (!load_files(t, files, error)) {
		channel_tls_unref(t);
		return NULL;
	}
	return t;
}

struct channel_tls *channel_tls_ref(struct channel_tls *t)
{
	if (t)
		g_atomic_int_inc(&t->references);
	return t;
}

void channel_tls_unref(struct channel_tls *t)
{
	if (!t || !g_atomic_int_dec_and_test(&t->references))
		return;
	SSL_CTX_free(t->ctx);
	g_strfreev(t->deny);
	if (t->key_log_fd >= 0)
		close(t->key_log_fd);
	g_free(t);
}

/* The name or address that the server's certificate must have. */
static bool expect_peer(SSL *ssl, const char *server_name, const struct endpoint *remote)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	char text[ADDRESS_TEXT_MAX];
	struct address address;
	char *name;
	bool ok;

	if (!server_name || !*server_name)
		server_name = address_text(&remote->address, text);
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
						   X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	if (address_from_text(server_name, &address) == ERR_OK)
		return X509_VERIFY_PARAM_set1_ip(param, address.octets, address_size(&address)) ==
		       1;
	/* SNI takes names only (RFC 6066 section 3). */
	name = g_strdup(server_name); /* the macro drops const */
	ok = X509_VERIFY_PARAM_set1_host(param, name, 0) == 1 &&
	     SSL_set_tlsext_host_name(ssl, name) == 1;
	g_free(name);
	return ok;
}

SSL *channel_tls_session(struct channel_tls *t, const char *server_name,
			 const struct endpoint *remote)
{
	SSL *ssl = SSL_new(t->ctx);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());

	if (!ssl || !in || !out) {
		SSL_free(ssl);
		BIO_free(in);
		BIO_free(out);
		return NULL;
	}
	BIO_set_mem_eof_return(in, -1); /* empty means "come back", not "end" */
	SSL_set_bio(ssl, in, out);
	if (t->server) {
		SSL_set_accept_state(ssl);
		return ssl;
	}
	SSL_set_connect_state(ssl);
	if (!t->any_peer && !expect_peer(ssl, server_name, remote)) {
		SSL_free(ssl);
		return NULL;
	}
	return ssl;
}

bool channel_tls_alpn_agreed(const struct channel_tls *t, const SSL *ssl)
{
	const unsigned char *name;
	unsigned n;

	SSL_get0_alpn_selected(ssl, &name, &n);
	return t->any_alpn || span_equal(span_of(name, n), span_of(&t->alpn[1], t->alpn[0]));
}

static void identity_of_name(const GENERAL_NAME *name, struct channel_identity *out)
{
	const ASN1_STRING *s;
	const unsigned char *octets;
	size_t n;

	if (name->type == GEN_IPADD)
		s = name->d.iPAddress;
	else if (name->type == GEN_URI)
		s = name->d.uniformResourceIdentifier;
	else
		return;
	octets = ASN1_STRING_get0_data(s);
	n = (size_t)ASN1_STRING_length(s);
	if (name->type == GEN_IPADD) {
		struct address *a = &out->addresses[out->n_addresses];

		if ((n != 4 && n != 16) || out->n_addresses == CHANNEL_ADDRESSES_MAX)
			return;
		a->family = n == 4 ? 4 : 6;
		memcpy(a->octets, octets, n);
		out->n_addresses++;
		return;
	}
	if (!out->pool[0] && is_pool(name)) /* the first, where there may be several */
		memcpy(out->pool, octets, n);
}

void channel_tls_identity(const SSL *ssl, struct channel_identity *out)
{
	X509 *cert = SSL_get0_peer_certificate(ssl);
	GENERAL_NAMES *names;
	struct tm end;
	BIO *text;
	char *p;
	long n;

	memset(out, 0, sizeof(*out));
	if (!cert)
		return;
	serial_of(cert, out->serial);
	if (ASN1_TIME_to_tm(X509_get0_notAfter(cert), &end) == 1)
		out->not_after = timegm(&end);
	X509_digest(cert, EVP_sha256(), out->fingerprint, NULL);
	names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		identity_of_name(sk_GENERAL_NAME_value(names, i), out);
	GENERAL_NAMES_free(names);
	text = BIO_new(BIO_s_mem());
	if (text &&
	    X509_NAME_print_ex(text, X509_get_subject_name(cert), 0, XN_FLAG_RFC2253) >= 0) {
		n = BIO_get_mem_data(text, &p);
		g_snprintf(out->subject, sizeof(out->subject), "%.*s", (int)n, p);
	}
	BIO_free(text);
	ERR_clear_error();
}

bool channel_tls_trusts(struct channel_tls *t, const SSL *ssl, char *why, size_t cap)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509 *cert = SSL_get0_peer_certificate(ssl);
	bool ok = ctx && cert &&
		  X509_STORE_CTX_init(ctx, SSL_CTX_get_cert_store(t->ctx), cert,
				      SSL_get_peer_cert_chain(ssl)) == 1 &&
		  X509_STORE_CTX_set_default(ctx, t->server ? "ssl_client" : "ssl_server") == 1;

	if (ok) {
		X509_STORE_CTX_set_verify_cb(ctx, verify_peer);
		ok = X509_verify_cert(ctx) == 1;
	}
	if (!ok)
		g_snprintf(why, cap, "%s",
			   ctx ? X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx))
			       : "no memory");
	X509_STORE_CTX_free(ctx);
	ERR_clear_error();
	return ok || t->any_peer;
}

void channel_tls_reason(const SSL *ssl, char *out, size_t cap)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;
	long verify = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;

	if (code && ERR_GET_LIB(code) == ERR_LIB_SYS)
		reason = g_strerror(ERR_GET_REASON(code));
	/* The first error names the cause when loading files; the last one the alert in a handshake. */
	if (!ssl && ERR_peek_error()) {
		unsigned long first = ERR_peek_error();

		reason = ERR_GET_LIB(first) == ERR_LIB_SYS ? g_strerror(ERR_GET_REASON(first))
							   : ERR_reason_error_string(first);
	}
	if (!reason)
		reason = "unknown error";
	if (verify == X509_V_ERR_APPLICATION_VERIFICATION)
		g_snprintf(out, cap, "the certificate has no pool URI, or more than one (rule 51)");
	else if (verify != X509_V_OK)
		g_snprintf(out, cap, "%s (%s)", reason, X509_verify_cert_error_string(verify));
	else
		g_snprintf(out, cap, "%s", reason);
	ERR_clear_error();
}
