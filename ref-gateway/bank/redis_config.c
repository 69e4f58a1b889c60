/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a Redis is, how to get into it, and what it must promise. */
#include "redis_config.h"

#define GROUP "bank"
#define PORT_DEFAULT 6379
#define PASSWORD_FILE_MAX 4096

static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.-_";

static void read_places(struct config *c, struct bank_settings *out, GError **error)
{
	struct engine_redis_settings *r = &out->redis;
	char **list = config_list(c, GROUP, "redis", error);

	for (r->n_places = 0; list && list[r->n_places]; r->n_places++) {
		const char *text = list[r->n_places];
		struct redis_place *p;

		if (r->n_places == ENGINE_REDIS_PLACES_MAX) {
			config_complain(c, GROUP, "redis", error, "more than %u servers",
					ENGINE_REDIS_PLACES_MAX);
			return;
		}
		p = &r->places[r->n_places];
		if (text[0] == '/')
			p->path = text;
		else if (endpoint_from_text(text, PORT_DEFAULT, &p->at) != ERR_OK)
			config_complain(c, GROUP, "redis", error,
					"\"%s\" is no server; allowed: ADDRESS:PORT, or the path "
					"of a Unix socket",
					text);
	}
	if (r->n_places == 0)
		config_complain(c, GROUP, "redis", error,
				"missing; ADDRESS:PORT, for example 192.0.2.1:6379");
}

static void read_password(struct config *c, struct bank_settings *out, GError **error)
{
	const char *path = config_string(c, GROUP, "redis-password-file", NULL, error);
	char why[KEY_FILE_WHY_MAX];
	struct key_file *file = &out->redis_password;

	out->redis.access.user = config_string(c, GROUP, "redis-user", NULL, error);
	if (!path) {
		if (out->redis.access.user)
			config_complain(c, GROUP, "redis-user", error,
					"redis-password-file is missing");
		return;
	}
	if (!key_file_read(path, PASSWORD_FILE_MAX, file, why)) {
		config_complain(c, GROUP, "redis-password-file", error, "%s", why);
		return;
	}
	file->octets[strcspn((const char *)file->octets, "\r\n")] = '\0';
	out->redis.access.password = (const char *)file->octets;
	if (!*file->octets)
		config_complain(c, GROUP, "redis-password-file", error, "\"%s\" has no password",
				path);
}

static void read_tls(struct config *c, struct bank_settings *out, GError **error)
{
	struct channel_tls_files *f = &out->redis_tls;
	bool unix_socket = false, far = false;

	out->redis_has_tls = config_bool(c, GROUP, "redis-tls", false, error);
	f->ca = config_string(c, GROUP, "redis-ca", NULL, error);
	f->certificate = config_string(c, GROUP, "redis-certificate", NULL, error);
	f->key = config_string(c, GROUP, "redis-key", NULL, error);
	f->alpn = ""; /* a Redis knows none */
	out->redis.access.server_name = config_string(c, GROUP, "redis-server-name", NULL, error);
	for (size_t i = 0; i < out->redis.n_places; i++) {
		unix_socket = unix_socket || out->redis.places[i].path;
		far = far || !out->redis.places[i].path;
	}
	if (out->redis_has_tls && unix_socket)
		config_complain(c, GROUP, "redis-tls", error, "there is no TLS over a Unix socket");
	if (out->redis_has_tls && far && !f->ca)
		config_complain(c, GROUP, "redis-ca", error,
				"missing; a PEM file that the servers' certificates chain to");
	if (!f->certificate != !f->key)
		config_complain(c, GROUP, "redis-key", error,
				"redis-certificate and redis-key belong together");
}

void redis_config_read(struct config *c, struct bank_settings *out, GError **error)
{
	static const char *const engines[] = { "rocksdb", "redis", NULL };
	struct engine_redis_settings *r = &out->redis;

	out->on_redis = config_word(c, GROUP, "engine", engines, 0, error) == 1;
	if (!out->on_redis)
		return; /* its keys are unknown then, which says that engine=redis is missing */
	read_places(c, out, error);
	r->cluster = config_bool(c, GROUP, "redis-cluster", false, error);
	for (size_t i = 0; r->cluster && i < r->n_places; i++) {
		if (r->places[i].path)
			config_complain(c, GROUP, "redis-cluster", error,
					"a cluster's servers have addresses, not paths");
	}
	read_password(c, out, error);
	read_tls(c, out, error);
	r->prefix = config_string(c, GROUP, "redis-prefix", r->prefix, error);
	if (!*r->prefix || strlen(r->prefix) > ENGINE_REDIS_PREFIX_MAX ||
	    strspn(r->prefix, letters) != strlen(r->prefix))
		config_complain(c, GROUP, "redis-prefix", error,
				"allowed: 1 to %u letters, digits, \".\", \"-\" and \"_\"",
				ENGINE_REDIS_PREFIX_MAX);
	r->replicas = config_uint(c, GROUP, "redis-replicas", 0, 0, 100, error);
	r->access.timeout_ms = (unsigned)config_duration_ms(
	    c, GROUP, "redis-timeout", r->access.timeout_ms, 200, 60000, error);
	r->wait_ms = config_duration_ms(c, GROUP, "redis-wait", MIN(1000, r->access.timeout_ms / 2),
					10, 60000, error);
	if (r->wait_ms >= r->access.timeout_ms)
		config_complain(c, GROUP, "redis-wait", error, "must be less than redis-timeout");
	r->access.unchecked = config_bool(c, GROUP, "redis-unchecked", false, error);
}

bool redis_config_tls(struct bank_settings *s, GError **error)
{
	if (!s->on_redis || !s->redis_has_tls)
		return true;
	s->redis.access.tls = channel_tls_new(&s->redis_tls, false, error);
	return s->redis.access.tls != NULL;
}

void redis_config_clear(struct bank_settings *s)
{
	key_file_clear(&s->redis_password);
	if (s->redis.access.tls)
		channel_tls_unref(s->redis.access.tls);
	s->redis.access.tls = NULL;
}
