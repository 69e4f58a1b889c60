/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "interrupt.h"
#include "keys/seal.h"
#include "report.h"
#include "run_folder.h"
#include "selector.h"
#include "verdict.h"

struct screen {
	bool terminal;
	bool colour;
	bool quiet;
};

static bool colour_wanted(int fd)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fd) && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

static void progress(const struct run *run, const struct probe_case *c, const struct result *r,
		     void *user)
{
	const struct screen *s = user;

	(void)run;
	if (s->quiet)
		return;
	if (!r) {
		/* overwritten when the verdict is there */
		if (s->terminal)
			fprintf(stderr, "...          %s %s", c->id, c->title);
		return;
	}
	if (s->terminal)
		fputs("\r\033[K", stderr);
	report_line(r, s->colour, stderr);
}

static bool write_report(const struct probe *p, const struct run *run, const char *name,
			 bool (*writer)(const struct run *run, FILE *out))
{
	char *path = g_build_filename(p->folder, name, NULL);
	FILE *f = fopen(path, "we");
	bool ok = f && writer(run, f);

	if (f && fclose(f) != 0)
		ok = false;
	if (!ok)
		fprintf(stderr, "ikesync-probe: cannot write %s: %s\n", path, g_strerror(errno));
	g_free(path);
	return ok;
}

static bool write_text(const struct run *run, FILE *out)
{
	const struct report_style style = { .list = true, .steps = true };

	report_text(run, &style, out);
	return !ferror(out);
}

static bool write_json(const struct run *run, FILE *out)
{
	char *text = report_json(run);
	bool ok = text && fputs(text, out) >= 0 && fputc('\n', out) != EOF;

	free(text);
	return ok;
}

static bool write_junit_copy(const struct run *run, const char *path)
{
	FILE *f = fopen(path, "we");
	bool ok = f && report_junit(run, f);

	if (f && fclose(f) != 0)
		ok = false;
	if (!ok)
		fprintf(stderr, "ikesync-probe: cannot write %s: %s\n", path, g_strerror(errno));
	return ok;
}

static int report(const struct probe *p, const struct run *run, const struct screen *screen)
{
	bool ok = write_report(p, run, "report.txt", write_text);
	const struct report_style style = {
		.colour = colour_wanted(STDOUT_FILENO),
		/* on one terminal the progress lines stand above already */
		.list = screen->quiet || !isatty(STDOUT_FILENO) || !screen->terminal,
	};
	char *counts = report_counts(run);

	ok &= write_report(p, run, "results.json", write_json);
	ok &= write_report(p, run, "junit.xml", report_junit);
	if (p->options.junit)
		ok &= write_junit_copy(run, p->options.junit);
	if (p->options.json)
		ok &= write_json(run, stdout);
	else
		report_text(run, &style, stdout);
	if (fflush(stdout) != 0 || ferror(stdout))
		ok = false;
	fprintf(stderr, "%s in %.1f s; report in %s\n", counts, (double)run->duration_ms / 1000,
		p->folder);
	g_free(counts);
	return ok ? run->exit : RUN_INTERNAL;
}

static int run_all(struct probe *p, const GPtrArray *cases)
{
	struct screen screen = {
		.terminal = isatty(STDERR_FILENO),
		.colour = colour_wanted(STDERR_FILENO),
		.quiet = p->options.quiet,
	};
	struct capture_run *capture;
	GError *error = NULL;
	char *folder;
	struct run *run;
	int code;

	p->folder = run_folder_make(p->options.out, &error);
	if (!p->folder) {
		fprintf(stderr, "ikesync-probe run: %s\n", error->message);
		g_error_free(error);
		return RUN_USAGE;
	}
	folder = g_build_filename(p->folder, "cases", NULL);
	if (mkdir(folder, 0700) != 0) {
		fprintf(stderr, "ikesync-probe run: %s: %s\n", folder, g_strerror(errno));
		g_free(folder);
		return RUN_INTERNAL;
	}
	capture = capture_run_new(p, folder, &error);
	g_free(folder);
	if (!capture) {
		fprintf(stderr,
			"ikesync-probe run: --capture=live: %s (it takes root or CAP_NET_RAW; "
			"--capture=auto does without)\n",
			error->message);
		g_error_free(error);
		return RUN_USAGE;
	}
	if (p->target->relay.given) {
		p->relay = relay_new(&p->target->relay_listen, &p->target->relay_bank, &error);
		if (!p->relay) {
			fprintf(stderr, "ikesync-probe run: %s: [variant relay] listen: %s\n",
				p->target->path, error->message);
			g_error_free(error);
			capture_run_free(capture);
			return RUN_USAGE;
		}
	}
	run = runner_run(p, cases, capture, progress, &screen);
	capture_run_free(capture);
	code = report(p, run, &screen);
	run_free(run);
	return code;
}

static bool parse_capture(const char *text, enum capture_mode *out)
{
	static const char *const names[] = { "auto", "live", "synth", "off" };

	for (size_t i = 0; text && i < G_N_ELEMENTS(names); i++)
		if (strcmp(text, names[i]) == 0) {
			*out = (enum capture_mode)i;
			return true;
		}
	return text == NULL;
}

static void clear(struct probe *p)
{
	if (p->ike_free)
		p->ike_free(p->ike);
	relay_free(p->relay);
	if (p->seal_keys) {
		seal_keys_clear(p->seal_keys);
		g_free(p->seal_keys);
	}
	g_free(p->folder);
	g_main_context_pop_thread_default(p->context);
	g_main_context_unref(p->context);
}

