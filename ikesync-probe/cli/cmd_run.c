/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The run command: its options, its target file, its selectors. */
#include "cli/cmd_run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "catalogue/narrow.h"
#include "catalogue/selector.h"
#include "cli/cmd_options.h"
#include "cli/session.h"
#include "keys/suite_text.h"
#include "run/run.h"
#include "target/requirement.h"
#include "target/target_files.h"

struct arguments {
	gint jobs, retry;
	gboolean json, strict, no_capture, quiet, no_sanity, check, stop, list_suites, safe,
	    strict_draft;
	char *file, *out, *junit, *capture, *ndjson, *xfail, *level, **clauses, **selectors;
};

static const char description[] =
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
    "  ikesync-probe run --target lab.conf --xfail known.conf --safe\n"
    "  ikesync-probe run --target lab.conf --json G | jq .conclusion\n";

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

static bool parse(struct arguments *a, int argc, char **argv)
{
	const GOptionEntry entries[] = {
		{ "target", 't', 0, G_OPTION_ARG_FILENAME, &a->file, "what to test (required)",
		  "FILE" },
		{ "out", 'o', 0, G_OPTION_ARG_FILENAME, &a->out,
		  "report folder, new or empty\n\t\t\t(default: ikesync-runs/DATE-TIME)", "DIR" },
		{ "json", 0, 0, G_OPTION_ARG_NONE, &a->json,
		  "print results.json instead of the report", NULL },
		{ "junit", 0, 0, G_OPTION_ARG_FILENAME, &a->junit, "write junit.xml there too",
		  "FILE" },
		{ "stop", 'x', 0, G_OPTION_ARG_NONE, &a->stop,
		  "end after the first case that does not pass", NULL },
		{ "jobs", 'j', 0, G_OPTION_ARG_INT, &a->jobs,
		  "cases side by side (default: 4,\n\t\t\t1 where less than 9 are asked)", "N" },
		{ "strict", 0, 0, G_OPTION_ARG_NONE, &a->strict, "warnings end in exit code 1",
		  NULL },
		{ "strict-draft", 0, 0, G_OPTION_ARG_NONE, &a->strict_draft,
		  "judge by the draft: profile 1's rules only warn", NULL },
		{ "xfail", 0, 0, G_OPTION_ARG_FILENAME, &a->xfail,
		  "failures that are known and borne for a while", "FILE" },
		{ "retry", 0, 0, G_OPTION_ARG_INT, &a->retry,
		  "ask what does not pass up to N times more", "N" },
		{ "level", 0, 0, G_OPTION_ARG_STRING, &a->level,
		  "down to must, should or may (default: every level)", "LEVEL" },
		{ "clause", 0, 0, G_OPTION_ARG_STRING_ARRAY, &a->clauses,
		  "cases that check it: 12.4, or 12 for all of 12", "CLAUSE" },
		{ "safe", 0, 0, G_OPTION_ARG_NONE, &a->safe,
		  "nothing that floods, holds or restarts the target", NULL },
		{ "ndjson", 0, 0, G_OPTION_ARG_FILENAME, &a->ndjson,
		  "a line of JSON for each case as it ends; - is stdout", "FILE" },
		{ "capture", 0, 0, G_OPTION_ARG_STRING, &a->capture,
		  "auto (live where permitted), live, synth, off", "MODE" },
		{ "no-capture", 0, 0, G_OPTION_ARG_NONE, &a->no_capture,
		  "the same as --capture=off", NULL },
		{ "no-sanity", 0, 0, G_OPTION_ARG_NONE, &a->no_sanity,
		  "ask S01 and S02 only where chosen", NULL },
		{ "quiet", 'q', 0, G_OPTION_ARG_NONE, &a->quiet, "no progress on stderr", NULL },
		{ "check-config", 0, 0, G_OPTION_ARG_NONE, &a->check,
		  "read target file and selectors, run nothing", NULL },
		{ "list-suites", 0, 0, G_OPTION_ARG_NONE, &a->list_suites,
		  "what [client] ike and esp may hold", NULL },
		{ G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &a->selectors, NULL,
		  "[SELECTOR...]" },
		{ NULL, 0, 0, 0, NULL, NULL, NULL },
	};
	const struct cmd_options options = { "run", "- run test cases against a target",
					     description, entries };

	return cmd_options_parse(&options, argc, argv);
}

static bool jobs_of(const struct arguments *a, struct probe_options *out)
{
	if (a->jobs < 0 || a->jobs > 64) {
		fprintf(stderr, "ikesync-probe run: --jobs=%d: 1 to 64\n", a->jobs);
		return false;
	}
	out->jobs = (unsigned)a->jobs;
	if (out->jobs > 1 && out->capture == CAPTURE_LIVE) {
		fputs("ikesync-probe run: --jobs and --capture=live: on the wire the packets of "
		      "cases "
		      "side by side cannot be told apart\n",
		      stderr);
		return false;
	}
	return true;
}

