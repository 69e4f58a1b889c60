/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers gets and updates from the one stub that it keeps. */
#include "handshake_bank.h"

static void get(void *self, const struct index *ix, stub_service_get_fn *done, void *user)
{
	struct handshake_bank *b = self;

	(void)ix;
	b->got = done;
	b->user = user;
}

static void keep(struct handshake_bank *b, struct span container)
{
	if (container.n > sizeof(b->container))
		return;
	memcpy(b->container, container.p, container.n);
	b->n = container.n;
}

static void move(void *self, const struct index *old, struct span container, uint32_t timeout_ms,
		 stub_service_done_fn *done, void *user)
{
	struct handshake_bank *b = self;

	(void)old;
	(void)timeout_ms;
	keep(b, container);
	b->moved = done;
	b->user = user;
}

/* Answered at once, which only a bench may do: the gateway does not mind for init and update. */
static void init(void *self, struct span container, stub_service_done_fn *done, void *user)
{
	keep(self, container);
	if (done)
		done(STUB_OK, user);
}

static void update(void *self, const struct index *old, struct span container,
		   stub_service_done_fn *done, void *user)
{
	(void)old;
	init(self, container, done, user);
}

static void delete (void *self, const struct index *ix, stub_service_done_fn *done, void *user)
{
	(void)self;
	(void)ix;
	if (done)
		done(STUB_OK, user);
}

static bool reachable(void *self)
{
	(void)self;
	return true;
}

struct stub_service handshake_bank_service(struct handshake_bank *b)
{
	static const struct stub_service_ops ops = { get,    move,      init, update,
						     delete, reachable, NULL };

	return (struct stub_service){ &ops, b };
}

bool handshake_bank_answer(struct handshake_bank *b)
{
	stub_service_get_fn *got = b->got;
	stub_service_done_fn *moved = b->moved;

	b->got = NULL;
	b->moved = NULL;
	if (got)
		got(STUB_OK, span_of(b->container, b->n), b->user);
	else if (moved)
		moved(STUB_OK, b->user);
	return got || moved;
}
