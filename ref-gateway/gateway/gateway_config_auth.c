/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Peers, shared keys, certificates: read, checked, explained. */
#include "gateway_config_auth.h"

#include "tool/psk.h"

#define RADIUS_PORT 1812
#define NAS_MAX 253

bool gateway_config_auth_load_id(struct config *c, const char *group, const char *key,
				 const char *text, uint8_t *storage, struct ike_id *out,
				 GError **error)
{
	if (ike_id_from_text(text, storage, strlen(text) + GATEWAY_CONFIG_ID_ROOM, out) == ERR_OK)
		return true;
	config_complain(c, group, key, error, "\"%s\" is no identity; it reads " IKE_ID_FORMS,
			text);
	return false;
}

static void load_credential(struct gateway_settings *s, GError **error)
{
	struct config *c = s->file;
	const char *certificate = config_string(c, "gateway", "certificate", NULL, error);
	const char *key = config_string(c, "gateway", "key", NULL, error);
	char why[CREDENTIAL_WHY_MAX];

	if (!certificate && !key)
		return;
	if (!certificate || !key) {
		config_complain(c, "gateway", certificate ? "key" : "certificate", error,
				"certificate and key go together");
		return;
	}
	s->credential = credential_load(certificate, key, why);
	if (!s->credential)
		config_complain(c, "gateway", "certificate", error, "%s", why);
	else if (!credential_names(s->credential, &s->gateway.identity))
		config_complain(c, "gateway", "certificate", error,
				"%s does not name this gateway's identity (subject or "
				"subjectAltName): clients would refuse it",
				certificate);
}

/* Each file of a list; false: complained. */
static bool load_files(struct gateway_settings *s, const char *key,
		       bool (*add)(struct trust *, const char *, char *), GError **error)
{
	char **files = config_list(s->file, "gateway", key, error);
	char why[TRUST_WHY_MAX];

	for (; files && *files; files++) {
		if (!add(s->trust, *files, why)) {
			config_complain(s->file, "gateway", key, error, "%s", why);
			return false;
		}
	}
	return true;
}

void gateway_config_auth_load(struct gateway_settings *s, GError **error)
{
	static const char *const paddings[] = { "pss", "pkcs1", NULL };
	struct config *c = s->file;

	load_credential(s, error);
	s->gateway.rsa_pkcs1 = config_word(c, "gateway", "rsa-signature", paddings, 0, error) == 1;
	if (!config_has(c, "gateway", "ca")) {
		if (config_list(c, "gateway", "crl", error))
			config_complain(c, "gateway", "crl", error,
					"of which authority? ca= is missing");
		return;
	}
	s->trust = trust_new();
	if (load_files(s, "ca", trust_add_authorities, error))
		(void)load_files(s, "crl", trust_add_revocations, error);
}

void gateway_config_auth_load_radius(struct gateway_settings *s, GError **error)
{
	struct config *c = s->file;
	const char *file;

	s->has_radius = config_endpoint(c, "radius", "address", RADIUS_PORT, &s->radius, error);
	s->radius_timeout_ms =
	    (uint32_t)config_duration_ms(c, "radius", "timeout", 1000, 50, 60000, error);
	s->radius_tries = (uint32_t)config_uint(c, "radius", "tries", 3, 1, 10, error);
	s->radius_nas = config_string(c, "radius", "nas-identifier", "ikesync-gateway", error);
	if (*s->radius_nas == '\0' || strlen(s->radius_nas) > NAS_MAX)
		config_complain(c, "radius", "nas-identifier", error, "1 to %u octets are needed",
				NAS_MAX);
	file = config_string(c, "radius", "psk-file", NULL, error);
	if (!psk_read(c, "radius", file, &s->radius_secret, error) && s->has_radius)
		config_complain(c, "radius", "psk", error,
				"the secret shared with the server is needed: one of psk, psk-hex "
				"and psk-file");
}

/* What a peer without a shared key needs of us; NULL: all is there. */
static const char *missing(const struct gateway_settings *s, enum policy_auth auth)
{
	if (!s->credential)
		return "pubkey and eap need this gateway's own certificate= and key= in [gateway]";
	if (auth == POLICY_PUBKEY && !s->trust)
		return "pubkey needs ca= in [gateway]: whose certificates are believed?";
	if (auth == POLICY_EAP && !s->has_radius)
		return "eap needs a server: address= in [radius]";
	return NULL;
}

