/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report.h"

#include <string.h>

#include "catalogue.h"
#include "verdict.h"

#define COLUMNS 100
#define INDENT 17
#define RESET(colour) ((colour) ? "\033[0m" : "")
#define BOLD(colour) ((colour) ? "\033[1m" : "")

const char *report_colour(enum verdict v, bool colour)
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

void report_wrapped(FILE *out, unsigned indent, const char *label, const char *text)
{
	char **lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++) {
		char **words = g_strsplit(*line, " ", -1);
		unsigned column = indent;

		fprintf(out, "%-*s", (int)indent, line == lines ? label : "");
		for (char **w = words; *w; w++) {
			unsigned n = (unsigned)g_utf8_strlen(*w, -1);

			if (column > indent && column + 1 + n > COLUMNS) {
				fprintf(out, "\n%*s", (int)indent, "");
				column = indent;
			}
			if (column > indent) {
				fputc(' ', out);
				column++;
			}
			fputs(*w, out);
			column += n;
		}
		fputc('\n', out);
		g_strfreev(words);
	}
	g_strfreev(lines);
}

void report_line(const struct result *r, bool colour, FILE *out)
{
	fprintf(out, "%s%-12s%s %s%-9s %s", report_colour(r->verdict, colour),
		verdict_name(r->verdict), RESET(colour), r->c->id, r->last ? " (last)" : "",
		r->c->title);
	if (r->evidence)
		fprintf(out, " (%.2f s)", (double)r->duration_ms / 1000);
	fputc('\n', out);
	if (r->verdict != VERDICT_PASS && r->reason)
		report_wrapped(out, 26, "", r->reason);
	for (unsigned i = 0; r->evidence && i < r->evidence->diagnoses->len; i++) {
		char *text = g_strdup_printf(
		    "diagnosis: %s", (const char *)g_ptr_array_index(r->evidence->diagnoses, i));

		report_wrapped(out, 26, "", text);
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
	report_wrapped(out, INDENT, padded, text);
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
		report_wrapped(out, INDENT, i ? label : label, text);
		g_free(label);
		g_free(text);
	}
}

static void failed_checks(const struct result *r, FILE *out)
{
	const GPtrArray *all = r->evidence->steps;

	for (unsigned i = 0; i < all->len; i++) {
		const struct evidence_step *s = g_ptr_array_index(all, i);

		if (s->kind != STEP_CHECK || s->ok || s->late)
			continue;
		field(out, "check", "%s%s%s%s", s->text, s->source ? " (" : "",
		      s->source ? s->source : "", s->source ? ")" : "");
		field(out, "  expected", "%s", s->expected);
		field(out, "  observed", "%s", s->observed);
	}
}

