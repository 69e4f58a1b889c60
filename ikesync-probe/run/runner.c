/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/runner.h"

#include <string.h>

#include "catalogue/catalogue.h"
#include "run/verdict.h"

static void result_free(void *data)
{
	struct result *r = data;

	g_free(r->label);
	g_free(r->reason);
	evidence_free(r->evidence);
	capture_result_clear(&r->capture);
	g_free(r);
}

void run_free(struct run *run)
{
	if (!run)
		return;
	g_ptr_array_unref(run->results);
	g_date_time_unref(run->began);
	g_free(run->capture_method);
	g_free(run->sanity_failure);
	g_free(run->conclusion);
	g_free(run);
}

/* Is there a reason not to run `c`? Sets verdict and reason. */
static bool ruled_out(const struct probe *p, const struct probe_case *c, const char *blocked,
		      struct result *r)
{
	char *missing;

	if (target_declares_unsupported(p->target, c->id)) {
		r->verdict = VERDICT_UNSUPPORTED;
		r->reason = g_strdup("declared unsupported by the target file");
		return true;
	}
	missing = target_missing(p->target, c->requires);
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
	return false;
}

static const struct result *run_case(struct run *run, struct capture_run *capture,
				     const struct probe_case *c, bool last, const char *blocked,
				     runner_progress progress, void *user)
{
	struct probe *p = run->probe;
	struct result *r = g_new0(struct result, 1);
	struct capture *files;
	uint64_t began = probe_now();

	r->c = c;
	r->last = last;
	r->label = last ? g_strdup_printf("%s-last", c->id) : g_strdup(c->id);
	g_ptr_array_add(run->results, r);
	if (ruled_out(p, c, blocked, r)) {
		if (progress)
			progress(run, c, r, user);
		return r;
	}
	if (progress)
		progress(run, c, NULL, user);
	files = capture_begin(capture, r->label);
	r->evidence = evidence_new(c, files);
	c->run(p, r->evidence);
	/* closings that the case has queued */
	while (g_main_context_iteration(p->context, FALSE))
		;
	r->duration_ms = probe_now() - began;
	capture_end(files, &r->capture);
	r->evidence->capture = NULL;
	if (p->relay)
		relay_reset(p->relay);
	r->rules_bind = probe_rules_bind(p, c);
	r->verdict = verdict_judge(r->evidence, r->rules_bind, probe_interrupted(p), &r->reason);
	if (progress)
		progress(run, c, r, user);
	return r;
}

/* Which sanity cases speak for the chosen ones? Gateway cases stand on the bank too where one is
 * given. */
static bool sanity_matters(const struct probe *p, const GPtrArray *cases, const char *id)
{
	bool bank = strcmp(id, "S02") == 0;

	for (unsigned i = 0; i < cases->len; i++) {
		const struct probe_case *c = g_ptr_array_index(cases, i);

		if (strcmp(c->id, id) == 0)
			return true;
		if (c->id[0] == 'S')
			continue;
		if (catalogue_asks_bank(c) ? bank : (!bank || p->target->bank.certificate))
			return true;
	}
	return false;
}

struct sanity {
	char *gateway; /* why cases against a gateway need not be tried; NULL: sane */
	char *bank;
};

static void run_sanity(struct run *run, const GPtrArray *cases, struct capture_run *capture,
		       bool last, struct sanity *out, runner_progress progress, void *user)
{
	static const char *const ids[] = { "S01", "S02" };

	for (size_t i = 0; i < G_N_ELEMENTS(ids) && !probe_interrupted(run->probe); i++) {
		const struct probe_case *c = catalogue_find(ids[i]);
		const struct result *r;
		char *why;

		if (!c || !sanity_matters(run->probe, cases, ids[i]))
			continue;
		r = run_case(run, capture, c, last, NULL, progress, user);
		if (probe_interrupted(run->probe) ||
		    (r->verdict != VERDICT_FAIL && r->verdict != VERDICT_INCONCLUSIVE))
			continue;
		why = g_strdup_printf("%s%s %s: %s", ids[i], last ? " (last)" : "",
				      r->verdict == VERDICT_FAIL ? "failed" : "was inconclusive",
				      r->reason);
		if (!run->sanity_failure)
			run->sanity_failure = g_strdup(why);
		/*
		 * A bank that can be reached but does not answer a miss is worth the other
		 * questions; one that cannot be reached (inconclusive) is not.
		 */
		if (i == 0)
			out->gateway = why;
		else if (r->verdict == VERDICT_INCONCLUSIVE)
			out->bank = why;
		else
			g_free(why);
	}
}

