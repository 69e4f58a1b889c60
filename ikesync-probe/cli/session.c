/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run from the folder that is made to the reports that are written. */
#include "cli/session.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalogue/catalogue.h"
#include "cli/progress.h"
#include "client/alive.h"
#include "client/auth.h"
#include "gateway/bank_alive.h"
#include "gateway/bank_left.h"
#include "keys/seal.h"
#include "report/layout.h"
#include "report/run_files.h"
#include "run/half_open.h"
#include "run/interrupt.h"
#include "run/peer.h"
#include "run/run_folder.h"
#include "run/runner.h"
#include "run/traces.h"

/* The run did not begin: leave no empty folder behind, unless it was there before. */
static void drop_folder(const struct probe *p, const char *cases, bool made)
{
	if (cases)
		(void)rmdir(cases);
	if (made)
		(void)rmdir(p->folder);
}

/* Where the files of each case go: a folder in that of the run. NULL: told why, in *code how bad. */
static char *make_folders(struct probe *p, int *code)
{
	GError *error = NULL;
	char *cases;

	*code = RUN_USAGE;
	p->folder = run_folder_make(p->options.out, &error);
	if (!p->folder) {
		fprintf(stderr, "ikesync-probe run: %s\n", error->message);
		g_error_free(error);
		return NULL;
	}
	cases = g_build_filename(p->folder, "cases", NULL);
	if (mkdir(cases, 0700) == 0)
		return cases;
	fprintf(stderr, "ikesync-probe run: cannot make %s: %s\n", cases, g_strerror(errno));
	*code = RUN_INTERNAL;
	g_free(cases);
	return NULL;
}

static int run_captured(struct probe *p, const GPtrArray *cases, struct capture_run *capture)
{
	struct progress progress;
	const struct runner runner = { .probe = p,
				       .sanity_gateway = catalogue_find("S01"),
				       .sanity_bank = catalogue_find("S02"),
				       .capture = capture,
				       .gateway_fell_silent = alive_fell_silent,
				       .bank_fell_silent = bank_fell_silent,
				       .left_behind = bank_left,
				       .progress = progress_tell,
				       .user = &progress };
	struct run *run;
	bool told;
	int code;

	if (!progress_begin(&progress, p, runner_count(&runner, cases)))
		return RUN_USAGE;
	if (!p->options.out)
		run_folder_latest(p->folder);
	run = runner_run(&runner, cases);
	told = progress_end(&progress, run);
	code = run_files_write(p, run, !progress.quiet && layout_same(stdout, stderr)) && told
		   ? (int)run->exit
		   : RUN_INTERNAL;
	run_free(run);
	return code;
}

static int run_in_folder(struct probe *p, const GPtrArray *cases)
{
	bool made = !p->options.out || !g_file_test(p->options.out, G_FILE_TEST_EXISTS);
	int code;
	char *folder = make_folders(p, &code);
	struct capture_run *capture = NULL;
	GError *error = NULL;

	if (folder)
		capture = capture_run_new(p->target, p->options.capture, folder, &error);
	if (capture) {
		code = run_captured(p, cases, capture);
		capture_run_free(capture);
	} else {
		if (error)
			fprintf(stderr,
				"ikesync-probe run: --capture=live: %s (it takes root or "
				"CAP_NET_RAW; --capture=auto does without)\n",
				error->message);
		if (p->folder)
			drop_folder(p, folder, made);
		g_clear_error(&error);
	}
	g_free(folder);
	return code;
}

static int run_all(struct probe *p, const GPtrArray *cases)
{
	GError *error = NULL;

	if (p->options.jobs > 1 && (p->target->old_sa.given || p->target->old_gateway_fail)) {
		fputs("ikesync-probe run: [old-sa] and [hooks] old-gateway-fail can be used once: "
		      "the "
		      "cases run in turn\n",
		      stderr);
		p->options.jobs = 1;
	}
	if (p->target->relay.given) {
		p->relay = relay_new(&p->target->relay_listen, &p->target->relay_bank, &error);
		if (!p->relay) {
			fprintf(stderr, "ikesync-probe run: %s: [variant relay] listen: %s\n",
				p->target->path, error->message);
			g_error_free(error);
			return RUN_USAGE;
		}
	}
	return run_in_folder(p, cases);
}

static void clear(struct probe *p)
{
	if (p->ike_free)
		p->ike_free(p->ike);
	peers_free(p);
	half_open_free(p);
	traces_free(p);
	if (p->bank_role_free)
		p->bank_role_free(p->bank_role);
	relay_free(p->relay);
	if (p->seal_keys) {
		seal_keys_clear(p->seal_keys);
		g_free(p->seal_keys);
	}
	if (p->bank_role_keys) {
		seal_keys_clear(p->bank_role_keys);
		g_free(p->bank_role_keys);
	}
	g_free(p->folder);
	g_main_context_pop_thread_default(p->context);
	g_main_context_unref(p->context);
}

int session_run(const struct probe_options *options, const struct target *target,
		const GPtrArray *cases)
{
	struct probe p = { .options = *options, .settle = auth_settle, .target = target };
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
