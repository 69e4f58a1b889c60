/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks values up. */
#include "cli/send_values.h"

#include <string.h>

#include "diagnosis/bind_guess.h"
#include "keys/auth.h"
#include "keys/nat_detection.h"

/* true; nothing was known where `s` is empty. */
static bool give(GByteArray *out, struct span s, char **why, const char *if_none)
{
	if (!s.n) {
		*why = g_strdup(if_none);
		return false;
	}
	g_byte_array_append(out, s.p, (guint)s.n);
	return true;
}

static bool give_spi(GByteArray *out, uint64_t spi)
{
	uint8_t octets[8];
	struct wcursor c = wcursor_init(octets, sizeof(octets));

	wcursor_u64(&c, spi);
	g_byte_array_append(out, octets, sizeof(octets));
	return true;
}

static bool give_index(const struct send_values *v, GByteArray *out)
{
	uint8_t octets[INDEX_BODY_MAX];
	struct wcursor c = wcursor_init(octets, sizeof(octets));

	index_write(&c, &v->old->index);
	g_byte_array_append(out, octets, (guint)wcursor_size(&c));
	return true;
}

static bool give_public(const struct send_values *v, uint16_t group, GByteArray *out, char **why)
{
	const struct dh *dh = client_dh(v->c->probe, group);
	uint8_t octets[DH_PUBLIC_MAX];

	if (!dh || dh_public(dh, octets) != ERR_OK) {
		*why =
		    g_strdup_printf("group %u is not supported, or no group stands above", group);
		return false;
	}
	g_byte_array_append(out, octets, (guint)dh_public_size(group));
	return true;
}

static bool give_hash(const struct send_values *v, bool source, GByteArray *out, char **why)
{
	const struct endpoint *e =
	    source ? transport_local(v->c->transport) : transport_remote(v->c->transport);
	uint8_t hash[NAT_DETECTION_SIZE];

	if (nat_detection_hash(v->c->sa.spi_i, 0, &e->address, e->port, hash) != ERR_OK) {
		*why = g_strdup("it cannot be computed");
		return false;
	}
	g_byte_array_append(out, hash, sizeof(hash));
	return true;
}

static bool give_id(const struct send_values *v, GByteArray *out)
{
	uint8_t octets[IKE_ID_MAX + 4];
	struct wcursor c = wcursor_init(octets, sizeof(octets));

	ike_id_body_write(&c, &v->c->probe->target->client.id.id);
	g_byte_array_append(out, octets, (guint)wcursor_size(&c));
	return true;
}

static bool give_auth(const struct send_values *v, GByteArray *out, char **why)
{
	const struct target_client *client = &v->c->probe->target->client;
	const struct ike_attempt t = client_attempt(v->c);
	const struct ike_keys *k = &v->c->sa.keys;
	uint8_t mac[SECRET_MAX];

	if (!k->sk_d.n ||
	    auth_psk(k->suite.prf, span_of(client->psk.octets, client->psk.n), t.request, t.nr,
		     secret_peek(&k->sk_pi), &client->id.id, mac) != ERR_OK) {
		*why = g_strdup("there are no keys yet");
		return false;
	}
	g_byte_array_append(out, mac, (guint)suite_prf_size(k->suite.prf));
	secret_wipe(mac, sizeof(mac));
	return true;
}

static bool give_bind(const struct send_values *v, const char *name, GByteArray *out, char **why)
{
	const struct ike_attempt t = client_attempt(v->c);
	const struct bind_guess b = { .keys = &v->c->sa.keys,
				      .sender = SK_FROM_INITIATOR,
				      .request = t.request,
				      .response = t.response,
				      .first_request = span_of(v->c->first_request->data,
							       v->c->first_request->len) };
	uint8_t mac[SECRET_MAX];
	size_t n;

	if (!b.keys->sk_d.n || !bind_guess_make(&b, name, mac, &n)) {
		*why =
		    g_strdup(b.keys->sk_d.n ? "that makes no sense here" : "there are no keys yet");
		return false;
	}
	g_byte_array_append(out, mac, (guint)n);
	secret_wipe(mac, sizeof(mac));
	return true;
}

bool send_values_get(void *user, const char *name, uint16_t group, GByteArray *out, char **why)
{
	const struct send_values *v = user;
	const struct client *c = v->c;

	if (strcmp(name, "ni") == 0)
		return give(out, span_of(c->ni, c->ni_n), why, "there is none");
	if (strcmp(name, "nr") == 0)
		return give(out, span_of(c->nr, c->nr_n), why, "the gateway has told none");
	if (strcmp(name, "spi-i") == 0)
		return give_spi(out, c->sa.spi_i);
	if (strcmp(name, "spi-r") == 0)
		return give_spi(out, c->sa.spi_r);
	if (strcmp(name, "cookie") == 0)
		return give(out, v->cookie ? span_of(v->cookie->data, v->cookie->len) : SPAN_NONE,
			    why, "the last answer asked for none");
	if (strcmp(name, "public") == 0)
		return give_public(v, group, out, why);
	if (g_str_has_prefix(name, "nat-"))
		return give_hash(v, strcmp(name, "nat-source") == 0, out, why);
	if (strcmp(name, "id") == 0)
		return give_id(v, out);
	if (strcmp(name, "auth") == 0)
		return give_auth(v, out, why);
	if (g_str_has_prefix(name, "bind"))
		return give_bind(v, name[4] ? &name[5] : "right", out, why);
	if (!v->old)
		return give(out, SPAN_NONE, why, "no SA is resumed: begin with \"start stub\"");
	if (strcmp(name, "index") == 0)
		return give_index(v, out);
	return give_spi(out, strcmp(name, "old-spi-i") == 0 ? v->old->spi_i : v->old->spi_r);
}
