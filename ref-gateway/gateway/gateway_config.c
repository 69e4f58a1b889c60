/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration file of ikesync-gateway: read, checked, explained. */
#include "gateway_config.h"

#include "bank_link/bank_client.h"
#include "gateway.h"
#include "gateway_config_auth.h"
#include "gateway_config_traffic.h"
#include "tool/config_suites.h"
#include "wire/ike_syn.h"

#define YEAR_MS (UINT64_C(365) * 86400 * 1000)

static uint32_t duration_ms(struct config *c, const char *key, uint32_t fallback, GError **error)
{
	return (uint32_t)config_duration_ms(c, "gateway", key, fallback, 0, 86400 * 1000, error);
}

/* One that would not leave time for an answer. */
static uint32_t patience_ms(struct config *c, const char *key, uint32_t fallback, GError **error)
{
	return (uint32_t)config_duration_ms(c, "gateway", key, fallback, 100, 86400 * 1000, error);
}

static uint32_t duration_s(struct config *c, const char *key, uint32_t fallback, GError **error)
{
	return (uint32_t)(config_duration_ms(c, "gateway", key, (uint64_t)fallback * 1000, 0,
					     YEAR_MS, error) /
			  1000);
}

static uint32_t number(struct config *c, const char *key, uint32_t fallback, uint32_t min,
		       uint32_t max, GError **error)
{
	return (uint32_t)config_uint(c, "gateway", key, fallback, min, max, error);
}

static void load_suites(struct config *c, struct gateway_config *g, GError **error)
{
	config_ike_suites(c, "gateway", "ike-suites",
			  "aes128-sha256-x25519, aes256-sha384-ecp256, "
			  "aes256gcm16-prfsha384-ecp256, aes128-sha256-modp2048",
			  g->ike, &g->n_ike, GATEWAY_SUITES_MAX, error);
	config_esp_suites(c, "gateway", "esp-suites", "aes128gcm16, aes128-sha256", g->esp,
			  &g->n_esp, GATEWAY_SUITES_MAX, error);
}

static void load_limits(struct config *c, struct gateway_config *g, GError **error)
{
	g->cookie_threshold = number(c, "cookie-threshold", g->cookie_threshold, 0, 1000000, error);
	g->provisional_lifetime_ms =
	    patience_ms(c, "provisional-lifetime", g->provisional_lifetime_ms, error);
	g->half_open_lifetime_ms =
	    patience_ms(c, "half-open-lifetime", g->half_open_lifetime_ms, error);
	g->commit_timeout_ms = patience_ms(c, "commit-timeout", g->commit_timeout_ms, error);
	g->response_cache_ms = duration_ms(c, "response-cache", g->response_cache_ms, error);
	g->miss_cache_ms = duration_ms(c, "miss-cache", g->miss_cache_ms, error);
	g->max_half_open = number(c, "max-half-open", g->max_half_open, 1, 10000000, error);
	g->max_half_open_per_address = number(c, "max-half-open-per-address",
					      g->max_half_open_per_address, 1, 10000000, error);
	g->max_half_open_per_prefix =
	    number(c, "max-half-open-per-prefix", g->max_half_open_per_prefix, 1, 10000000, error);
	g->max_provisional = number(c, "max-provisional", g->max_provisional, 1, 10000000, error);
	g->max_provisional_per_prefix = number(c, "max-provisional-per-prefix",
					       g->max_provisional_per_prefix, 1, 10000000, error);
	g->max_provisional_per_index =
	    number(c, "max-provisional-per-index", g->max_provisional_per_index, 1, 1000, error);
	g->max_sas = number(c, "max-sas", g->max_sas, 1, 10000000, error);
	g->max_leases_per_identity =
	    number(c, "max-leases-per-identity", g->max_leases_per_identity, 0, 10000000, error);
	g->ike_lifetime_s = duration_s(c, "ike-lifetime", g->ike_lifetime_s, error);
	if (g->ike_lifetime_s > STUB_LIFETIME_MAX)
		config_complain(
		    c, "gateway", "ike-lifetime", error,
		    "%u s is more than %u s: banks cut a stub's lifetime to that, and the "
		    "client of an SA that outlives its stub could not resume it",
		    g->ike_lifetime_s, STUB_LIFETIME_MAX);
	g->max_moves = number(c, "max-moves", g->max_moves, 0, 1000000, error);
	g->moves_window_s = duration_s(c, "moves-window", g->moves_window_s, error);
	g->min_commit_interval_s =
	    duration_s(c, "min-commit-interval", g->min_commit_interval_s, error);
	g->max_resumptions = number(c, "max-resumptions", g->max_resumptions, 0, 65534, error);
}

