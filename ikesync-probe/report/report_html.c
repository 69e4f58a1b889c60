/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the report's page: what to mend first, the counts, the list of cases, the cases. */
#include "report/report_html.h"

#include "catalogue/catalogue.h"
#include "report/html.h"
#include "report/html_case.h"
#include "report/mend.h"
#include "report/report_text.h"
#include "run/verdict.h"
#include "run/waived.h"

static const char style[] =
#include <page_css.inc>
    ;
static const char script[] =
#include <page_js.inc>
    ;

static const enum verdict verdicts[] = { VERDICT_FAIL,       VERDICT_INCONCLUSIVE, VERDICT_WARN,
					 VERDICT_PASS,       VERDICT_INFO,         VERDICT_SKIP,
					 VERDICT_UNSUPPORTED };

static void head(const struct run *run, FILE *out)
{
	/* nothing that a peer says can load or run anything, even where the escaping failed */
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
	      out);
	html_format(out, "title", NULL, "ikesync-probe: %s", run->probe->target->name);
	fprintf(out, "\n<style>\n%s</style>\n</head>\n<body>\n", style);
}

static void endpoint_fact(FILE *out, const char *name, bool given, const struct endpoint *e)
{
	char text[ENDPOINT_TEXT_MAX];

	if (given)
		html_fact(out, name, endpoint_text(e, text));
}

static void heading(const struct run *run, FILE *out)
{
	const struct target *t = run->probe->target;
	char *when = g_date_time_format(run->began, "%Y-%m-%d %H:%M:%S UTC");
	char *counts = report_text_counts(run);
	char *took = g_strdup_printf("%s, took %.1f s", when, (double)run->duration_ms / 1000);

	fputs("<header>\n", out);
	html_format(out, "h1", NULL, "%s", t->name);
	fprintf(out, "\n<p class=\"conclusion exit-%d\">", run->exit);
	html_text(out, run->conclusion);
	fputs("</p>\n<dl class=\"facts\">\n", out);
	html_fact(out, "cases", counts);
	html_fact(out, "began", took);
	endpoint_fact(out, "gateway", t->gateway.given, &t->gateway.ike);
	endpoint_fact(out, "old gateway", t->old_gateway.given, &t->old_gateway.ike);
	endpoint_fact(out, "bank", t->bank.given, &t->bank.address);
	html_fact(out, "capture", run->capture_method);
	html_fact(out, "made by", "ikesync-probe " IKESYNC_VERSION);
	fputs("</dl>\n</header>\n<main>\n", out);
	g_free(took);
	g_free(counts);
	g_free(when);
}

static void link_to(FILE *out, const char *label)
{
	fputs("<a href=\"#", out);
	html_text(out, label);
	fputs("\">", out);
	html_text(out, label);
	fputs("</a>", out);
}

static void mend_first(const struct run *run, FILE *out)
{
	GPtrArray *all = mend_of(run);

	if (all->len)
		fputs("<section>\n<h2>Mend this first</h2>\n<ol class=\"mend\">\n", out);
	for (unsigned i = 0; i < all->len; i++) {
		const struct mend *m = g_ptr_array_index(all, i);

		fputs("<li>", out);
		if (m->r) {
			link_to(out, m->r->label);
			fputs(": ", out);
		}
		html_text(out, m->text);
		if (m->todo)
			html_element(out, "div", "todo", m->todo);
		for (unsigned k = 0; k < m->follow->len; k++) {
			fputs(k ? ", " : "<div class=\"todo\">follow from it: ", out);
			link_to(out, g_ptr_array_index(m->follow, k));
		}
		fputs(m->follow->len ? "</div></li>\n" : "</li>\n", out);
	}
	if (all->len)
		fputs("</ol>\n</section>\n", out);
	g_ptr_array_unref(all);
}

