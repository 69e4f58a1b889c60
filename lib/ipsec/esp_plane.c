/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of the plane: which child SAs there are. */
#include "ipsec/esp_plane.h"

#include "ipsec/esp_child.h"

struct esp_plane *esp_plane_new(const struct esp_plane_ops *ops)
{
	struct esp_plane *p = g_new0(struct esp_plane, 1);

	p->ops = *ops;
	p->ivs.rng = ops->rng;
	p->children = g_hash_table_new(g_direct_hash, g_direct_equal);
	p->routes = esp_routes_new(&ops->rng);
	return p;
}

static struct esp_child *find(const struct esp_plane *p, uint32_t spi)
{
	return g_hash_table_lookup(p->children, GUINT_TO_POINTER(spi));
}

static void drop(struct esp_child *c)
{
	struct esp_plane *p = c->plane;

	for (unsigned i = 0; i < c->n_routes; i++)
		esp_routes_remove(p->routes, &c->routes[i]);
	wheel_cancel(p->ops.wheel, &c->keepalive);
	p->counters.children--;
	esp_child_free(c);
}

void esp_plane_free(struct esp_plane *p)
{
	GHashTableIter i;
	gpointer child;

	if (!p)
		return;
	g_hash_table_iter_init(&i, p->children);
	while (g_hash_table_iter_next(&i, NULL, &child))
		drop(child);
	g_hash_table_unref(p->children);
	esp_routes_free(p->routes);
	secret_wipe(p, sizeof(*p));
	g_free(p);
}

/* RFC 3948 section 4: where nothing else went out. */
static void keep_alive(void *user)
{
	static const uint8_t octet = 0xff;
	struct esp_child *c = user;
	struct esp_plane *p = c->plane;
	uint64_t now = p->ops.now_ms(p->ops.user);
	uint8_t *at;

	if (now - c->sent_ms >= p->ops.keepalive_ms) {
		at = p->ops.reserve(p->ops.user, &c->path, 1);
		if (at) {
			*at = octet;
			p->ops.commit(p->ops.user, &c->path, 1);
		}
		c->sent_ms = now;
	}
	wheel_arm(p->ops.wheel, &c->keepalive, c->sent_ms + p->ops.keepalive_ms, keep_alive, c);
}

static void arm_keepalive(struct esp_child *c)
{
	struct esp_plane *p = c->plane;

	wheel_cancel(p->ops.wheel, &c->keepalive);
	if (p->ops.keepalive_ms && c->path.nat && c->path.behind_nat)
		wheel_arm(p->ops.wheel, &c->keepalive,
			  p->ops.now_ms(p->ops.user) + p->ops.keepalive_ms, keep_alive, c);
}

static bool install(void *self, const struct data_plane_child *child)
{
	struct esp_plane *p = self;
	struct esp_child *c;
	struct address network;
	unsigned length;

	if (find(p, child->spi_in) || !p->ops.can_send(p->ops.user, &child->path))
		return false;
	c = esp_child_new(child);
	if (!c)
		return false;
	c->plane = p;
	c->sent_ms = p->ops.now_ms(p->ops.user);
	for (unsigned i = 0; esp_selectors_prefix(c->selectors, i, &network, &length); i++)
		esp_routes_add(p->routes, &c->routes[i], &network, length, c);
	g_hash_table_insert(p->children, GUINT_TO_POINTER(child->spi_in), c);
	p->counters.children++;
	arm_keepalive(c);
	return true;
}

static void remove_child(void *self, uint32_t spi_in)
{
	struct esp_plane *p = self;
	struct esp_child *c = find(p, spi_in);

	if (!c)
		return;
	g_hash_table_remove(p->children, GUINT_TO_POINTER(spi_in));
	drop(c);
}

static void move_child(void *self, uint32_t spi_in, const struct data_plane_path *path)
{
	struct esp_child *c = find(self, spi_in);

	if (!c)
		return;
	c->path = *path;
	arm_keepalive(c);
}

static bool ask(void *self, uint32_t spi_in, struct data_plane_traffic *out)
{
	const struct esp_child *c = find(self, spi_in);

	if (!c)
		return false;
	*out = c->traffic;
	out->path = c->path;
	out->worn = esp_out_worn(&c->out);
	return true;
}

struct data_plane esp_plane_service(struct esp_plane *p)
{
	static const struct data_plane_ops ops = { install, remove_child, move_child, ask };

	return (struct data_plane){ &ops, p };
}

const struct esp_plane_counters *esp_plane_counters(const struct esp_plane *p)
{
	return &p->counters;
}
