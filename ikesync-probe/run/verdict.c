/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From statements to a verdict, and the names of verdicts, levels and provenances. */
#include "run/verdict.h"

const char *verdict_name(enum verdict v)
{
	static const char *const names[] = {
		[VERDICT_PASS] = "pass",
		[VERDICT_FAIL] = "fail",
		[VERDICT_WARN] = "warn",
		[VERDICT_INFO] = "info",
		[VERDICT_INCONCLUSIVE] = "inconclusive",
		[VERDICT_SKIP] = "skip",
		[VERDICT_UNSUPPORTED] = "unsupported",
	};

	return names[v];
}

const char *step_kind_name(enum step_kind k)
{
	static const char *const names[] = { "note", "check", "info", "inconclusive" };

	return names[k];
}

const char *level_name(enum level l)
{
	static const char *const names[] = { "must", "should", "may", "unspecified" };

	return names[l];
}

const char *provenance_name(enum provenance p)
{
	static const char *const names[] = { "draft", "base IKEv2", "problem statement",
					     "profile rule" };

	return names[p];
}

/* What one check makes of its case. */
static enum verdict of_check(const struct probe_case *c, const struct evidence_step *s,
			     bool rules_bind)
{
	if (s->ok)
		return VERDICT_PASS;
	if (evidence_step_doubtful(s))
		return VERDICT_INCONCLUSIVE;
	if (c->level == LEVEL_INFO)
		return VERDICT_INFO;
	if (c->level == LEVEL_SHOULD)
		return VERDICT_WARN;
	if (s->provenance == PROVENANCE_RULE && !rules_bind)
		return VERDICT_WARN;
	return VERDICT_FAIL;
}

/*
 * Worse is greater. Inconclusive stands above warn: a run may not conform on what was never seen.
 */
static int badness(enum verdict v)
{
	switch (v) {
	case VERDICT_FAIL:
		return 4;
	case VERDICT_INCONCLUSIVE:
		return 3;
	case VERDICT_WARN:
		return 2;
	case VERDICT_INFO:
		return 1;
	default:
		return 0;
	}
}

bool verdict_is_doubtful(const struct evidence *e, enum verdict v)
{
	bool any = false;

	for (unsigned i = 0; i < e->steps->len; i++)
		any |= evidence_step_doubtful(g_ptr_array_index(e->steps, i));
	return any && v == VERDICT_INCONCLUSIVE;
}

enum verdict verdict_judge(const struct evidence *e, bool rules_bind, bool interrupted,
			   char **reason)
{
	enum verdict worst = e->c->level == LEVEL_INFO ? VERDICT_INFO : VERDICT_PASS;
	const struct evidence_step *why = NULL;
	unsigned statements = 0;

	*reason = NULL;
	for (unsigned i = 0; i < e->steps->len; i++) {
		const struct evidence_step *s = g_ptr_array_index(e->steps, i);
		enum verdict v = VERDICT_PASS;

		if (s->kind == STEP_CHECK && !s->late)
			v = of_check(e->c, s, rules_bind);
		else if (s->kind == STEP_INCONCLUSIVE)
			v = VERDICT_INCONCLUSIVE;
		statements += s->kind != STEP_NOTE;
		if (badness(v) > badness(worst)) {
			worst = v;
			why = s;
		}
	}
	if (interrupted && worst != VERDICT_FAIL) {
		*reason = g_strdup(VERDICT_INTERRUPTED);
		return VERDICT_INCONCLUSIVE;
	}
	if (!statements) {
		*reason = g_strdup("the case stated nothing");
		return VERDICT_INCONCLUSIVE;
	}
	if (why && why->kind == STEP_CHECK && evidence_step_doubtful(why))
		*reason = g_strdup_printf("the probe itself was kept waiting for %u ms, by its "
					  "machine or a limit of the target, which may be why: %s: "
					  "expected %s, observed %s",
					  (unsigned)why->kept_ms, why->text, why->expected,
					  why->observed);
	else if (why && why->kind == STEP_CHECK)
		*reason = g_strdup_printf("%s: expected %s, observed %s", why->text, why->expected,
					  why->observed);
	else if (why)
		*reason = g_strdup(why->text);
	return worst;
}
