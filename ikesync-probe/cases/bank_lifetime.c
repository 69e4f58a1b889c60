/* SPDX-License-Identifier: GPL-2.0-or-later */
/* G11, G12, G40: how long a stub lives, and what it is afterwards. */
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "client/recovery.h"
#include "run/hook.h"

#define SHORT_S 2
#define SEAL_S 900
#define LATER_MS 1200
/* Beyond the end, whatever a bank's clock counts in. */
#define MARGIN_MS 1100
#define CAP_S 86400
#define SLIGHTLY_S 2

static struct made_stub *make_with(struct desk *d, uint32_t lifetime, int seal_s)
{
	struct index ix = made_stub_index(desk_own(d));

	return desk_keep(d, made_stub_with(d->p, &ix, lifetime, seal_s));
}

/* Let time pass until the lifetime of `m` is over by any clock. */
static void pass_its_end(struct desk *d, const struct made_stub *m)
{
	uint64_t end = m->kept_ms + UINT64_C(1000) * m->lifetime + MARGIN_MS, now = probe_now();

	if (now < end)
		probe_pass_time(d->p, end - now);
}

/* A get that is only worth something while the stub lives. */
static void expect_while_alive(struct desk *d, const struct made_stub *m, const char *what)
{
	struct bank_answer *a;

	if (probe_now() + 500 < m->sent_ms + UINT64_C(1000) * m->lifetime) {
		desk_expect_stub(d, "43.5", d->owner, &m->index, m, what);
		return;
	}
	a = bank_answer_to_get(d->owner, &m->index);
	evidence_note(d->e, "too late for: %s", what);
	bank_answer_free(a);
}

static void g11(struct desk *d)
{
	struct made_stub *brief = make_with(d, SHORT_S, SEAL_S), *m = desk_make(d, desk_own(d));

	if (!desk_put(d, brief) || !desk_put(d, m))
		return;
	expect_while_alive(d, brief, "get while it lives");
	probe_pass_time(d->p, LATER_MS);
	desk_expect_stub(d, "43.5", d->owner, &m->index, m, "a longer one, 1.2 s later");
	pass_its_end(d, brief);
	desk_expect_none(d, "43.1", d->owner, &brief->index, STUB_EXPIRED,
			 "get when the lifetime is over");
	desk_expect_stub(d, "43.5", d->owner, &m->index, m, "the longer one lives");
}

const struct probe_case case_g11 = {
	.id = "G11",
	.lasts = 3,
	.title = "The lifetime counts down, and at its end the stub is not returned",
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.4 item 4",
	.clauses = "43.1 43.5 34.1 " REPLY_FORM_CLAUSES,
	.required =
	    "A get says what is left of the lifetime in whole seconds. When it is over, the "
	    "stub is not returned: expired.",
	.causes = "the lifetime is returned as it was given\n"
		  "expired stubs are removed by a task that has not run yet, and not looked at\n"
		  "seconds and milliseconds are confused",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g11,
};

/* Refused as expired, by init and by update, and nothing changes. */
static void expect_expired(struct desk *d, uint32_t lifetime, int seal_s, const char *what)
{
	struct made_stub *bad = make_with(d, lifetime, seal_s), *live = desk_make(d, desk_own(d));
	struct made_stub *over;

	desk_expect_of(d, "38.4", desk_init(d->owner, bad), STUB_EXPIRED, what);
	desk_expect_nothing(d, "38.4", d->owner, &bad->index, "nothing is stored of it");
	if (!desk_put(d, live))
		return;
	over = desk_keep(d, made_stub_with(d->p, &live->index, lifetime, seal_s));
	desk_expect_of(d, "38.4", bank_answer_to_update(d->owner, &live->index, over->container),
		       STUB_EXPIRED, "update with such a stub");
	desk_expect_of(d, "38.4", bank_answer_to_update(d->owner, &live->index, bad->container),
		       STUB_EXPIRED, "rekey to such a stub");
	desk_expect_stub(d, "38.4", d->owner, &live->index, live, "the stub before is untouched");
	desk_expect_nothing(d, "38.4", d->owner, &bad->index, "nothing is at the new index");
}

static void expect_cut(struct desk *d, uint32_t lifetime, const char *what)
{
	struct made_stub *m = make_with(d, lifetime, 2 * CAP_S);

	desk_expect_of(d, "38.3", desk_init(d->owner, m), STUB_OK, what);
	desk_expect_stub(d, "38.3", d->owner, &m->index, m, "it is kept, for 86,400 s at most");
}

/*
 * A seal that is over by less than 30 s may be one of a clock that is slow. By two seconds, since the bank's own
 * clock may be fast: of one that is 30 s apart, nothing is asked.
 */
