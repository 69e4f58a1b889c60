/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "run/interrupt.h"
#include "keys/seal.h"
#include "report/layout.h"
#include "report/report_text.h"
#include "report/run_files.h"
#include "run/run_folder.h"
#include "catalogue/catalogue.h"
#include "catalogue/selector.h"
#include "run/runner.h"
#include "target/requirement.h"
#include "target/target_files.h"

struct screen {
	bool terminal;
	bool colour;
	bool quiet;
};

static void progress(const struct probe_case *c, const struct result *r, void *user)
{
	const struct screen *s = user;
	char *text, *cut;

	/* what is not asked stands in the report, gathered by reason */
	if (s->quiet || (r && !r->evidence))
		return;
	if (!r) {
		/* overwritten when the verdict is there: one line at most */
		if (!s->terminal)
			return;
		text = g_strdup_printf("...          %s  %s", c->id, c->title);
		cut = layout_cut(text, layout_columns(stderr) - 1);
		fputs(cut, stderr);
		g_free(text);
		g_free(cut);
		return;
	}
	if (s->terminal)
		fputs("\r\033[K", stderr);
	report_text_line(r, s->colour, stderr);
}

/* The run did not begin: leave no empty folder behind, unless it was there before. */
static void drop_folder(const struct probe *p, const char *cases, bool made)
{
	(void)rmdir(cases);
	if (made)
		(void)rmdir(p->folder);
}

static int run_all(struct probe *p, const GPtrArray *cases)
{
	struct screen screen = {
		.terminal = isatty(STDERR_FILENO),
		.colour = layout_colour(stderr),
		.quiet = p->options.quiet,
	};
	bool made = !p->options.out || !g_file_test(p->options.out, G_FILE_TEST_EXISTS);
	struct capture_run *capture = NULL;
	GError *error = NULL;
	char *folder = NULL;
	struct run *run;
	int code = RUN_USAGE;

	if (p->target->relay.given) {
		p->relay = relay_new(&p->target->relay_listen, &p->target->relay_bank, &error);
		if (!p->relay) {
			fprintf(stderr, "ikesync-probe run: %s: [variant relay] listen: %s\n",
				p->target->path, error->message);
			goto out;
		}
	}
	p->folder = run_folder_make(p->options.out, &error);
	if (!p->folder) {
		fprintf(stderr, "ikesync-probe run: %s\n", error->message);
		goto out;
	}
	folder = g_build_filename(p->folder, "cases", NULL);
	if (mkdir(folder, 0700) != 0) {
		fprintf(stderr, "ikesync-probe run: cannot make %s: %s\n", folder,
			g_strerror(errno));
		drop_folder(p, folder, made);
		code = RUN_INTERNAL;
		goto out;
	}
	capture = capture_run_new(p->target, p->options.capture, folder, &error);
	if (!capture) {
		fprintf(stderr,
			"ikesync-probe run: --capture=live: %s (it takes root or CAP_NET_RAW; "
			"--capture=auto does without)\n",
			error->message);
		drop_folder(p, folder, made);
		goto out;
	}
	if (!p->options.out)
		run_folder_latest(p->folder);
	run = runner_run(&(struct runner){ .probe = p,
					   .sanity_gateway = catalogue_find("S01"),
					   .sanity_bank = catalogue_find("S02"),
					   .capture = capture,
					   .progress = progress,
					   .user = &screen },
			 cases);
	code = run_files_write(p, run, !screen.quiet && layout_same(stdout, stderr))
		   ? (int)run->exit
		   : RUN_INTERNAL;
	run_free(run);
out:
	capture_run_free(capture);
	g_clear_error(&error);
	g_free(folder);
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

	/* a reader of stdout or stderr that goes away must not end the run half way */
	signal(SIGPIPE, SIG_IGN);
	p.context = g_main_context_new();
	g_main_context_push_thread_default(p.context);
	interrupt_watch(p.context);
	code = run_all(&p, cases);
	interrupt_unwatch();
	clear(&p);
	return code;
}

