/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of a run: sanity, the chosen cases, sanity again. */
#include "run/runner.h"

#include <string.h>

#include "run/probe.h"
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

/* Is there a reason not to run the case? Sets verdict and reason. */
static bool ruled_out(const struct probe *p, const struct run *run, const char *blocked,
		      struct result *r)
{
	const struct probe_case *c = r->c;
	unsigned requires = c->requires;
	char *missing;

	if (target_declares_unsupported(p->target, c->id)) {
		r->verdict = VERDICT_UNSUPPORTED;
		r->reason = g_strdup("declared unsupported by the target file");
		return true;
	}
	/* a gateway that knows no SYN is its own variant without */
	if (p->syn_unknown)
	requires &= ~(unsigned)REQUIRES_VARIANT_SYN_OFF;
	missing = requirement_missing(p->target, requires);
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
	if (run->died_in && c->asks == ASKS_GATEWAY) {
		r->see = run->died_in;
		r->verdict = VERDICT_INCONCLUSIVE;
		r->reason =
		    g_strdup_printf("not run: the target fell silent in %s", run->died_in->label);
		return true;
	}
	return groundless(run, r);
}

static void tell(const struct runner *runner, const struct probe_case *c, const struct result *r)
{
	if (runner->progress)
		runner->progress(c, r, runner->user);
}

/* Only where something went wrong: a target that answers is not asked whether it does. */
static void look_for_death(const struct runner *runner, struct run *run, struct result *r)
{
	char *reason;
	const enum verdict v = verdict_judge(r->evidence, r->rules_bind, false, &reason);

	g_free(reason);
	if (!runner->fell_silent || run->death || r->c->asks != ASKS_GATEWAY ||
	    r->c->id[0] == 'S' || (v != VERDICT_FAIL && v != VERDICT_INCONCLUSIVE) ||
	    probe_interrupted())
		return;
	run->death = runner->fell_silent(runner->probe, r->evidence);
	if (run->death)
		run->died_in = r;
}

static void ask(const struct runner *runner, struct run *run, struct result *r)
{
	struct probe *p = runner->probe;
	struct capture *files = capture_begin(runner->capture, r->label);
	uint64_t began = probe_now();

	r->evidence = evidence_new(r->c, files);
	r->c->run(p, r->evidence);
	r->rules_bind = probe_rules_bind(p, r->c);
	look_for_death(runner, run, r);
	/* closings that the case has queued */
	while (g_main_context_iteration(p->context, FALSE))
		;
	r->duration_ms = probe_now() - began;
	capture_end(files, &r->capture);
	r->evidence->capture = NULL;
	if (p->relay)
		relay_reset(p->relay);
	r->rules_bind = probe_rules_bind(p, r->c);
	r->verdict = verdict_judge(r->evidence, r->rules_bind, probe_interrupted(), &r->reason);
}

static const struct result *run_case(const struct runner *runner, struct run *run,
				     const struct probe_case *c, bool last, const char *blocked)
{
	struct result *r = g_new0(struct result, 1);

	r->c = c;
	r->last = last;
	r->label = last ? g_strdup_printf("%s-last", c->id) : g_strdup(c->id);
	if (!ruled_out(runner->probe, run, blocked, r)) {
		tell(runner, c, NULL);
		ask(runner, run, r);
	}
	g_ptr_array_add(run->results, r);
	tell(runner, c, r);
	return r;
}

static bool is_sanity(const struct runner *runner, const struct probe_case *c)
{
	return c == runner->sanity_gateway || c == runner->sanity_bank;
}

/* Does a sanity case speak for the chosen ones? Gateway cases stand on the bank too where one is
 * given. */
static bool sanity_matters(const struct runner *runner, const GPtrArray *cases,
			   const struct probe_case *sanity)
{
	bool bank = sanity->asks == ASKS_BANK;

	for (unsigned i = 0; i < cases->len; i++) {
		const struct probe_case *c = g_ptr_array_index(cases, i);

		if (c == sanity)
			return true;
		if (is_sanity(runner, c) || c->asks == ASKS_CLIENT)
			continue;
		if (c->asks == ASKS_BANK ? bank
					 : (!bank || runner->probe->target->bank.certificate))
			return true;
	}
	return false;
}

/* Why the other cases prove nothing, to be freed; NULL: sane, or not asked. */
static char *run_sanity_case(const struct runner *runner, struct run *run, const GPtrArray *cases,
			     const struct probe_case *c, bool last)
{
	const struct result *r;
	char *why;

	if (probe_interrupted() || !c || !sanity_matters(runner, cases, c))
		return NULL;
	r = run_case(runner, run, c, last, NULL);
	if (probe_interrupted() ||
	    (r->verdict != VERDICT_FAIL && r->verdict != VERDICT_INCONCLUSIVE))
		return NULL;
	why =
	    g_strdup_printf("%s%s %s: %s", c->id, last ? " (last)" : "",
			    r->verdict == VERDICT_FAIL ? "failed" : "was inconclusive", r->reason);
	if (!run->sanity_failure)
		run->sanity_failure = g_strdup(why);
	/*
	 * A bank that can be reached but does not answer a miss is worth the other questions; one
	 * that cannot be reached (inconclusive) is not.
	 */
	if (c->asks == ASKS_BANK && r->verdict != VERDICT_INCONCLUSIVE)
		g_clear_pointer(&why, g_free);
	return why;
}

static void run_last_sanity(const struct runner *runner, struct run *run, const GPtrArray *cases)
{
	g_free(run_sanity_case(runner, run, cases, runner->sanity_gateway, true));
	g_free(run_sanity_case(runner, run, cases, runner->sanity_bank, true));
}

struct run *runner_run(const struct runner *runner, const GPtrArray *cases)
{
	struct run *run = g_new0(struct run, 1);
	bool sanity = !runner->probe->options.no_sanity, more = false;
	char *gateway = NULL, *bank = NULL; /* why cases against it need not be tried */
	uint64_t began = probe_now();

	run->probe = runner->probe;
	run->results = g_ptr_array_new_with_free_func(run_result_free);
	run->began = g_date_time_new_now_utc();
	run->capture_method = g_strdup(capture_run_method(runner->capture));
	if (sanity) {
		gateway = run_sanity_case(runner, run, cases, runner->sanity_gateway, false);
		bank = run_sanity_case(runner, run, cases, runner->sanity_bank, false);
	}
	for (unsigned i = 0; i < cases->len && !probe_interrupted(); i++) {
		const struct probe_case *c = g_ptr_array_index(cases, i);
		const struct result *r;

		if (is_sanity(runner, c) && sanity)
			continue;
		more = true;
		r = run_case(runner, run, c, false,
			     c->asks == ASKS_CLIENT ? NULL
			     : c->asks == ASKS_BANK ? bank
						    : gateway);
		if (runner->probe->options.stop &&
		    (r->verdict == VERDICT_FAIL || r->verdict == VERDICT_INCONCLUSIVE))
			break;
	}
	if (more && sanity && !gateway && !bank && !run->death)
		run_last_sanity(runner, run, cases);
	g_free(gateway);
	g_free(bank);
	run->interrupted = probe_interrupted();
	run->duration_ms = probe_now() - began;
	run_conclude(run);
	return run;
}