/* Few cases are soon asked, and a live capture of them is worth more. */
#define IN_TURN_MAX 8
#define JOBS_DEFAULT 4

static void settle_jobs(struct probe_options *o, const struct target *t, unsigned n_cases)
{
	const bool in_turn = n_cases <= IN_TURN_MAX || o->capture == CAPTURE_LIVE ||
			     t->old_sa.given || t->old_gateway_fail;

	if (o->jobs == 0)
		o->jobs = in_turn ? 1 : JOBS_DEFAULT;
	if (o->jobs > 1 && o->capture == CAPTURE_AUTO)
		o->capture = CAPTURE_SYNTH;
}

static bool retry_of(const struct arguments *a, struct probe_options *out)
{
	if (a->retry < 0 || a->retry > 10) {
		fprintf(stderr, "ikesync-probe run: --retry=%d: 0 to 10\n", a->retry);
		return false;
	}
	out->retry = (unsigned)a->retry;
	return true;
}

/* Before anything is sent, not after the run. */
static bool can_be_written(const char *option, const char *path)
{
	g_autofree char *folder = path ? g_path_get_dirname(path) : NULL;
	const char *why = NULL;

	if (!path)
		return true;
	if (g_file_test(path, G_FILE_TEST_IS_DIR))
		why = "it is a folder";
	else if (access(g_file_test(path, G_FILE_TEST_EXISTS) ? path : folder, W_OK) != 0)
		why = g_strerror(errno);
	if (why)
		fprintf(stderr, "ikesync-probe run: %s %s: %s\n", option, path, why);
	return !why;
}

static bool options_of(const struct arguments *a, struct probe_options *out)
{
	*out = (struct probe_options){ .strict = a->strict,
				       .stop = a->stop,
				       .json = a->json,
				       .quiet = a->quiet,
				       .no_sanity = a->no_sanity,
				       .out = a->out,
				       .junit = a->junit,
				       .ndjson = a->ndjson };
	if (!parse_capture(a->capture, &out->capture)) {
		fprintf(stderr, "ikesync-probe run: --capture=%s: auto, live, synth or off\n",
			a->capture);
		return false;
	}
	if (a->no_capture)
		out->capture = CAPTURE_OFF;
	if (!jobs_of(a, out) || !retry_of(a, out) || !can_be_written("--junit", a->junit) ||
	    (g_strcmp0(a->ndjson, "-") != 0 && !can_be_written("--ndjson", a->ndjson)))
		return false;
	if (a->json && g_strcmp0(a->ndjson, "-") == 0) {
		fputs("ikesync-probe run: --json and --ndjson=-: one of them can have stdout\n",
		      stderr);
		return false;
	}
	if (a->file)
		return true;
	fprintf(stderr, "ikesync-probe run: --target FILE is missing; it says what to test, see "
			"ikesync-probe(1)\n");
	if (a->selectors && g_file_test(a->selectors[0], G_FILE_TEST_EXISTS))
		fprintf(stderr, "did you mean: ikesync-probe run --target %s\n", a->selectors[0]);
	return false;
}

/* What --level, --clause and --safe leave of `cases`. false: told what is wrong with them. */
static bool narrow(const struct arguments *a, GPtrArray *cases)
{
	enum level level;

	if (a->level) {
		if (!narrow_level_from_text(a->level, &level)) {
			fprintf(stderr, "ikesync-probe run: --level=%s: must, should or may\n",
				a->level);
			return false;
		}
		narrow_to_level(cases, level);
	}
	for (char **c = a->clauses; c && *c; c++)
		if (!narrow_is_clause(*c)) {
			fprintf(stderr,
				"ikesync-probe run: --clause=%s: no case checks it; see "
				"docs/requirements.md\n",
				*c);
			return false;
		}
	if (a->clauses)
		narrow_to_clauses(cases, a->clauses);
	if (a->safe)
		narrow_to_safe(cases);
	return true;
}

/* NULL: told why. */
static GPtrArray *choose(const struct arguments *a)
{
	const char *bad = NULL;
	GPtrArray *cases = selector_choose(a->selectors, &bad);

	for (unsigned i = cases ? cases->len : 0; i-- > 0;)
		if (((const struct probe_case *)cases->pdata[i])->asks == ASKS_CAPTURE)
			g_ptr_array_remove_index(cases, i);
	if (cases && !narrow(a, cases)) {
		g_ptr_array_unref(cases);
		return NULL;
	}
	if (cases && cases->len)
		return cases;
	if (cases) {
		fputs("ikesync-probe run: the selectors leave no case (P cases: ikesync-probe "
		      "check)\n",
		      stderr);
		g_ptr_array_unref(cases);
	} else {
		fprintf(stderr,
			"ikesync-probe run: \"%s\" matches no case; see ikesync-probe list\n", bad);
	}
	return NULL;
}

