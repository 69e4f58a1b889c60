/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the bank is told of stubs: init, update, delete, and the move (rules 13, 30, 36). */
#include "stub/stub_tell.h"

#include <glib.h>

#include "core/sa.h"
#include "core/services.h"
#include "stub/stub_out.h"

/* Rule 55: a stub that the bank did not take is offered again after this, then after twice as long, up to 256 times. */
#define OFFER_FIRST_MS UINT64_C(2000)
#define OFFER_DOUBLINGS 8u

/* The SA may be gone when the bank answers: it is looked up again. */
struct pending {
	GList link; /* of gateway.pending, so that nothing is left behind when no answer comes any
		       more */
	struct gateway *gateway;
	uint64_t spi; /* ours */
	/* init and update */
	bool has_old;
	struct index old;
	unsigned tries; /* before this one */
	void (*moved)(struct sa *sa, int result);
};

static struct pending *pending_new(const struct sa *sa)
{
	struct pending *p = g_new0(struct pending, 1);

	p->link.data = p;
	p->gateway = sa->gateway;
	p->spi = sa_own_spi(sa);
	g_queue_push_tail_link(&p->gateway->pending, &p->link);
	return p;
}

static void pending_free(struct pending *p)
{
	g_queue_unlink(&p->gateway->pending, &p->link);
	g_free(p);
}

static bool make(struct sa *sa, uint8_t *buffer, size_t cap, struct span *out)
{
	struct wcursor c = wcursor_init(buffer, cap);
	enum err err = stub_out_container(sa, &c);

	if (err) {
		secret_wipe(buffer, wcursor_size(&c));
		log_error("no stub for SA %016" PRIx64 ": %s", sa_own_spi(sa), err_text(err));
	}
	*out = span_of(buffer, wcursor_size(&c));
	return err == ERR_OK;
}

/* Rule 55: a stub that waits to be offered again. Its SA may be gone by then. */
struct offer {
	GList link; /* of gateway.offers */
	struct wheel_timer timer;
	struct gateway *gateway;
	uint64_t spi; /* ours */
	bool has_old;
	struct index old;
	unsigned tries;
};

static void offer_free(struct offer *o)
{
	wheel_cancel(o->gateway->ops.wheel, &o->timer);
	g_queue_unlink(&o->gateway->offers, &o->link);
	g_free(o);
}

/* Half of the time is by chance: a bank that was full does not get all of them at once. */
static uint64_t offer_wait(struct gateway *g, unsigned tries)
{
	uint64_t most = OFFER_FIRST_MS << MIN(tries, OFFER_DOUBLINGS);
	uint8_t chance[2];

	rng_fill(&g->ops.rng, chance, sizeof(chance));
	return most / 2 + most / 2 * (chance[0] * UINT64_C(256) + chance[1]) / 65536;
}

/* Where asking again could change the answer. The index of another, or a stub that others have moved, will not be ours. */
static void offer_later(struct pending *p, struct sa *sa, int result, void (*fire)(void *user))
{
	struct gateway *g = p->gateway;
	struct offer *o;

	if (!sa || sa->rekeyed || result == STUB_EXISTS || result == STUB_CONFLICT)
		return;
	o = g_new0(struct offer, 1);
	o->link.data = o;
	o->gateway = g;
	o->spi = p->spi;
	o->has_old = p->has_old;
	o->old = p->old;
	o->tries = p->tries + 1;
	g_queue_push_tail_link(&g->offers, &o->link);
	wheel_arm(g->ops.wheel, &o->timer, services_now(g) + offer_wait(g, p->tries), fire, o);
}

static const char *result_text(int result)
{
	return result >= 0 ? iana_stub_status_name((unsigned)result) : "no answer";
}

/* The two of them lead to one another by the timer only. */
static void offer_again(void *user);

static void init_done(int result, void *user)
{
	struct pending *p = user;
	struct sa *sa = sa_find(p->gateway, p->spi);

	if (result != STUB_OK) {
		log_warning("stub %016" PRIx64 ": the bank did not take it: %s", p->spi,
			    result_text(result));
		if (sa)
			sa->has_stub = false;
		offer_later(p, sa, result, offer_again);
	}
	pending_free(p);
}

static void tell_init(struct sa *sa, unsigned tries)
{
	const struct stub_service *bank = &sa->gateway->ops.bank;
	uint8_t buffer[SEAL_BODY_MAX + 256];
	struct span container;
	struct pending *p;

	if (!make(sa, buffer, sizeof(buffer), &container))
		return;
	sa->has_stub = true;
	p = pending_new(sa);
	p->tries = tries;
	bank->ops->init(bank->self, container, init_done, p);
	secret_wipe(buffer, container.n);
}

/* Rule 36: who owns the SA no more drops it without a word. */
static void update_done(int result, void *user)
{
	struct pending *p = user;
	struct sa *sa = sa_find(p->gateway, p->spi);

	if (result != STUB_OK)
		log_warning("stub %016" PRIx64 ": the bank did not update it: %s", p->spi,
			    result_text(result));
	if (result == STUB_CONFLICT && sa)
		sa_drop(sa);
	else if (result == STUB_NOT_FOUND && sa && sa->has_stub && !sa->rekeyed)
		tell_init(sa, 0); /* rule 55: the bank has lost it */
	else if (result != STUB_OK && result != STUB_NOT_FOUND)
		offer_later(p, sa, result, offer_again);
	pending_free(p);
}

static void tell_update(struct sa *sa, const struct index *old, unsigned tries)
{
	const struct stub_service *bank = &sa->gateway->ops.bank;
	uint8_t buffer[SEAL_BODY_MAX + 256];
	struct span container;
	struct pending *p;

	if (!make(sa, buffer, sizeof(buffer), &container))
		return;
	sa->has_stub = true;
	p = pending_new(sa);
	p->has_old = true;
	p->old = *old;
	p->tries = tries;
	bank->ops->update(bank->self, old, container, update_done, p);
	secret_wipe(buffer, container.n);
}

static void offer_again(void *user)
{
	struct offer *o = user;
	struct sa *sa = sa_find(o->gateway, o->spi);

	if (sa && sa->state == SA_ESTABLISHED && !sa->rekeyed && !sa->dismissed) {
		if (o->has_old)
			tell_update(sa, &o->old, o->tries);
		else if (!sa->has_stub)
			tell_init(sa, o->tries);
	}
	offer_free(o);
}

void stub_tell_init(struct sa *sa)
{
	tell_init(sa, 0);
}

void stub_tell_update(struct sa *sa, const struct index *old)
{
	tell_update(sa, old, 0);
}

static void move_done(int result, void *user)
{
	struct pending *p = user;
	struct sa *sa = sa_find(p->gateway, p->spi);

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

void stub_tell_forget_pending(struct gateway *g)
{
	while (!g_queue_is_empty(&g->pending))
		pending_free(g_queue_peek_head(&g->pending));
	while (!g_queue_is_empty(&g->offers))
		offer_free(g_queue_peek_head(&g->offers));
}
