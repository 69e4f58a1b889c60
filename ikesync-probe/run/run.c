/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the results of a run to its counts, exit code and conclusion. */
#include "run/run.h"

#include <string.h>

#include "run/consequence.h"
#include "run/waived.h"

void run_result_free(void *result)
{
	struct result *r = result;

	g_free(r->label);
	g_free(r->reason);
	g_free(r->death.text);
	evidence_free(r->evidence);
	capture_result_clear(&r->capture);
	g_free(r);
}

void run_free(struct run *run)
{
	if (!run)
		return;
	g_ptr_array_unref(run->results);
	if (run->left_behind)
		g_array_unref(run->left_behind);
	g_date_time_unref(run->began);
	g_free(run->capture_method);
	g_free(run->sanity_failure);
	g_free(run->conclusion);
	g_free(run);
}

#define ANY (~0u)
#define NOT_WAIVED (ANY & ~(1u << WAIVED))

/*
 * Those that count, by bits of enum verdict and enum waived: their labels in *ids (g_free()), how many they are.
 */
static unsigned gather(const struct run *run, unsigned verdicts, unsigned waived, char **ids)
{
	GString *s = g_string_new(NULL);
	unsigned n = 0;

	for (unsigned i = 0; i < run->results->len; i++) {
		const struct result *r = g_ptr_array_index(run->results, i);

		if (!(verdicts >> r->verdict & 1) || !(waived >> r->waived & 1) ||
		    !run_counts(run, r))
			continue;
		g_string_append_printf(s, "%s%s", s->len ? ", " : "", r->label);
		n++;
	}
	*ids = g_string_free(s, FALSE);
	return n;
}

static char *ids_of(const struct run *run, enum verdict v)
{
	char *ids;

	(void)gather(run, 1u << v, NOT_WAIVED, &ids);
	return ids;
}

static bool is_bad(const struct result *r)
{
	return r->verdict == VERDICT_FAIL || r->verdict == VERDICT_INCONCLUSIVE;
}

bool run_counts(const struct run *run, const struct result *r)
{
	const struct result *other = NULL;

	for (unsigned i = 0; i < run->results->len; i++) {
		const struct result *o = g_ptr_array_index(run->results, i);

		if (o != r && o->c == r->c)
			other = o;
	}
	/* the second round repeats a case: it counts where it brings news */
	return !other || (r->last ? is_bad(r) && !is_bad(other) : is_bad(r) || !is_bad(other));
}

bool run_count_group(const struct run *run, char group, unsigned n[static VERDICTS])
{
	bool any = false;

	memset(n, 0, VERDICTS * sizeof(*n));
	for (unsigned i = 0; i < run->results->len; i++) {
		const struct result *r = g_ptr_array_index(run->results, i);

		if (r->c->id[0] != group)
			continue;
		any = true;
		n[r->verdict] += run_counts(run, r);
	}
	return any;
}

static void count(struct run *run)
{
	memset(run->counts, 0, sizeof(run->counts));
	for (unsigned i = 0; i < run->results->len; i++) {
		const struct result *r = g_ptr_array_index(run->results, i);

		if (run_counts(run, r))
			run->counts[r->verdict]++;
	}
}

/* Sanity alone shows nothing where something else was chosen. */
static bool nothing_shown(const struct run *run)
{
	bool others = false;

	for (unsigned i = 0; i < run->results->len; i++) {
		const struct result *r = g_ptr_array_index(run->results, i);

		if (r->c->id[0] == 'S')
			continue;
		others = true;
		if (r->verdict != VERDICT_SKIP && r->verdict != VERDICT_UNSUPPORTED)
			return false;
	}
	return others;
}

