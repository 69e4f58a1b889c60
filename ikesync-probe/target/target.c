/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a target file, every key of it. */
#include "target/target.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "keys/secret.h"
#include "target/case_pattern.h"
#include "target/peer_address.h"
#include "tool/config_suites.h"
#include "wire/hex.h"
#include "wire/stub_message.h"
#include "wire/ike_syn.h"

#define IKE_PORT 500
#define IKE_NAT_PORT 4500

const char *target_profile_name(enum target_profile p)
{
	static const char *const names[] = { "auto", "1", "draft" };

	return names[p];
}

static bool id_from_text(const char *text, struct target_id *out)
{
	memset(out, 0, sizeof(*out));
	out->given = ike_id_from_text(text, out->octets, sizeof(out->octets), &out->id) == ERR_OK;
	return out->given;
}

static bool read_hex(const char *hex, uint8_t *out, size_t cap, size_t *n)
{
	return hex_read(span_text(hex), out, cap, n) == ERR_OK;
}

static void read_id(struct config *c, const char *group, const char *key, struct target_id *out,
		    GError **error)
{
	const char *text = config_string(c, group, key, NULL, error);

	if (text && !id_from_text(text, out))
		config_complain(c, group, key, error, "\"%s\" is no identity; use " IKE_ID_FORMS,
				text);
}

static void read_gateway(struct config *c, const char *group, struct target_gateway *out,
			 GError **error)
{
	out->given = peer_address_read(c, group, "ike", IKE_PORT, &out->ike, error);
	out->has_nat = peer_address_read(c, group, "nat", IKE_NAT_PORT, &out->nat, error);
	if (!config_address(c, group, "index-address", &out->index_address, error))
		out->index_address = out->ike.address;
	read_id(c, group, "id", &out->id, error);
	if (!out->given &&
	    (out->has_nat || config_has(c, group, "id") || config_has(c, group, "index-address")))
		config_complain(c, group, "ike", error,
				"missing; the address and port of the gateway are needed");
}

/* A name in the target file is meant from its folder, wherever the probe was started. */
static const char *file_name(const struct config *c, const char *name)
{
	char *folder, *whole;
	const char *interned;

	if (!name || g_path_is_absolute(name))
		return name;
	folder = g_path_get_dirname(config_path(c));
	whole = strcmp(folder, ".") == 0 ? g_strdup(name) : g_build_filename(folder, name, NULL);
	interned = g_intern_string(whole);
	g_free(whole);
	g_free(folder);
	return interned;
}

static void read_client(struct config *c, struct target_client *t, GError **error)
{
	const char *psk = file_name(c, config_string(c, "client", "psk-file", NULL, error));

	read_id(c, "client", "id", &t->id, error);
	read_id(c, "client", "disabled-id", &t->disabled_id, error);
	psk_read(c, "client", psk, &t->psk, error);
	config_ike_suites(c, "client", "ike", "aes128-sha256-x25519", t->suites, &t->n_suites,
			  TARGET_SUITES_MAX, error);
	config_ike_suites(c, "client", "more-ike", NULL, t->suites, &t->n_suites, TARGET_SUITES_MAX,
			  error);
	config_esp_suites(c, "client", "esp", "aes128gcm16", t->esp, &t->n_esp, TARGET_SUITES_MAX,
			  error);
	config_address(c, "client", "source", &t->source, error);
	config_address(c, "client", "second-source", &t->second_source, error);
}

/* A file that must be readable now: better than a failure in the middle of a run. */
static const char *read_file_name(struct config *c, const char *group, const char *key,
				  GError **error)
{
	const char *name = file_name(c, config_string(c, group, key, NULL, error));
	FILE *f;

	if (!name)
		return NULL;
	if (g_file_test(name, G_FILE_TEST_IS_DIR)) {
		config_complain(c, group, key, error, "%s is a folder", name);
		return NULL;
	}
	f = fopen(name, "re");
	if (!f) {
		config_complain(c, group, key, error, "cannot read %s: %s", name,
				g_strerror(errno));
		return NULL;
	}
	fclose(f);
	return name;
}

