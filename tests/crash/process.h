/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bank as a process of its own. */
#ifndef IKESYNC_TESTS_CRASH_PROCESS_H
#define IKESYNC_TESTS_CRASH_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "net/endpoint.h"

struct process {
	pid_t pid;
	struct endpoint at;
};

/* What a bank is started with; all borrowed. */
struct process_setup {
	const char *bank, *config;
	/* names and values by turns, ended by NULL; NULL: none */
	const char *const *environment;
	int listener;    /* handed over as a service manager does; 0: none */
	const char *log; /* file that takes what it logs, appended; NULL: as ours */
};

/* Start the bank and wait for its READY line. false, printed: it ended before. */
bool process_start(const struct process_setup *s, struct process *p);
/* Send the signal and wait. true: it exited with 0. */
bool process_stop(struct process *p, int how);
/* Run a program to its end: what it exits with; -1: by a signal, or it could not be run. */
int process_run(const char *const *argv);
/* Has it ended by itself? Printed. */
bool process_gone(struct process *p);

#endif
