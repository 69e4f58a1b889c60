/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process for each case, and which may begin. */
#include "run/side_by_side.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/ask.h"
#include "run/interrupt.h"
#include "run/result_pipe.h"
#include "run/traces.h"
#include "target/requirement.h"

#define JOBS_MAX 64
#define POLL_MS 200

enum state { WAITING, RUNNING, DONE };

struct job {
	struct result *r;
	enum state state;
	pid_t pid;
	int fd;
	GByteArray *octets; /* that came from it */
};

struct jobs {
	const struct runner *runner;
	struct run *run;
	struct job *all;
	unsigned n, running;
	const char *gateway, *bank;
	bool stop; /* begin nothing more */
};

static bool is_alone(const struct probe_case *c)
{
	/* a client under test is one, at addresses that are given */
	return c->alone || c->asks == ASKS_CLIENT ||
	       c->requires &
		   (REQUIRES_BANK_RESTART | REQUIRES_GATEWAY_RESTART | REQUIRES_VARIANT_RELAY);
}

static void done(struct jobs *s, struct job *j)
{
	const struct result *r = j->r;

	j->state = DONE;
	g_ptr_array_add(s->run->results, j->r);
	if (s->runner->progress)
		s->runner->progress(r->c, r, s->runner->user);
	if (s->runner->probe->options.stop &&
	    (r->verdict == VERDICT_FAIL || r->verdict == VERDICT_INCONCLUSIVE))
		s->stop = true;
}

/* Have the cases that this one needs been asked, as far as they are chosen? */
static bool ground_is_known(const struct jobs *s, const struct probe_case *c)
{
	for (unsigned i = 0; c->needs && i < s->n; i++) {
		const struct job *j = &s->all[i];

		if (j->state != DONE && j->r->c != c && strstr(c->needs, j->r->c->id))
			return false;
	}
	return true;
}

/* The forked process: run the case, tell, end without what belongs to the run. */
static void child(struct jobs *s, struct job *j, int fd)
{
	struct probe *p = s->runner->probe;

	/* Ctrl-C comes to the parent, which passes it on once; it is not outlived */
	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* the main loop's descriptors are shared with the parent, and the relay's thread is not here */
	p->context = g_main_context_new();
	g_main_context_push_thread_default(p->context);
	p->relay = NULL;
	traces_free(p); /* the parent has them */
	interrupt_watch_forked(p->context);
	ask_case(s->runner, s->run, j->r);
	_exit(result_pipe_write(fd, p, j->r) ? 0 : 1);
}

static bool begin_forked(struct jobs *s, struct job *j)
{
	int ends[2];

	if (pipe(ends) != 0)
		return false;
	fflush(NULL);
	j->pid = fork();
	if (j->pid == 0) {
		close(ends[0]);
		child(s, j, ends[1]);
	}
	close(ends[1]);
	if (j->pid < 0) {
		close(ends[0]);
		return false;
	}
	j->fd = ends[0];
	j->octets = g_byte_array_new();
	j->state = RUNNING;
	s->running++;
	return true;
}

static void begin(struct jobs *s, struct job *j)
{
	const struct probe_case *c = j->r->c;

	if (ask_ruled_out(s->runner->probe, s->run, ask_blocked(c, s->gateway, s->bank), j->r)) {
		done(s, j);
	} else if (is_alone(c) || !begin_forked(s, j)) {
		ask_case(s->runner, s->run, j->r);
		done(s, j);
	}
}

