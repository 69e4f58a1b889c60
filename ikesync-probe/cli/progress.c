/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells how far a run is, to people and to programs. */
#include "cli/progress.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/layout.h"
#include "report/report_json.h"
#include "report/report_text.h"

/* Time left at the pace so far; nothing where that would be a guess. */
static char *time_left(const struct progress *s)
{
	const uint64_t spent = probe_now() - s->began;
	uint64_t left;

	if (s->done < 5 || s->done >= s->total)
		return g_strdup("");
	left = spent * (s->total - s->done) / s->done / 1000;
	if (left >= 90)
		return g_strdup_printf(", about %u min left", (unsigned)((left + 30) / 60));
	return g_strdup_printf(", about %u s left", (unsigned)left + 1);
}

/* Overwritten by the next one: one line at most. */
static void status(const struct progress *s, const struct probe_case *c)
{
	g_autofree char *left = time_left(s);
	g_autofree char *text =
	    c ? g_strdup_printf("... %u/%u%s  %s  %s", s->done, s->total, left, c->id, c->title)
	      : g_strdup_printf("... %u/%u%s", s->done, s->total, left);
	g_autofree char *cut = layout_cut(text, layout_columns(stderr) - 1);

	fprintf(stderr, "\r\033[K%s", cut);
}

static void line(struct progress *s, const char *event, const char *key, char *value)
{
	if (!s->lines || !value)
		return;
	fprintf(s->lines, "{\"event\":\"%s\",\"%s\":%s}\n", event, key, value);
	/* whoever reads along wants it now */
	(void)fflush(s->lines);
}

static void line_of(struct progress *s, const struct result *r)
{
	char *json = s->lines ? report_json_result(r) : NULL;

	line(s, "case", "case", json);
	free(json);
}

bool progress_begin(struct progress *s, const struct probe *p, unsigned total)
{
	const char *to = p->options.ndjson;
	g_autofree char *n = g_strdup_printf("%u", total);

	*s = (struct progress){ .terminal = isatty(STDERR_FILENO),
				.colour = layout_colour(stderr),
				.quiet = p->options.quiet,
				.total = total,
				.began = probe_now() };
	if (!to)
		return true;
	s->lines = strcmp(to, "-") == 0 ? stdout : fopen(to, "we");
	if (!s->lines) {
		fprintf(stderr, "ikesync-probe run: --ndjson %s: %s\n", to, g_strerror(errno));
		return false;
	}
	line(s, "begin", "cases", n);
	return true;
}

void progress_tell(const struct probe_case *c, const struct result *r, void *user)
{
	struct progress *s = user;

	if (r) {
		s->done++;
		line_of(s, r);
	}
	/* what is not asked stands in the report, gathered by reason */
	if (s->quiet || (r && !r->evidence))
		return;
	if (!r) {
		if (s->terminal)
			status(s, c);
		return;
	}
	if (s->terminal)
		fputs("\r\033[K", stderr);
	report_text_line(r, s->colour, stderr);
	if (s->terminal && s->done < s->total)
		status(s, NULL);
}

bool progress_end(struct progress *s, const struct run *run)
{
	g_autofree char *code = run ? g_strdup_printf("%d", (int)run->exit) : NULL;
	bool ok;

	if (s->terminal && !s->quiet)
		fputs("\r\033[K", stderr);
	if (!s->lines)
		return true;
	line(s, "end", "exit", code);
	ok = !ferror(s->lines);
	if (s->lines != stdout && fclose(s->lines) != 0)
		ok = false;
	s->lines = NULL;
	if (!ok)
		fputs("ikesync-probe run: --ndjson: not all lines could be written\n", stderr);
	return ok;
}