static void summary_row(const struct run *run, char group, FILE *out)
{
	unsigned n[VERDICTS];

	if (!run_count_group(run, group, n))
		return;
	fputs("<tr>", out);
	html_format(out, "th", NULL, "%c %s", group, catalogue_group_title(group));
	for (size_t i = 0; i < G_N_ELEMENTS(verdicts); i++)
		if (run->counts[verdicts[i]])
			html_format(out, "td", "n", "%u", n[verdicts[i]]);
	fputs("</tr>\n", out);
}

static void summary(const struct run *run, FILE *out)
{
	fputs("<section>\n<h2>Summary</h2>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" "
	      "aria-label=\"Summary\"><table>\n<thead><tr><th scope=\"col\">group</th>",
	      out);
	for (size_t i = 0; i < G_N_ELEMENTS(verdicts); i++)
		if (run->counts[verdicts[i]])
			fprintf(out, "<th scope=\"col\" class=\"n\">%s</th>",
				verdict_name(verdicts[i]));
	fputs("</tr></thead>\n<tbody>\n", out);
	for (const char *g = CATALOGUE_GROUPS; *g; g++)
		summary_row(run, *g, out);
	fputs("</tbody>\n</table></div>\n</section>\n", out);
}

static void filter(const struct run *run, FILE *out)
{
	/* shown by the script, which does the filtering */
	fputs("<form class=\"filter controls\" hidden onsubmit=\"return false\">\n"
	      "<label for=\"words\">Find</label> <input type=\"search\" id=\"words\" "
	      "placeholder=\"C03, cookie, 12.4\">\n",
	      out);
	for (size_t i = 0; i < G_N_ELEMENTS(verdicts); i++)
		if (run->counts[verdicts[i]])
			fprintf(
			    out,
			    "<label><input type=\"checkbox\" value=\"%s\" checked> %s</label>\n",
			    verdict_name(verdicts[i]), verdict_name(verdicts[i]));
	fputs("<button type=\"button\" id=\"open-all\">open all</button>\n"
	      "<button type=\"button\" id=\"close-all\">close all</button>\n"
	      "<output id=\"told\" aria-live=\"polite\"></output>\n</form>\n",
	      out);
}

static void list_row(const struct result *r, FILE *out)
{
	char *waiver;

	fputs("<tr", out);
	html_case_attributes(out, r);
	fputs("><td>", out);
	html_verdict(out, r->verdict);
	fputs("</td><td>", out);
	link_to(out, r->label);
	fputs("</td><td>", out);
	html_text(out, r->c->title);
	if (r->verdict != VERDICT_PASS && r->reason)
		html_element(out, "div", "todo", r->reason);
	waiver = waived_text(r);
	if (waiver)
		html_element(out, "div", "todo", waiver);
	g_free(waiver);
	fprintf(out, "</td><td class=\"n\">%.2f s</td></tr>\n", (double)r->duration_ms / 1000);
}

bool report_html(const struct run *run, FILE *out)
{
	head(run, out);
	heading(run, out);
	mend_first(run, out);
	summary(run, out);
	fputs("<section>\n<h2>Cases</h2>\n", out);
	filter(run, out);
	fputs("<table class=\"cases\">\n<thead><tr><th scope=\"col\">verdict</th><th "
	      "scope=\"col\">case</th><th scope=\"col\">asks</th><th scope=\"col\" "
	      "class=\"n\">took</th></tr></thead>\n<tbody>\n",
	      out);
	for (unsigned i = 0; i < run->results->len; i++)
		list_row(g_ptr_array_index(run->results, i), out);
	fputs("</tbody>\n</table>\n</section>\n<section>\n<h2>Each case</h2>\n", out);
	for (unsigned i = 0; i < run->results->len; i++)
		html_case(out, run, g_ptr_array_index(run->results, i));
	fprintf(out, "</section>\n</main>\n<script>\n%s</script>\n</body>\n</html>\n", script);
	return !ferror(out);
}
