/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ESP between the gateway's sockets and a TUN device. */
#include "traffic.h"

#include <inttypes.h>

#include "ipsec/esp_inward.h"
#include "ipsec/esp_outward.h"
#include "net/loop.h"
#include "net/tun.h"
#include "tool/log.h"

/* ESP for nobody: one line, and after so long another with their number. */
#define STRANGERS_MS 10000

struct traffic {
	const struct traffic_settings *settings;
	struct tun *tun;
	struct udp_socket *nat;
	struct udp_socket *raw; /* NULL: no bare ESP */
	struct esp_plane *plane;
	uint64_t strangers_said_ms; /* 0: none yet */
	uint64_t strangers_said;    /* how many were by then */
};

static uint64_t now_ms(void *user)
{
	(void)user;
	return loop_now();
}

static struct udp_socket *socket_of(const struct traffic *t, const struct data_plane_path *path)
{
	return path->nat ? t->nat : t->raw;
}

static bool can_send(void *user, const struct data_plane_path *path)
{
	return socket_of(user, path) != NULL;
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
	tun_write(((struct traffic *)user)->tun, packet);
}

/* After a restart all clients are strangers for a while: that is said, and not for each packet. */
static void stranger(void *user, const struct endpoint *remote, uint32_t spi)
{
	struct traffic *t = user;
	const uint64_t now = loop_now(), all = esp_plane_counters(t->plane)->strangers;
	char from[ENDPOINT_TEXT_MAX];

	if (t->strangers_said_ms && now - t->strangers_said_ms < STRANGERS_MS)
		return;
	log_notice("ESP with SPI %08x from %s is for no SA of ours%s (%" PRIu64 " such packets)",
		   spi, endpoint_text(remote, from), t->strangers_said ? "; others too" : "",
		   all - t->strangers_said);
	t->strangers_said_ms = now;
	t->strangers_said = all;
}

static void on_packet(void *user, uint8_t *packet, size_t n)
{
	esp_outward_send(((struct traffic *)user)->plane, packet, n);
}

static void on_bare(struct udp_socket *socket, const struct udp_datagram *batch, size_t n,
		    void *user)
{
	struct traffic *t = user;

	(void)socket;
	for (size_t i = 0; i < n; i++) {
		struct data_plane_path seen = { .local = batch[i].local,
						.remote = batch[i].remote };

		esp_inward_receive(t->plane, &seen, batch[i].octets);
	}
}

void traffic_receive(struct traffic *t, const struct udp_datagram *d)
{
	struct data_plane_path seen = { .local = d->local, .remote = d->remote, .nat = true };

	esp_inward_receive(t->plane, &seen, d->octets);
}

static bool furnish(struct traffic *t, GError **error)
{
	const struct traffic_settings *s = t->settings;
	bool ok = !s->has_address ||
		  tun_add_address(t->tun, &s->address.address, s->address.prefix, error);

	for (unsigned i = 0; ok && i < s->n_networks; i++)
		ok = tun_add_route(t->tun, &s->networks[i].address, s->networks[i].prefix, error);
	return ok;
}

struct traffic *traffic_open(const struct traffic_settings *s, const struct address *listen)
{
	struct udp_handler handler = { on_bare, NULL };
	g_autoptr(GError) why = NULL, no_raw = NULL;
	struct traffic *t;

	if (!s->device)
		return NULL;
	t = g_new0(struct traffic, 1);
	t->settings = s;
	handler.user = t;
	t->tun = tun_open(s->device, s->mtu, &why);
	if (!t->tun || !furnish(t, &why)) {
		log_warning("no traffic is carried, child SAs are only agreed: %s", why->message);
		tun_free(t->tun);
		g_free(t);
		return NULL;
	}
	if (s->bare)
		t->raw = udp_bind_raw(listen, IPPROTO_ESP, &handler, NULL, &no_raw);
	if (no_raw)
		log_notice("no bare ESP, clients must send it in UDP: %s", no_raw->message);
	return t;
}

void traffic_begin(struct traffic *t, struct udp_socket *nat, struct wheel *wheel)
{
	const struct esp_plane_ops ops = { .now_ms = now_ms,
					   .reserve = reserve,
					   .commit = commit,
					   .can_send = can_send,
					   .deliver = deliver,
					   .stranger = stranger,
					   .user = t,
					   .rng = rng_system,
					   .wheel = wheel,
					   .keepalive_ms = t->settings->keepalive_ms };
	const struct tun_handler handler = { on_packet, t };

	t->nat = nat;
	t->plane = esp_plane_new(&ops);
	tun_attach(t->tun, &handler, NULL);
	log_notice("traffic goes over %s, MTU %u, ESP in UDP%s", tun_name(t->tun), t->settings->mtu,
		   t->raw ? " and bare" : "");
}

struct data_plane traffic_service(struct traffic *t)
{
	return esp_plane_service(t->plane);
}

const struct esp_plane_counters *traffic_counters(const struct traffic *t)
{
	return t && t->plane ? esp_plane_counters(t->plane) : NULL;
}

void traffic_report(const struct traffic *t)
{
	const struct esp_plane_counters *c;

	if (!t || !t->plane)
		return;
	c = esp_plane_counters(t->plane);
	log_notice("traffic of %u child SAs: %" PRIu64 " packets in, %" PRIu64 " out; %" PRIu64
		   " dummies, %" PRIu64 " new addresses",
		   c->children, c->in, c->out, c->dummies, c->learnt);
	log_notice("packets dropped: %" PRIu64 " for no SA, %" PRIu64 " malformed, %" PRIu64
		   " replayed, %" PRIu64 " not authentic, %" PRIu64 " padded wrongly, %" PRIu64
		   " outside the selectors, %" PRIu64 " to nobody, %" PRIu64 " not sent",
		   c->strangers, c->malformed, c->replayed, c->bad_icv, c->bad_padding,
		   c->not_admitted, c->unrouted, c->unsent);
}

void traffic_free(struct traffic *t)
{
	if (!t)
		return;
	tun_free(t->tun);
	if (t->raw)
		udp_free(t->raw);
	esp_plane_free(t->plane);
	g_free(t);
}
