/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions and orders of who runs the gateway, and their answers. */
#include "gateway_ctl.h"

#include <errno.h>

#include "core/sa.h"
#include "core/sa_describe.h"
#include "core/services.h"
#include "exchange/dismiss.h"
#include "exchange/redirect.h"
#include "stub/stub_out.h"

/* So many SAs a turn of the loop: some 50 us. */
#define SAS_PER_TURN 200

/* A walk over all SAs for a caller; it holds it. */
struct round {
	struct gateway *gateway;
	struct ctl_caller *caller;
	struct table_walk walk;
	void (*each)(struct round *r, struct sa *sa);
	const char *done; /* what the order did to `n`; NULL: it is a question */
	uint64_t n;
	char *identity; /* of this one only; NULL: of all */
	struct ike_redirect to;
};

static void on_link(struct table_link *link, void *user)
{
	struct round *r = user;
	struct sa *sa = TABLE_ENTRY(link, struct sa, by_spi);

	if (sa->state == SA_CLOSED ||
	    (r->identity && !sa_describe_is_of(sa, stub_out_eap_identity(sa), r->identity)))
		return;
	r->each(r, sa);
}

static void round_end(struct round *r)
{
	struct listing *l = ctl_listing(r->caller);

	if (r->done) {
		listing_begin(l, LISTING_SHEET);
		listing_count(l, r->done, r->n);
		listing_end(l);
		log_notice("ctl: %" PRIu64 " SAs %s, by %s", r->n, r->done, ctl_who(r->caller));
	}
	ctl_end(r->caller, NULL);
	ctl_release(r->caller);
	g_free(r->identity);
	g_free(r);
}

static void go_on(struct ctl_caller *c, void *user)
{
	struct round *r = user;

	/* Whoever has hung up has seen enough of it. */
	if (!ctl_is_gone(c) &&
	    table_walk_on(&r->walk, &r->gateway->sas.by_spi, SAS_PER_TURN, on_link, r))
		ctl_later(c, go_on, r);
	else
		round_end(r);
}

static void round_begin(const struct gateway_ctl *ctl, struct ctl_caller *c,
			const struct round *how)
{
	struct round *r = g_memdup2(how, sizeof(*how));

	r->gateway = ctl->gateway;
	r->caller = c;
	r->walk = table_walk_begin(&ctl->gateway->sas.by_spi);
	r->identity = g_strdup(how->identity);
	ctl_hold(c);
	go_on(c, r);
}

/* An SA by our own SPI, in hexadecimal. NULL: no such one, or no such number. */
static struct sa *find(const struct gateway_ctl *ctl, const char *text)
{
	char *rest;
	uint64_t spi;
	struct sa *sa;

	errno = 0;
	spi = g_ascii_strtoull(text, &rest, 16);
	if (!g_ascii_isxdigit(*text) || errno || *rest || !spi)
		return NULL;
	sa = sa_find(ctl->gateway, spi);
	return sa && sa->state != SA_CLOSED ? sa : NULL;
}

/* ---- questions ---- */

static bool status(struct ctl_caller *c, char *const *word, unsigned n, void *user)
{
	const struct gateway_ctl *ctl = user;
	const struct gateway *g = ctl->gateway;
	struct listing *l = ctl_listing(c);

	(void)word;
	(void)n;
	listing_begin(l, LISTING_SHEET);
	listing_word(l, "version", IKESYNC_VERSION);
	listing_count(l, "sas", g->counters.sas);
	listing_count(l, "half open", g->counters.half_open);
	listing_count(l, "provisional", g->counters.provisional);
	listing_word(l, "bank",
		     !services_has_bank(g)        ? "none"
		     : services_bank_reachable(g) ? "connected"
						  : "not reachable");
	listing_count(l, "peers", policy_peers(g->ops.policy));
	listing_word(l, "log level", log_level_name());
	listing_end(l);
	ctl_end(c, NULL);
	return true;
}