static void read_bank(struct config *c, struct target_bank *b, GError **error)
{
	static const char *const keys[] = { "server-name", "ca",   "certificate",
					    "key",         "owns", "second-certificate",
					    "seal-keys" };

	b->given = peer_address_read(c, "bank", "address", STUB_PORT_DEFAULT, &b->address, error);
	b->server_name = config_string(c, "bank", "server-name", NULL, error);
	b->ca = read_file_name(c, "bank", "ca", error);
	b->certificate = read_file_name(c, "bank", "certificate", error);
	b->key = read_file_name(c, "bank", "key", error);
	config_address(c, "bank", "owns", &b->owns, error);
	if (config_address(c, "bank", "owns-ipv6", &b->owns_ip6, error) && b->owns_ip6.family != 6)
		config_complain(c, "bank", "owns-ipv6", error, "not an IPv6 address");
	b->second_certificate = read_file_name(c, "bank", "second-certificate", error);
	b->second_key = read_file_name(c, "bank", "second-key", error);
	config_address(c, "bank", "second-owns", &b->second_owns, error);
	b->foreign_certificate = read_file_name(c, "bank", "foreign-certificate", error);
	b->foreign_key = read_file_name(c, "bank", "foreign-key", error);
	b->other_pool_certificate = read_file_name(c, "bank", "other-pool-certificate", error);
	b->other_pool_key = read_file_name(c, "bank", "other-pool-key", error);
	config_address(c, "bank", "other-pool-owns", &b->other_pool_owns, error);
	b->prefetch_certificate = read_file_name(c, "bank", "prefetch-certificate", error);
	b->prefetch_key = read_file_name(c, "bank", "prefetch-key", error);
	b->no_pool_certificate = read_file_name(c, "bank", "no-pool-certificate", error);
	b->no_pool_key = read_file_name(c, "bank", "no-pool-key", error);
	b->two_pools_certificate = read_file_name(c, "bank", "two-pools-certificate", error);
	b->two_pools_key = read_file_name(c, "bank", "two-pools-key", error);
	b->gets_per_second =
	    (unsigned)config_uint(c, "bank", "gets-per-second", 0, 0, 10000, error);
	b->seal_keys = read_file_name(c, "bank", "seal-keys", error);
	for (size_t i = 0; !b->given && i < G_N_ELEMENTS(keys); i++)
		if (config_has(c, "bank", keys[i]))
			config_complain(c, "bank", "address", error,
					"missing; where the bank is, as 192.0.2.1:49500");
}

static void read_target(struct config *c, struct target *t, bool (*names_case)(const char *pattern),
			GError **error)
{
	const char *profile = config_string(c, "target", "profile", NULL, error);
	char *base = g_path_get_basename(t->path);

	t->name = config_string(c, "target", "name", NULL, error);
	if (!t->name)
		t->name = g_intern_string(base);
	g_free(base);
	if (!profile)
		t->profile = TARGET_PROFILE_AUTO;
	else if (strcmp(profile, "1") == 0)
		t->profile = TARGET_PROFILE_1;
	else if (strcmp(profile, "draft") == 0)
		t->profile = TARGET_PROFILE_DRAFT;
	else
		config_complain(c, "target", "profile", error,
				"\"%s\": allowed are 1 (profile 1) and draft (the bare draft)",
				profile);
	t->syn_payload_type = (uint8_t)config_uint(c, "target", "syn-payload-type",
						   IKE_SA_SYN_TYPE_DEFAULT, 1, 255, error);
	if (!ike_syn_type_allowed(t->syn_payload_type))
		config_complain(c, "target", "syn-payload-type", error,
				"not allowed; 129, 133 to 200 or 210 to 254 (wire profile rule 1)");
	t->unsupported = config_list(c, "target", "unsupported", error);
	for (char **u = t->unsupported; u && *u; u++)
		if (names_case && !names_case(*u))
			config_complain(c, "target", "unsupported", error,
					"\"%s\" names no case; see ikesync-probe list", *u);
}

static uint64_t read_spi(struct config *c, const char *key, GError **error)
{
	const char *text = config_string(c, "old-sa", key, NULL, error);
	uint8_t octets[8];
	struct rcursor r = rcursor_init(SPAN_OF(octets), NULL);
	size_t n = 0;

	if (text && read_hex(text, octets, sizeof(octets), &n) && n == sizeof(octets))
		return rcursor_u64(&r, key);
	config_complain(c, "old-sa", key, error, "16 hexadecimal digits are wanted");
	return 0;
}

