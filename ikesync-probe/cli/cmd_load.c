/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The load command: its options, its target, its report. */
#include "cli/cmd_load.h"

#include <signal.h>
#include <stdio.h>

#include "catalogue/selector.h"
#include "cli/cmd_options.h"
#include "load/load.h"
#include "load/load_plot.h"
#include "load/load_report.h"
#include "run/run.h"
#include "target/target_files.h"

struct arguments {
	char *target, *plot;
	gint sessions, rate, seconds, window, sources;
	gdouble stagger;
	gboolean until_broken, json, quiet;
};

static const char description[] =
    "Logs in at the target's [old-gateway], waits for the stubs, lets it die\n"
    "([hooks] old-gateway-fail; without it the sessions just move), and resumes\n"
    "all at [gateway]. Sends to those two and to [bank], nowhere else. Sessions\n"
    "answer no liveness checks and are not deleted at the end: for a lab.\n\n"
    "Exit codes: 0 every session was resumed, 1 some were not, 2 usage, 3 nothing\n"
    "was opened, 4 internal, 130 interrupted (the report is written).\n\n"
    "Examples:\n"
    "  ikesync-probe load --target lab.conf --sessions 10000\n"
    "  ikesync-probe load --target lab.conf --sessions 10000 --stagger 10\n"
    "  ikesync-probe load --target lab.conf --sessions 100000 --until-broken\n"
    "  ikesync-probe load --target lab.conf --plot alive.svg --json >load.json\n";

static bool parse(struct arguments *a, int argc, char **argv)
{
	const GOptionEntry entries[] = {
		{ "target", 't', 0, G_OPTION_ARG_FILENAME, &a->target, "the target file (required)",
		  "FILE" },
		{ "sessions", 'n', 0, G_OPTION_ARG_INT, &a->sessions, "so many (1000)", "N" },
		{ "rate", 0, 0, G_OPTION_ARG_INT, &a->rate,
		  "begun in a second (0: as many as\n\t\t\t\t--window lets)", "N" },
		{ "stagger", 0, 0, G_OPTION_ARG_DOUBLE, &a->stagger,
		  "the death is noticed within so long (0)", "SECONDS" },
		{ "until-broken", 0, 0, G_OPTION_ARG_NONE, &a->until_broken,
		  "resume faster and faster until it breaks", NULL },
		{ "seconds", 0, 0, G_OPTION_ARG_INT, &a->seconds, "end after so long (600)", "N" },
		{ "window", 0, 0, G_OPTION_ARG_INT, &a->window,
		  "handshakes under way at once (256)", "N" },
		{ "sources", 0, 0, G_OPTION_ARG_INT, &a->sources,
		  "send from so many addresses, from\n\t\t\t\t[client] source on (1)", "N" },
		{ "plot", 0, 0, G_OPTION_ARG_FILENAME, &a->plot, "sessions alive over time, as SVG",
		  "FILE" },
		{ "json", 0, 0, G_OPTION_ARG_NONE, &a->json, "the report as JSON", NULL },
		{ "quiet", 'q', 0, G_OPTION_ARG_NONE, &a->quiet, "no progress on stderr", NULL },
		{ NULL, 0, 0, 0, NULL, NULL, NULL },
	};
	const struct cmd_options options = { "load", "- many sessions at once", description,
					     entries };

	return cmd_options_parse(&options, argc, argv);
}

static bool complain(const char *option, const char *why)
{
	fprintf(stderr, "ikesync-probe load: %s: %s\n", option, why);
	return false;
}

static bool check(const struct arguments *a)
{
	if (!a->target)
		return complain("--target", "missing");
	if (a->sessions < 1 || a->sessions > LOAD_SESSIONS_MAX)
		return complain("--sessions", "1 to 1000000");
	if (a->rate < 0 || a->rate > 1000000)
		return complain("--rate", "0 to 1000000");
	if (!(a->stagger >= 0 && a->stagger <= LOAD_SECONDS_MAX))
		return complain("--stagger", "0 to 7200 seconds");
	if (a->seconds < 1 || a->seconds > LOAD_SECONDS_MAX)
		return complain("--seconds", "1 to 7200");
	if (a->window < 1 || a->window > LOAD_WINDOW_MAX)
		return complain("--window", "1 to 4096");
	if (a->sources < 1 || a->sources > LOAD_SOURCES_MAX)
		return complain("--sources", "1 to 250");
	return true;
}

/* NULL: told why. */
static struct target *load_target(const struct arguments *a)
{
	GError *error = NULL;
	struct target *t = target_load(a->target, selector_matches_any, &error);
	const char *lacks = NULL;

	if (t && !target_files_check(t, &error))
		g_clear_pointer(&t, target_free);
	if (error)
		complain("--target", error->message);
	g_clear_error(&error);
	if (!t)
		return NULL;
	if (!t->gateway.given || !t->old_gateway.given)
		lacks = "[gateway] and [old-gateway] are wanted: where sessions go, where they "
			"come from";
	else if (!t->client.id.given || !t->client.psk.n || !t->client.n_suites)
		lacks = "[client] id and psk are wanted";
	else if (a->sources > 1 && t->client.source.family != 4)
		lacks = "--sources needs an IPv4 address as [client] source";
	else if (t->gateway.ike.address.family != t->old_gateway.ike.address.family)
		lacks = "[gateway] and [old-gateway] have addresses of two kinds";
	if (!lacks)
		return t;
	complain(a->target, lacks);
	target_free(t);
	return NULL;
}

static bool write_plot(const char *path, const struct load_result *r)
{
	GError *error = NULL;
	char *svg = load_plot(r);
	const bool ok = g_file_set_contents(path, svg, -1, &error);

	g_free(svg);
	if (!ok)
		complain("--plot", error->message);
	g_clear_error(&error);
	return ok;
}

static int exit_code(const struct load_config *c, const struct load_result *r)
{
	if (r->interrupted)
		return RUN_INTERRUPTED;
	if (!r->opening.done)
		return RUN_UNREACHABLE;
	/* until it breaks, something is meant to be left */
	return r->opening.lost || r->resuming.lost || (r->left && !c->until_broken)
		   ? RUN_DOES_NOT_CONFORM
		   : RUN_CONFORMS;
}

static int run(const struct arguments *a)
{
	struct target *t = check(a) ? load_target(a) : NULL;
	const struct load_config c = { .target = t,
				       .sessions = (unsigned)a->sessions,
				       .rate = (unsigned)a->rate,
				       .stagger_s = a->stagger,
				       .seconds = (unsigned)a->seconds,
				       .window = (unsigned)a->window,
				       .sources = (unsigned)a->sources,
				       .until_broken = a->until_broken,
				       .quiet = a->quiet };
	struct load_result *r;
	int code = RUN_USAGE;

	if (!t)
		return code;
	signal(SIGPIPE, SIG_IGN);
	r = g_new0(struct load_result, 1);
	if (load_run(&c, r)) {
		code = exit_code(&c, r);
		if (a->json)
			load_report_json(&c, r);
		else
			load_report_text(&c, r);
		if (a->plot && !write_plot(a->plot, r))
			code = RUN_INTERNAL;
	}
	load_result_clear(r);
	g_free(r);
	target_free(t);
	return code;
}

int cmd_load(int argc, char **argv)
{
	struct arguments a = { .sessions = 1000, .seconds = 600, .window = 256, .sources = 1 };
	int code = parse(&a, argc, argv) ? run(&a) : RUN_USAGE;

	g_free(a.target);
	g_free(a.plot);
	return code;
}