static void load_redirect(struct config *c, struct gateway_config *g, GError **error)
{
	static const char *const when[] = { "auth", "established", NULL };
	const char *to = config_string(c, "gateway", "redirect", NULL, error);
	struct address a;

	g->redirect_late = config_word(c, "gateway", "redirect-at", when, 0, error) == 1;
	if (!to)
		return;
	if (ike_redirect_from_text(to, &g->redirect))
		config_complain(c, "gateway", "redirect", error,
				"a gateway's address or name is needed, not \"%s\"", to);
	a = ike_redirect_address(&g->redirect);
	if (address_equal(&a, &g->address))
		config_complain(c, "gateway", "redirect", error,
				"this is the gateway itself: its clients would never be served");
}

/* Our own requests, and when we make them. */
static void load_own(struct config *c, struct gateway_config *g, GError **error)
{
	g->request_first_ms = patience_ms(c, "retransmit", g->request_first_ms, error);
	g->request_tries = number(c, "retransmit-tries", g->request_tries, 1, 20, error);
	g->mobike = config_bool(c, "gateway", "mobike", g->mobike, error);
	g->mobike_check = config_bool(c, "gateway", "mobike-check", g->mobike_check, error);
	g->dpd_s = duration_s(c, "dpd", g->dpd_s, error);
	g->ike_rekey_s = duration_s(c, "ike-rekey", g->ike_lifetime_s / 5 * 4, error);
	g->resumed_rekey_s = duration_s(c, "resumed-rekey", g->resumed_rekey_s, error);
	g->child_lifetime_s = duration_s(c, "child-lifetime", g->child_lifetime_s, error);
	g->child_rekey_s = duration_s(c, "child-rekey", g->child_lifetime_s / 4 * 3, error);
	g->rekey_jitter_percent = number(c, "rekey-jitter", g->rekey_jitter_percent, 0, 90, error);
	if (config_has(c, "gateway", "ike-rekey") && g->ike_rekey_s >= g->ike_lifetime_s)
		config_complain(c, "gateway", "ike-rekey", error,
				"not before the end of the SA, ike-lifetime=%us: it would never be "
				"rekeyed (that is 0s)",
				g->ike_lifetime_s);
	if (config_has(c, "gateway", "child-rekey") && g->child_lifetime_s &&
	    g->child_rekey_s >= g->child_lifetime_s)
		config_complain(c, "gateway", "child-rekey", error,
				"not before the end of the child, child-lifetime=%us: it would "
				"never be rekeyed (that is 0s)",
				g->child_lifetime_s);
}

static void load_syn(struct config *c, struct gateway_config *g, GError **error)
{
	static const char *const miss[] = { "fallback", "silence", NULL };
	static const char *const stubs[] = { "announced", "all", "none", NULL };
	static const char *const cookies[] = { "auto", "always", "never", NULL };
	unsigned type;

	g->syn = config_bool(c, "gateway", "syn", true, error);
	type = number(c, "syn-payload-type", g->syn_type, 0, 255, error);
	if (!ike_syn_type_allowed(type))
		config_complain(c, "gateway", "syn-payload-type", error,
				"%u is not allowed: 129 and 133 to 254, but not 201 to 209", type);
	g->syn_type = (uint8_t)type;
	g->syn_miss_silence = config_word(c, "gateway", "syn-miss", miss, 0, error) == 1;
	g->bare_draft_peers = config_bool(c, "gateway", "bare-draft-peers", true, error);
	g->stubs =
	    (enum gateway_stubs)config_word(c, "gateway", "stubs", stubs, STUBS_ANNOUNCED, error);
	g->cookies = (enum gateway_cookies)config_word(c, "gateway", "cookies", cookies,
						       COOKIES_AUTO, error);
}

