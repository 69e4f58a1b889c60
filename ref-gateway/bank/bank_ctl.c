/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions and orders of who runs the bank, and their answers. */
#include "bank_ctl.h"

#include <errno.h>

#include "tool/log.h"

/* What the store is asked for a caller; it holds it. */
struct question {
	struct bank_ctl *ctl;
	struct ctl_caller *caller;
	struct index index;
	bool one; /* record alone */
	unsigned n;
	struct ledger_browse browse;
	struct store_op op;
};

static struct question *question_new(struct bank_ctl *ctl, struct ctl_caller *caller,
				     const struct index *ix)
{
	struct question *q = g_new0(struct question, 1);

	q->ctl = ctl;
	q->caller = caller;
	q->index = *ix;
	ctl_hold(caller);
	return q;
}

static void question_end(struct question *q, const char *trouble)
{
	ctl_end(q->caller, trouble);
	ctl_release(q->caller);
	g_free(q);
}

static bool status(struct ctl_caller *c, char *const *word, unsigned n, void *user)
{
	const struct bank_ctl *ctl = user;
	struct listing *l = ctl_listing(c);

	(void)word;
	(void)n;
	listing_begin(l, LISTING_SHEET);
	listing_word(l, "store", store_name(ctl->bank->store));
	listing_count(l, "stubs", store_count(ctl->bank->store));
	listing_count(l, "remembered", store_tombstones(ctl->bank->store));
	listing_count(l, "connections", server_connections(ctl->server));
	listing_count(l, "waiting octets", server_waiting(ctl->server));
	listing_count(l, "seconds",
		      (uint64_t)(g_get_monotonic_time() - ctl->began) / G_USEC_PER_SEC);
	listing_end(l);
	ctl_end(c, NULL);
	return true;
}

static bool connections(struct ctl_caller *c, char *const *word, unsigned n, void *user)
{
	const struct bank_ctl *ctl = user;

	(void)word;
	(void)n;
	server_describe(ctl->server, ctl_listing(c));
	ctl_end(c, NULL);
	return true;
}

/* ---- records ---- */

static const char *state_of(const struct record *r)
{
	return r->state == RECORD_LIVE ? "stub" : r->state == RECORD_MOVED ? "moved" : "deleted";
}

/* Never what is inside a stub. */
static void describe(const struct question *q, const struct index *ix,
		     const struct rules_view *view)
{
	const struct record *r = &view->record;
	const struct bank_clock *clock = &q->ctl->bank->clock;
	struct listing *l = ctl_listing(q->caller);
	g_autofree char *pool = g_strndup((const char *)r->pool.p, r->pool.n);
	char text[INDEX_TEXT_MAX];

	listing_begin(l, LISTING_LINE);
	listing_bare(l, "index", index_text(ix, text));
	listing_bare(l, "state", view->damaged ? "damaged" : state_of(r));
	if (!view->damaged) {
		listing_count(l, "expires", r->expiry);
		listing_mark(l, "expired", r->expiry <= clock->seconds(clock->ctx));
		if (r->state == RECORD_LIVE) {
			listing_count(l, "octets", r->container.n);
			listing_bare(l, "kept", r->encrypted ? "encrypted-here" : "as-it-came");
		}
		if (r->state == RECORD_MOVED)
			listing_word(l, "to", index_text(&r->moved_to, text));
		listing_text(l, "pool", pool ? pool : "");
	}
	listing_end(l);
}

static bool on_record(struct ledger_browse *b, const struct index *ix,
		      const struct rules_view *view)
{
	struct question *q = b->user;

	if (ctl_is_gone(q->caller) || (q->one && (q->n > 0 || !index_equal(ix, &q->index))))
		return false;
	q->n++;
	describe(q, ix, view);
	return true;
}

static void go_on(struct ctl_caller *c, void *user)
{
	struct question *q = user;

	if (ctl_is_gone(c))
		question_end(q, NULL);
	else
		store_browse(q->ctl->bank->store, &q->browse);
}

static void on_page(struct ledger_browse *b)
{
	struct question *q = b->user;

	if (b->failed)
		question_end(q, "the storage cannot be read");
	else if (q->one)
		question_end(q, q->n ? NULL : "there is none");
	else if (b->end || ctl_is_gone(q->caller))
		question_end(q, NULL);
	else
		ctl_later(q->caller, go_on, q);
}