static void ended(struct jobs *s, struct job *j)
{
	int status = 0;

	while (waitpid(j->pid, &status, 0) < 0 && errno == EINTR)
		;
	close(j->fd);
	s->running--;
	if (!result_pipe_read(j->octets, s->runner->probe, s->run, j->r)) {
		j->r->evidence = evidence_new(j->r->c, NULL);
		j->r->verdict = VERDICT_INCONCLUSIVE;
		j->r->reason =
		    g_strdup_printf("the probe's own process for this case ended by %s %d",
				    WIFSIGNALED(status) ? "signal" : "status",
				    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
		evidence_inconclusive(j->r->evidence, "%s", j->r->reason);
	}
	g_byte_array_unref(j->octets);
	done(s, j);
}

/* Wait until a process has something to say, and read it. */
static void listen_to_all(struct jobs *s)
{
	struct pollfd fds[JOBS_MAX];
	struct job *of[JOBS_MAX];
	unsigned n = 0;

	for (unsigned i = 0; i < s->n; i++)
		if (s->all[i].state == RUNNING) {
			fds[n] = (struct pollfd){ .fd = s->all[i].fd, .events = POLLIN };
			of[n++] = &s->all[i];
		}
	if (poll(fds, n, POLL_MS) <= 0)
		return;
	for (unsigned i = 0; i < n; i++) {
		uint8_t octets[65536];
		ssize_t got;

		if (!fds[i].revents)
			continue;
		got = read(fds[i].fd, octets, sizeof(octets));
		if (got > 0)
			g_byte_array_append(of[i]->octets, octets, (guint)got);
		else if (got == 0 || errno != EINTR)
			ended(s, of[i]);
	}
}

/* Begin what may begin: first all that bear company, then one after the other those that do not. */
static void begin_some(struct jobs *s, unsigned jobs)
{
	struct job *lonely = NULL;
	bool waiting = false;

	for (unsigned i = 0; i < s->n && s->running < jobs; i++) {
		struct job *j = &s->all[i];

		if (j->state != WAITING)
			continue;
		if (is_alone(j->r->c)) {
			if (!lonely && ground_is_known(s, j->r->c))
				lonely = j;
			continue;
		}
		waiting = true;
		if (ground_is_known(s, j->r->c)) {
			begin(s, j);
			if (s->stop)
				return;
		}
	}
	if (!s->running && lonely && !probe_interrupted() && (!waiting || !s->running))
		begin(s, lonely);
}

static bool any(const struct jobs *s, enum state state)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->all[i].state == state)
			return true;
	return false;
}

/* A signal may have reached this process alone. */
static void pass_on_interruption(const struct jobs *s)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->all[i].state == RUNNING)
			kill(s->all[i].pid, SIGTERM);
}

static int by_choice(gconstpointer a, gconstpointer b, gpointer user)
{
	const struct result *x = *(const struct result *const *)a,
			    *y = *(const struct result *const *)b;
	const GPtrArray *cases = user;
	guint i = 0, k = 0;

	/* the first sanity round stays in front: its cases are not among the chosen */
	if (!g_ptr_array_find((GPtrArray *)(uintptr_t)cases, x->c, &i))
		return g_ptr_array_find((GPtrArray *)(uintptr_t)cases, y->c, &k) ? -1 : 0;
	if (!g_ptr_array_find((GPtrArray *)(uintptr_t)cases, y->c, &k))
		return 1;
	return i < k ? -1 : i > k;
}

void side_by_side(const struct runner *runner, struct run *run, const GPtrArray *cases,
		  const char *gateway, const char *bank)
{
	const unsigned jobs = MIN(runner->probe->options.jobs, JOBS_MAX);
	struct jobs s = { .runner = runner,
			  .run = run,
			  .all = g_new0(struct job, cases->len),
			  .n = cases->len,
			  .gateway = gateway,
			  .bank = bank };
	bool told = false;

	for (unsigned i = 0; i < s.n; i++) {
		s.all[i].r = g_new0(struct result, 1);
		s.all[i].r->c = g_ptr_array_index(cases, i);
		s.all[i].r->label = g_strdup(s.all[i].r->c->id);
	}
	while (any(&s, RUNNING) || (any(&s, WAITING) && !s.stop && !probe_interrupted())) {
		if (!s.stop && !probe_interrupted())
			begin_some(&s, jobs);
		if (probe_interrupted() && !told) {
			told = true;
			pass_on_interruption(&s);
		}
		if (s.running)
			listen_to_all(&s);
	}
	for (unsigned i = 0; i < s.n; i++)
		if (s.all[i].state == WAITING)
			run_result_free(s.all[i].r);
	g_free(s.all);
	g_ptr_array_sort_with_data(run->results, by_choice, (gpointer)(uintptr_t)cases);
}