static void read_old_sa(struct config *c, struct target_old_sa *s, GError **error)
{
	static const char *const keys[] = { "spi-i", "spi-r", "address", "suite", "sk-d" };
	const char *suite = config_string(c, "old-sa", "suite", NULL, error);
	const char *sk_d = config_string(c, "old-sa", "sk-d", NULL, error);
	size_t n = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
		s->given |= config_has(c, "old-sa", keys[i]);
	if (!s->given)
		return;
	s->spi_i = read_spi(c, "spi-i", error);
	s->spi_r = read_spi(c, "spi-r", error);
	if (!config_address(c, "old-sa", "address", &s->address, error))
		config_complain(c, "old-sa", "address", error, "missing; that of the index");
	if (!suite || suite_from_text(suite, &s->suite) != ERR_OK)
		config_complain(c, "old-sa", "suite", error,
				"the IKE SA's suite is wanted, as aes128-sha256-x25519");
	if (!sk_d || !read_hex(sk_d, s->sk_d.octets, sizeof(s->sk_d.octets), &n) ||
	    n != suite_prf_size(s->suite.prf))
		config_complain(c, "old-sa", "sk-d", error,
				"as many octets as the suite's prf has are wanted, in hexadecimal");
	s->sk_d.n = (uint8_t)n;
}

static void read_timers(struct config *c, struct target_timers *t, GError **error)
{
	t->provisional = config_duration_ms(c, "timers", "provisional", 30000, 100, 600000, error);
	t->commit = config_duration_ms(c, "timers", "commit", 5000, 100, 600000, error);
	t->retransmit = config_duration_ms(c, "timers", "retransmit", 500, 10, 60000, error);
	t->answer = config_duration_ms(c, "timers", "answer", 2000, 50, 60000, error);
	t->get = config_duration_ms(c, "timers", "get", 1000, 10, 60000, error);
	t->miss = config_duration_ms(c, "timers", "miss", 2000, 0, 60000, error);
	t->offer = config_duration_ms(c, "timers", "offer", 0, 0, 600000, error);
	t->rekey = config_duration_ms(c, "timers", "rekey", 0, 0, 60000, error);
	t->liveness = config_duration_ms(c, "timers", "liveness", 0, 0, 60000, error);
	t->lifetime = config_duration_ms(c, "timers", "lifetime", 0, 0, 60000, error);
}

static void read_relay(struct config *c, struct target *t, GError **error)
{
	read_gateway(c, "variant relay", &t->relay, error);
	if (!t->relay.given)
		return;
	if (!config_endpoint(c, "variant relay", "listen", 0, &t->relay_listen, error))
		config_complain(c, "variant relay", "listen", error,
				"missing; where the probe listens for this gateway");
	if (!peer_address_read(c, "variant relay", "bank", STUB_PORT_DEFAULT, &t->relay_bank,
			       error))
		config_complain(c, "variant relay", "bank", error,
				"missing; the real bank behind the relay");
}

static void read_host(struct config *c, struct target_host *h, GError **error)
{
	h->start = config_string(c, "hooks", "client-start", NULL, error);
	h->resume = config_string(c, "hooks", "client-resume", NULL, error);
	if (!config_endpoint(c, "host", "listen", 0, &h->listen, error))
		h->listen.address = (struct address){ 4, { 127, 0, 0, 1 } };
	if (!config_endpoint(c, "host", "next", 0, &h->next, error))
		h->next.address = (struct address){ 4, { 127, 0, 0, 2 } };
	h->patience = config_duration_ms(c, "host", "patience", 60000, 500, 600000, error);
	read_id(c, "host", "id", &h->id, error);
	if (!h->id.given)
		h->id.id = (struct ike_id){ ID_FQDN, span_text("gateway.ikesync.test") };
	if (h->resume && !h->start)
		config_complain(c, "hooks", "client-start", error,
				"missing; the command that starts the client");
}

/* A lifetime in the target file is in whole seconds on the wire. */
static uint64_t read_lifetime(struct config *c, GError **error)
{
	if (!config_has(c, "bank-role", "lifetime"))
		return 0;
	return config_duration_ms(c, "bank-role", "lifetime", 0, 1000, 86400000, error) / 1000;
}

static void read_bank_role(struct config *c, struct target *t, GError **error)
{
	static const char stub_address[] = "203.0.113.77"; /* of TEST-NET-3: nobody's */
	struct target_bank_role *b = &t->bank_role;

	read_gateway(c, "variant banked", &t->banked, error);
	b->given = config_endpoint(c, "bank-role", "listen", 0, &b->listen, error);
	b->certificate = read_file_name(c, "bank-role", "certificate", error);
	b->key = read_file_name(c, "bank-role", "key", error);
	b->ca = read_file_name(c, "bank-role", "ca", error);
	b->foreign_certificate = read_file_name(c, "bank-role", "foreign-certificate", error);
	b->foreign_key = read_file_name(c, "bank-role", "foreign-key", error);
	b->other_certificate = read_file_name(c, "bank-role", "other-certificate", error);
	b->other_key = read_file_name(c, "bank-role", "other-key", error);
	b->seal_keys = read_file_name(c, "bank-role", "seal-keys", error);
	if (!b->seal_keys)
		b->seal_keys = t->bank.seal_keys;
	if (!config_address(c, "bank-role", "stub-address", &b->stub_address, error))
		(void)!address_from_text(stub_address, &b->stub_address);
	b->lifetime_s = read_lifetime(c, error);
	if (t->banked.given && !b->given)
		config_complain(c, "bank-role", "listen", error,
				"missing; where the probe listens as the bank of [variant banked]");
}

