/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers to IKE_SA_INIT requests (rule 14): key is source, SPIi and SHA-256 of the request.
 * Duplicates are dropped while the answer is being made, get the identical answer until the SA is
 * confirmed or gone, and are dropped for a while after confirmation.
 */
#ifndef IKESYNC_GATEWAY_RESPONSE_CACHE_H
#define IKESYNC_GATEWAY_RESPONSE_CACHE_H

#include "core/gateway_state.h"
#include "wire/ike_header.h"

enum response_state { RESPONSE_PENDING, RESPONSE_READY, RESPONSE_SILENT };

struct response_entry {
	struct table_link link;
	struct wheel_timer timer;
	struct gateway *gateway;
	struct gateway_path path;
	uint64_t spi_i;
	uint64_t spi_r;
	uint8_t hash[SA_HASH_SIZE];
	uint8_t state; /* enum response_state */
	/* request and response, without marker: AUTH and BIND cover them */
	struct span request, response;
	uint8_t *octets; /* of both; owned */
	size_t kept;     /* how many */
};

/* The entry of a request, or NULL. */
struct response_entry *response_cache_find(struct gateway *g, const struct gateway_path *path,
					   uint64_t spi_i, const uint8_t hash[static SA_HASH_SIZE]);
/* Repeat or swallow a duplicate: the answer leaves from where this one came in (RFC 7296 section 2.11). */
void response_cache_repeat(struct response_entry *e, const struct gateway_path *path);
/* May a request of n octets be kept? */
bool response_cache_has_room(const struct gateway *g, size_t n);
/* A pending entry, with a copy of the request. */
struct response_entry *response_cache_new(struct gateway *g, const struct gateway_path *path,
					  const struct ike_header *header, struct span octets,
					  const uint8_t hash[static SA_HASH_SIZE]);
/* The answer is sent and kept. */
void response_cache_answer(struct response_entry *e, struct span response);
/* Confirmed: drop the octets, stay silent for response-cache milliseconds. */
void response_cache_confirm(struct response_entry *e);
void response_cache_free(struct response_entry *e);

#endif
