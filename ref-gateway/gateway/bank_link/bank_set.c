/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several banks as one service: which of them is asked. */
#include "bank_link/bank_set.h"

#include <glib.h>

struct bank_set {
	struct bank_set_config config;
};

static const struct stub_service *bank_of(const struct bank_set *s, const struct index *ix)
{
	unsigned i = s->config.authority ? s->config.authority(ix, s->config.user) : 0;

	return &s->config.banks[i < s->config.n ? i : 0];
}

static void set_get(void *self, const struct index *ix, stub_service_get_fn *done, void *user)
{
	const struct stub_service *bank = bank_of(self, ix);

	bank->ops->get(bank->self, ix, done, user);
}

static void set_move(void *self, const struct index *old, struct span container,
		     uint32_t timeout_ms, stub_service_done_fn *done, void *user)
{
	const struct stub_service *bank = bank_of(self, old);

	bank->ops->move(bank->self, old, container, timeout_ms, done, user);
}

static void set_init(void *self, struct span container, stub_service_done_fn *done, void *user)
{
	const struct bank_set *s = self;
	struct chain_payload p = { .type = STUB_PAYLOAD_STUB, .body = container };
	const struct stub_service *bank = &s->config.banks[0];
	struct stub_container c;
	struct fault fault;

	if (s->config.authority && !stub_container_parse(&p, &c, &fault))
		bank = bank_of(s, &c.index);
	bank->ops->init(bank->self, container, done, user);
}

static void set_update(void *self, const struct index *old, struct span container,
		       stub_service_done_fn *done, void *user)
{
	const struct stub_service *bank = bank_of(self, old);

	bank->ops->update(bank->self, old, container, done, user);
}

static void set_delete(void *self, const struct index *ix, stub_service_done_fn *done, void *user)
{
	const struct stub_service *bank = bank_of(self, ix);

	bank->ops->delete (bank->self, ix, done, user);
}

static bool set_reachable(void *self)
{
	const struct bank_set *s = self;

	for (unsigned i = 0; i < s->config.n; i++)
		if (s->config.banks[i].ops->reachable(s->config.banks[i].self))
			return true;
	return false;
}

/* Who can say to which of them a stub will go? All of them, then. */
static bool set_durable(void *self)
{
	const struct bank_set *s = self;

	for (unsigned i = 0; i < s->config.n; i++) {
		const struct stub_service *bank = &s->config.banks[i];

		if (bank->ops->durable && !bank->ops->durable(bank->self))
			return false;
	}
	return true;
}

static const struct stub_service_ops ops = {
	.get = set_get,
	.move = set_move,
	.init = set_init,
	.update = set_update,
	.delete = set_delete,
	.reachable = set_reachable,
	.durable = set_durable,
};

struct bank_set *bank_set_new(const struct bank_set_config *config)
{
	struct bank_set *s;

	if (config->n == 0 || config->n > BANK_SET_MAX)
		return NULL;
	s = g_new0(struct bank_set, 1);
	s->config = *config;
	return s;
}

void bank_set_free(struct bank_set *s)
{
	g_free(s);
}

struct stub_service bank_set_service(struct bank_set *s)
{
	return (struct stub_service){ &ops, s };
}
