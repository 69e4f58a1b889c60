/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries datagrams between peers, and moves the clock. */
#include "world.h"

#include <stdio.h>

static uint64_t now_ms(void *user)
{
	return ((struct world_site *)user)->world->now_ms;
}

static uint64_t utc(void *user)
{
	return ((struct world_site *)user)->world->utc;
}

static void send_message(void *user, const struct gateway_path *path, struct span message)
{
	struct world_site *s = user;

	s->world->last_way = *path;
	g_queue_push_tail(&s->world->out, g_bytes_new(message.p, message.n));
}

static void site_init(struct world *w, unsigned i)
{
	static const char *const suites[] = { "aes128-sha256-x25519",
					      "aes256gcm16-prfsha384-ecp256",
					      "aes128-sha256-modp2048", "aes128-sha256-ecp256",
					      "chacha20poly1305-prfsha256-x25519" };
	struct world_site *s = &w->site[i];
	struct gateway_config *c = &s->config;

	s->world = w;
	s->endpoint = (struct endpoint){ { 4, { 192, 0, 2, (uint8_t)(i + 1) } }, 500 };
	snprintf(s->name, sizeof(s->name), "gw-%c.example", 'a' + (int)i);
	gateway_config_defaults(c);
	c->address = s->endpoint.address;
	c->identity = (struct ike_id){ ID_FQDN, span_text(s->name) };
	for (unsigned k = 0; k < G_N_ELEMENTS(suites); k++)
		if (suite_from_text(suites[k], &c->ike[c->n_ike++]))
			g_error("suite %s", suites[k]);
	if (suite_esp_from_text("aes128gcm16", &c->esp[c->n_esp++]) ||
	    suite_esp_from_text("aes128-sha256", &c->esp[c->n_esp++]))
		g_error("esp suite");
	c->bank_names[0] = "bank.example:49500";
	c->seal.n = 1;
	c->seal.keys[0].id = 7;
	memset(c->seal.keys[0].key, 0x5a, SEAL_KEY_SIZE);
}

struct world *world_new(void)
{
	struct policy *policy = policy_new();
	struct ike_id client = { ID_FQDN, span_text("client.example") };

	if (policy_add_peer(policy, "peer client", &client, span_text("secret"), false) ||
	    policy_add_pool(policy, 0x0a630000, 24))
		g_error("policy");
	return world_new_of(policy);
}

struct world *world_new_of(struct policy *policy)
{
	struct world *w = g_new0(struct world, 1);

	w->now_ms = 1000000;
	w->utc = UINT64_C(1795000000);
	w->wheel = wheel_new(w->now_ms);
	w->policy = policy;
	memory_bank_init(&w->bank);
	g_queue_init(&w->out);
	for (unsigned i = 0; i < WORLD_GATEWAYS; i++) {
		site_init(w, i);
		world_start(w, i);
	}
	return w;
}

void world_kill(struct world *w, unsigned site)
{
	memory_bank_run(&w->bank); /* answers must not come to a dead gateway */
	g_clear_pointer(&w->site[site].gateway, gateway_free);
}

void world_start(struct world *w, unsigned site)
{
	struct world_site *s = &w->site[site];
	char seed[40];
	struct gateway_ops ops = { .now_ms = now_ms,
				   .utc = utc,
				   .send = send_message,
				   .user = s,
				   .wheel = w->wheel,
				   .bank = memory_bank_service(&w->bank),
				   .policy = w->policy,
				   .trust = w->trust,
				   .credential = w->credential,
				   .aaa = w->aaa,
				   .data_plane = memory_plane_service(&s->plane) };

	if (s->gateway)
		world_kill(w, site);
	snprintf(seed, sizeof(seed), "gateway %u life %u", site, s->starts++);
	ops.rng = rng_fixed(&s->random, seed);
	s->gateway = gateway_new(&s->config, &ops);
}

void world_free(struct world *w)
{
	for (unsigned i = 0; i < WORLD_GATEWAYS; i++)
		world_kill(w, i);
	world_drop_all(w);
	memory_bank_clear(&w->bank);
	wheel_free(w->wheel);
	policy_free(w->policy);
	g_free(w);
}

void world_send_only(struct world *w, unsigned site, const struct gateway_path *path,
		     struct span octets)
{
	/* A block of its own, so that a read beyond its end is seen. */
	g_autofree uint8_t *copy = g_memdup2(octets.p, octets.n);
	struct gateway_path real = *path;

	real.local.address = w->site[site].endpoint.address;
	if (real.local.port == 0)
		real.local.port = w->site[site].endpoint.port;
	if (w->site[site].gateway)
		gateway_receive(w->site[site].gateway, &real, span_of(copy, octets.n));
}

void world_run(struct world *w)
{
	while (memory_bank_run(&w->bank))
		;
	for (unsigned i = 0; i < WORLD_GATEWAYS; i++) {
		struct gateway *g = w->site[i].gateway;

		while (g && gateway_has_work(g)) {
			gateway_turn(g);
			gateway_work(g);
		}
		if (g)
			gateway_turn(g);
	}
	wheel_advance(w->wheel, w->now_ms);
}

void world_send(struct world *w, unsigned site, const struct gateway_path *path, struct span octets)
{
	world_send_only(w, site, path, octets);
	world_run(w);
}

void world_advance(struct world *w, uint64_t ms)
{
	w->now_ms += ms;
	w->utc += ms / 1000;
	world_run(w);
}

GBytes *world_take(struct world *w)
{
	return g_queue_pop_head(&w->out);
}

unsigned world_pending(const struct world *w)
{
	return w->out.length;
}

void world_drop_all(struct world *w)
{
	GBytes *b;

	while ((b = world_take(w)))
		g_bytes_unref(b);
}
