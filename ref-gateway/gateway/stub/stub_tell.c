/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the bank is told of stubs: init, update, delete, and the move (rules 13, 30, 36). */
#include "stub/stub_tell.h"

#include <glib.h>

#include "core/sa.h"
#include "core/services.h"
#include "stub/stub_out.h"

/* The SA may be gone when the bank answers: it is looked up again. */
struct pending {
	GList link; /* of gateway.pending, so that nothing is left behind when no answer comes any
		       more */
	struct gateway *gateway;
	uint64_t spi_r;
	void (*moved)(struct sa *sa, int result);
};

static struct pending *pending_new(const struct sa *sa)
{
	struct pending *p = g_new0(struct pending, 1);

	p->link.data = p;
	p->gateway = sa->gateway;
	p->spi_r = sa->spi_r;
	g_queue_push_tail_link(&p->gateway->pending, &p->link);
	return p;
}

static void pending_free(struct pending *p)
{
	g_queue_unlink(&p->gateway->pending, &p->link);
	g_free(p);
}

void stub_tell_forget_pending(struct gateway *g)
{
	while (!g_queue_is_empty(&g->pending))
		pending_free(g_queue_peek_head(&g->pending));
}

static void init_done(int result, void *user)
{
	struct pending *p = user;

	if (result != STUB_OK)
		log_warning("stub %016" PRIx64 ": the bank did not take it: %s", p->spi_r,
			    result >= 0 ? iana_stub_status_name((unsigned)result) : "no answer");
	pending_free(p);
}

/* Rule 36: who owns the SA no more drops it without a word. */
static void update_done(int result, void *user)
{
	struct pending *p = user;
	struct sa *sa = sa_find(p->gateway, p->spi_r);

	if (result != STUB_OK)
		log_warning("stub %016" PRIx64 ": the bank did not update it: %s", p->spi_r,
			    result >= 0 ? iana_stub_status_name((unsigned)result) : "no answer");
	if (result == STUB_CONFLICT && sa)
		sa_drop(sa);
	else if (result == STUB_NOT_FOUND && sa && sa->has_stub && !sa->rekeyed)
		stub_tell_init(sa); /* rule 55: the bank has lost it */
	pending_free(p);
}

static bool make(struct sa *sa, uint8_t *buffer, size_t cap, struct span *out)
{
	struct wcursor c = wcursor_init(buffer, cap);
	enum err err = stub_out_container(sa, &c);

	if (err)
		log_error("no stub for SA %016" PRIx64 ": %s", sa->spi_r, err_text(err));
	*out = span_of(buffer, wcursor_size(&c));
	return err == ERR_OK;
}

void stub_tell_init(struct sa *sa)
{
	const struct stub_service *bank = &sa->gateway->ops.bank;
	uint8_t buffer[SEAL_BODY_MAX + 256];
	struct span container;

	if (!make(sa, buffer, sizeof(buffer), &container))
		return;
	sa->has_stub = true;
	bank->ops->init(bank->self, container, init_done, pending_new(sa));
	secret_wipe(buffer, sizeof(buffer));
}

void stub_tell_update(struct sa *sa, const struct index *old)
{
	const struct stub_service *bank = &sa->gateway->ops.bank;
	uint8_t buffer[SEAL_BODY_MAX + 256];
	struct span container;

	if (!make(sa, buffer, sizeof(buffer), &container))
		return;
	sa->has_stub = true;
	bank->ops->update(bank->self, old, container, update_done, pending_new(sa));
	secret_wipe(buffer, sizeof(buffer));
}

static void move_done(int result, void *user)
{
	struct pending *p = user;
	struct sa *sa = sa_find(p->gateway, p->spi_r);

	if (sa)
		p->moved(sa, result);
	pending_free(p);
}

void stub_tell_move(struct sa *sa, const struct index *old, struct span container,
		    void (*done)(struct sa *sa, int result))
{
	const struct gateway *g = sa->gateway;
	struct pending *p = pending_new(sa);

	p->moved = done;
	g->ops.bank.ops->move(g->ops.bank.self, old, container, g->config.commit_timeout_ms,
			      move_done, p);
}

void stub_tell_delete(struct gateway *g, const struct index *ix)
{
	if (services_has_bank(g))
		g->ops.bank.ops->delete (g->ops.bank.self, ix, NULL, NULL);
}