static void expect_skew(struct desk *d)
{
	struct made_stub *m = make_with(d, 600, -SLIGHTLY_S), *live = desk_make(d, desk_own(d)),
			 *over;

	/* how long such a stub lives is not asked here */
	desk_expect_of(d, "44.2", bank_answer_to_init(d->owner, m->container), STUB_OK,
		       "init with a sealed expiry 2 s ago");
	desk_expect_stub(d, "35.8", d->owner, &m->index, m, "get of it");
	if (!desk_put(d, live))
		return;
	over = desk_keep(d, made_stub_with(d->p, &live->index, 600, -SLIGHTLY_S));
	desk_expect_of(d, "44.2", bank_answer_to_update(d->owner, &live->index, over->container),
		       STUB_OK, "update with a sealed expiry 2 s ago");
	desk_expect_stub(d, "35.8", d->owner, &live->index, over, "get of it");
}

/* Of a seal's octets a bank reads the expiry: the largest there is, is far away, and not past. */
static void expect_far(struct desk *d)
{
	struct made_stub *m = desk_make(d, desk_own(d));
	size_t n;
	const uint8_t *octets = g_bytes_get_data(m->container, &n);
	uint8_t *copy = g_memdup2(octets, n);
	struct chain_payload p = { .type = STUB_PAYLOAD_STUB, .body = span_of(octets, n) };
	struct stub_container c;
	struct fault fault;
	GBytes *far;

	if (stub_container_parse(&p, &c, &fault) == ERR_OK && c.is_sealed)
		memset(&copy[c.sealed.clear.p - octets + STUB_SEALED_CLEAR - 8], 0xff, 8);
	far = g_bytes_new_take(copy, n);
	desk_expect_of(d, "38.4", bank_answer_to_init(d->owner, far), STUB_OK,
		       "init with the latest sealed expiry that 64 bits can say");
	desk_expect_of(d, "38.4", bank_answer_to_init(d->owner, far), STUB_OK, "the same again");
	g_bytes_unref(far);
}

static void g12(struct desk *d)
{
	expect_far(d);
	expect_skew(d);
	expect_expired(d, 0, SEAL_S, "init with lifetime 0");
	expect_expired(d, 600, -300, "init with a sealed expiry five minutes ago");
	expect_cut(d, CAP_S, "init with a lifetime of 86,400 s");
	expect_cut(d, CAP_S + 1, "init with a lifetime of 86,401 s");
	expect_cut(d, 100000, "init with a lifetime of 100,000 s");
	expect_cut(d, 0x80000000u, "init with a lifetime whose top bit is set");
	expect_cut(d, 0xffffffffu, "init with the largest lifetime");
}

const struct probe_case case_g12 = {
	.id = "G12",
	.title = "Lifetime 0 is expired, one above 86,400 s is cut",
	.provenance = PROVENANCE_RULE,
	.source = RULE(38),
	.clauses = "38.3 38.4 35.8 44.2 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required =
	    "A stub whose lifetime is 0 or whose seal is over is refused as expired and not "
	    "stored; a lifetime above 86,400 s counts as 86,400 s and is ok.",
	.causes = "0 is taken for no limit\n"
		  "a lifetime is added to a clock in 32 bits\n"
		  "a large lifetime is refused instead of cut",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g12,
};

/* --- EXPIRED --- */

static void expired_refuses(struct desk *d, const struct made_stub *m)
{
	struct made_stub *other = desk_make_at(d, &m->index), *to = desk_make(d, desk_own(d));

	desk_expect_none(d, "43.1", d->owner, &m->index, STUB_EXPIRED, "get");
	desk_expect_of(d, "43.2", bank_answer_to_init(d->owner, m->container), STUB_CONFLICT,
		       "its init, replayed");
	desk_expect_of(d, "43.2", bank_answer_to_init(d->owner, other->container), STUB_CONFLICT,
		       "another init of its index");
	desk_expect_of(d, "43.2", bank_answer_to_update(d->owner, &m->index, other->container),
		       STUB_EXPIRED, "update in place");
	desk_expect_of(d, "43.2", bank_answer_to_update(d->owner, &m->index, to->container),
		       STUB_EXPIRED, "update to a new SPI");
	desk_expect_nothing(d, "43.2", d->owner, &to->index, "nothing is at the new SPI");
	desk_expect_none(d, "43.1", d->owner, &m->index, STUB_EXPIRED, "get after all this");
}

static void expired_deleted(struct desk *d, const struct made_stub *m)
{
	struct made_stub *other = desk_make_at(d, &m->index);

	desk_expect_of(d, "43.3", bank_answer_to_delete(d->owner, &m->index), STUB_OK, "delete");
	desk_expect_nothing(d, "43.3", d->owner, &m->index, "get after the delete");
	desk_expect_of(d, "43.3", bank_answer_to_init(d->owner, other->container), STUB_CONFLICT,
		       "init after the delete meets a tombstone");
}

/* Retirement (rule 51) of one that is over. */
static void expired_retired(struct desk *d, const struct made_stub *m)
{
	struct bank_connection *b;

	if (!d->p->target->bank.second_certificate || !d->p->target->bank.second_key) {
		evidence_note(d->e, "no [bank] second-certificate: it is not retired by another");
		return;
	}
	b = desk_dial(d, BANK_SECOND);
	if (!b)
		return;
	desk_expect_none(d, "43.1", b, &m->index, STUB_EXPIRED,
			 "get by another gateway of the pool");
	desk_expect_of(d, "51.2", bank_answer_to_delete(b, &m->index), STUB_OK,
		       "delete by another gateway of the pool");
	desk_expect_nothing(d, "43.3", d->owner, &m->index, "get after that");
	desk_hang_up(d, b);
}

