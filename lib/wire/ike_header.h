/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IKE header, RFC 7296 section 3.1. */
#ifndef IKESYNC_WIRE_IKE_HEADER_H
#define IKESYNC_WIRE_IKE_HEADER_H

#include "wire/cursor.h"

#define IKE_HEADER_SIZE 28
#define IKE_VERSION_2 0x20
#define IKE_FLAG_INITIATOR 0x08
#define IKE_FLAG_VERSION 0x10
#define IKE_FLAG_RESPONSE 0x20
/* Largest message this project takes or makes, octets: what fits a UDP datagram over IPv4. */
#define IKE_MESSAGE_MAX 65507
/* RFC 3948 section 2.2: four zero octets before IKE on port 4500. */
#define IKE_NON_ESP_MARKER_SIZE 4

struct ike_header {
	uint64_t spi_i; /* the 8 octets read as a big-endian number */
	uint64_t spi_r;
	uint8_t next_payload;
	uint8_t version; /* major in the high four bits */
	uint8_t exchange;
	uint8_t flags;
	uint32_t message_id;
	uint32_t length; /* octets, header included; set by the writer */
};

/*
 * Read the header of `message` and check that its Length is exactly `message.n`.
 * ERR_TRUNCATED, ERR_LENGTH; ERR_VERSION when the major version is not 2
 * (the header is filled in then, so that the caller can answer).
 */
IKESYNC_MUST_USE enum err ike_header_parse(struct span message, struct ike_header *out,
					   struct fault *fault);

/* The header of an original responder's response; lengths and payload are the writer's. */
struct ike_header ike_header_response(uint64_t spi_i, uint64_t spi_r, uint8_t exchange,
				      uint32_t message_id);

/* "0123456789abcdef_i 0123456789abcdef_r" with NUL: an SA in logs. Either is left out when it is 0. */
#define IKE_SPIS_TEXT_MAX 38
const char *ike_spis_text(uint64_t spi_i, uint64_t spi_r, char out[static IKE_SPIS_TEXT_MAX]);

/* Write 28 octets; next_payload and length as given. */
void ike_header_write(struct wcursor *c, const struct ike_header *h);

#endif
