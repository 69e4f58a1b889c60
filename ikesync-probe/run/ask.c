/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One case: whether it is asked, and what came of it. */
#include "run/ask.h"

#include <string.h>

#include "run/verdict.h"
#include "target/requirement.h"

/* The result of the case called `id` (of `n` letters) that proves nothing may be built on it. */
static const struct result *broken_ground(const struct run *run, const char *id, size_t n)
{
	for (unsigned i = 0; i < run->results->len; i++) {
		const struct result *r = g_ptr_array_index(run->results, i);

		if (strlen(r->c->id) == n && memcmp(r->c->id, id, n) == 0 &&
		    (r->verdict == VERDICT_FAIL || r->verdict == VERDICT_INCONCLUSIVE))
			return r->see ? r->see : r;
	}
	return NULL;
}

/* A case without the ground it stands on would fail for another one's reason. */
static bool groundless(const struct run *run, struct result *r)
{
	const char *at = r->c->needs ? r->c->needs : "";

	for (size_t n; !r->see && *at; at += n) {
		at += strspn(at, " ");
		n = strcspn(at, " ");
		r->see = broken_ground(run, at, n);
	}
	if (!r->see)
		return false;
	r->verdict = VERDICT_INCONCLUSIVE;
	r->reason = g_strdup_printf("not run, see %s: this case stands on what that one asks",
				    r->see->label);
	return true;
}

const char *ask_blocked(const struct probe_case *c, const char *gateway, const char *bank)
{
	return c->asks == ASKS_CLIENT ? NULL : c->asks == ASKS_BANK ? bank : gateway;
}

bool ask_ruled_out(const struct probe *p, const struct run *run, const char *blocked,
		   struct result *r)
{
	const struct probe_case *c = r->c;
	unsigned wanted = c->requires;
	char *missing;

	if (target_declares_unsupported(p->target, c->id)) {
		r->verdict = VERDICT_UNSUPPORTED;
		r->reason = g_strdup("declared unsupported by the target file");
		return true;
	}
	/* a gateway that knows no SYN is its own variant without */
	if (p->syn_unknown)
		wanted &= ~(unsigned)REQUIRES_VARIANT_SYN_OFF;
	missing = requirement_missing(p->target, wanted);
	if (missing) {
		r->verdict = VERDICT_SKIP;
		r->reason = g_strdup_printf("the target file lacks %s", missing);
		g_free(missing);
		return true;
	}
	if (blocked) {
		r->verdict = VERDICT_INCONCLUSIVE;
		r->reason = g_strdup_printf("not run, since %.3s is not as it must be", blocked);
		return true;
	}
	if (p->syn_unknown && c->asks == ASKS_GATEWAY && !c->any_gateway && c->id[0] != 'S') {
		r->verdict = VERDICT_INCONCLUSIVE;
		r->reason = g_strdup("not asked: the gateway does not know IKE_SA_SYN, see S01");
		return true;
	}
	if (run->died_in &&
	    (c->asks == ASKS_GATEWAY || (c->asks == ASKS_BANK && run->died_in->death.bank))) {
		run_not_for_death(run, r);
		return true;
	}
	return groundless(run, r);
}

/* Only where something went wrong: a target that answers is not asked whether it does. */
static void look_for_death(const struct runner *runner, struct run *run, struct result *r)
{
	struct probe *p = runner->probe;
	struct death *d = &r->death;
	const bool asked = r->c->asks == ASKS_GATEWAY || r->c->asks == ASKS_BANK;
	char *reason;
	const enum verdict v = verdict_judge(r->evidence, r->rules_bind, false, &reason);

	g_free(reason);
	if (!asked || run->died_in || r->c->id[0] == 'S' ||
	    (v != VERDICT_FAIL && v != VERDICT_INCONCLUSIVE) || probe_interrupted())
		return;
	/* the bank first: gateways that have lost it answer, if not as they should */
	if (runner->bank_fell_silent)
		d->text = runner->bank_fell_silent(p, r->evidence, &d->owed_ms);
	d->bank = d->text != NULL;
	if (!d->text && runner->gateway_fell_silent && r->c->asks == ASKS_GATEWAY)
		d->text = runner->gateway_fell_silent(p, r->evidence, &d->owed_ms);
	if (d->text)
		run_died_in(run, r);
}

