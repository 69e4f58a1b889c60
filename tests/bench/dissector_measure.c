/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dissector_measure FILE COMMAND...: append "CPU-ms MAXRSS-KiB" of COMMAND and all its children,
 * user and system time together, to FILE; exit as it did. `time` is not everywhere, nor tells it
 * both.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct rusage u;
	int status;
	pid_t child;
	FILE *f;

	if (argc < 3) {
		fprintf(stderr, "usage: dissector_measure FILE COMMAND...\n");
		return 2;
	}
	child = fork();
	if (child < 0)
		return 1;
	if (child == 0) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (wait4(child, &status, 0, &u) != child || !(f = fopen(argv[1], "a")))
		return 1;
	fprintf(f, "%ld %ld\n",
		(long)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 +
		    (long)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000,
		u.ru_maxrss);
	if (fclose(f))
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