static void load_gateway(struct gateway_settings *s, GError **error)
{
	struct config *c = s->file;
	struct gateway_config *g = &s->gateway;
	const char *id;

	if (!config_endpoint(c, "gateway", "listen", 500, &s->listen, error))
		config_complain(c, "gateway", "listen", error,
				"an address to listen on is needed, such as 192.0.2.1:500");
	s->listen_nat = s->listen;
	s->listen_nat.port = s->listen.port == 500 ? 4500 : 0;
	(void)config_endpoint(c, "gateway", "listen-nat", 4500, &s->listen_nat, error);
	g->address = s->listen.address;
	(void)config_address(c, "gateway", "address", &g->address, error);
	if (!address_is_unicast(&g->address))
		config_complain(c, "gateway", "address", error,
				"the address by which clients know this gateway is needed, as "
				"`listen` is not one");
	id = config_string(c, "gateway", "identity", NULL, error);
	if (!id) {
		config_complain(c, "gateway", "identity", error,
				"this gateway's identity is needed, such as fqdn:gw-a.example");
	} else {
		s->identity = g_malloc(strlen(id) + GATEWAY_CONFIG_ID_ROOM);
		(void)gateway_config_auth_load_id(c, "gateway", "identity", id, s->identity,
						  &g->identity, error);
	}
	s->user = config_string(c, "gateway", "user", NULL, error);
	s->key_log = config_string(c, "gateway", "key-log", NULL, error);
	s->control = config_string(c, "gateway", "control", NULL, error);
	s->control_group = config_string(c, "gateway", "control-group", NULL, error);
	load_suites(c, g, error);
	load_syn(c, g, error);
	load_limits(c, g, error);
	load_own(c, g, error);
	load_redirect(c, g, error);
}

static void load_seal_keys(struct gateway_settings *s, GError **error)
{
	struct config *c = s->file;
	const char *path = config_string(c, "bank", "seal-keys", NULL, error);
	char why[KEY_FILE_WHY_MAX];

	s->gateway.unsealed_stubs = config_bool(c, "bank", "unsealed-stubs", false, error);
	if (!path && s->has_bank && !s->gateway.unsealed_stubs)
		config_complain(c, "bank", "seal-keys", error,
				"the pool's key file is needed (or unsealed-stubs=yes, in a lab)");
	if (!path)
		return;
	/* Clear stubs are not authenticated: to take them beside sealed ones would make the seal
	 * worthless. */
	if (s->gateway.unsealed_stubs)
		config_complain(
		    c, "bank", "unsealed-stubs", error,
		    "yes goes only without seal-keys: whoever is in the bank could put stubs "
		    "of its own in the place of sealed ones");
	if (!seal_keys_load(path, &s->gateway.seal, why))
		config_complain(c, "bank", "seal-keys", error, "%s", why);
}

static void load_reconnect(struct gateway_settings *s, GError **error)
{
	struct config *c = s->file;

	s->reconnect_ms = (uint32_t)config_duration_ms(
	    c, "bank", "reconnect", BANK_CLIENT_BACKOFF_MIN_MS, 10, 3600 * 1000, error);
	s->reconnect_cap_ms = (uint32_t)config_duration_ms(
	    c, "bank", "reconnect-cap", MAX(BANK_CLIENT_BACKOFF_MAX_MS, s->reconnect_ms), 10,
	    3600 * 1000, error);
	if (s->reconnect_cap_ms < s->reconnect_ms)
		config_complain(c, "bank", "reconnect-cap", error,
				"less than the first wait, reconnect");
}

/* Under which names other gateways may have meant our bank. */
static void name_bank(struct gateway_settings *s)
{
	char address[ENDPOINT_TEXT_MAX];

	s->bank_names[0] = g_strdup(endpoint_text(&s->bank, address));
	if (s->bank_server_name)
		s->bank_names[1] = g_strdup_printf("%s:%u", s->bank_server_name, s->bank.port);
	s->gateway.bank_names[0] = s->bank_names[0];
	s->gateway.bank_names[1] = s->bank_names[1];
}