static void expired_restarted(struct desk *d, const struct made_stub *m)
{
	struct bank_connection *b = NULL;

	if (evidence_failed(d->e) ||
	    !hook_run(d->p, d->e, "bank-restart", d->p->target->bank_restart) ||
	    !bank_connection_await_closed(d->owner))
		return;
	for (int i = 0; i < 600 && !probe_interrupted(); i++) {
		b = bank_connection_open(d->p, d->e, BANK_OWNER);
		if (bank_connection_is_up(b))
			break;
		bank_connection_close(b);
		b = NULL;
		probe_pass_time(d->p, 50);
	}
	if (!b) {
		evidence_inconclusive(d->e, "the restarted bank cannot be reached");
		return;
	}
	desk_expect_none(d, "43.4", b, &m->index, STUB_EXPIRED, "get after a restart");
	desk_expect_of(d, "43.4", bank_answer_to_init(b, m->container), STUB_CONFLICT,
		       "its init, replayed after a restart");
	bank_answer_free(bank_answer_to_delete(b, &m->index));
	bank_connection_close(b);
}

/* Longer than a seal that has 3 s of its 30 s of grace left can be opened. */
#define ENDING_MS 5200
#define EARLIEST_S (-60)
#define LATEST_S (-2)

/* So many seconds from now the oldest seal that the bank takes is over, by the bank's own clock: 29 s ago where that is
 * the probe's (rule 44). false: it cannot be told. */
static bool oldest_seal(struct desk *d, int *seal_s)
{
	int refused = EARLIEST_S, taken = LATEST_S + 1;

	while (taken - refused > 1 && bank_connection_is_up(d->owner)) {
		const int middle = (taken + refused) / 2;
		struct bank_answer *a = desk_init(d->owner, make_with(d, 1, middle));
		const struct bank_item *it = bank_answer_item(a, 0);

		if (it && it->code == STUB_OK)
			taken = middle;
		else
			refused = middle;
		bank_answer_free(a);
	}
	*seal_s = taken;
	return taken <= LATEST_S && refused > EARLIEST_S;
}

static void expired_ended(struct desk *d, const struct made_stub *m)
{
	struct made_stub *other = desk_make_at(d, &m->index);
	uint64_t end = m->sent_ms + ENDING_MS, now = probe_now();

	if (now < end)
		probe_pass_time(d->p, end - now);
	desk_expect_nothing(d, "43.4", d->owner, &m->index,
			    "get of a stub when its seal and 30 s more are over");
	desk_expect_of(d, "43.4", desk_init(d->owner, other), STUB_OK,
		       "its index is free for an init");
	desk_expect_stub(d, "43.4", d->owner, &m->index, other, "get of that");
}

static void g40(struct desk *d)
{
	struct made_stub *m = make_with(d, 1, SEAL_S), *kept = make_with(d, 1, SEAL_S);
	struct made_stub *ending = NULL, *retired = make_with(d, 1, SEAL_S);
	int seal_s;
	struct recovery recovery;

	if (!desk_put(d, m) || !desk_put(d, retired) || !desk_put(d, kept))
		return;
	if (oldest_seal(d, &seal_s)) {
		ending = make_with(d, 1, seal_s + 2);
		bank_answer_free(desk_init(d->owner, ending));
	} else {
		evidence_note(
		    d->e, "how far the bank's clock is from the probe's cannot be told: the end "
			  "of EXPIRED is not asked");
	}
	pass_its_end(d, kept);
	expired_refuses(d, m);
	expired_deleted(d, m);
	expired_retired(d, retired);
	if (ending && ending->kept_ms)
		expired_ended(d, ending);
	if (!d->p->target->bank_restart) {
		evidence_info(d->e, "a restart was not tried: no [hooks] bank-restart");
		return;
	}
	recovery_begin(&recovery, d->p, d->e);
	expired_restarted(d, kept);
	recovery_wait(&recovery);
}

const struct probe_case case_g40 = {
	.id = "G40",
	.title = "EXPIRED: get, init, update and delete of a stub whose lifetime is over",
	.provenance = PROVENANCE_RULE,
	.source = RULE(43),
	.clauses = "43.1 43.2 43.3 43.4 34.1 51.2 " REPLY_FORM_CLAUSES,
	.required = "Where the lifetime is over and the seal is not, get and update are expired, "
		    "init is a conflict, and delete is ok and leaves a tombstone. A restart does "
		    "not end that.",
	.causes = "an expired record is removed, so that its own init brings it back\n"
		  "an update makes an expired stub live again\n"
		  "what is over is not looked at before the next purge",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.alone = true,
	.run = stage_desk,
	.at_desk = g40,
};
