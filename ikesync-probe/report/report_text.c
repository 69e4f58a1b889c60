/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the report for people. */
#include "report/report_text.h"

#include <string.h>

#include "catalogue/catalogue.h"
#include "report/hint.h"
#include "report/layout.h"
#include "report/limits.h"
#include "report/mend.h"
#include "run/clause.h"
#include "run/traces.h"
#include "run/verdict.h"
#include "run/waived.h"

#define INDENT 17
#define LINE_INDENT 18
#define RESET(colour) ((colour) ? "\033[0m" : "")
#define BOLD(colour) ((colour) ? "\033[1m" : "")

static const char *colour_of(enum verdict v, bool colour)
{
	if (!colour)
		return "";
	switch (v) {
	case VERDICT_PASS:
		return "\033[32m";
	case VERDICT_FAIL:
		return "\033[1;31m";
	case VERDICT_WARN:
	case VERDICT_INCONCLUSIVE:
		return "\033[33m";
	default:
		return "\033[36m";
	}
}

void report_text_line(const struct result *r, bool colour, FILE *out)
{
	const char *hint = r->verdict == VERDICT_PASS ? NULL : hint_for(r->reason, r->c->id);
	char *label = g_strdup_printf("%s%-13s%s%-5s", colour_of(r->verdict, colour),
				      verdict_name(r->verdict), RESET(colour), r->c->id);
	char *title = g_strdup_printf("%s%s (%.2fs)", r->c->title, r->last ? ", again" : "",
				      (double)r->duration_ms / 1000);
	char *waiver = waived_text(r);

	layout_wrapped(out, LINE_INDENT, label, title);
	g_free(label);
	g_free(title);
	if (r->verdict != VERDICT_PASS && r->reason)
		layout_wrapped(out, LINE_INDENT, "", r->reason);
	if (waiver)
		layout_wrapped(out, LINE_INDENT, "", waiver);
	g_free(waiver);
	if (hint)
		layout_wrapped(out, LINE_INDENT, "", hint);
	for (unsigned i = 0; r->evidence && i < r->evidence->diagnoses->len; i++) {
		char *text = g_strdup_printf(
		    "diagnosis: %s", (const char *)g_ptr_array_index(r->evidence->diagnoses, i));

		layout_wrapped(out, LINE_INDENT, "", text);
		g_free(text);
	}
}