static char *conforms_text(const struct run *run, unsigned judged)
{
	const unsigned *n = run->counts;
	unsigned idle = n[VERDICT_SKIP] + n[VERDICT_UNSUPPORTED];
	g_autofree char *borne = NULL, *warned = NULL;
	const unsigned waived = gather(run, ANY, 1u << WAIVED, &borne);
	const unsigned warnings = gather(run, 1u << VERDICT_WARN, NOT_WAIVED, &warned);
	GString *s = g_string_new(NULL);

	if (waived)
		g_string_printf(s, "CONFORMS in %u of %u cases asked; the others are waived",
				judged - waived, judged);
	else
		g_string_printf(s, "CONFORMS in all %u cases asked", judged);
	if (warnings)
		g_string_append_printf(s, ", %u of them with a warning", warnings);
	if (idle)
		g_string_append_printf(s, "; %u not asked (skipped or unsupported)", idle);
	g_string_append_c(s, '.');
	return g_string_free(s, FALSE);
}

/* What is borne, and what need not be any more, behind a conclusion. */
static char *with_waivers(const struct run *run, char *text)
{
	g_autofree char *borne = NULL, *needless = NULL;
	const unsigned waived = gather(run, ANY, 1u << WAIVED, &borne);
	const unsigned idle = gather(run, ANY, 1u << WAIVED_NEEDLESS, &needless);
	GString *s = g_string_new(text);

	g_free(text);
	if (waived)
		g_string_append_printf(s, " Waived: %s.", borne);
	if (idle)
		g_string_append_printf(s, " Passed although waived: %s; the waiver can go.",
				       needless);
	return g_string_free(s, FALSE);
}

static bool all_waived(const struct run *run, unsigned judged)
{
	g_autofree char *ids = NULL;

	return gather(run, ANY, 1u << WAIVED, &ids) == judged;
}

/* What the verdicts of an uninterrupted, sane run say. */
static char *judged_text(const struct run *run, enum run_exit *exit)
{
	const unsigned *n = run->counts;
	const bool strict = run->probe->options.strict;
	unsigned judged = n[VERDICT_PASS] + n[VERDICT_FAIL] + n[VERDICT_WARN] + n[VERDICT_INFO] +
			  n[VERDICT_INCONCLUSIVE];
	g_autofree char *failed = NULL, *vague = NULL, *warned = NULL, *needless = NULL;
	const unsigned failures = gather(run, 1u << VERDICT_FAIL, NOT_WAIVED, &failed);
	const unsigned inconclusive = gather(run, 1u << VERDICT_INCONCLUSIVE, NOT_WAIVED, &vague);
	const unsigned warnings = gather(run, 1u << VERDICT_WARN, NOT_WAIVED, &warned);

	*exit = RUN_DOES_NOT_CONFORM;
	if (failures)
		return g_strdup_printf("DOES NOT CONFORM: %u of %u cases failed: %s.", failures,
				       judged, failed);
	if (inconclusive)
		return g_strdup_printf("NOT SHOWN TO CONFORM: nothing failed, but %u of %u "
				       "cases could not come to their point: %s.",
				       inconclusive, judged, vague);
	if (judged == 0 || nothing_shown(run))
		return g_strdup("NOTHING SHOWN: every chosen case was skipped or is "
				"declared unsupported.");
	if (warnings && strict)
		return g_strdup_printf("DOES NOT CONFORM (--strict): %u of %u cases warn: %s.",
				       warnings, judged, warned);
	if (strict && gather(run, ANY, 1u << WAIVED_NEEDLESS, &needless))
		return g_strdup("CONFORMS, BUT NOT AS WAIVED (--strict).");
	if (all_waived(run, judged))
		return g_strdup("NOTHING SHOWN: every case asked is waived.");
	*exit = RUN_CONFORMS;
	return conforms_text(run, judged);
}

/* Only the cases that hold for any gateway were asked. */
static char *syn_unknown_text(const struct run *run)
{
	g_autofree char *failed = ids_of(run, VERDICT_FAIL);

	if (run->counts[VERDICT_FAIL])
		return g_strdup_printf("NO SYN, AND DOES NOT CONFORM TO BASE IKEv2: %s. Of the "
				       "cases that apply to any gateway these failed: %s.",
				       PROBE_SYN_UNKNOWN, failed);
	return g_strdup_printf("NO SYN: %s. The cases that apply to any gateway found no fault.",
			       PROBE_SYN_UNKNOWN);
}

