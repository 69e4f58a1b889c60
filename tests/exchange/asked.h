/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a gateway asks of its own accord: taken, opened, answered. */
#ifndef IKESYNC_TESTS_ASKED_H
#define IKESYNC_TESTS_ASKED_H

#include "session.h"

struct asked {
	struct ike_protected m;
	uint8_t plain[PEER_BUFFER];
	GBytes *octets;
};

/* The oldest message that a gateway has sent is a request of this exchange and ID in p's SA; asserts so. Clear `a` afterwards. */
void asked_take(struct world *w, struct peer *p, uint8_t exchange, uint32_t message_id,
		struct asked *a);
void asked_clear(struct asked *a);
/* Answer it with these payloads, without letting anything else happen first. */
void asked_answer(struct world *w, unsigned site, struct peer *p, const struct asked *a,
		  struct peer_inner *in);
/* With nothing. */
void asked_answer_empty(struct world *w, unsigned site, struct peer *p, const struct asked *a);
/* With this notify. */
void asked_refuse(struct world *w, unsigned site, struct peer *p, const struct asked *a,
		  uint16_t notify, struct span data);

#endif
