/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the worked examples are written: "name =", then octets in hex with comments behind '#'. */
#ifndef TESTS_EXAMPLES_PRINT_H
#define TESTS_EXAMPLES_PRINT_H

#include "wire/chain.h"
#include "wire/iana.h"

/* A heading and its text. */
void print_heading(const char *text);
void print_text(const char *text);
/* Open and close a block of values. */
void print_begin(void);
void print_end(void);
/* One value. */
void print_octets(const char *name, struct span octets);
void print_number(const char *name, uint64_t v, unsigned octets);
/* A whole IKE message, one payload after the other. */
void print_ike(const char *name, struct span message);
/* A chain of payloads whose first type is `first`, as inside SK; `stub`: stub payload numbers. */
void print_chain(const char *name, uint8_t first, struct span chain, bool stub);
/* A whole stub message; containers are taken apart. */
void print_stub_message(const char *name, struct span message);
/* First Payload, RESERVED, chain: the plaintext of a sealed stub, or the body of a container. */
void print_headed_chain(const char *name, struct span octets);

#endif