static void browse(struct question *q)
{
	q->browse = (struct ledger_browse){ .gateway = q->index.address,
					    .from_spi = true,
					    .spi = q->one ? q->index.spi : 0,
					    .each = on_record,
					    .done = on_page,
					    .user = q };
	store_browse(q->ctl->bank->store, &q->browse);
}

static bool parse_index(const char *text, struct index *out)
{
	char *rest;

	errno = 0;
	out->spi = g_ascii_strtoull(text, &rest, 16);
	return g_ascii_isxdigit(*text) && errno == 0 && *rest == '@' && out->spi > 0 &&
	       address_from_text(rest + 1, &out->address) == ERR_OK;
}

static bool list(struct ctl_caller *c, char *const *word, unsigned n, void *user)
{
	struct index ix = { 0 };

	(void)n;
	if (address_from_text(word[1], &ix.address))
		return false;
	browse(question_new(user, c, &ix));
	return true;
}

static bool show(struct ctl_caller *c, char *const *word, unsigned n, void *user)
{
	struct index ix;
	struct question *q;

	(void)n;
	if (!parse_index(word[1], &ix))
		return false;
	q = question_new(user, c, &ix);
	q->one = true;
	browse(q);
	return true;
}

/* ---- orders ---- */

static void on_deleted(struct store_op *op, void *user)
{
	struct question *q = user;
	const struct bank *bank = q->ctl->bank;
	g_autofree char *who = g_strdup_printf("ctl by=\"%s\"", ctl_who(q->caller));
	char text[INDEX_TEXT_MAX];

	audit_note(bank->audit, who, op, bank->clock.seconds(bank->clock.ctx),
		   bank->clock.ms(bank->clock.ctx));
	log_notice("ctl: delete of %s by %s: %s", index_text(&op->index, text), ctl_who(q->caller),
		   iana_stub_status_name(op->status));
	question_end(q, op->status == STUB_OK ? NULL : iana_stub_status_name(op->status));
}

static bool delete (struct ctl_caller *c, char *const *word, unsigned n, void *user)
{
	struct bank_ctl *ctl = user;
	struct index ix;
	struct question *q;

	(void)n;
	if (!parse_index(word[1], &ix))
		return false;
	q = question_new(ctl, c, &ix);
	q->op = (struct store_op){ .kind = STORE_DELETE,
				   .index = ix,
				   .pool = "",
				   .owns_old = true,
				   .done = on_deleted,
				   .user = q };
	store_submit(ctl->bank->store, &q->op);
	store_flush(ctl->bank->store);
	return true;
}

static bool checkpoint(struct ctl_caller *c, char *const *word, unsigned n, void *user)
{
	const struct bank_ctl *ctl = user;
	g_autoptr(GError) error = NULL;
	bool ok;

	(void)n;
	if (word[1][0] != '/')
		return false;
	ok = store_checkpoint(ctl->bank->store, word[1], &error);
	log_notice("ctl: checkpoint into %s by %s: %s", word[1], ctl_who(c),
		   ok ? "ok" : error->message);
	ctl_end(c, ok ? NULL : error->message);
	return true;
}

static bool reload(struct ctl_caller *c, char *const *word, unsigned n, void *user)
{
	const struct bank_ctl *ctl = user;

	(void)word;
	(void)n;
	ctl_reload(c, ctl->reload, ctl->user);
	return true;
}

const struct ctl_command bank_ctl_commands[] = {
	{ "status", "", 0, 0, "what it keeps, and for how many", status },
	{ "connections", "", 0, 0, "who is connected, with what rights", connections },
	{ "list", "GATEWAY", 1, 1,
	  "the stubs of a gateway's address, and what is remembered of others", list },
	{ "show", "SPI@GATEWAY", 1, 1, "one of them", show },
	{ "delete", "SPI@GATEWAY", 1, 1, "take one away, as its owner may", delete },
	{ "checkpoint", "DIRECTORY", 1, 1,
	  "a copy of the store as it is now, in a new directory (RocksDB)", checkpoint },
	{ "reload", "", 0, 0, "as SIGHUP", reload },
	{ "log-level", "[LEVEL]", 0, 1, "how much is logged; another one until the restart",
	  ctl_log_level },
	{ NULL, NULL, 0, 0, NULL, NULL },
};
