/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A RADIUS server as an aaa_service: UDP, repeated requests, nothing that waits. */
#ifndef IKESYNC_GATEWAY_RADIUS_CLIENT_H
#define IKESYNC_GATEWAY_RADIUS_CLIENT_H

#include <glib.h>

#include "aaa/aaa_service.h"
#include "keys/rng.h"
#include "net/endpoint.h"
#include "net/wheel.h"

struct radius_client_config {
	struct endpoint server;
	struct span secret; /* outlives the client */
	const char *nas;    /* NAS-Identifier; outlives the client */
	uint32_t first_ms;  /* the first wait; each is twice the one before */
	uint32_t tries;     /* sendings */
	struct wheel *wheel;
	uint64_t (*now_ms)(void);
	struct rng rng;
};

struct radius_client;

/* On the default main context. NULL and a GError when there is no socket. */
struct radius_client *radius_client_new(const struct radius_client_config *config, GError **error);
/* Nobody who has asked is told anything any more. */
void radius_client_free(struct radius_client *c);
struct aaa_service radius_client_service(struct radius_client *c);

#endif
