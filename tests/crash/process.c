/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts and ends a bank. */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* As systemd: the first descriptor after the usual ones, and the environment says for whom. */
static int hand_over(const struct process_setup *s, int ready)
{
	char pid[24];
	int moved = fcntl(ready, F_DUPFD, 10);

	dup2(s->listener, 3);
	fcntl(3, F_SETFD, 0); /* it may be that already */
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	return moved;
}

static void child(const struct process_setup *s, int ready)
{
	char fd[16];
	sigset_t none;
	int log = s->log ? open(s->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (log >= 0)
		dup2(log, STDERR_FILENO);
	if (s->listener > 0)
		ready = hand_over(s, ready);
	snprintf(fd, sizeof(fd), "%d", ready);
	for (const char *const *e = s->environment; e && *e; e += 2)
		setenv(e[0], e[1], 1);
	execl(s->bank, s->bank, "--config", s->config, "--ready-fd", fd, "--log-level",
	      s->log ? "info" : "error", (char *)NULL);
	_exit(127);
}

bool process_start(const struct process_setup *s, struct process *p)
{
	int fds[2];
	FILE *in;
	char line[256] = "", address[128] = "";
	bool ok;

	if (pipe(fds) != 0)
		return false;
	fflush(stdout);
	p->pid = fork();
	if (p->pid == 0) {
		close(fds[0]);
		child(s, fds[1]);
	}
	close(fds[1]);
	in = fdopen(fds[0], "r");
	ok = fgets(line, sizeof(line), in) && sscanf(line, "READY stub=%127s", address) == 1 &&
	     endpoint_from_text(address, 0, &p->at) == ERR_OK;
	if (!ok)
		printf("  the bank does not start: \"%s\"\n", line);
	fclose(in);
	return ok;
}

static bool ended_well(struct process *p, int status)
{
	p->pid = 0;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool process_stop(struct process *p, int how)
{
	int status = 0;

	if (p->pid <= 0)
		return false;
	kill(p->pid, how);
	while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
		;
	return ended_well(p, status);
}

int process_run(const char *const *argv)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status)
									       : -1;
}

bool process_gone(struct process *p)
{
	int status = 0;

	if (waitpid(p->pid, &status, WNOHANG) != p->pid)
		return false;
	printf("  the bank ended by itself: %s %d\n", WIFSIGNALED(status) ? "signal" : "status",
	       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	p->pid = 0;
	return true;
}