struct target *target_load(const char *path, bool (*names_case)(const char *pattern),
			   GError **error)
{
	struct config *c = config_load(path, error);
	GError *first = NULL;
	struct target *t;

	if (!c)
		return NULL;
	t = g_new0(struct target, 1);
	t->config = c;
	t->path = g_intern_string(path);
	read_target(c, t, names_case, &first);
	read_gateway(c, "gateway", &t->gateway, &first);
	read_gateway(c, "old-gateway", &t->old_gateway, &first);
	if (!t->old_gateway.given) {
		t->old_gateway = t->gateway;
		t->old_gateway.given = false;
		t->old_gateway.id.id.data.p = t->old_gateway.id.octets;
	}
	read_client(c, &t->client, &first);
	read_old_sa(c, &t->old_sa, &first);
	read_bank(c, &t->bank, &first);
	read_timers(c, &t->timers, &first);
	read_gateway(c, "variant syn-off", &t->syn_off, &first);
	read_gateway(c, "variant silence", &t->silence, &first);
	read_gateway(c, "variant cookie", &t->cookie, &first);
	read_gateway(c, "variant ipv6", &t->ipv6, &first);
	read_gateway(c, "variant brisk", &t->brisk, &first);
	read_gateway(c, "variant capped", &t->capped, &first);
	t->half_open = (unsigned)config_uint(c, "limits", "half-open", 0, 1, 200, &first);
	(void)peer_address_read(c, "clear-bank", "address", STUB_PORT_DEFAULT, &t->clear_bank,
				&first);
	t->clear_bank_store = file_name(c, config_string(c, "clear-bank", "store", NULL, &first));
	read_gateway(c, "variant roomy", &t->roomy, &first);
	t->logins = (unsigned)config_uint(c, "limits", "logins", 0, 1, 500, &first);
	t->sas = (unsigned)config_uint(c, "limits", "sas", 0, 1, 10000, &first);
	t->provisional = (unsigned)config_uint(c, "limits", "provisional", 0, 1, 50, &first);
	t->provisional_per_index =
	    (unsigned)config_uint(c, "limits", "provisional-per-index", 0, 1, 50, &first);
	t->stubs = (unsigned)config_uint(c, "limits", "stubs", 0, 1, 10000, &first);
	t->load = (unsigned)config_uint(c, "limits", "load", 0, 100, 100000, &first);
	t->connections = (unsigned)config_uint(c, "limits", "connections", 0, 1, 500, &first);
	read_relay(c, t, &first);
	read_host(c, &t->host, &first);
	t->resumptions = (unsigned)config_uint(c, "limits", "resumptions", 5, 1, 65535, &first);
	t->gateway_restart = config_string(c, "hooks", "gateway-restart", NULL, &first);
	t->banked_kill = config_string(c, "hooks", "banked-kill", NULL, &first);
	t->banked_restart = config_string(c, "hooks", "banked-restart", NULL, &first);
	read_bank_role(c, t, &first);
	t->bank_restart = config_string(c, "hooks", "bank-restart", NULL, &first);
	t->old_gateway_fail = config_string(c, "hooks", "old-gateway-fail", NULL, &first);
	if (!first)
		config_check_unknown(c, &first);
	if (!first)
		config_check_values(c, "hooks", &first);
	if (!first && !t->gateway.given && !t->bank.given && !t->host.start)
		g_set_error(&first, CONFIG_ERROR, 0,
			    "%s: nothing to test: give [gateway] ike, [bank] address or [hooks] "
			    "client-start",
			    path);
	if (first) {
		g_propagate_error(error, first);
		target_free(t);
		return NULL;
	}
	return t;
}

void target_free(struct target *t)
{
	if (!t)
		return;
	psk_clear(&t->client.psk);
	secret_clear(&t->old_sa.sk_d);
	config_free(t->config);
	g_free(t);
}

bool target_declares_unsupported(const struct target *t, const char *id)
{
	for (char **u = t->unsupported; u && *u; u++)
		if (case_pattern_matches(*u, id))
			return true;
	return false;
}
