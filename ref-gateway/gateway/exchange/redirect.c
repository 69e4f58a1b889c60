/* SPDX-License-Identifier: GPL-2.0-or-later */
/* REDIRECT, on live SAs and at the end of a login. */
#include "exchange/redirect.h"

#include <glib.h>

#include "core/sa.h"
#include "core/sa_due.h"
#include "core/services.h"
#include "exchange/own_info.h"
#include "exchange/own_request.h"
#include "stub/stub_linger.h"

/* A client that was redirected at its login, and does not go. */
#define LOGIN_MS 30000

static bool knows_it(const struct sa *sa)
{
	return sa->redirects == SA_REDIRECTS || sa->redirects == SA_REDIRECTED_HERE;
}

bool redirect(struct sa *sa, const struct ike_redirect *to)
{
	if (sa->state != SA_ESTABLISHED || sa->rekeyed || sa->dismissed || !knows_it(sa))
		return false;
	g_free(sa->redirect_to);
	sa->redirect_to = g_memdup2(to, sizeof(*to));
	sa_due_arm(sa);
	return true;
}

static bool acknowledged(struct sa *sa, const struct chain *answer)
{
	struct ike_notify notify;
	char spis[IKE_SPIS_TEXT_MAX];

	if (!answer)
		return own_info_is_dead(sa);
	sa->redirected = !own_request_error(answer, &notify);
	log_info("SA %s: the client has %sheard where it shall go", sa_text(sa, spis),
		 sa->redirected ? "" : "not ");
	return true;
}

static struct span write_data(const struct ike_redirect *to, uint8_t *buffer, size_t cap)
{
	struct wcursor c = wcursor_init(buffer, cap);

	ike_redirect_write(&c, to);
	return wcursor_written(&c, 0);
}

bool redirect_ask(struct sa *sa)
{
	uint8_t data[sizeof(struct ike_redirect)];
	struct own_request q;

	own_request_init(&q);
	ike_notify_write_simple(&q.w, NOTIFY_REDIRECT,
				write_data(sa->redirect_to, data, sizeof(data)));
	if (!own_request_send(sa, EXCHANGE_INFORMATIONAL, &q, acknowledged))
		return false;
	g_clear_pointer(&sa->redirect_to, g_free);
	return true;
}

/* Who was sent here by another gateway stays: two that send clients to each other would play ball with it. */
static bool is_sent_on(const struct sa *sa)
{
	return sa->gateway->config.redirect.type && sa->redirects == SA_REDIRECTS;
}

void redirect_established(struct sa *sa)
{
	const struct gateway_config *c = &sa->gateway->config;

	if (c->redirect_late && is_sent_on(sa))
		sa->gateway->counters.redirected += redirect(sa, &c->redirect);
}

bool redirect_login(struct sa *sa, struct exchange_reply *r)
{
	struct gateway *g = sa->gateway;
	uint8_t data[sizeof(struct ike_redirect)];
	char spis[IKE_SPIS_TEXT_MAX], text[IKE_REDIRECT_TEXT_MAX];

	if (g->config.redirect_late || !is_sent_on(sa))
		return false;
	ike_notify_write_simple(&r->w, NOTIFY_REDIRECT,
				write_data(&g->config.redirect, data, sizeof(data)));
	sa->dismissed = true;
	sa->over = sa->expiry = MIN(sa->expiry, services_utc(g) + LOGIN_MS / 1000);
	g->counters.redirected++;
	log_info("SA %s: redirected to %s", sa_text(sa, spis),
		 ike_redirect_text(&g->config.redirect, text));
	return true;
}

void redirect_left(struct sa *sa)
{
	struct index ix = sa_index(sa);

	if (!sa->redirected || !sa->has_stub)
		return;
	stub_linger(sa->gateway, &ix);
	sa->has_stub = false;
}

void redirect_inherit(struct sa *old, struct sa *new)
{
	new->redirects = old->redirects;
	new->redirected = old->redirected;
	new->redirect_to = g_steal_pointer(&old->redirect_to);
}