struct run *runner_run(struct probe *p, const GPtrArray *cases, struct capture_run *capture,
		       runner_progress progress, void *user)
{
	struct run *run = g_new0(struct run, 1);
	struct sanity first = { 0 }, last = { 0 };
	uint64_t began = probe_now();
	bool more = false;

	run->probe = p;
	run->results = g_ptr_array_new_with_free_func(result_free);
	run->began = g_date_time_new_now_utc();
	run->capture_method = g_strdup(capture_run_method(capture));
	if (!p->options.no_sanity)
		run_sanity(run, cases, capture, false, &first, progress, user);
	for (unsigned i = 0; i < cases->len && !probe_interrupted(p); i++) {
		const struct probe_case *c = g_ptr_array_index(cases, i);

		if (c->id[0] == 'S' && !p->options.no_sanity)
			continue;
		more = true;
		run_case(run, capture, c, false,
			 catalogue_asks_bank(c) ? first.bank : first.gateway, progress, user);
	}
	if (more && !p->options.no_sanity && !first.gateway && !first.bank)
		run_sanity(run, cases, capture, true, &last, progress, user);
	g_free(first.gateway);
	g_free(first.bank);
	g_free(last.gateway);
	g_free(last.bank);
	run->interrupted = probe_interrupted(p);
	run->duration_ms = probe_now() - began;
	run_conclude(run);
	return run;
}

static char *ids_of(const struct run *run, enum verdict v)
{
	GString *s = g_string_new(NULL);

	for (unsigned i = 0; i < run->results->len; i++) {
		const struct result *r = g_ptr_array_index(run->results, i);

		if (r->verdict == v)
			g_string_append_printf(s, "%s%s", s->len ? ", " : "", r->label);
	}
	return g_string_free(s, FALSE);
}

void run_conclude(struct run *run)
{
	const unsigned *n = run->counts;
	unsigned judged;
	char *ids = NULL;

	memset(run->counts, 0, sizeof(run->counts));
	for (unsigned i = 0; i < run->results->len; i++) {
		const struct result *r = g_ptr_array_index(run->results, i);

		/* the second sanity round repeats a case: it counts where it brings news */
		if (!r->last || r->verdict == VERDICT_FAIL || r->verdict == VERDICT_INCONCLUSIVE)
			run->counts[r->verdict]++;
	}
	judged = n[VERDICT_PASS] + n[VERDICT_FAIL] + n[VERDICT_WARN] + n[VERDICT_INFO] +
		 n[VERDICT_INCONCLUSIVE];
	g_free(run->conclusion);
	if (run->interrupted) {
		run->exit = RUN_INTERRUPTED;
		run->conclusion = g_strdup("INTERRUPTED: the cases not listed were not run.");
	} else if (run->sanity_failure) {
		run->exit = RUN_UNREACHABLE;
		run->conclusion =
		    g_strdup_printf("INCONCLUSIVE: %s. Mend that first: the other verdicts "
				    "prove nothing.",
				    run->sanity_failure);
	} else if (n[VERDICT_FAIL]) {
		ids = ids_of(run, VERDICT_FAIL);
		run->exit = RUN_DOES_NOT_CONFORM;
		run->conclusion = g_strdup_printf("DOES NOT CONFORM: %u of %u cases failed: %s.",
						  n[VERDICT_FAIL], judged, ids);
	} else if (n[VERDICT_INCONCLUSIVE]) {
		ids = ids_of(run, VERDICT_INCONCLUSIVE);
		run->exit = RUN_DOES_NOT_CONFORM;
		run->conclusion =
		    g_strdup_printf("NOT SHOWN TO CONFORM: nothing failed, but %u of %u "
				    "cases could not come to their point: %s.",
				    n[VERDICT_INCONCLUSIVE], judged, ids);
	} else if (judged == 0) {
		run->exit = RUN_DOES_NOT_CONFORM;
		run->conclusion = g_strdup("NOTHING SHOWN: every chosen case was skipped or is "
					   "declared unsupported.");
	} else if (n[VERDICT_WARN] && run->probe->options.strict) {
		ids = ids_of(run, VERDICT_WARN);
		run->exit = RUN_DOES_NOT_CONFORM;
		run->conclusion =
		    g_strdup_printf("DOES NOT CONFORM (--strict): %u of %u cases warn: %s.",
				    n[VERDICT_WARN], judged, ids);
	} else {
		unsigned idle = n[VERDICT_SKIP] + n[VERDICT_UNSUPPORTED];
		char *warned = n[VERDICT_WARN]
				   ? g_strdup_printf(", %u of them with a warning", n[VERDICT_WARN])
				   : g_strdup("");
		char *left = idle ? g_strdup_printf("; %u not asked (skipped or unsupported)", idle)
				  : g_strdup("");

		run->exit = RUN_CONFORMS;
		run->conclusion =
		    g_strdup_printf("CONFORMS in all %u cases asked%s%s.", judged, warned, left);
		g_free(warned);
		g_free(left);
	}
	g_free(ids);
}
