/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The check command: a capture file, its keys, and the cases that read captures. */
#include "cli/cmd_check.h"

#include <signal.h>
#include <stdio.h>

#include "catalogue/selector.h"
#include "cli/cmd_options.h"
#include "reader/capture_file.h"
#include "reader/story.h"
#include "report/layout.h"
#include "report/report_text.h"
#include "report/run_files.h"
#include "run/interrupt.h"
#include "run/run_folder.h"
#include "run/runner.h"
#include "wire/ike_syn.h"

#define PORTS_MAX 64

struct arguments {
	gboolean json, strict;
	int syn_type;
	char *out, *junit, **keys, **ike_ports, **bank_ports, **rest;
};

struct ports {
	uint16_t at[PORTS_MAX];
	size_t n;
};

static const char description[] =
    "FILE is a capture, pcap or pcapng. Nothing is sent. SELECTOR: as for run, of\n"
    "the P cases alone.\n\n"
    "Keys in a pcapng file (TLS key log, ikesync-probe's own block) are used. KEYS:\n"
    "Wireshark's ikev2_decryption_table, a TLS key log, a gateway's seal keys, or\n"
    "cases/ID.ikesync.keys of a run; --keys may be given several times.\n\n"
    "What cannot be read makes a case inconclusive, never failed; the report says\n"
    "what and why. With --out report.txt, results.json and junit.xml are written.\n\n"
    "Exit codes: 0 conforms in all that the capture shows, 1 does not, 2 usage or\n"
    "a file that cannot be read, 3 nothing to judge in it.\n\n"
    "Examples:\n"
    "  ikesync-probe check failover.pcapng\n"
    "  ikesync-probe check failover.pcapng --keys seal.keys --keys sslkeylog.txt\n"
    "  ikesync-probe check lab.pcap --ike-port 5500 --bank-port 49600 P01-P08\n"
    "  ikesync-probe check failover.pcapng --json | jq .conclusion\n";

static bool parse(struct arguments *a, int argc, char **argv)
{
	const GOptionEntry entries[] = {
		{ "keys", 'k', 0, G_OPTION_ARG_FILENAME_ARRAY, &a->keys, "a file with keys",
		  "KEYS" },
		{ "ike-port", 0, 0, G_OPTION_ARG_STRING_ARRAY, &a->ike_ports,
		  "a port of IKE, too\n\t\t\t(500, 4500: always)", "PORT" },
		{ "bank-port", 0, 0, G_OPTION_ARG_STRING_ARRAY, &a->bank_ports,
		  "a port of stub banks, too\n\t\t\t(49500: always)", "PORT" },
		{ "syn-type", 0, 0, G_OPTION_ARG_INT, &a->syn_type,
		  "payload type of IKE_SA_SYN (200)", "TYPE" },
		{ "out", 'o', 0, G_OPTION_ARG_FILENAME, &a->out, "report folder, new or empty",
		  "DIR" },
		{ "json", 0, 0, G_OPTION_ARG_NONE, &a->json,
		  "print results.json instead of the report", NULL },
		{ "junit", 0, 0, G_OPTION_ARG_FILENAME, &a->junit, "write junit.xml there",
		  "FILE" },
		{ "strict", 0, 0, G_OPTION_ARG_NONE, &a->strict, "warnings end in exit code 1",
		  NULL },
		{ G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &a->rest, NULL,
		  "FILE [SELECTOR...]" },
		{ NULL, 0, 0, 0, NULL, NULL, NULL },
	};
	const struct cmd_options options = { "check", "- judge a capture, without any traffic",
					     description, entries };
	bool ok = cmd_options_parse(&options, argc, argv);

	if (ok && !a->rest) {
		fputs("ikesync-probe check: which capture FILE?\n", stderr);
		ok = false;
	} else if (ok && (a->syn_type < 0 || !ike_syn_type_allowed((unsigned)a->syn_type))) {
		fprintf(stderr, "ikesync-probe check: --syn-type %d: 129, 133-200 or 210-254\n",
			a->syn_type);
		ok = false;
	}
	return ok;
}

static bool read_ports(char **words, const char *option, struct ports *out)
{
	for (char **w = words; w && *w; w++) {
		guint64 port;

		if (!g_ascii_string_to_unsigned(*w, 10, 1, 65535, &port, NULL) ||
		    out->n == PORTS_MAX) {
			fprintf(stderr,
				"ikesync-probe check: %s %s: a port, 1 to 65535, and %d at most\n",
				option, *w, PORTS_MAX);
			return false;
		}
		out->at[out->n++] = (uint16_t)port;
	}
	return true;
}

