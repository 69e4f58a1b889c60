/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stub messages made for tests: sealed stubs whose inside is noise, since a bank never opens one.
 */
#ifndef IKESYNC_TESTS_BANK_MADE_H
#define IKESYNC_TESTS_BANK_MADE_H

#include <glib.h>

#include "wire/stub_container.h"
#include "wire/stub_message.h"

/* "192.0.2.1" and an SPI. Aborts on nonsense. */
struct index made_index(const char *address, uint64_t spi);

/* A container with a sealed stub; `content` chooses its octets. */
GBytes *made_container(const struct index *ix, uint32_t lifetime, uint64_t expiry,
		       uint32_t content);

/* Whole messages, appended to. `n` times made_add...; finish with made_finish(). */
struct made {
	uint8_t octets[STUB_MESSAGE_MAX];
	struct stub_writer w;
};
struct made *made_new(uint8_t type, uint32_t transaction);
void made_index_add(struct made *m, const struct index *ix);
/* Takes the bytes over. */
void made_stub_add(struct made *m, GBytes *container);
GBytes *made_finish(struct made *m);

/* One-liners for the usual requests. */
GBytes *made_init(uint32_t transaction, GBytes *container);
GBytes *made_update(uint32_t transaction, const struct index *old, GBytes *container);
GBytes *made_get(uint32_t transaction, const struct index *ix);
GBytes *made_delete(uint32_t transaction, const struct index *ix);

/* Are two containers the same octets, the four of the lifetime aside? *lifetime is that of `a`. */
bool made_same(struct span a, struct span b, uint32_t *lifetime);

#endif
