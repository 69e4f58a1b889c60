/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reference client's traffic. */
#include "cli/client_traffic.h"

#include <stdio.h>

#include "ipsec/esp_inward.h"
#include "ipsec/esp_outward.h"
#include "net/loop.h"
#include "net/tun.h"

#define MTU 1380
#define KEEPALIVE_MS 20000

struct client_traffic {
	const struct client_traffic_config *config;
	struct tun *tun;
	struct udp_socket *sockets[2];
	struct udp_socket *raw[2]; /* for bare ESP; made when it is needed */
	struct wheel *wheel;
	GSource *timers;
	struct esp_plane *plane;
	struct address inner; /* on the device; family 0: none */
	uint32_t spi;         /* of the child SA that there is; 0: none */
};

static uint64_t now_ms(void *user)
{
	(void)user;
	return loop_now();
}

static void on_bare(struct udp_socket *s, const struct udp_datagram *batch, size_t n, void *user)
{
	struct client_traffic *t = user;

	(void)s;
	for (size_t i = 0; i < n; i++) {
		const struct data_plane_path seen = { .local = batch[i].local,
						      .remote = batch[i].remote };

		esp_inward_receive(t->plane, &seen, batch[i].octets);
	}
}

/* NULL: there is none. */
static struct udp_socket *socket_of(struct client_traffic *t, const struct data_plane_path *path)
{
	const unsigned slot = path->local.address.family == 6;

	return path->nat ? t->sockets[slot] : t->raw[slot];
}

static bool can_send(void *user, const struct data_plane_path *path)
{
	struct client_traffic *t = user;
	const unsigned slot = path->local.address.family == 6;
	const struct udp_handler handler = { on_bare, t };
	GError *error = NULL;

	if (path->nat || t->raw[slot])
		return socket_of(t, path) != NULL;
	t->raw[slot] = udp_bind_raw(&path->local.address, IPPROTO_ESP, &handler, NULL, &error);
	if (t->raw[slot])
		return true;
	fprintf(stderr, "ikesync-probe client: %s\n", error->message);
	g_error_free(error);
	return false;
}

static uint8_t *reserve(void *user, const struct data_plane_path *path, size_t n)
{
	struct udp_socket *s = socket_of(user, path);

	return s ? udp_reserve(s, n) : NULL;
}

static void commit(void *user, const struct data_plane_path *path, size_t n)
{
	struct endpoint to = path->remote;

	if (!path->nat)
		to.port = 0;
	udp_commit(socket_of(user, path), &path->local.address, &to, n);
}

static void deliver(void *user, struct span packet)
{
	tun_write(((struct client_traffic *)user)->tun, packet);
}

/* Late packets of the gateway before. */
static void stranger(void *user, const struct endpoint *remote, uint32_t spi)
{
	(void)user;
	(void)remote;
	(void)spi;
}

static void on_packet(void *user, uint8_t *packet, size_t n)
{
	esp_outward_send(((struct client_traffic *)user)->plane, packet, n);
}

struct client_traffic *client_traffic_open(const struct client_traffic_config *config,
					   GError **error)
{
	struct client_traffic *t = g_new0(struct client_traffic, 1);
	struct esp_plane_ops ops = { .now_ms = now_ms,
				     .reserve = reserve,
				     .commit = commit,
				     .can_send = can_send,
				     .deliver = deliver,
				     .stranger = stranger,
				     .user = t,
				     .rng = rng_system,
				     .keepalive_ms = KEEPALIVE_MS };

	t->config = config;
	t->tun = tun_open(config->device, MTU, error);
	if (!t->tun) {
		g_free(t);
		return NULL;
	}
	t->wheel = ops.wheel = wheel_new(loop_now());
	t->timers = loop_attach_wheel(t->wheel, NULL);
	t->plane = esp_plane_new(&ops);
	return t;
}

void client_traffic_free(struct client_traffic *t)
{
	if (!t)
		return;
	tun_free(t->tun);
	esp_plane_free(t->plane);
	for (unsigned i = 0; i < G_N_ELEMENTS(t->raw); i++)
		udp_free(t->raw[i]);
	g_source_destroy(t->timers);
	g_source_unref(t->timers);
	wheel_free(t->wheel);
	g_free(t);
}

void client_traffic_begin(struct client_traffic *t, struct udp_socket *const sockets[2])
{
	const struct tun_handler handler = { on_packet, t };

	t->sockets[0] = sockets[0];
	t->sockets[1] = sockets[1];
	tun_attach(t->tun, &handler, NULL);
}

void client_traffic_child(struct client_traffic *t, const struct data_plane_child *child)
{
	const struct data_plane plane = esp_plane_service(t->plane);

	if (t->spi)
		plane.ops->remove(plane.self, t->spi);
	t->spi = plane.ops->install(plane.self, child) ? child->spi_in : 0;
}

static void complain(GError *error)
{
	fprintf(stderr, "ikesync-probe client: %s\n", error->message);
	g_error_free(error);
}

static void route(struct client_traffic *t, const char *text)
{
	gchar **parts = g_strsplit(text, "/", 2);
	struct address network;
	guint64 prefix;
	GError *error = NULL;

	if (!parts[0] || !parts[1] || address_from_text(parts[0], &network) != ERR_OK ||
	    !g_ascii_string_to_unsigned(parts[1], 10, 0, network.family == 6 ? 128 : 32, &prefix,
					&error))
		fprintf(stderr, "ikesync-probe client: --route=%s: no network\n", text);
	else if (!tun_add_route(t->tun, &network, (unsigned)prefix, &error))
		fprintf(stderr, "ikesync-probe client: %s\n", error->message);
	g_clear_error(&error);
	g_strfreev(parts);
}

void client_traffic_address(struct client_traffic *t, const struct address *inner)
{
	const unsigned bits = inner->family == 6 ? 128 : 32;
	GError *error = NULL;

	if (!inner->family || address_equal(&t->inner, inner))
		return;
	if (t->inner.family && !tun_remove_address(t->tun, &t->inner, bits, &error))
		complain(g_steal_pointer(&error));
	if (!tun_add_address(t->tun, inner, bits, &error)) {
		complain(error);
		return;
	}
	t->inner = *inner;
	for (char **n = t->config->networks; n && *n; n++)
		route(t, *n);
}

void client_traffic_receive(struct client_traffic *t, const struct udp_datagram *d)
{
	const struct data_plane_path seen = { .local = d->local, .remote = d->remote, .nat = true };

	esp_inward_receive(t->plane, &seen, d->octets);
}