static void field(FILE *out, const char *label, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void field(FILE *out, const char *label, const char *format, ...)
{
	va_list args;
	char *text, *padded = g_strdup_printf("    %s", label);

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	layout_wrapped(out, INDENT, padded, text);
	g_free(padded);
	g_free(text);
}

static void steps(const struct result *r, FILE *out)
{
	const GPtrArray *all = r->evidence->steps;

	for (unsigned i = 0; i < all->len; i++) {
		const struct evidence_step *s = g_ptr_array_index(all, i);
		char *text, *label = g_strdup_printf("%8.3f s", (double)s->at_ms / 1000);

		switch (s->kind) {
		case STEP_CHECK:
			text = g_strdup_printf("%s %s: %s",
					       s->ok     ? "[ok]"
					       : s->late ? "[cut short]"
							 : "[NOT OK]",
					       s->text, s->observed);
			break;
		case STEP_INCONCLUSIVE:
			text = g_strdup_printf("[stopped] %s", s->text);
			break;
		case STEP_INFO:
			text = g_strdup_printf("[info] %s", s->text);
			break;
		default:
			text = g_strdup(s->text);
		}
		layout_wrapped(out, INDENT, label, text);
		g_free(label);
		g_free(text);
	}
}

/* The sentence that a check stands on. */
static void clause_field(const struct evidence_step *s, FILE *out)
{
	const struct clause *c = s->clause ? clause_find(s->clause) : NULL;

	if (c)
		field(out, "  clause", "%s (%s): %s", c->id, c->provenance, c->text);
}

static void failed_checks(const struct result *r, FILE *out)
{
	const GPtrArray *all = r->evidence->steps;

	for (unsigned i = 0; i < all->len; i++) {
		const struct evidence_step *s = g_ptr_array_index(all, i);

		if (!evidence_step_failed(s))
			continue;
		field(out, "check", "%s%s%s%s", s->text, s->source ? " (" : "",
		      s->source ? s->source : "", s->source ? ")" : "");
		clause_field(s, out);
		field(out, "  expected", "%s", s->expected);
		field(out, "  observed", "%s", s->observed);
	}
}

static void look(const struct result *r, const struct report_text_style *style, FILE *out)
{
	const struct capture_result *c = &r->capture;

	if (!c->how)
		return;
	if (!c->file) {
		field(out, "capture", "%s", c->how);
		return;
	}
	field(out, "capture", "%s (%s)", c->file, c->how);
	/* one line whatever its length: it is there to be pasted */
	fprintf(out, "%-*s%s\n", INDENT, "    look",
		style->in_folder ? c->tshark : c->tshark_anywhere);
}

static void octets(const struct result *r, FILE *out)
{
	const GPtrArray *all = r->evidence->attachments;

	for (unsigned i = 0; i < all->len; i++) {
		const struct evidence_attachment *a = g_ptr_array_index(all, i);
		size_t n;
		const uint8_t *p = g_bytes_get_data(a->octets, &n);
		GString *hex = g_string_new(NULL);

		for (size_t k = 0; k < n && k < 512; k++)
			g_string_append_printf(hex, "%s%02x", k && k % 4 == 0 ? " " : "", p[k]);
		if (n > 512)
			g_string_append_printf(hex,
					       " ... (%zu octets; all of them in results.json)", n);
		field(out, "octets", "%s: %s", a->name, hex->str);
		g_string_free(hex, TRUE);
	}
}

static void causes(const struct result *r, FILE *out)
{
	char **all = g_strsplit(r->c->causes, "\n", -1);

	for (char **c = all; *c; c++) {
		char *item = g_strdup_printf("- %s", *c);

		layout_wrapped(out, INDENT, c == all ? "    may be" : "", item);
		g_free(item);
	}
	g_strfreev(all);
}

static void details(const struct result *r, const struct report_text_style *style, FILE *out)
{
	bool bad = r->verdict != VERDICT_PASS && r->verdict != VERDICT_INFO &&
		   g_strcmp0(r->reason, VERDICT_INTERRUPTED) != 0;
	const char *hint = bad ? hint_for(r->reason, r->c->id) : NULL;
	g_autofree char *waiver = waived_text(r);

	fprintf(out, "\n%s%s%s %s%s%s%s\n", colour_of(r->verdict, style->colour),
		verdict_name(r->verdict), RESET(style->colour), BOLD(style->colour), r->c->id,
		r->last ? ", again" : "", RESET(style->colour));
	field(out, "case", "%s", r->c->title);
	field(out, "required", "%s (%s; %s, level %s%s)", r->c->required, r->c->source,
	      provenance_name(r->c->provenance), level_name(r->c->level),
	      r->verdict == VERDICT_WARN && !r->rules_bind
		  ? "; a warning, since the target is not known as a profile 1 peer"
		  : "");
	if (waiver)
		field(out, "waiver", "%s", waiver);
	if (r->reason && (!bad || !evidence_failed(r->evidence)))
		field(out, "reason", "%s", r->reason);
	failed_checks(r, out);
	if (hint)
		field(out, "hint", "%s", hint);
	for (unsigned i = 0; i < r->evidence->diagnoses->len; i++)
		field(out, "diagnosis", "%s",
		      (const char *)g_ptr_array_index(r->evidence->diagnoses, i));
	/* what may be wrong with the case's point says nothing where it was not reached */
	if (bad && !r->evidence->diagnosed && r->c->causes &&
	    !(hint && (r->verdict == VERDICT_INCONCLUSIVE || r->c->id[0] == 'S')))
		causes(r, out);
	fputs("    what happened\n", out);
	steps(r, out);
	octets(r, out);
	look(r, style, out);
}

/* Cases that did not run, gathered by their reason, which such a case always has. */
static void not_asked(const struct run *run, FILE *out)
{
	GHashTable *done = g_hash_table_new(g_str_hash, g_str_equal);

	for (unsigned i = 0; i < run->results->len; i++) {
		const struct result *r = g_ptr_array_index(run->results, i);
		GString *ids;
		char *label;

		if (r->evidence || !g_hash_table_add(done, r->reason))
			continue;
		if (g_hash_table_size(done) == 1)
			fputs("\nnot asked\n", out);
		ids = g_string_new(NULL);
		for (unsigned k = i; k < run->results->len; k++) {
			const struct result *other = g_ptr_array_index(run->results, k);

			if (!other->evidence && !other->last &&
			    g_strcmp0(other->reason, r->reason) == 0)
				g_string_append_printf(ids, "%s%s", ids->len ? ", " : "",
						       other->c->id);
		}
		label = g_strdup_printf("    %s", verdict_name(r->verdict));
		layout_wrapped(out, LINE_INDENT, label, ids->str);
		layout_wrapped(out, LINE_INDENT, "", r->reason);
		g_free(label);
		g_string_free(ids, TRUE);
	}
	g_hash_table_unref(done);
}

static void table_row(FILE *out, const char *name, const unsigned *n, const unsigned *total)
{
	static const enum verdict order[] = { VERDICT_PASS,         VERDICT_FAIL,
					      VERDICT_WARN,         VERDICT_INFO,
					      VERDICT_INCONCLUSIVE, VERDICT_SKIP,
					      VERDICT_UNSUPPORTED };

	fprintf(out, "%-30s", name);
	for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
		const char *title = verdict_name(order[i]);
		int width = MAX((int)strlen(title), 4) + 2;

		/* a column that has only noughts is left out */
		if (i > 1 && !total[order[i]])
			continue;
		if (n)
			fprintf(out, "%*u", width, n[order[i]]);
		else
			fprintf(out, "%*s", width, title);
	}
	fputc('\n', out);
}