static void look(const struct result *r, FILE *out)
{
	if (!r->capture.file)
		return;
	field(out, "capture", "%s (%s)", r->capture.file, r->capture.how);
	/* one line whatever its length: it is there to be pasted */
	fprintf(out, "%-*s%s\n", INDENT, "    look", r->capture.tshark);
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

static void details(const struct result *r, const struct report_style *style, FILE *out)
{
	bool bad = r->verdict != VERDICT_PASS && r->verdict != VERDICT_INFO &&
		   g_strcmp0(r->reason, VERDICT_INTERRUPTED) != 0;

	fprintf(out, "\n%s%s%s %s%s%s%s\n", report_colour(r->verdict, style->colour),
		verdict_name(r->verdict), RESET(style->colour), BOLD(style->colour), r->c->id,
		r->last ? " (last)" : "", RESET(style->colour));
	field(out, "case", "%s", r->c->title);
	field(out, "required", "%s (%s; %s, level %s%s)", r->c->required, r->c->source,
	      provenance_name(r->c->provenance), level_name(r->c->level),
	      r->verdict == VERDICT_WARN && !r->rules_bind
		  ? "; a warning, since the target is not known as a profile 1 peer"
		  : "");
	if (r->reason && (!bad || !evidence_failed(r->evidence)))
		field(out, "reason", "%s", r->reason);
	failed_checks(r, out);
	for (unsigned i = 0; i < r->evidence->diagnoses->len; i++)
		field(out, "diagnosis", "%s",
		      (const char *)g_ptr_array_index(r->evidence->diagnoses, i));
	if (bad && r->c->causes) {
		char **causes = g_strsplit(r->c->causes, "\n", -1);

		for (char **c = causes; *c; c++) {
			char *item = g_strdup_printf("- %s", *c);

			report_wrapped(out, INDENT, c == causes ? "    may be" : "", item);
			g_free(item);
		}
		g_strfreev(causes);
	}
	fputs("    what happened\n", out);
	steps(r, out);
	octets(r, out);
	look(r, out);
}

static void table(const struct run *run, FILE *out)
{
	static const char groups[] = "SCGN";
	static const enum verdict order[] = { VERDICT_PASS,         VERDICT_FAIL,
					      VERDICT_WARN,         VERDICT_INFO,
					      VERDICT_INCONCLUSIVE, VERDICT_SKIP,
					      VERDICT_UNSUPPORTED };
	unsigned total[VERDICTS] = { 0 };

	fprintf(out, "\n%-30s", "group");
	for (size_t v = 0; v < G_N_ELEMENTS(order); v++)
		fprintf(out, "%*s", v < 4 ? 6 : 14, verdict_name(order[v]));
	fputc('\n', out);
	for (const char *g = groups; *g; g++) {
		unsigned n[VERDICTS] = { 0 }, any = 0;

		for (unsigned i = 0; i < run->results->len; i++) {
			const struct result *r = g_ptr_array_index(run->results, i);

			if (r->c->id[0] != *g)
				continue;
			any++;
			if (!r->last || r->verdict == VERDICT_FAIL ||
			    r->verdict == VERDICT_INCONCLUSIVE)
				n[r->verdict]++;
		}
		if (!any)
			continue;
		fprintf(out, "%c  %-27s", *g, catalogue_group_title(*g));
		for (size_t v = 0; v < G_N_ELEMENTS(order); v++) {
			fprintf(out, "%*u", v < 4 ? 6 : 14, n[order[v]]);
			total[order[v]] += n[order[v]];
		}
		fputc('\n', out);
	}
	fprintf(out, "%-30s", "all");
	for (size_t v = 0; v < G_N_ELEMENTS(order); v++)
		fprintf(out, "%*u", v < 4 ? 6 : 14, total[order[v]]);
	fputc('\n', out);
}

char *report_counts(const struct run *run)
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

void report_text(const struct run *run, const struct report_style *style, FILE *out)
{
	const struct probe *p = run->probe;
	char *when = g_date_time_format(run->began, "%Y-%m-%d %H:%M:%S UTC");
	bool any = false, declared = p->target->profile == TARGET_PROFILE_1;

	fprintf(out, "%sikesync-probe %s%s: %s\n", BOLD(style->colour), IKESYNC_VERSION,
		RESET(style->colour), p->target->name);
	fprintf(out, "began     %s, took %.1f s\n", when, (double)run->duration_ms / 1000);
	g_free(when);
	peers(p->target, out);
	fputs("profile   ", out);
	if (p->target->gateway.given)
		fprintf(out, "gateway: %s%s",
			p->gateway_announced ? "announced profile 1"
			: declared           ? "profile 1 by the target file"
					     : "did not announce profile 1",
			p->target->bank.given ? ", " : "");
	if (p->target->bank.given)
		fprintf(out, "bank: %s",
			p->bank_announced ? "agreed to ALPN ikesync-stub/1"
			: declared        ? "profile 1 by the target file"
					  : "not seen");
	fputc('\n', out);
	fprintf(out, "capture   %s\nfolder    %s\n", run->capture_method, p->folder);
	if (style->list) {
		fputc('\n', out);
		for (unsigned i = 0; i < run->results->len; i++)
			report_line(g_ptr_array_index(run->results, i), style->colour, out);
	}
	for (unsigned i = 0; i < run->results->len; i++) {
		const struct result *r = g_ptr_array_index(run->results, i);

		if (!r->evidence ||
		    (!style->steps && (r->verdict == VERDICT_PASS || r->verdict == VERDICT_INFO)))
			continue;
		details(r, style, out);
		any = true;
	}
	if (any && !style->steps)
		fputs("\nThe steps and captures of the passed cases are in report.txt.\n", out);
	table(run, out);
	fprintf(out, "\n%s%s%s\n", BOLD(style->colour), run->conclusion, RESET(style->colour));
}
