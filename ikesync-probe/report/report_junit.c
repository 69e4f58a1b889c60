/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes JUnit XML. */
#include "report/report_junit.h"

#include "catalogue/catalogue.h"
#include "run/verdict.h"
#include "run/waived.h"

/* XML 1.0 allows no control characters but tab and newline, not even escaped. */
static char *escape(const char *s)
{
	char *valid = g_utf8_make_valid(s ? s : "", -1), *out;

	for (char *c = valid; *c; c++)
		if ((unsigned char)*c < 0x20 && *c != '\n' && *c != '\t')
			*c = '?';
	out = g_markup_escape_text(valid, -1);
	g_free(valid);
	return out;
}

static void element(FILE *out, const char *name, const char *message)
{
	char *m = escape(message);

	fprintf(out, "      <%s message=\"%s\"/>\n", name, m);
	g_free(m);
}

static void steps(FILE *out, const struct result *r)
{
	if (!r->evidence)
		return;
	fputs("      <system-out>", out);
	for (unsigned i = 0; i < r->evidence->steps->len; i++) {
		const struct evidence_step *s = g_ptr_array_index(r->evidence->steps, i);
		char *text = escape(s->text), *expected = escape(s->expected),
		     *observed = escape(s->observed);

		if (s->kind == STEP_CHECK)
			fprintf(out, "%s %s: expected %s, observed %s\n", s->ok ? "ok" : "NOT OK",
				text, expected, observed);
		else
			fprintf(out, "%s\n", text);
		g_free(text);
		g_free(expected);
		g_free(observed);
	}
	if (r->capture.tshark) {
		char *line = escape(r->capture.tshark);

		fprintf(out, "%s\n", line);
		g_free(line);
	}
	fputs("</system-out>\n", out);
}

/* JUnit has no word for a failure that is borne; what reads it must not stop at one. */
static bool is_borne(const struct result *r)
{
	return r->waived == WAIVED;
}

static void one(FILE *out, const struct result *r)
{
	char *title = escape(r->c->title), *waiver;

	fprintf(out, "    <testcase classname=\"ikesync.%c\" name=\"%s%s %s\" time=\"%.3f\">\n",
		r->c->id[0], r->c->id, r->last ? " (last)" : "", title,
		(double)r->duration_ms / 1000);
	switch (is_borne(r) ? VERDICT_SKIP : r->verdict) {
	case VERDICT_FAIL:
		element(out, "failure", r->reason);
		break;
	case VERDICT_INCONCLUSIVE:
		element(out, "error", r->reason);
		break;
	case VERDICT_SKIP:
	case VERDICT_UNSUPPORTED:
		waiver = waived_text(r);
		element(out, "skipped", waiver ? waiver : r->reason);
		g_free(waiver);
		break;
	default:
		break;
	}
	steps(out, r);
	fputs("    </testcase>\n", out);
	g_free(title);
}

bool report_junit(const struct run *run, FILE *out)
{
	char *name = escape(run->probe->target->name);
	char *when = g_date_time_format(run->began, "%Y-%m-%dT%H:%M:%S");
	unsigned failures = 0, errors = 0, skipped = 0;

	/* counted here: JUnit counts every testcase element, the second sanity round too */
	for (unsigned i = 0; i < run->results->len; i++) {
		const struct result *r = g_ptr_array_index(run->results, i);

		failures += r->verdict == VERDICT_FAIL && !is_borne(r);
		errors += r->verdict == VERDICT_INCONCLUSIVE && !is_borne(r);
		skipped +=
		    r->verdict == VERDICT_SKIP || r->verdict == VERDICT_UNSUPPORTED || is_borne(r);
	}
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", out);
	fprintf(out,
		"  <testsuite name=\"ikesync-probe %s\" tests=\"%u\" failures=\"%u\" errors=\"%u\" "
		"skipped=\"%u\" time=\"%.3f\" timestamp=\"%s\">\n",
		name, run->results->len, failures, errors, skipped, (double)run->duration_ms / 1000,
		when);
	for (unsigned i = 0; i < run->results->len; i++)
		one(out, g_ptr_array_index(run->results, i));
	fputs("  </testsuite>\n</testsuites>\n", out);
	g_free(name);
	g_free(when);
	return !ferror(out);
}
