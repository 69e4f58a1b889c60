/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who has an address: owners by prefix. One look-up for each prefix length that is in use, the longest first, however many owners
 * there are. Addresses may be a stranger's choice: hashes are keyed.
 */
#ifndef IKESYNC_IPSEC_ESP_ROUTE_H
#define IKESYNC_IPSEC_ESP_ROUTE_H

#include "keys/rng.h"
#include "wire/index.h"

struct esp_routes;
struct esp_bucket;

/* Part of its owner. */
struct esp_route {
	struct esp_route *next, **pprev;
	struct esp_bucket *bucket; /* NULL: not among the routes */
	void *owner;
};

struct esp_routes *esp_routes_new(const struct rng *rng);
/* Without routes by then. */
void esp_routes_free(struct esp_routes *r);
/* Behind the others of this prefix; bits of `network` beyond `length` are ignored. */
void esp_routes_add(struct esp_routes *r, struct esp_route *route, const struct address *network,
		    unsigned length, void *owner);
/* From now on before the others of its prefix. */
void esp_routes_prefer(struct esp_route *route);
/* Harmless for one that was not added. */
void esp_routes_remove(struct esp_routes *r, struct esp_route *route);
/* The first owner that fits, by the longest prefix; NULL: none. */
void *esp_routes_find(const struct esp_routes *r, const struct address *a,
		      bool (*fits)(const void *owner, const void *what), const void *what);

#endif