static bool statistics(struct ctl_caller *c, char *const *word, unsigned n, void *user)
{
	const struct gateway_ctl *ctl = user;

	(void)word;
	(void)n;
	metrics_list(ctl->statistics, ctl->user, ctl_listing(c));
	ctl_end(c, NULL);
	return true;
}

static void list_one(struct round *r, struct sa *sa)
{
	sa_describe(sa, stub_out_eap_identity(sa), ctl_listing(r->caller));
}

static bool list(struct ctl_caller *c, char *const *word, unsigned n, void *user)
{
	struct round r = { .each = list_one, .identity = n > 1 ? word[1] : NULL };

	round_begin(user, c, &r);
	return true;
}

static bool show(struct ctl_caller *c, char *const *word, unsigned n, void *user)
{
	struct sa *sa = find(user, word[1]);

	(void)n;
	if (sa)
		sa_describe_whole(sa, stub_out_eap_identity(sa), ctl_listing(c));
	ctl_end(c, sa ? NULL : "there is none");
	return true;
}

/* ---- orders ---- */

static void end_one(struct round *r, struct sa *sa)
{
	r->n += dismiss(sa);
}

/* "SPI", "all", "identity ID" */
static bool some(const struct gateway_ctl *ctl, struct ctl_caller *c, char *const *word, unsigned n,
		 struct round *r)
{
	bool named = g_str_equal(word[0], "identity");
	struct sa *sa;

	if (n != (named ? 2u : 1u))
		return false;
	if (named || g_str_equal(word[0], "all")) {
		r->identity = named ? word[1] : NULL;
		round_begin(ctl, c, r);
		return true;
	}
	sa = find(ctl, word[0]);
	if (!sa) {
		ctl_end(c, "there is none");
		return true;
	}
	r->caller = c;
	r->each(r, sa);
	log_notice("ctl: SA %s %s, by %s", word[0], r->n ? r->done : "left alone", ctl_who(c));
	ctl_end(c, r->n ? NULL : "it is not established, or cannot be");
	return true;
}

static bool terminate(struct ctl_caller *c, char *const *word, unsigned n, void *user)
{
	struct round r = { .each = end_one, .done = "ended" };

	return some(user, c, &word[1], n - 1, &r);
}

static void redirect_one(struct round *r, struct sa *sa)
{
	r->n += redirect(sa, &r->to);
}

static bool send_away(struct ctl_caller *c, char *const *word, unsigned n, void *user)
{
	struct round r = { .each = redirect_one, .done = "redirected" };

	return !ike_redirect_from_text(word[n - 1], &r.to) && some(user, c, &word[1], n - 2, &r);
}

static bool reload(struct ctl_caller *c, char *const *word, unsigned n, void *user)
{
	const struct gateway_ctl *ctl = user;

	(void)word;
	(void)n;
	ctl_reload(c, ctl->reload, ctl->user);
	return true;
}

const struct ctl_command gateway_ctl_commands[] = {
	{ "status", "", 0, 0, "SAs now, the bank, the level of the log", status },
	{ "statistics", "", 0, 0, "all that is counted", statistics },
	{ "list", "[IDENTITY]", 0, 1, "SAs, a line each; those of one identity", list },
	{ "show", "SPI", 1, 1, "all about one, and its child SAs, but no keys", show },
	{ "terminate", "SPI", 1, 2, "end one session; its stub is deleted, the client told",
	  terminate },
	{ "terminate", "identity ID", 2, 2, "end all sessions of an identity", terminate },
	{ "terminate", "all", 1, 1, "end all sessions", terminate },
	{ "redirect", "SPI GATEWAY", 2, 3,
	  "send one client to another gateway, if it knows REDIRECT", send_away },
	{ "redirect", "identity ID GATEWAY", 3, 3, "all clients of an identity", send_away },
	{ "redirect", "all GATEWAY", 2, 2, "all clients", send_away },
	{ "reload", "", 0, 0, "as SIGHUP", reload },
	{ "log-level", "[LEVEL]", 0, 1, "how much is logged; another one until the restart",
	  ctl_log_level },
	{ NULL, NULL, 0, 0, NULL, NULL },
};