static void load_bank(struct gateway_settings *s, GError **error)
{
	struct config *c = s->file;
	const char *missing;

	s->has_bank = config_endpoint(c, "bank", "address", STUB_PORT_DEFAULT, &s->bank, error);
	s->bank_server_name = config_string(c, "bank", "server-name", NULL, error);
	s->bank_certificate = config_string(c, "bank", "certificate", NULL, error);
	s->bank_key = config_string(c, "bank", "key", NULL, error);
	s->bank_ca = config_string(c, "bank", "ca", NULL, error);
	s->bank_key_log = config_string(c, "bank", "key-log", NULL, error);
	s->bank_queue = config_string(c, "bank", "queue", NULL, error);
	s->bank_plain = config_bool(c, "bank", "plaintext-lab", false, error);
	s->get_timeout_ms =
	    (uint32_t)config_duration_ms(c, "bank", "get-timeout", 1000, 10, 60000, error);
	load_reconnect(s, error);
	if (s->has_bank)
		name_bank(s);
	s->gateway.authority = config_string(c, "bank", "authority", NULL, error);
	load_seal_keys(s, error);
	missing = !s->bank_certificate ? "certificate"
		  : !s->bank_key       ? "key"
		  : !s->bank_ca        ? "ca"
				       : NULL;
	if (s->has_bank && !s->bank_plain && missing)
		config_complain(c, "bank", missing, error,
				"a file is needed for TLS (plain TCP is plaintext-lab=yes)");
	if (s->has_bank && !s->bank_queue)
		config_complain(c, "bank", "queue", error,
				"a directory is needed, for operations while the bank is away");
}

static void load_pool(struct gateway_settings *s, const char *group, GError **error)
{
	struct config *c = s->file;
	const char *text = config_string(c, group, "inner-ip4", NULL, error);
	g_auto(GStrv) parts = text ? g_strsplit(text, "/", 2) : NULL;
	struct address a = { 0 };
	guint64 prefix = 0;

	if (!text || !parts[0] || !parts[1] || address_from_text(parts[0], &a) || a.family != 4 ||
	    !g_ascii_string_to_unsigned(parts[1], 10, 8, 30, &prefix, NULL)) {
		config_complain(c, group, "inner-ip4", error,
				"an IPv4 network is needed, such as 10.99.0.0/24 (prefix 8 to 30)");
		return;
	}
	if (policy_add_pool(s->policy, address_ip4(a.octets), (unsigned)prefix))
		config_complain(c, group, "inner-ip4", error, "too many pools");
	gateway_config_traffic_add(s, &a, (unsigned)prefix);
}

struct gateway_settings *gateway_settings_load(const char *path, GError **error)
{
	struct gateway_settings *s;
	struct config *file = config_load(path, error);
	GError *why = NULL;

	if (!file)
		return NULL;
	s = g_new0(struct gateway_settings, 1);
	s->file = file;
	s->path = g_strdup(path);
	s->policy = policy_new();
	gateway_config_defaults(&s->gateway);
	load_gateway(s, &why);
	gateway_config_auth_load(s, &why);
	gateway_config_auth_load_radius(s, &why);
	load_bank(s, &why);
	for (char **group = config_groups(file, "pool"); group && *group; group++)
		load_pool(s, *group, &why);
	gateway_config_traffic_load(s, &why);
	for (char **group = config_groups(file, "peer"); group && *group; group++)
		gateway_config_auth_load_peer(s, *group, &why);
	if (!why)
		(void)config_check_unknown(file, &why);
	if (!why)
		return s;
	g_propagate_error(error, why);
	gateway_settings_free(s);
	return NULL;
}

void gateway_settings_free(struct gateway_settings *s)
{
	if (!s)
		return;
	seal_keys_clear(&s->gateway.seal);
	policy_free(s->policy);
	trust_free(s->trust);
	credential_free(s->credential);
	psk_clear(&s->radius_secret);
	g_free(s->identity);
	g_free(s->path);
	g_free(s->bank_names[0]);
	g_free(s->bank_names[1]);
	config_free(s->file);
	g_free(s);
}