static void table(const struct run *run, FILE *out)
{
	fputc('\n', out);
	table_row(out, "group", NULL, run->counts);
	for (const char *g = CATALOGUE_GROUPS; *g; g++) {
		unsigned n[VERDICTS];
		char *name;

		if (!run_count_group(run, *g, n))
			continue;
		name = g_strdup_printf("%c  %s", *g, catalogue_group_title(*g));
		table_row(out, name, n, run->counts);
		g_free(name);
	}
	table_row(out, "all", run->counts, run->counts);
}

char *report_text_counts(const struct run *run)
{
	static const struct {
		enum verdict v;
		const char *text;
		bool always;
	} parts[] = {
		{ VERDICT_PASS, "passed", true },
		{ VERDICT_FAIL, "failed", true },
		{ VERDICT_WARN, "with a warning", false },
		{ VERDICT_INFO, "info", false },
		{ VERDICT_INCONCLUSIVE, "inconclusive", false },
		{ VERDICT_SKIP, "skipped", false },
		{ VERDICT_UNSUPPORTED, "unsupported", false },
	};
	GString *s = g_string_new(NULL);

	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
		if (parts[i].always || run->counts[parts[i].v])
			g_string_append_printf(s, "%s%u %s", s->len ? ", " : "",
					       run->counts[parts[i].v], parts[i].text);
	return g_string_free(s, FALSE);
}

static void peers(const struct target *t, FILE *out)
{
	char text[ENDPOINT_TEXT_MAX];

	if (t->gateway.given)
		fprintf(out, "gateway   %s\n", endpoint_text(&t->gateway.ike, text));
	if (t->old_gateway.given)
		fprintf(out, "old       %s\n", endpoint_text(&t->old_gateway.ike, text));
	if (t->bank.given)
		fprintf(out, "bank      %s\n", endpoint_text(&t->bank.address, text));
}

static void heading(const struct run *run, const struct report_text_style *style, FILE *out)
{
	const struct probe *p = run->probe;
	char *when = g_date_time_format(run->began, "%Y-%m-%d %H:%M:%S UTC");
	char *name = p->folder ? g_path_get_basename(p->folder) : NULL;
	bool declared = p->target->profile == TARGET_PROFILE_1;
	GString *profile = g_string_new(NULL);

	fprintf(out, "%sikesync-probe %s%s: %s\n", BOLD(style->colour), IKESYNC_VERSION,
		RESET(style->colour), p->target->name);
	fprintf(out, "began     %s, took %.1f s\n", when, (double)run->duration_ms / 1000);
	peers(p->target, out);
	if (p->target->gateway.given)
		g_string_append_printf(profile, "gateway: %s%s",
				       p->gateway_announced  ? "announced profile 1"
				       : declared            ? "profile 1 by the target file"
				       : run->sanity_failure ? "not seen to announce profile 1"
							     : "did not announce profile 1",
				       p->target->bank.given ? "; " : "");
	if (p->target->bank.given)
		g_string_append_printf(profile, "bank: %s",
				       p->bank_announced ? "agreed to ALPN ikesync-stub/1"
				       : declared        ? "profile 1 by the target file"
							 : "not seen");
	if (p->story)
		g_string_append(profile, p->gateway_announced ? "Vendor ID of profile 1 seen"
							      : "no Vendor ID of profile 1 seen");
	layout_wrapped(out, 10, "profile", profile->str);
	layout_wrapped(out, 10, "capture", run->capture_method);
	/* a report is carried away: the path it once had means nothing elsewhere */
	if (p->folder)
		fprintf(out, "folder    %s\n", style->in_folder ? name : p->folder);
	g_string_free(profile, TRUE);
	g_free(name);
	g_free(when);
}

