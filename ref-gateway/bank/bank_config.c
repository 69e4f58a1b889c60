/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration file: what may stand there, and what it means. */
#include "bank_config.h"

#include "keys/key_file.h"
#include "keys/secret.h"
#include "redis_config.h"

#define GROUP "bank"
#define MEMORY_MIN (16 << 20)
#define AUDIT_SIZE_MIN (64 << 10)
/* One key, with white space around it. */
#define REST_KEY_FILE_MAX 4096

void bank_config_defaults(struct bank_settings *out)
{
	*out = (struct bank_settings){
		.max_stub_size = 16384,
		.max_connections = 256,
		.max_connections_per_gateway = 32,
		.memory = 256 << 20,
		.stall_timeout_ms = 30000,
		.idle_timeout_ms = 86400000,
		.rocksdb = { .cache = 64 << 20, .sync = true },
		.redis = { .prefix = "ikesync", .wait_ms = 1000, .access.timeout_ms = 5000 },
		.lifetime_cap = STUB_LIFETIME_MAX,
		.compact_interval_ms = 600000,
		.clock_settle_ms = 600000,
		.move_notices = true,
		.audit = { .size = 256 << 20, .lines_a_second = 10000 },
	};
}

/* "64MiB", "512KiB", "1GiB" or octets. */
static uint64_t read_size(struct config *c, const char *key, uint64_t fallback, GError **error)
{
	const char *text = config_string(c, GROUP, key, NULL, error);
	char *end;
	uint64_t v;
	unsigned shift = 0;

	if (!text)
		return fallback;
	v = g_ascii_strtoull(text, &end, 10);
	if (g_str_equal(end, "KiB"))
		shift = 10;
	else if (g_str_equal(end, "MiB"))
		shift = 20;
	else if (g_str_equal(end, "GiB"))
		shift = 30;
	else if (*end)
		end = NULL;
	if (!g_ascii_isdigit(*text) || !end || v > (UINT64_C(1) << 40) >> shift) {
		config_complain(c, GROUP, key, error,
				"\"%s\" is not a size; allowed: a number with KiB, MiB or GiB",
				text);
		return fallback;
	}
	return v << shift;
}

static size_t read_addresses(struct config *c, const char *key, struct address *out, size_t max,
			     GError **error)
{
	char **list = config_list(c, GROUP, key, error);
	size_t n = 0;

	for (; list && list[n]; n++) {
		if (n >= max) {
			config_complain(c, GROUP, key, error, "more than %zu addresses", max);
			return n;
		}
		if (address_from_text(list[n], &out[n]) != ERR_OK) {
			config_complain(
			    c, GROUP, key, error,
			    "\"%s\" is not an address; allowed: 192.0.2.1 or 2001:db8::1", list[n]);
			return n;
		}
	}
	return n;
}

/* Of certificates, as `openssl x509 -serial` shows them, with colons or without. */
static char **read_serials(struct config *c, GError **error)
{
	char **list = config_list(c, GROUP, "deny", error);

	for (char **s = list; s && *s; s++) {
		char *to = *s;

		for (const char *from = *s; *from; from++) {
			if (*from != ':')
				*to++ = *from;
		}
		*to = '\0';
		if (!**s || strspn(*s, "0123456789abcdefABCDEF") != strlen(*s))
			config_complain(c, GROUP, "deny", error,
					"\"%s\" is not the serial of a certificate; allowed: "
					"hexadecimal digits",
					*s);
	}
	return list;
}

static void read_rest_key(struct config *c, struct bank_settings *out, GError **error)
{
	const char *path = config_string(c, GROUP, "at-rest-key", NULL, error);
	char why[KEY_FILE_WHY_MAX];
	struct key_file file;
	enum err err;

	if (!path) {
		if (out->allow_unsealed)
			config_complain(c, GROUP, "allow-unsealed", error,
					"clear stubs are encrypted on the disk, so at-rest-key "
					"must name a file with "
					"64 hexadecimal digits");
		return;
	}
	if (!key_file_read(path, REST_KEY_FILE_MAX, &file, why)) {
		config_complain(c, GROUP, "at-rest-key", error, "%s", why);
		return;
	}
	err = atrest_key_parse(span_of(file.octets, file.n), out->rest_key);
	key_file_clear(&file);
	if (err != ERR_OK)
		config_complain(c, GROUP, "at-rest-key", error,
				"\"%s\" does not hold one key of 64 hexadecimal digits: %s", path,
				err_text(err));
	else
		out->has_rest_key = true;
}

static const char *demand(struct config *c, const char *key, const char *what, GError **error)
{
	const char *v = config_string(c, GROUP, key, NULL, error);

	if (!v && !config_has(c, GROUP, key))
		config_complain(c, GROUP, key, error, "missing; %s", what);
	return v;
}

static void read_plain(struct config *c, struct bank_settings *out, GError **error)
{
	struct channel_identity *id = &out->plain_identity;
	const char *pool;

	out->has_plain =
	    config_endpoint(c, GROUP, "plain-listen", STUB_PORT_DEFAULT, &out->plain_listen, error);
	id->n_addresses = (unsigned)read_addresses(c, "plain-addresses", id->addresses,
						   CHANNEL_ADDRESSES_MAX, error);
	pool = config_string(c, GROUP, "plain-pool", "", error);
	if (g_strlcpy(id->pool, pool, sizeof(id->pool)) >= sizeof(id->pool))
		config_complain(c, GROUP, "plain-pool", error, "longer than %zu octets",
				sizeof(id->pool) - 1);
	g_strlcpy(id->subject, "plain TCP", sizeof(id->subject));
}

