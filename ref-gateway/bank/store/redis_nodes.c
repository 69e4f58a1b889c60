/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The map of a cluster's slots, and commands that are sent on: MOVED for good, ASK for once. */
#include "redis_nodes.h"

#include <stdlib.h>

#include "keys/secret.h"
#include "redis_key.h"
#include "tool/log.h"

/* A command is sent on so many times: slots do not move in circles. */
#define SENT_ON_MAX 8
/* The map is asked for no more often than this. */
#define REFRESH_US (G_USEC_PER_SEC / 4)
/* No cluster has more; a server that lies may say so. */
#define NODES_MAX 1000

struct node {
	struct redis_place place;
	struct redis_link *lane[REDIS_LANES]; /* made when first needed */
};

struct redis_nodes {
	const struct redis_access *access;
	GMainContext *context;
	bool cluster;
	struct redis_link *seed[REDIS_LANES]; /* to one of the configured ones */
	GHashTable *known;                    /* endpoint as text -> struct node */
	struct node *slots[REDIS_SLOTS];      /* NULL: nobody knows */
	bool refreshing, closing;
	gint64 refreshed;
};

/* ---- slots and servers ---- */

static void node_free(gpointer user)
{
	struct node *n = user;

	for (unsigned i = 0; i < REDIS_LANES; i++)
		redis_link_free(n->lane[i]);
	g_free(n);
}

static struct node *node_at(struct redis_nodes *nodes, const struct endpoint *at)
{
	char text[ENDPOINT_TEXT_MAX];
	struct node *n = g_hash_table_lookup(nodes->known, endpoint_text(at, text));

	if (n || g_hash_table_size(nodes->known) >= NODES_MAX)
		return n;
	n = g_new0(struct node, 1);
	n->place.at = *at;
	g_hash_table_insert(nodes->known, g_strdup(text), n);
	return n;
}

static struct redis_link *lane_of(struct redis_nodes *nodes, struct node *n, enum redis_lane lane)
{
	if (!n->lane[lane])
		n->lane[lane] =
		    redis_link_new(nodes->access, &n->place, 1, nodes->context,
				   REDIS_IMPATIENT | (lane == REDIS_READS ? REDIS_QUIET : 0));
	return n->lane[lane];
}

struct redis_link *redis_nodes_link(struct redis_nodes *nodes, unsigned slot, enum redis_lane lane)
{
	struct node *n = nodes->slots[slot % REDIS_SLOTS];

	return n ? lane_of(nodes, n, lane) : nodes->seed[lane];
}

/* A server that is named without an address is where we are. */
static struct node *named(struct redis_nodes *nodes, struct span host, uint64_t port,
			  const struct redis_link *by)
{
	struct endpoint at = redis_link_place(by)->at;
	char text[ADDRESS_TEXT_MAX];

	if (port == 0 || port > 65535 || host.n >= sizeof(text))
		return NULL;
	at.port = (uint16_t)port;
	if (host.n) {
		memcpy(text, host.p, host.n);
		text[host.n] = '\0';
		if (address_from_text(text, &at.address) != ERR_OK)
			return NULL; /* a name: redis must be told to announce addresses */
	}
	return at.address.family ? node_at(nodes, &at) : NULL;
}

/* Of "MOVED 3999 192.0.2.1:6381"; an IPv6 address has no brackets there. */
static struct node *named_by_error(struct redis_nodes *nodes, const struct redis_reply *r,
				   const struct redis_link *by)
{
	const char *text = (const char *)r->text.p, *from = strrchr(text, ' '),
		   *colon = strrchr(text, ':');

	if (!from || !colon || colon < from)
		return NULL;
	return named(nodes, span_of(from + 1, (size_t)(colon - from - 1)),
		     g_ascii_strtoull(colon + 1, NULL, 10), by);
}

/* ---- the map ---- */