/* A peer with a certificate, or one that a AAA server knows. */
static void add_keyless(struct gateway_settings *s, const char *group, const struct ike_id *id,
			enum policy_auth auth, bool disabled, GError **error)
{
	struct config *c = s->file;

	if (missing(s, auth))
		config_complain(c, group, "auth", error, "%s", missing(s, auth));
	else if (policy_add_keyless(s->policy, group, id, auth, disabled))
		config_complain(c, group, "id", error, "another peer has this identity");
}

static void add_psk(struct gateway_settings *s, const char *group, const struct ike_id *id,
		    bool disabled, const struct psk *psk, GError **error)
{
	struct config *c = s->file;

	if (!psk->n)
		config_complain(
		    c, group, "psk", error,
		    "one of psk, psk-hex and psk-file is needed (or auth=pubkey, auth=eap)");
	else if (policy_add_peer(s->policy, group, id, span_of(psk->octets, psk->n), disabled))
		config_complain(c, group, "id", error, "another peer has this identity");
}

/* A.B.C.D/N or an IPv6 prefix, as the range that it is. */
static bool read_network(const char *text, struct ike_ts *out)
{
	g_auto(GStrv) parts = g_strsplit(text, "/", 2);
	struct address a;
	guint64 prefix;

	if (!parts[0] || !parts[1] || address_from_text(parts[0], &a) ||
	    !g_ascii_string_to_unsigned(parts[1], 10, 0, a.family == 4 ? 32 : 128, &prefix, NULL))
		return false;
	*out = ike_ts_any(a.family);
	for (unsigned i = 0; i < address_size(&a); i++) {
		unsigned bits = (unsigned)CLAMP((gint64)prefix - 8 * (gint64)i, 0, 8);
		uint8_t mask = (uint8_t)(0xff00 >> bits);

		out->start[i] = a.octets[i] & mask;
		out->end[i] = (uint8_t)(out->start[i] | (uint8_t)~mask);
	}
	return true;
}

static void load_networks(struct gateway_settings *s, const char *group, const struct ike_id *id,
			  GError **error)
{
	char **list = config_list(s->file, group, "networks", error);
	struct ike_ts networks[POLICY_NETWORKS_MAX];
	unsigned n = 0;

	for (; list && *list; list++) {
		if (n == POLICY_NETWORKS_MAX || !read_network(*list, &networks[n++])) {
			config_complain(
			    s->file, group, "networks", error,
			    "\"%s\": networks are needed, %u at most, such as 10.2.0.0/16", *list,
			    POLICY_NETWORKS_MAX);
			return;
		}
	}
	policy_set_networks(s->policy, id, networks, n);
}

void gateway_config_auth_load_peer(struct gateway_settings *s, const char *group, GError **error)
{
	static const char *const ways[] = { "psk", "pubkey", "eap", NULL };
	struct config *c = s->file;
	const char *text = config_string(c, group, "id", NULL, error);
	bool disabled = config_bool(c, group, "disabled", false, error);
	const char *file = config_string(c, group, "psk-file", NULL, error);
	enum policy_auth auth = (enum policy_auth)config_word(c, group, "auth", ways, 0, error);
	g_autofree uint8_t *storage = g_malloc((text ? strlen(text) : 0) + GATEWAY_CONFIG_ID_ROOM);
	bool any = text && g_str_equal(text, "any");
	struct psk psk;
	struct ike_id id;

	if (psk_read(c, group, file, &psk, error) && auth != POLICY_PSK)
		config_complain(c, group, "auth", error, "%s and a shared key do not go together",
				ways[auth]);
	if (!text)
		config_complain(
		    c, group, "id", error,
		    "the peer's identity is needed, such as fqdn:client.example, or any");
	else if (!any && !gateway_config_auth_load_id(c, group, "id", text, storage, &id, error))
		; /* complained */
	else if (auth != POLICY_PSK)
		add_keyless(s, group, any ? NULL : &id, auth, disabled, error);
	else
		add_psk(s, group, any ? NULL : &id, disabled, &psk, error);
	if (text && (!error || !*error))
		load_networks(s, group, any ? NULL : &id, error);
	psk_clear(&psk);
}