/* So often a case is asked whose finding the probe's own lateness may have made. */
#define ROUNDS 3

/* `before`: why it is asked again; NULL: it is not. */
static void ask_round(const struct runner *runner, struct run *run, struct result *r,
		      struct capture *files, const char *before)
{
	struct probe *p = runner->probe;

	r->evidence = evidence_new(r->c, files);
	if (before)
		evidence_note(r->evidence, "asked again: %s", before);
	r->c->run(p, r->evidence);
	r->rules_bind = probe_rules_bind(p, r->c);
	look_for_death(runner, run, r);
	/* closings that the case has queued */
	while (g_main_context_iteration(p->context, FALSE))
		;
	if (p->relay)
		relay_reset(p->relay);
	r->rules_bind = probe_rules_bind(p, r->c);
	r->verdict = verdict_judge(r->evidence, r->rules_bind, probe_interrupted(), &r->reason);
}

static bool is_doubtful(const struct run *run, const struct result *r)
{
	return verdict_is_doubtful(r->evidence, r->verdict) && !run->died_in &&
	       !probe_interrupted();
}

/* In rounds, until none of it can be the probe's own lateness. */
static void ask_once(const struct runner *runner, struct run *run, struct result *r)
{
	struct capture *files = capture_begin(runner->capture, r->label);
	uint64_t began = probe_now();

	ask_round(runner, run, r, files, NULL);
	for (unsigned i = 1; i < ROUNDS && is_doubtful(run, r); i++) {
		struct evidence *before = r->evidence;
		char *why = g_steal_pointer(&r->reason);

		ask_round(runner, run, r, files, why);
		r->evidence->limits |= before->limits;
		evidence_free(before);
		g_free(why);
	}
	r->duration_ms = probe_now() - began;
	capture_end(files, &r->capture);
	r->evidence->capture = NULL;
}

static bool is_bad(const struct result *r)
{
	return r->verdict == VERDICT_FAIL || r->verdict == VERDICT_INCONCLUSIVE;
}

/* `r` becomes what `again` is, which gets what `r` was. */
static void swap(struct run *run, struct result *r, struct result *again)
{
	const struct result first = *r;
	const uint64_t both_ms = r->duration_ms + again->duration_ms;

	*r = *again;
	*again = first;
	/* the case keeps its name, whatever its files are called */
	again->label = r->label;
	r->label = first.label;
	r->duration_ms = both_ms;
	if (run->died_in == again)
		run->died_in = r;
}

/*
 * What two rounds say together. A failure is not forgotten for having passed later: it warns. What only came to no
 * point is what the next round says.
 */
static void join(struct run *run, struct result *r, struct result *again)
{
	if (again->death.text ||
	    (r->verdict == VERDICT_INCONCLUSIVE && again->verdict != VERDICT_INCONCLUSIVE)) {
		swap(run, r, again);
		evidence_note(r->evidence, "asked again; the round before: %s", again->reason);
	} else if (r->verdict == VERDICT_FAIL && !is_bad(again)) {
		char *reason = g_strdup_printf(
		    "unsteady: passed when it was asked again; at first: %s", r->reason);

		g_free(r->reason);
		r->reason = reason;
		r->verdict = VERDICT_WARN;
	}
}

void ask_case(const struct runner *runner, struct run *run, struct result *r)
{
	ask_once(runner, run, r);
	for (unsigned i = 0; i < runner->probe->options.retry; i++) {
		struct result *again;

		if (!is_bad(r) || r->death.text || run->died_in || probe_interrupted())
			return;
		again = g_new0(struct result, 1);
		again->c = r->c;
		again->last = r->last;
		again->label = g_strdup_printf("%s-again%u", r->label, i + 1);
		ask_once(runner, run, again);
		if (again->evidence)
			join(run, r, again);
		run_result_free(again);
	}
}