static void read_audit(struct config *c, struct audit_settings *a, GError **error)
{
	a->path = config_string(c, GROUP, "audit-log", NULL, error);
	a->size = read_size(c, "audit-size", a->size, error);
	if (a->size < AUDIT_SIZE_MIN)
		config_complain(c, GROUP, "audit-size", error, "allowed: 64KiB and more");
	a->lines_a_second =
	    config_uint(c, GROUP, "audit-lines-per-second", a->lines_a_second, 0, 1000000, error);
}

static void read_rates(struct config *c, struct bank_settings *out, GError **error)
{
	out->gets_per_second = config_uint(c, GROUP, "gets-per-second", 0, 0, 1000000, error);
	out->inits_per_second = config_uint(c, GROUP, "inits-per-second", 0, 0, 1000000, error);
	out->deletes_per_second = config_uint(c, GROUP, "deletes-per-second", 0, 0, 1000000, error);
	out->moves_per_second = config_uint(c, GROUP, "moves-per-second", 0, 0, 1000000, error);
}

bool bank_config_read(struct config *c, struct bank_settings *out, GError **error)
{
	GError *inner = NULL, *unknown = NULL;
	bool has_listen;
	const char *sync;

	bank_config_defaults(out);
	has_listen = config_endpoint(c, GROUP, "listen", STUB_PORT_DEFAULT, &out->listen, &inner);
	if (!has_listen && !config_has(c, GROUP, "listen"))
		config_complain(c, GROUP, "listen", &inner,
				"missing; ADDRESS:PORT, for example 192.0.2.1:49500");
	out->tls.certificate = demand(c, "certificate", "a PEM file", &inner);
	out->tls.key = demand(c, "key", "a PEM file", &inner);
	out->tls.ca = demand(c, "ca", "a PEM file; gateways must chain to it", &inner);
	out->tls.one_pool = true;
	out->tls.crl = config_string(c, GROUP, "crl", NULL, &inner);
	out->tls.deny = read_serials(c, &inner);
	out->tls.key_log = config_string(c, GROUP, "key-log", NULL, &inner);
	redis_config_read(c, out, &inner);
	if (!out->on_redis)
		out->rocksdb.directory = demand(c, "store", "a directory", &inner);
	else if (config_has(c, GROUP, "store"))
		config_complain(c, GROUP, "store", &inner, "with engine=redis there is none");
	out->user = config_string(c, GROUP, "user", NULL, &inner);
	out->control = config_string(c, GROUP, "control", NULL, &inner);
	out->control_group = config_string(c, GROUP, "control-group", NULL, &inner);
	read_audit(c, &out->audit, &inner);
	sync = config_string(c, GROUP, "sync", "always", &inner);
	if (!g_str_equal(sync, "always"))
		config_complain(
		    c, GROUP, "sync", &inner,
		    "\"%s\"; allowed: always (an acknowledged stub is on stable storage)", sync);
	out->allow_unsealed = config_bool(c, GROUP, "allow-unsealed", false, &inner);
	out->move_notices = config_bool(c, GROUP, "move-notices", out->move_notices, &inner);
	read_rest_key(c, out, &inner);
	out->max_stubs = config_uint(c, GROUP, "max-stubs", 0, 0, UINT64_C(1) << 40, &inner);
	out->max_tombstones = config_uint(c, GROUP, "max-tombstones", 4 * out->max_stubs, 0,
					  UINT64_C(1) << 42, &inner);
	out->max_stub_size = read_size(c, "max-stub-size", out->max_stub_size, &inner);
	if (out->max_stub_size < 512 || out->max_stub_size > 65000)
		config_complain(c, GROUP, "max-stub-size", &inner, "allowed: 512 to 65000 octets");
	out->max_connections =
	    config_uint(c, GROUP, "max-connections", out->max_connections, 1, 100000, &inner);
	out->max_connections_per_gateway =
	    config_uint(c, GROUP, "max-connections-per-gateway", out->max_connections_per_gateway,
			1, 100000, &inner);
	out->memory = read_size(c, "memory", out->memory, &inner);
	if (out->memory < MEMORY_MIN)
		config_complain(c, GROUP, "memory", &inner, "allowed: 16MiB and more");
	out->stall_timeout_ms = config_duration_ms(c, GROUP, "stall-timeout", out->stall_timeout_ms,
						   1000, 3600000, &inner);
	out->idle_timeout_ms = config_duration_ms(c, GROUP, "idle-timeout", out->idle_timeout_ms,
						  1000, 86400000 * UINT64_C(30), &inner);
	out->rocksdb.cache = read_size(c, "cache", out->rocksdb.cache, &inner);
	out->lifetime_cap =
	    config_duration_ms(c, GROUP, "lifetime-cap", STUB_LIFETIME_MAX * UINT64_C(1000), 1000,
			       STUB_LIFETIME_MAX * UINT64_C(1000), &inner) /
	    1000;
	out->compact_interval_ms = config_duration_ms(
	    c, GROUP, "compact-interval", out->compact_interval_ms, 1000, 86400000, &inner);
	out->clock_settle_ms = config_duration_ms(c, GROUP, "clock-settle", out->clock_settle_ms,
						  1000, 86400000, &inner);
	read_rates(c, out, &inner);
	out->n_prefetch_allow =
	    read_addresses(c, "prefetch-allow", out->prefetch_allow, CHANNEL_ADDRESSES_MAX, &inner);
	read_plain(c, out, &inner);
	/* A misspelt key first: it is often why another one is missing. */
	if (!config_check_unknown(c, &unknown)) {
		g_clear_error(&inner);
		inner = unknown;
	}
	if (inner) {
		g_propagate_error(error, inner);
		bank_config_clear(out);
		return false;
	}
	return true;
}

void bank_config_clear(struct bank_settings *s)
{
	secret_wipe(s->rest_key, sizeof(s->rest_key));
	redis_config_clear(s);
}