/* The P cases among the chosen ones. NULL: told why. */
static GPtrArray *choose(char **selectors)
{
	const char *bad = NULL;
	GPtrArray *cases = selector_choose(selectors, &bad);

	if (!cases) {
		fprintf(stderr,
			"ikesync-probe check: \"%s\" matches no case; see ikesync-probe list P\n",
			bad);
		return NULL;
	}
	for (unsigned i = cases->len; i-- > 0;)
		if (((const struct probe_case *)cases->pdata[i])->asks != ASKS_CAPTURE)
			g_ptr_array_remove_index(cases, i);
	if (cases->len)
		return cases;
	fputs("ikesync-probe check: the selectors leave no case; P cases read captures\n", stderr);
	g_ptr_array_unref(cases);
	return NULL;
}

/* With --out the files too; else what was asked for alone. */
static int report(struct probe *p, const struct run *run)
{
	if (!run_files_write(p, run, false))
		return RUN_INTERNAL;
	return (int)run->exit;
}

static int judge(struct probe *p, const GPtrArray *cases)
{
	struct capture_run *off = capture_run_new(p->target, CAPTURE_OFF, NULL, NULL);
	const struct runner runner = { .probe = p, .capture = off };
	const struct reading *r = p->story->reading;
	struct run *run = runner_run(&runner, cases);
	GString *what = g_string_new(NULL);
	int code;

	g_string_printf(what, "%u frames, %u IKE messages, %u stub messages read", r->frames,
			r->messages->len, r->stubs->len);
	for (unsigned i = 0; i < r->unread->len; i++)
		g_string_append_printf(what, "; not read: %s",
				       (const char *)g_ptr_array_index(r->unread, i));
	g_free(run->capture_method);
	run->capture_method = g_string_free(what, FALSE);
	code = report(p, run);
	run_free(run);
	capture_run_free(off);
	return code;
}

static int check(const struct arguments *a, const struct capture_file *file, const GPtrArray *cases)
{
	char *name = g_path_get_basename(file->path);
	const struct target target = { .path = file->path,
				       .name = name,
				       .syn_payload_type = file->syn_type };
	struct probe p = { .target = &target,
			   .options = { .json = a->json,
					.strict = a->strict,
					.no_sanity = true,
					.out = a->out,
					.junit = a->junit } };
	GError *error = NULL;
	struct reading *reading = capture_file_read(file, &error);
	struct story *story = reading ? story_new(reading) : NULL;
	int code = RUN_USAGE;

	if (story && a->out)
		p.folder = run_folder_make(a->out, &error);
	if (error) {
		fprintf(stderr, "ikesync-probe check: %s\n", error->message);
		g_error_free(error);
	} else {
		p.story = story;
		p.story_speaks = story->speaks || story->ops->len;
		p.gateway_announced = story->announced;
		p.bank_announced = reading->bank_announced;
		p.context = g_main_context_new();
		interrupt_watch(p.context);
		code = judge(&p, cases);
		interrupt_unwatch();
		g_main_context_unref(p.context);
	}
	g_free(p.folder);
	g_free(name);
	story_free(story);
	reading_free(reading);
	return code;
}

static int run(const struct arguments *a)
{
	struct ports ike = { .n = 0 }, bank = { .n = 0 };
	struct capture_file file = { .path = a->rest[0],
				     .syn_type = (uint8_t)a->syn_type,
				     .key_files = a->keys };
	GPtrArray *cases;
	int code;

	if (!read_ports(a->ike_ports, "--ike-port", &ike) ||
	    !read_ports(a->bank_ports, "--bank-port", &bank))
		return RUN_USAGE;
	file.ike_ports = ike.at;
	file.n_ike_ports = ike.n;
	file.bank_ports = bank.at;
	file.n_bank_ports = bank.n;
	cases = choose(a->rest + 1);
	if (!cases)
		return RUN_USAGE;
	signal(SIGPIPE, SIG_IGN);
	code = check(a, &file, cases);
	g_ptr_array_unref(cases);
	return code;
}

int cmd_check(int argc, char **argv)
{
	struct arguments a = { .syn_type = IKE_SA_SYN_TYPE_DEFAULT };
	int code = parse(&a, argc, argv) ? run(&a) : RUN_USAGE;

	g_strfreev(a.rest);
	g_strfreev(a.keys);
	g_strfreev(a.ike_ports);
	g_strfreev(a.bank_ports);
	g_free(a.out);
	g_free(a.junit);
	return code;
}