static void learn_range(struct redis_nodes *nodes, const struct redis_reply *range,
			const struct redis_link *by)
{
	const struct redis_reply *primary =
	    range->kind == REDIS_ARRAY && range->n >= 3 ? range->at[2] : NULL;
	struct node *n;

	if (!primary || range->at[0]->kind != REDIS_INTEGER ||
	    range->at[1]->kind != REDIS_INTEGER || primary->kind != REDIS_ARRAY || primary->n < 2 ||
	    primary->at[1]->kind != REDIS_INTEGER || range->at[0]->integer < 0 ||
	    range->at[1]->integer >= REDIS_SLOTS)
		return;
	n = named(nodes, redis_reply_string(primary, 0), (uint64_t)primary->at[1]->integer, by);
	for (int64_t slot = range->at[0]->integer; n && slot <= range->at[1]->integer; slot++)
		nodes->slots[slot] = n;
}

struct gathering {
	struct redis_nodes *nodes;
	struct redis_link *by;
	redis_gathered_fn *done; /* NULL: nobody waits */
	void *user;
};

static void hand_over(struct redis_nodes *nodes, redis_gathered_fn *done, void *user)
{
	GPtrArray *links = g_ptr_array_new();
	struct node *last = NULL;

	for (unsigned slot = 0; slot < REDIS_SLOTS; slot++) {
		struct node *n = nodes->slots[slot];
		struct redis_link *l = n && n != last ? lane_of(nodes, n, REDIS_READS) : NULL;

		last = n;
		if (l && !g_ptr_array_find(links, l, NULL))
			g_ptr_array_add(links, l);
	}
	done((struct redis_link *const *)(void *)links->pdata, links->len, user);
	g_ptr_array_unref(links);
}

static void on_map(struct redis_reply *r, void *user)
{
	struct gathering *g = user;
	struct redis_nodes *nodes = g->nodes;

	nodes->refreshing = false;
	nodes->refreshed = g_get_monotonic_time();
	if (r && r->kind == REDIS_ARRAY) {
		for (size_t i = 0; i < r->n; i++)
			learn_range(nodes, r->at[i], g->by);
	} else if (r) {
		log_error("redis: no map of the cluster: %.*s", (int)MIN(r->text.n, 200),
			  r->text.p ? (const char *)r->text.p : "");
	}
	if (g->done && r && r->kind == REDIS_ARRAY)
		hand_over(nodes, g->done, g->user);
	else if (g->done)
		g->done(NULL, 0, g->user);
	redis_reply_free(r);
	g_free(g);
}

/* Any server knows; one that is connected is asked. */
static struct redis_link *somebody(struct redis_nodes *nodes)
{
	GHashTableIter it;
	gpointer n;

	if (redis_link_up(nodes->seed[REDIS_READS]))
		return nodes->seed[REDIS_READS];
	g_hash_table_iter_init(&it, nodes->known);
	while (g_hash_table_iter_next(&it, NULL, &n)) {
		struct redis_link *l = ((struct node *)n)->lane[REDIS_READS];

		if (l && redis_link_up(l))
			return l;
	}
	return nodes->seed[REDIS_READS];
}

static void ask_map(struct redis_nodes *nodes, redis_gathered_fn *done, void *user)
{
	struct gathering *g = g_new0(struct gathering, 1);

	*g = (struct gathering){ nodes, somebody(nodes), done, user };
	redis_link_send(g->by, (struct span[]){ span_text("CLUSTER"), span_text("SLOTS") }, 2,
			on_map, g);
}

static void refresh(struct redis_nodes *nodes)
{
	if (!nodes->cluster || nodes->refreshing || nodes->closing ||
	    g_get_monotonic_time() - nodes->refreshed < REFRESH_US)
		return;
	nodes->refreshing = true;
	ask_map(nodes, NULL, NULL);
}

void redis_nodes_gather(struct redis_nodes *nodes, redis_gathered_fn *done, void *user)
{
	if (nodes->closing)
		done(NULL, 0, user);
	else if (nodes->cluster)
		ask_map(nodes, done, user);
	else
		done(&nodes->seed[REDIS_READS], 1, user);
}

/* ---- commands ---- */

void redis_nodes_ignore(struct redis_reply *reply, struct redis_link *by, void *user)
{
	(void)by;
	(void)user;
	redis_reply_free(reply);
}

struct routed {
	struct redis_nodes *nodes;
	unsigned slot, sent_on;
	enum redis_lane lane;
	struct redis_link *link;
	char *octets; /* of a cluster's, so that it can be sent again */
	size_t n;
	redis_routed_fn *done;
	void *user;
};