/* For --check-config: how far the file reaches. */
static void say_what_is_asked(const char *file, const struct target *t, const GPtrArray *cases)
{
	unsigned asked = 0;

	for (unsigned i = 0; i < cases->len; i++) {
		const struct probe_case *c = g_ptr_array_index(cases, i);
		char *missing = requirement_missing(t, c->requires);

		asked += !missing && !target_declares_unsupported(t, c->id);
		g_free(missing);
	}
	printf("%s: ok; %u of %u cases can be asked\n", file, asked, cases->len);
}

int cmd_run(int argc, char **argv)
{
	gboolean json = FALSE, strict = FALSE, no_capture = FALSE, quiet = FALSE, no_sanity = FALSE,
		 check = FALSE, stop = FALSE;
	char *file = NULL, *out = NULL, *junit = NULL, *capture = NULL, **selectors = NULL;
	const GOptionEntry entries[] = {
		{ "target", 't', 0, G_OPTION_ARG_FILENAME, &file, "what to test (required)",
		  "FILE" },
		{ "out", 'o', 0, G_OPTION_ARG_FILENAME, &out,
		  "report folder, new or empty\n\t\t\t(default: ikesync-runs/DATE-TIME)", "DIR" },
		{ "json", 0, 0, G_OPTION_ARG_NONE, &json,
		  "print results.json instead of the report", NULL },
		{ "junit", 0, 0, G_OPTION_ARG_FILENAME, &junit, "write junit.xml there too",
		  "FILE" },
		{ "stop", 'x', 0, G_OPTION_ARG_NONE, &stop,
		  "end after the first case that does not pass", NULL },
		{ "strict", 0, 0, G_OPTION_ARG_NONE, &strict, "warnings end in exit code 1", NULL },
		{ "capture", 0, 0, G_OPTION_ARG_STRING, &capture,
		  "auto (live where permitted), live, synth, off", "MODE" },
		{ "no-capture", 0, 0, G_OPTION_ARG_NONE, &no_capture, "the same as --capture=off",
		  NULL },
		{ "no-sanity", 0, 0, G_OPTION_ARG_NONE, &no_sanity,
		  "ask S01 and S02 only where chosen", NULL },
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
	    context,
	    "SELECTOR: a case (C03), a range (C01-C08), a group (G), a glob ('N1*'), or one\n"
	    "of these to leave out ('!G26'). Without one, every case. S01 and S02 (sanity)\n"
	    "come first and last.\n\n"
	    "FILE says where gateway and bank are, see ikesync-probe(1). A case that needs\n"
	    "more than it says is skipped and names the keys.\n\n"
	    "Exit codes: 0 conforms, 1 does not (or was not shown to), 2 usage or target\n"
	    "file, 3 unreachable or sanity failed, 4 internal, 130 interrupted.\n\n"
	    "Examples:\n"
	    "  ikesync-probe run --target lab.conf\n"
	    "  ikesync-probe run --target lab.conf --out /tmp/run1 C '!C36'\n"
	    "  ikesync-probe run --target lab.conf --check-config\n"
	    "  ikesync-probe run --target lab.conf --json G | jq .conclusion\n");
	if (!g_option_context_parse(context, &argc, &argv, &error)) {
		fprintf(stderr, "ikesync-probe run: %s\n", error->message);
		g_error_free(error);
		goto out;
	}
	options = (struct probe_options){ .strict = strict,
					  .stop = stop,
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
		fprintf(stderr,
			"ikesync-probe run: --target FILE is missing; it says what to test, see "
			"ikesync-probe(1)\n");
		if (selectors && g_file_test(selectors[0], G_FILE_TEST_EXISTS))
			fprintf(stderr, "did you mean: ikesync-probe run --target %s\n",
				selectors[0]);
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
	target = target_load(file, selector_matches_any, &error);
	if (!target) {
		fprintf(stderr, "ikesync-probe run: %s\n", error->message);
		g_error_free(error);
		goto out;
	}
	if (!target_files_check(target, &error)) {
		fprintf(stderr, "ikesync-probe run: %s\n", error->message);
		g_error_free(error);
		goto out;
	}
	if (check)
		say_what_is_asked(file, target, cases);
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
