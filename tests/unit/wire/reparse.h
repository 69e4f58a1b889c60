/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The properties every parser of lib/wire must have, whatever the octets: shared by the unit tests
 * (bit flips) and the fuzz targets. A broken property prints what broke and aborts.
 */
#ifndef IKESYNC_TESTS_REPARSE_H
#define IKESYNC_TESTS_REPARSE_H

#include "wire/ike_payloads.h"
#include "wire/stub.h"

/* Parse a payload by its type; what was accepted must survive write and parse. Returns the parser's
 * verdict. */
enum err reparse_payload(const struct chain_payload *p);
/*
 * Parse an IKE message and each of its payloads. The rewritten chain must be the same octets.
 * Returns the verdict on header and chain.
 */
enum err reparse_message(struct span message);
/* The same for a stub message with its items, containers and stubs. Returns the verdict on the
 * message. */
enum err reparse_stub_message(struct span message);
/* A container body; returns the verdict on the container. */
enum err reparse_container(struct span body);
/* The plaintext of a sealed stub. */
enum err reparse_plaintext(struct span plaintext);
/* The text parsers of addresses and identities. */
void reparse_text(const char *text);

#endif