#define MEND_MAX 5

static void mend_first(const struct run *run, FILE *out)
{
	GPtrArray *all = mend_of(run);

	if (all->len)
		fputs("\nmend this first\n", out);
	for (unsigned i = 0; i < MIN(all->len, MEND_MAX); i++) {
		const struct mend *m = g_ptr_array_index(all, i);
		GString *follow = g_string_new(NULL);
		char *label = g_strdup_printf("%3u. %s", i + 1, m->r ? m->r->label : "");

		layout_wrapped(out, INDENT, label, m->text);
		if (m->todo)
			layout_wrapped(out, INDENT, "", m->todo);
		for (unsigned k = 0; k < m->follow->len; k++)
			g_string_append_printf(follow, "%s%s", k ? ", " : "follow from it: ",
					       (const char *)g_ptr_array_index(m->follow, k));
		if (follow->len)
			layout_wrapped(out, INDENT, "", follow->str);
		g_string_free(follow, TRUE);
		g_free(label);
	}
	if (all->len > MEND_MAX)
		fprintf(out, "     and %u more, below\n", all->len - MEND_MAX);
	g_ptr_array_unref(all);
}

static void limits(const struct run *run, FILE *out)
{
	GPtrArray *all = limits_met(run);

	for (unsigned i = 0; i < all->len; i++) {
		const struct limit_met *m = g_ptr_array_index(all, i);
		GString *s = g_string_new(NULL);

		g_string_printf(s, "\na limit of the target was met: %s, in ", m->text);
		for (unsigned k = 0; k < m->cases->len; k++)
			g_string_append_printf(s, "%s%s", k ? ", " : "",
					       (const char *)g_ptr_array_index(m->cases, k));
		layout_wrapped(out, 0, "", s->str);
		g_string_free(s, TRUE);
	}
	g_ptr_array_unref(all);
}

#define LEFT_SHOWN 5

/* What the run could not clear away. */
static void left_behind(const struct run *run, FILE *out)
{
	const GArray *left = run->left_behind;
	GString *s;

	if (!left || !left->len)
		return;
	s = g_string_new(NULL);
	g_string_printf(s,
			"\n%u stub%s of this run %s still at the bank, and perhaps their IKE SAs:",
			left->len, left->len == 1 ? "" : "s", left->len == 1 ? "is" : "are");
	for (unsigned i = 0; i < MIN(left->len, LEFT_SHOWN); i++) {
		const struct trace *t = &g_array_index(left, struct trace, i);
		char index[INDEX_TEXT_MAX];

		g_string_append_printf(s, "%s %s of %s", i ? "," : "", index_text(&t->index, index),
				       t->case_id);
	}
	if (left->len > LEFT_SHOWN)
		g_string_append_printf(s, " and %u more", left->len - LEFT_SHOWN);
	layout_wrapped(out, 0, "", s->str);
	g_string_free(s, TRUE);
}

void report_text(const struct run *run, const struct report_text_style *style, FILE *out)
{
	bool any = false;

	heading(run, style, out);
	mend_first(run, out);
	if (style->list) {
		fputc('\n', out);
		for (unsigned i = 0; i < run->results->len; i++) {
			const struct result *r = g_ptr_array_index(run->results, i);

			if (r->evidence)
				report_text_line(r, style->colour, out);
		}
	}
	for (unsigned i = 0; i < run->results->len; i++) {
		const struct result *r = g_ptr_array_index(run->results, i);

		if (!r->evidence ||
		    (!style->steps && (r->verdict == VERDICT_PASS || r->verdict == VERDICT_INFO)))
			continue;
		details(r, style, out);
		any = true;
	}
	not_asked(run, out);
	limits(run, out);
	left_behind(run, out);
	if (any && !style->steps)
		layout_wrapped(out, 0, "",
			       "\nThe steps and captures of the passed cases are in report.txt.");
	if (style->in_folder)
		layout_wrapped(out, 0, "",
			       "\nThe tshark lines are to be typed in the folder of this file.");
	table(run, out);
	fputc('\n', out);
	fputs(BOLD(style->colour), out);
	layout_wrapped(out, 0, "", run->conclusion);
	fputs(RESET(style->colour), out);
}
