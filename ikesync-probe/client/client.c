/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client's life, and its keys for those who read the capture. */
#include "client/client.h"

#include "keys/key_line.h"
#include "run/half_open.h"
#include "wire/hex.h"

/* What the engine keeps from case to case: key pairs by group. */
struct engine {
	GHashTable *dh;
	bool old_sa_claimed;
};

static void engine_free(void *p)
{
	struct engine *engine = p;

	g_hash_table_destroy(engine->dh);
	g_free(engine);
}

static struct engine *engine_of(struct probe *p)
{
	struct engine *engine = p->ike;

	if (!engine) {
		engine = g_new0(struct engine, 1);
		engine->dh = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)dh_free);
		p->ike = engine;
		p->ike_free = engine_free;
	}
	return engine;
}

bool client_claim_old_sa(struct probe *p)
{
	struct engine *engine = engine_of(p);
	const bool first = !engine->old_sa_claimed;

	engine->old_sa_claimed = true;
	return first;
}

const struct dh *client_dh(struct probe *p, uint16_t group)
{
	struct engine *engine = engine_of(p);
	struct dh *dh;

	dh = g_hash_table_lookup(engine->dh, GUINT_TO_POINTER(group));
	if (!dh) {
		dh = dh_new(group);
		if (dh)
			g_hash_table_insert(engine->dh, GUINT_TO_POINTER(group), dh);
	}
	return dh;
}

struct client *client_new(struct probe *p, struct evidence *e, const struct target_gateway *gateway,
			  const struct address *source)
{
	struct client *c = g_new0(struct client, 1);
	g_autofree char *why = NULL;

	c->probe = p;
	c->evidence = e;
	c->gateway = gateway;
	c->rng = &rng_system;
	c->request = g_byte_array_new();
	c->first_request = g_byte_array_new();
	c->response = g_byte_array_new();
	c->transport = transport_new(p, e, source ? source : &p->target->client.source,
				     &gateway->ike, false, &why);
	if (!c->transport) {
		evidence_inconclusive(e, "%s", why);
		client_vanish(c);
		return NULL;
	}
	client_fresh(c, CLIENT_NONCE_DEFAULT);
	return c;
}

void client_vanish(struct client *c)
{
	if (!c)
		return;
	transport_free(c->transport);
	g_byte_array_unref(c->request);
	g_byte_array_unref(c->first_request);
	g_byte_array_unref(c->response);
	if (c->said)
		g_byte_array_unref(c->said);
	ike_client_clear(&c->sa);
	secret_wipe(&c->g_ir, sizeof(c->g_ir));
	g_free(c);
}

void client_heard(struct client *c)
{
	half_open_end(c->probe, c->half_open_place);
	c->half_open_place = 0;
}

void client_goodbye(struct client *c)
{
	if ((c->live || c->left_behind) && !c->gateway_deleted && c->goodbye)
		c->goodbye(c);
	c->left_behind = false;
}

bool client_settles(const struct client *c)
{
	return c->half_open && c->probe->settle && (c->end == CLIENT_END_SETTLES || !c->named_stub);
}

void client_free(struct client *c)
{
	if (c && client_settles(c))
		c->probe->settle(c);
	if (c)
		client_goodbye(c);
	client_vanish(c);
}

void client_fresh(struct client *c, size_t nonce_n)
{
	g_assert(nonce_n <= sizeof(c->ni));
	c->spi_i_before = c->sa.spi_i;
	c->n_strays = 0;
	ike_client_clear(&c->sa);
	c->sa.spi_i = rng_spi(c->rng);
	c->ni_n = nonce_n;
	rng_fill(c->rng, c->ni, nonce_n);
	c->nr_n = 0;
	g_byte_array_set_size(c->request, 0);
	g_byte_array_set_size(c->response, 0);
	c->ke_group = 0;
	secret_wipe(&c->g_ir, sizeof(c->g_ir));
	c->live = c->gateway_deleted = false;
	c->nat_detected = c->childless_supported = false;
	c->left_behind = c->half_open = false;
	c->half_open_place = 0; /* what was half open stays so, at the gateway */
	c->refused = c->child_refused = 0;
	c->why[0] = '\0';
}

static char *sa_line(const struct ike_keys *keys, uint64_t spi_i, uint64_t spi_r);

void client_set_keys(struct client *c, struct ike_keys *keys)
{
	ike_client_set_keys(&c->sa, keys, 1);
	client_show_keys(c->evidence, &c->sa.keys, c->sa.spi_i, c->sa.spi_r);
}