/* NULL: told why. */
static struct target *load(const char *file)
{
	GError *error = NULL;
	struct target *target = target_load(file, selector_matches_any, &error);

	if (target && !target_files_check(target, &error))
		g_clear_pointer(&target, target_free);
	if (error) {
		fprintf(stderr, "ikesync-probe run: %s\n", error->message);
		g_error_free(error);
	}
	return target;
}

/* NULL: told why. */
static struct waivers *load_waivers(const char *file)
{
	GError *error = NULL;
	struct waivers *waivers = waivers_load(file, selector_matches_any, &error);

	if (error) {
		fprintf(stderr, "ikesync-probe run: --xfail: %s\n", error->message);
		g_error_free(error);
	}
	return waivers;
}

/* Why no case can be asked, each reason once. */
static void say_why_none(const char *file, const struct target *t, const GPtrArray *cases)
{
	GHashTable *said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	fprintf(stderr, "ikesync-probe run: %s: none of the %u chosen cases can be asked\n", file,
		cases->len);
	for (unsigned i = 0; i < cases->len; i++) {
		const struct probe_case *c = g_ptr_array_index(cases, i);
		char *why = requirement_missing(t, c->requires);

		if (!why)
			why = g_strdup("nothing, but it is declared unsupported");
		if (!g_hash_table_contains(said, why))
			fprintf(stderr, "%s: the target file lacks %s\n", c->id, why);
		g_hash_table_add(said, why);
	}
	g_hash_table_unref(said);
}

/* For --check-config: how far the file reaches. The exit code. */
static int say_what_is_asked(const char *file, const struct target *t, const GPtrArray *cases)
{
	unsigned asked = 0;

	for (unsigned i = 0; i < cases->len; i++) {
		const struct probe_case *c = g_ptr_array_index(cases, i);
		char *missing = requirement_missing(t, c->requires);

		asked += !missing && !target_declares_unsupported(t, c->id);
		g_free(missing);
	}
	if (!asked) {
		say_why_none(file, t, cases);
		return RUN_USAGE;
	}
	printf("%s: ok; %u of %u cases can be asked\n", file, asked, cases->len);
	return 0;
}

static void list_words(const char *what, enum suite_word kind)
{
	const char *word;

	printf("  %-12s", what);
	for (size_t i = 0; (word = suite_word(kind, i)); i++)
		printf("%s%s", i ? ", " : "", word);
	putchar('\n');
}

static void list_suites(void)
{
	fputs("ike: ENCRYPTION-HASH-GROUP, or with an AEAD ENCRYPTION-prfHASH-GROUP:\n"
	      "     aes128-sha256-x25519, aes256gcm16-prfsha384-ecp256\n"
	      "esp: ENCRYPTION-HASH, or an AEAD alone: aes128-sha256, aes128gcm16\n\n",
	      stdout);
	list_words("ENCRYPTION", SUITE_WORD_ENCRYPTION);
	list_words("HASH", SUITE_WORD_HASH);
	list_words("GROUP", SUITE_WORD_GROUP);
}

static int run(const struct arguments *a)
{
	struct probe_options options;
	struct target *target;
	GPtrArray *cases;
	struct waivers *waivers = NULL;
	int code = RUN_USAGE;

	if (a->list_suites) {
		list_suites();
		return 0;
	}
	if (!options_of(a, &options))
		return code;
	cases = choose(a);
	target = cases ? load(a->file) : NULL;
	if (target && a->strict_draft)
		target->profile = TARGET_PROFILE_DRAFT;
	if (target && a->xfail) {
		waivers = load_waivers(a->xfail);
		if (!waivers)
			g_clear_pointer(&target, target_free);
		options.waivers = waivers;
	}
	if (target && a->check) {
		code = say_what_is_asked(a->file, target, cases);
	} else if (target) {
		settle_jobs(&options, target, cases->len);
		code = session_run(&options, target, cases);
	}
	waivers_free(waivers);
	target_free(target);
	if (cases)
		g_ptr_array_unref(cases);
	return code;
}

int cmd_run(int argc, char **argv)
{
	struct arguments a = { 0 };
	int code = parse(&a, argc, argv) ? run(&a) : RUN_USAGE;

	g_strfreev(a.selectors);
	g_free(a.file);
	g_free(a.out);
	g_free(a.junit);
	g_free(a.capture);
	g_free(a.ndjson);
	g_free(a.xfail);
	g_free(a.level);
	g_strfreev(a.clauses);
	return code;
}