static int run_target(const struct probe_options *options, const struct target *target,
		      const GPtrArray *cases)
{
	struct probe p = { .options = *options, .target = target };
	int code;

	p.context = g_main_context_new();
	g_main_context_push_thread_default(p.context);
	interrupt_watch(p.context);
	code = run_all(&p, cases);
	interrupt_unwatch();
	clear(&p);
	return code;
}

int cmd_run(int argc, char **argv)
{
	gboolean json = FALSE, strict = FALSE, strict_draft = FALSE, no_capture = FALSE,
		 quiet = FALSE, no_sanity = FALSE, check = FALSE;
	char *file = NULL, *out = NULL, *junit = NULL, *capture = NULL, **selectors = NULL;
	const GOptionEntry entries[] = {
		{ "target", 't', 0, G_OPTION_ARG_FILENAME, &file, "what to test (required)",
		  "FILE" },
		{ "out", 'o', 0, G_OPTION_ARG_FILENAME, &out,
		  "report folder, fresh or empty (default: ikesync-runs/DATE-TIME)", "DIR" },
		{ "json", 0, 0, G_OPTION_ARG_NONE, &json,
		  "print results.json instead of the report", NULL },
		{ "junit", 0, 0, G_OPTION_ARG_FILENAME, &junit, "write junit.xml there too",
		  "FILE" },
		{ "strict", 0, 0, G_OPTION_ARG_NONE, &strict, "warnings end in exit code 1", NULL },
		{ "strict-draft", 0, 0, G_OPTION_ARG_NONE, &strict_draft,
		  "warn where profile 1 departs from the draft (no case of this version does)",
		  NULL },
		{ "capture", 0, 0, G_OPTION_ARG_STRING, &capture,
		  "auto (live where permitted), live, synth (from the probe's own octets), off",
		  "MODE" },
		{ "no-capture", 0, 0, G_OPTION_ARG_NONE, &no_capture, "the same as --capture=off",
		  NULL },
		{ "no-sanity", 0, 0, G_OPTION_ARG_NONE, &no_sanity,
		  "S01 and S02 only where chosen, and nothing depends on them", NULL },
		{ "quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, "no progress on stderr", NULL },
		{ "check-config", 0, 0, G_OPTION_ARG_NONE, &check,
		  "read target file and selectors, run nothing", NULL },
		{ G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &selectors, NULL,
		  "[SELECTOR...]" },
		{ NULL, 0, 0, 0, NULL, NULL, NULL },
	};
	GOptionContext *context = g_option_context_new("- run test cases against a target");
	struct probe_options options = { 0 };
	struct target *target = NULL;
	GPtrArray *cases = NULL;
	GError *error = NULL;
	const char *bad = NULL;
	int code = RUN_USAGE;

	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_set_description(
	    context, "A selector is a case (C03), a range (C01-C08), a group letter (G), a glob "
		     "('N1*'), or one of\n"
		     "these to leave out ('!G26'). Without one every case is asked. S01 and S02 "
		     "always come first\n"
		     "and last.\n\n"
		     "Exit codes: 0 conforms, 1 does not, 2 usage, 3 unreachable or sanity failed, "
		     "4 internal,\n"
		     "130 interrupted.\n\n"
		     "Examples:\n"
		     "  ikesync-probe run --target lab.conf\n"
		     "  ikesync-probe run --target lab.conf --out /tmp/run1 C '!C36'\n"
		     "  ikesync-probe run --target lab.conf --json G | jq -r "
		     "'.cases[]|select(.verdict==\"fail\").id'\n");
	if (!g_option_context_parse(context, &argc, &argv, &error)) {
		fprintf(stderr, "ikesync-probe run: %s\n", error->message);
		g_error_free(error);
		goto out;
	}
	options = (struct probe_options){ .strict = strict,
					  .strict_draft = strict_draft,
					  .json = json,
					  .quiet = quiet,
					  .no_sanity = no_sanity,
					  .out = out,
					  .junit = junit };
	if (!parse_capture(capture, &options.capture)) {
		fprintf(stderr, "ikesync-probe run: --capture=%s: auto, live, synth or off\n",
			capture);
		goto out;
	}
	if (no_capture)
		options.capture = CAPTURE_OFF;
	if (!file) {
		fputs("ikesync-probe run: --target FILE is missing; it says what to test, see "
		      "ikesync-probe(1)\n",
		      stderr);
		goto out;
	}
	cases = selector_choose(selectors, &bad);
	if (!cases) {
		fprintf(stderr,
			"ikesync-probe run: \"%s\" matches no case; see ikesync-probe list\n", bad);
		goto out;
	}
	if (!cases->len) {
		fputs("ikesync-probe run: the selectors leave no case\n", stderr);
		goto out;
	}
	target = target_load(file, &error);
	if (!target) {
		fprintf(stderr, "ikesync-probe run: %s\n", error->message);
		g_error_free(error);
		goto out;
	}
	if (check)
		printf("%s: ok, %u cases chosen\n", file, cases->len);
	code = check ? 0 : run_target(&options, target, cases);
out:
	target_free(target);
	if (cases)
		g_ptr_array_unref(cases);
	g_option_context_free(context);
	g_strfreev(selectors);
	g_free(file);
	g_free(out);
	g_free(junit);
	g_free(capture);
	return code;
}