/* A capture shows what it shows: what could not be judged there is no fault of anybody. */
static char *capture_text(const struct run *run, enum run_exit *exit)
{
	const unsigned *n = run->counts;
	unsigned judged = n[VERDICT_PASS] + n[VERDICT_FAIL] + n[VERDICT_WARN];
	g_autofree char *unjudged = ids_of(run, VERDICT_INCONCLUSIVE);
	g_autofree char *warned = ids_of(run, VERDICT_WARN);
	g_autofree char *failed = ids_of(run, VERDICT_FAIL);
	GString *s = g_string_new(NULL);

	*exit = RUN_DOES_NOT_CONFORM;
	if (n[VERDICT_FAIL]) {
		g_string_printf(
		    s, "DOES NOT CONFORM: %u of the %u cases that the capture shows failed: %s",
		    n[VERDICT_FAIL], judged, failed);
	} else if (!judged || !run->probe->story_speaks) {
		*exit = RUN_UNREACHABLE;
		g_string_printf(s, "NOTHING TO JUDGE: the capture shows nothing of IKE SA "
				   "synchronisation that could be read");
	} else if (n[VERDICT_WARN] && run->probe->options.strict) {
		g_string_printf(s, "DOES NOT CONFORM (--strict): %u cases warn: %s",
				n[VERDICT_WARN], warned);
	} else {
		*exit = RUN_CONFORMS;
		g_string_printf(s, "CONFORMS in all %u cases that the capture shows", judged);
	}
	if (n[VERDICT_WARN] && !run->probe->options.strict)
		g_string_append_printf(s, "; with a warning: %s", warned);
	if (n[VERDICT_INCONCLUSIVE] && judged)
		g_string_append_printf(s, "; not to be judged from it: %s", unjudged);
	g_string_append_c(s, '.');
	return g_string_free(s, FALSE);
}

void run_died_in(struct run *run, const struct result *r)
{
	if (!run->died_in || r->death.owed_ms < run->died_in->death.owed_ms)
		run->died_in = r;
}

void run_not_for_death(const struct run *run, struct result *r)
{
	const struct result *died = run->died_in;

	r->see = died;
	r->verdict = VERDICT_INCONCLUSIVE;
	g_free(r->reason);
	r->reason = g_strdup_printf("%s the %s fell silent in %s",
				    r->evidence ? "it found that" : "not run:",
				    died->death.bank ? "stub bank" : "target", died->label);
}

/* Those that ran beside the case in which a target fell silent found it so, too. */
static void see_who_died(struct run *run)
{
	for (unsigned i = 0; i < run->results->len; i++) {
		struct result *r = g_ptr_array_index(run->results, i);

		if (r != run->died_in && (r->death.text || (r->see && r->see->death.text)))
			run_not_for_death(run, r);
	}
}

void run_conclude(struct run *run)
{
	see_who_died(run);
	consequence_judge(run);
	waived_judge(run);
	count(run);
	g_free(run->conclusion);
	if (run->interrupted) {
		run->exit = RUN_INTERRUPTED;
		run->conclusion = g_strdup("INTERRUPTED: the cases not listed were not run.");
	} else if (run->died_in) {
		run->exit = RUN_DOES_NOT_CONFORM;
		run->conclusion = g_strdup_printf("DOES NOT LAST: %s. The cases after it were not "
						  "asked.",
						  run->died_in->death.text);
	} else if (run->probe->story) {
		run->conclusion = capture_text(run, &run->exit);
	} else if (run->sanity_failure) {
		run->exit = RUN_UNREACHABLE;
		run->conclusion =
		    g_strdup_printf("INCONCLUSIVE: %s. Mend that first: the other verdicts "
				    "prove nothing.",
				    run->sanity_failure);
	} else if (run->probe->syn_unknown) {
		run->exit = RUN_DOES_NOT_CONFORM;
		run->conclusion = syn_unknown_text(run);
	} else {
		run->conclusion = with_waivers(run, judged_text(run, &run->exit));
	}
}
