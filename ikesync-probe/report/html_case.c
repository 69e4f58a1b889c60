/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases of a report's page: what was asked, what came, and the ladder of messages. */
#include "report/html_case.h"

#include "report/hint.h"
#include "report/html.h"
#include "report/html_message.h"
#include "run/clause.h"
#include "run/verdict.h"
#include "run/waived.h"

void html_verdict(FILE *out, enum verdict v)
{
	static const char *const signs[VERDICTS] = {
		[VERDICT_PASS] = "\u2713",
		[VERDICT_FAIL] = "\u2717",
		[VERDICT_WARN] = "!",
		[VERDICT_INFO] = "i",
		[VERDICT_INCONCLUSIVE] = "?",
		[VERDICT_SKIP] = "\u2013",
		[VERDICT_UNSUPPORTED] = "\u2013",
	};

	fprintf(out, "<span class=\"verdict %s\"><span aria-hidden=\"true\">%s</span> %s</span> ",
		verdict_name(v), signs[v], verdict_name(v));
}

void html_case_attributes(FILE *out, const struct result *r)
{
	char *words =
	    g_strdup_printf("%s %s %s %s", r->label, r->c->title, r->reason ? r->reason : "",
			    r->c->clauses ? r->c->clauses : "");
	char *lower = g_utf8_make_valid(words, -1), *folded = g_utf8_strdown(lower, -1);

	fprintf(out, " data-case data-verdict=\"%s\" data-words=\"", verdict_name(r->verdict));
	html_text(out, folded);
	fputc('"', out);
	g_free(folded);
	g_free(lower);
	g_free(words);
}

static bool is_bad(const struct result *r)
{
	return r->evidence && r->verdict != VERDICT_PASS && r->verdict != VERDICT_INFO;
}

static void failed_check(FILE *out, const struct evidence_step *s)
{
	const struct clause *c = s->clause ? clause_find(s->clause) : NULL;
	char *clause;

	fputs("<div class=\"check\">", out);
	html_element(out, "h4", NULL, s->text);
	fputs("<dl class=\"facts\">\n", out);
	if (c) {
		clause = g_strdup_printf("%s (%s): %s", c->id, c->provenance, c->text);
		html_fact(out, "clause", clause);
		g_free(clause);
	} else if (s->source) {
		html_fact(out, "source", s->source);
	}
	html_fact(out, "expected", s->expected);
	html_fact(out, "observed", s->observed);
	fputs("</dl></div>\n", out);
}

static void failed_checks(FILE *out, const struct evidence *e)
{
	for (unsigned i = 0; i < e->steps->len; i++) {
		const struct evidence_step *s = g_ptr_array_index(e->steps, i);

		if (evidence_step_failed(s))
			failed_check(out, s);
	}
}

static void strings(FILE *out, const char *title, const GPtrArray *all)
{
	if (!all->len)
		return;
	html_element(out, "h4", NULL, title);
	fputs("<ul>\n", out);
	for (unsigned i = 0; i < all->len; i++)
		html_element(out, "li", NULL, g_ptr_array_index(all, i));
	fputs("</ul>\n", out);
}

static void causes(FILE *out, const struct result *r)
{
	char **all = g_strsplit(r->c->causes ? r->c->causes : "", "\n", -1);
	GPtrArray *array = g_ptr_array_new();

	for (char **c = all; *c; c++)
		if (**c)
			g_ptr_array_add(array, *c);
	strings(out, "May be", array);
	g_ptr_array_unref(array);
	g_strfreev(all);
}

static void step(FILE *out, const struct evidence_step *s)
{
	const bool bad = s->kind == STEP_INCONCLUSIVE || evidence_step_failed(s);

	fprintf(out, "<li><span class=\"at\">%.3f s</span><span%s>", (double)s->at_ms / 1000,
		bad ? " class=\"bad\"" : "");
	if (s->kind == STEP_CHECK)
		html_format(out, "span", NULL, "%s%s: ",
			    s->ok     ? "ok: "
			    : s->late ? "cut short: "
				      : "NOT OK: ",
			    s->text);
	html_text(out, s->kind == STEP_CHECK ? s->observed : s->text);
	fputs("</span></li>\n", out);
}