static void on_asking(struct redis_reply *r, void *user)
{
	(void)user;
	redis_reply_free(r);
}

static void on_routed(struct redis_reply *reply, void *user);

/* false: it is not told where to. */
static bool send_on(struct routed *c, const struct redis_reply *reply)
{
	bool moved = redis_reply_begins(reply, "MOVED "), ask = redis_reply_begins(reply, "ASK ");
	struct span asking = span_text("ASKING");
	struct node *n;

	if (!c->octets || c->nodes->closing || reply->kind != REDIS_ERROR || (!moved && !ask) ||
	    c->sent_on++ >= SENT_ON_MAX)
		return false;
	n = named_by_error(c->nodes, reply, c->link);
	if (!n)
		return false;
	c->link = lane_of(c->nodes, n, c->lane);
	if (moved) {
		c->nodes->slots[c->slot % REDIS_SLOTS] = n;
		refresh(c->nodes);
	} else {
		redis_link_send(c->link, &asking, 1, on_asking, NULL);
	}
	redis_link_forward(c->link, span_of(c->octets, c->n), on_routed, c);
	return true;
}

static void on_routed(struct redis_reply *reply, void *user)
{
	struct routed *c = user;

	if (reply && send_on(c, reply)) {
		redis_reply_free(reply);
		return;
	}
	if (!reply)
		refresh(c->nodes); /* another may have taken its place */
	c->done(reply, c->link, c->user);
	if (c->octets) {
		secret_wipe(c->octets, c->n);
		free(c->octets);
	}
	g_free(c);
}

void redis_nodes_send(struct redis_nodes *nodes, unsigned slot, enum redis_lane lane,
		      const struct span *words, unsigned n, redis_routed_fn *done, void *user)
{
	struct routed *c;

	if (nodes->closing) {
		done(NULL, nodes->seed[lane], user);
		return;
	}
	c = g_new0(struct routed, 1);
	c->nodes = nodes;
	c->slot = slot;
	c->lane = lane;
	c->link = redis_nodes_link(nodes, slot, lane);
	c->done = done;
	c->user = user;
	if (!nodes->cluster) {
		redis_link_send(c->link, words, n, on_routed, c);
		return;
	}
	c->octets = redis_link_format(words, n, &c->n);
	redis_link_forward(c->link, span_of(c->octets, c->n), on_routed, c);
}

/* ---- the whole ---- */

bool redis_nodes_up(const struct redis_nodes *nodes)
{
	return redis_link_up(nodes->seed[REDIS_READS]) && redis_link_up(nodes->seed[REDIS_WRITES]);
}

struct redis_nodes *redis_nodes_new(const struct redis_access *access,
				    const struct redis_place *places, size_t n, bool cluster,
				    GMainContext *context)
{
	struct redis_nodes *nodes = g_new0(struct redis_nodes, 1);

	nodes->access = access;
	nodes->context = context;
	nodes->cluster = cluster;
	nodes->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, node_free);
	for (unsigned i = REDIS_LANES; i-- > 0;)
		nodes->seed[i] =
		    redis_link_new(access, places, n, context, i == REDIS_READS ? REDIS_QUIET : 0);
	refresh(nodes);
	return nodes;
}

void redis_nodes_close(struct redis_nodes *nodes)
{
	GHashTableIter it;
	gpointer n;

	nodes->closing = true; /* whoever is told asks for nothing new */
	for (unsigned i = 0; i < REDIS_LANES; i++)
		redis_link_close(nodes->seed[i]);
	g_hash_table_iter_init(&it, nodes->known);
	while (g_hash_table_iter_next(&it, NULL, &n)) {
		for (unsigned i = 0; i < REDIS_LANES; i++) {
			if (((struct node *)n)->lane[i])
				redis_link_close(((struct node *)n)->lane[i]);
		}
	}
}

void redis_nodes_free(struct redis_nodes *nodes)
{
	redis_nodes_close(nodes);
	for (unsigned i = 0; i < REDIS_LANES; i++)
		redis_link_free(nodes->seed[i]);
	g_hash_table_unref(nodes->known);
	g_free(nodes);
}
