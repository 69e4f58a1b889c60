/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes TAP. */
#include "report/report_tap.h"

#include "run/verdict.h"

/* In a description "#" would begin a directive, and a line is a line. */
static void words(FILE *out, const char *text)
{
	char *valid = g_utf8_make_valid(text ? text : "", -1);

	for (const char *c = valid; *c; c++) {
		if (*c == '#' || *c == '\\')
			fputc('\\', out);
		fputc((unsigned char)*c < 0x20 ? ' ' : *c, out);
	}
	g_free(valid);
}

static bool is_ok(const struct result *r)
{
	return r->verdict != VERDICT_FAIL && r->verdict != VERDICT_INCONCLUSIVE;
}

static void one(const struct result *r, unsigned number, FILE *out)
{
	fprintf(out, "%s %u - %s ", is_ok(r) ? "ok" : "not ok", number, r->label);
	words(out, r->c->title);
	if (r->verdict == VERDICT_SKIP || r->verdict == VERDICT_UNSUPPORTED) {
		fputs(" # SKIP ", out);
		words(out, r->reason);
	}
	/* TAP's word for a failure that is expected */
	if (r->waived == WAIVED && !is_ok(r)) {
		fputs(" # TODO ", out);
		words(out, r->waiver->reason);
	}
	fputc('\n', out);
	if (!r->reason || r->verdict == VERDICT_SKIP || r->verdict == VERDICT_UNSUPPORTED)
		return;
	fprintf(out, "# %s: ", verdict_name(r->verdict));
	words(out, r->reason);
	fputc('\n', out);
}

bool report_tap(const struct run *run, FILE *out)
{
	fprintf(out, "TAP version 14\n1..%u\n", run->results->len);
	for (unsigned i = 0; i < run->results->len; i++)
		one(g_ptr_array_index(run->results, i), i + 1, out);
	return !ferror(out);
}
