/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of a run: sanity, the chosen cases, sanity again. */
#include "run/runner.h"

#include "run/ask.h"
#include "run/probe.h"
#include "run/side_by_side.h"

static void tell(const struct runner *runner, const struct probe_case *c, const struct result *r)
{
	if (runner->progress)
		runner->progress(c, r, runner->user);
}

static const struct result *run_case(const struct runner *runner, struct run *run,
				     const struct probe_case *c, bool last, const char *blocked)
{
	struct result *r = g_new0(struct result, 1);

	r->c = c;
	r->last = last;
	r->label = last ? g_strdup_printf("%s-last", c->id) : g_strdup(c->id);
	if (!ask_ruled_out(runner->probe, run, blocked, r)) {
		tell(runner, c, NULL);
		ask_case(runner, run, r);
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

/* The chosen cases but those that the sanity rounds ask. */
static GPtrArray *others(const struct runner *runner, const GPtrArray *cases, bool sanity)
{
	GPtrArray *out = g_ptr_array_new();

	for (unsigned i = 0; i < cases->len; i++)
		if (!sanity || !is_sanity(runner, g_ptr_array_index(cases, i)))
			g_ptr_array_add(out, g_ptr_array_index(cases, i));
	return out;
}

static void in_turn(const struct runner *runner, struct run *run, const GPtrArray *cases,
		    const char *gateway, const char *bank)
{
	for (unsigned i = 0; i < cases->len && !probe_interrupted(); i++) {
		const struct probe_case *c = g_ptr_array_index(cases, i);
		const struct result *r =
		    run_case(runner, run, c, false, ask_blocked(c, gateway, bank));

		if (runner->probe->options.stop &&
		    (r->verdict == VERDICT_FAIL || r->verdict == VERDICT_INCONCLUSIVE))
			break;
	}
}

unsigned runner_count(const struct runner *runner, const GPtrArray *cases)
{
	const bool sanity = !runner->probe->options.no_sanity;
	const struct probe_case *const rounds[] = { runner->sanity_gateway, runner->sanity_bank };
	GPtrArray *chosen = others(runner, cases, sanity);
	unsigned n = chosen->len;

	for (size_t i = 0; sanity && i < G_N_ELEMENTS(rounds); i++)
		if (rounds[i] && sanity_matters(runner, cases, rounds[i]))
			n += chosen->len ? 2 : 1;
	g_ptr_array_unref(chosen);
	return n;
}

struct run *runner_run(const struct runner *runner, const GPtrArray *cases)
{
	struct run *run = g_new0(struct run, 1);
	const bool sanity = !runner->probe->options.no_sanity;
	GPtrArray *chosen;
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
	chosen = others(runner, cases, sanity);
	/* a stranger is asked little, and may limit half-open SAs per source */
	if (chosen->len && runner->probe->options.jobs > 1 && !runner->probe->syn_unknown)
		side_by_side(runner, run, chosen, gateway, bank);
	else
		in_turn(runner, run, chosen, gateway, bank);
	if (chosen->len && sanity && !gateway && !bank && !run->died_in)
		run_last_sanity(runner, run, cases);
	if (runner->left_behind && !run->died_in && !probe_interrupted())
		run->left_behind = runner->left_behind(runner->probe);
	g_ptr_array_unref(chosen);
	g_free(gateway);
	g_free(bank);
	run->interrupted = probe_interrupted();
	run->duration_ms = probe_now() - began;
	run_conclude(run);
	return run;
}