void client_show_keys(struct evidence *e, const struct ike_keys *keys, uint64_t spi_i,
		      uint64_t spi_r)
{
	char *line = sa_line(keys, spi_i, spi_r);

	if (line) {
		evidence_sa_keys(e, line);
		secret_wipe(line, strlen(line));
		g_free(line);
	}
	line = client_decryption_line(keys, spi_i, spi_r);
	if (!line)
		return;
	evidence_ikev2_keys(e, line);
	secret_wipe(line, strlen(line));
	g_free(line);
}

char *client_decryption_line(const struct ike_keys *keys, uint64_t spi_i, uint64_t spi_r)
{
	char line[KEY_LINE_MAX];
	char *copy = key_line(keys, spi_i, spi_r, line, sizeof(line)) ? g_strdup(line) : NULL;

	secret_wipe(line, sizeof(line));
	return copy;
}

static const char *prf_name(uint16_t prf)
{
	switch (prf) {
	case PRF_HMAC_SHA1:
		return "PRF_HMAC_SHA1";
	case PRF_HMAC_SHA2_256:
		return "PRF_HMAC_SHA2_256";
	case PRF_HMAC_SHA2_384:
		return "PRF_HMAC_SHA2_384";
	case PRF_HMAC_SHA2_512:
		return "PRF_HMAC_SHA2_512";
	default:
		return NULL;
	}
}

/* For the plugin: an SA that may be resumed. The probe is always the initiator, so the index has
 * SPIr; at which address is for N(IKESYNC_INDEX) to say, and "*" fits any. */
static char *sa_line(const struct ike_keys *keys, uint64_t spi_i, uint64_t spi_r)
{
	const char *prf = prf_name(keys->suite.prf),
		   *integ = key_line_integ_name(keys->suite.integ);
	const char *encr = keys->suite.encr == ENCR_CHACHA20_POLY1305
			       ? "ChaCha20-Poly1305"
			       : key_line_encr_name(&keys->suite);
	char sk_d[2 * SECRET_MAX + 1];
	GString *s;

	if (!prf || !encr || !integ)
		return NULL;
	s = g_string_sized_new(512);
	g_string_append_printf(s, "IKESYNC_SA %016" G_GINT64_MODIFIER "x@* \"%s\" \"%s\" \"%s\" ",
			       spi_r, prf, encr, integ);
	g_string_append(s, hex_write(secret_peek(&keys->sk_d), sk_d));
	secret_wipe(sk_d, sizeof(sk_d));
	g_string_append_printf(
	    s, " spii=%016" G_GINT64_MODIFIER "x spir=%016" G_GINT64_MODIFIER "x", spi_i, spi_r);
	return g_string_free(s, FALSE);
}

/* What stands there, behind what is wrong about it. */
static void offence_text(const struct ike_header *h, struct span message, enum ike_clause clause,
			 char *out, size_t cap)
{
	out[0] = '\0';
	if (clause == IKE_CLAUSE_LENGTH)
		g_snprintf(out, cap, ": %u, not %zu", h->length, message.n);
	else if (clause == IKE_CLAUSE_HEADER)
		g_snprintf(out, cap, ": %zu octets", message.n);
	else if (clause == IKE_CLAUSE_VERSION)
		g_snprintf(out, cap, ": %u.%u", h->version >> 4, h->version & 15);
	else if (clause == IKE_CLAUSE_EXCHANGE)
		g_snprintf(out, cap, ": %u", h->exchange);
	else if (clause == IKE_CLAUSE_SPI_I)
		g_snprintf(out, cap, ": %016" G_GINT64_MODIFIER "x", h->spi_i);
	else if (clause == IKE_CLAUSE_SPI_R)
		g_snprintf(out, cap, ": %016" G_GINT64_MODIFIER "x", h->spi_r);
	else if (clause == IKE_CLAUSE_MESSAGE_ID)
		g_snprintf(out, cap, ": %u", h->message_id);
}

void client_discard(struct client *c, struct span message, const struct ike_broken *b)
{
	struct ike_header h;
	char what[48];
	const enum err err = ike_header_parse(message, &h, NULL);

	(void)err; /* broken or not, what can be read is shown */
	if (b->clause == IKE_CLAUSE_SPI_I && h.spi_i == c->spi_i_before)
		return;
	offence_text(&h, message, b->clause, what, sizeof(what));
	transport_discard(c->transport, "%s%s (%s)", ike_clause_text(b->clause), what,
			  ike_clause_section(b->clause));
}

bool client_fail(struct client *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_vsnprintf(c->why, sizeof(c->why), format, args);
	va_end(args);
	return false;
}

struct ike_attempt client_attempt(const struct client *c)
{
	return (struct ike_attempt){
		.spi_i = c->sa.spi_i,
		.spi_r = c->sa.spi_r,
		.ni = span_of(c->ni, c->ni_n),
		.nr = span_of(c->nr, c->nr_n),
		.request = span_of(c->request->data, c->request->len),
		.response = span_of(c->response->data, c->response->len),
	};
}
