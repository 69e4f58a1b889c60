/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ikesync-probe: which subcommand, and its exit code. */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "cli/cmd_check.h"
#include "cli/cmd_client.h"
#include "cli/cmd_diff.h"
#include "cli/cmd_init.h"
#include "cli/cmd_lab.h"
#include "cli/cmd_list.h"
#include "cli/cmd_load.h"
#include "cli/cmd_report.h"
#include "cli/cmd_run.h"
#include "cli/cmd_send.h"
#include "cli/cmd_show.h"
#include "cli/cmd_version.h"
#include "report/layout.h"
#include "run/run.h"

static const struct {
	const char *name, *summary;
	int (*run)(int argc, char **argv); /* argv[0] is the name; returns the exit code */
} commands[] = {
	{ "init", "write a target file: five questions", cmd_init },
	{ "run", "run test cases against a target and write a report", cmd_run },
	{ "check", "judge a capture file, without any traffic", cmd_check },
	{ "report", "an earlier run in another form: a page, TAP, JUnit, ...", cmd_report },
	{ "diff", "what got worse, what better, between two runs", cmd_diff },
	{ "list", "list the test cases", cmd_list },
	{ "show", "show everything about one or more test cases", cmd_show },
	{ "client", "log in and roam between gateways: the reference client", cmd_client },
	{ "send", "hand-made messages, and what is answered to them", cmd_send },
	{ "load", "many sessions at once, and a death", cmd_load },
	{ "lab", "reference gateways and a bank on loopback, to try it on", cmd_lab },
	{ "version", "print the version", cmd_version },
};

static void usage(FILE *out)
{
	fputs("Usage: ikesync-probe COMMAND [ARGUMENT...]\n\n"
	      "Tests IKEv2 gateways and stub banks for IKE SA synchronisation\n"
	      "(draft-xu-ike-sa-sync-01, profile 1).\n\n"
	      "Commands:\n",
	      out);
	for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
		fprintf(out, "  %-10s%s\n", commands[i].name, commands[i].summary);
	fputs("\nExamples:\n"
	      "  ikesync-probe lab up                     something to test, on this machine\n"
	      "  ikesync-probe run --target lab.conf      everything the target file allows\n"
	      "  ikesync-probe run --target lab.conf C    some cases; also C03, C01-C08, !C36\n"
	      "  ikesync-probe check lab.pcapng           a capture instead of a target\n"
	      "  ikesync-probe diff OLD NEW               what got worse between two runs\n"
	      "  ikesync-probe list                       which cases there are\n"
	      "  ikesync-probe show C03                   what one asks, and why it may fail\n"
	      "\n\"ikesync-probe COMMAND --help\" tells more, ikesync-probe(1) everything.\n",
	      out);
}

static int finish(int code)
{
	return layout_finish_stdout() ? code : RUN_INTERNAL;
}

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	if (argc < 2) {
		usage(stderr);
		return RUN_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		usage(stdout);
		return finish(0);
	}
	if (strcmp(argv[1], "--version") == 0)
		return cmd_version(1, argv + 1);
	for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return finish(commands[i].run(argc - 1, argv + 1));
	fprintf(stderr, "ikesync-probe: no command \"%s\"; see ikesync-probe --help\n", argv[1]);
	return RUN_USAGE;
}