static void message(FILE *out, const struct logged_message *m, unsigned syn_type, bool octets)
{
	fprintf(out, "<li><span class=\"at\">%.3f s</span>", (double)m->at_ms / 1000);
	html_message(out, m, syn_type, octets);
	fputs("</li>\n", out);
}

/* Steps and messages by time; a message stands before the step that tells of it. */
static void ladder(FILE *out, const struct evidence *e, unsigned syn_type, bool octets)
{
	const GPtrArray *messages = e->messages.all;
	unsigned k = 0;

	html_element(out, "h4", NULL, "What happened");
	fputs("<ol class=\"ladder\">\n", out);
	for (unsigned i = 0; i <= e->steps->len; i++) {
		const struct evidence_step *s =
		    i < e->steps->len ? g_ptr_array_index(e->steps, i) : NULL;

		for (; k < messages->len; k++) {
			const struct logged_message *m = g_ptr_array_index(messages, k);

			if (s && m->at_ms > s->at_ms)
				break;
			if (k == MESSAGE_LOG_FIRST && e->messages.left_out)
				html_format(out, "li", NULL, "%u further messages, not kept here",
					    e->messages.left_out);
			message(out, m, syn_type, octets);
		}
		if (s)
			step(out, s);
	}
	fputs("</ol>\n", out);
}

static void look(FILE *out, const struct capture_result *c)
{
	if (!c->how)
		return;
	html_element(out, "h4", NULL, "Capture");
	if (!c->file) {
		html_element(out, "p", NULL, c->how);
		return;
	}
	fputs("<p><a href=\"", out);
	html_text(out, c->file);
	fputs("\">", out);
	html_text(out, c->file);
	fputs("</a> (", out);
	html_text(out, c->how);
	fputs("). In the folder of this page:</p>\n", out);
	html_element(out, "pre", NULL, c->tshark);
}

static void ran(FILE *out, const struct run *run, const struct result *r)
{
	failed_checks(out, r->evidence);
	strings(out, "Diagnosis", r->evidence->diagnoses);
	if (is_bad(r) && !r->evidence->diagnosed && !hint_for(r->reason, r->c->id))
		causes(out, r);
	/* of what passed, results.json and the capture have them */
	ladder(out, r->evidence, run->probe->target->syn_payload_type, is_bad(r));
	look(out, &r->capture);
}

void html_case(FILE *out, const struct run *run, const struct result *r)
{
	const char *hint = r->verdict == VERDICT_PASS ? NULL : hint_for(r->reason, r->c->id);
	g_autofree char *waiver = waived_text(r);

	fprintf(out, "<article id=\"%s\"", r->label);
	html_case_attributes(out, r);
	fprintf(out, "><details%s><summary>", is_bad(r) && r->waived != WAIVED ? " open" : "");
	html_verdict(out, r->verdict);
	html_format(out, "h3", NULL, "%s %s%s", r->c->id, r->c->title, r->last ? ", again" : "");
	if (r->verdict != VERDICT_PASS && r->reason)
		html_element(out, "span", "reason", r->reason);
	if (r->waived == WAIVED)
		html_element(out, "span", "reason", "waived");
	fputs("</summary>\n<dl class=\"facts\">\n", out);
	html_fact(out, "required", r->c->required);
	html_fact(out, "source", r->c->source);
	html_fact(out, "provenance", provenance_name(r->c->provenance));
	html_fact(out, "level", level_name(r->c->level));
	if (waiver)
		html_fact(out, "waiver", waiver);
	if (hint)
		html_fact(out, "hint", hint);
	fputs("</dl>\n", out);
	if (r->evidence)
		ran(out, run, r);
	fputs("</details></article>\n", out);
}
