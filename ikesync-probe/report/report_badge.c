/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes a badge as SVG. */
#include "report/report_badge.h"

#include <string.h>

#define LEFT "IKE SA sync"
#define LETTER 7 /* units of width that a letter may take at 11 units of height */
#define EDGE 6

/* What the right half says, and its colour; white on each of them has a contrast above 4.5. */
static char *words(const struct run *run, const char **colour)
{
	const unsigned *n = run->counts;
	const unsigned asked = n[VERDICT_PASS] + n[VERDICT_FAIL] + n[VERDICT_WARN] +
			       n[VERDICT_INFO] + n[VERDICT_INCONCLUSIVE];

	switch (run->exit) {
	case RUN_CONFORMS:
		*colour = "#1a7f37";
		return g_strdup_printf("conforms: %u of %u", n[VERDICT_PASS] + n[VERDICT_INFO],
				       asked);
	case RUN_DOES_NOT_CONFORM:
		*colour = n[VERDICT_FAIL] ? "#cf222e" : "#8a4600";
		return n[VERDICT_FAIL] ? g_strdup_printf("%u of %u failed", n[VERDICT_FAIL], asked)
				       : g_strdup("not shown to conform");
	default:
		*colour = "#57606a";
		return g_strdup(run->interrupted ? "interrupted" : "not tested");
	}
}

bool report_badge(const struct run *run, FILE *out)
{
	const char *colour;
	g_autofree char *said = words(run, &colour);
	const size_t left = 2 * EDGE + LETTER * strlen(LEFT), letters = LETTER * strlen(said);
	const size_t right = 2 * EDGE + letters;

	fprintf(
	    out,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%zu\" height=\"20\" role=\"img\" "
	    "aria-label=\"%s: %s\">\n<title>%s: %s</title>\n",
	    left + right, LEFT, said, LEFT, said);
	fprintf(out,
		"<rect width=\"%zu\" height=\"20\" fill=\"#24292f\"/>\n"
		"<rect x=\"%zu\" width=\"%zu\" height=\"20\" fill=\"%s\"/>\n",
		left, left, right, colour);
	fprintf(
	    out,
	    "<g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\">\n"
	    "<text x=\"%d\" y=\"14\" textLength=\"%zu\">%s</text>\n"
	    "<text x=\"%zu\" y=\"14\" textLength=\"%zu\">%s</text>\n</g>\n</svg>\n",
	    EDGE, left - 2 * EDGE, LEFT, left + EDGE, letters, said);
	return !ferror(out);
}
