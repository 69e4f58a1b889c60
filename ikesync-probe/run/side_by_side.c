/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes for the cases, and which may begin. */
#include "run/side_by_side.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/ask.h"
#include "run/half_open.h"
#include "run/interrupt.h"
#include "run/result_pipe.h"
#include "run/traces.h"
#include "target/requirement.h"

#define JOBS_MAX 64
#define POLL_MS 200

enum state { WAITING, RUNNING, DONE };

/* Who may run beside whom: cases of one company but the first run one after the other. */
enum company {
	WITH_OTHERS, /* with all but BY_ITSELF */
	AT_BANK,     /* the probe is the bank of a gateway of its own: its log is one, and counts */
	WITH_CLIENT, /* a client under test is one, at addresses that are given */
	AT_CAP,      /* a flood at a gateway of its own */
	BY_ITSELF, /* restarts or holds what others use, those of the last three aside; in this process */
};

struct job {
	struct result *r;
	enum state state;
	enum company company;
};

/* A process, and what it runs in turn. */
struct worker {
	enum company company;
	pid_t pid;
	int fd;
	GByteArray *octets; /* that came from it and were not yet read */
	GPtrArray *jobs;    /* struct job */
	unsigned next;      /* of them, whose result comes next */
};

struct jobs {
	const struct runner *runner;
	struct run *run;
	struct job *all, **order; /* as chosen; as they begin */
	unsigned n;
	GPtrArray *workers;
	const char *gateway, *bank;
	bool stop;             /* begin nothing more */
	volatile bool *halted; /* the same, for the other processes */
};

static enum company company_of(const struct probe_case *c)
{
	if (c->asks == ASKS_CLIENT)
		return WITH_CLIENT;
	if (c->requires & REQUIRES_VARIANT_BANKED)
		return AT_BANK;
	if (c->requires & REQUIRES_VARIANT_CAPPED)
		return AT_CAP;
	return c->alone || c->requires & (REQUIRES_BANK_RESTART | REQUIRES_GATEWAY_RESTART |
					  REQUIRES_VARIANT_RELAY)
		   ? BY_ITSELF
		   : WITH_OTHERS;
}

static void worker_free(void *data)
{
	struct worker *w = data;

	close(w->fd);
	g_byte_array_unref(w->octets);
	g_ptr_array_unref(w->jobs);
	g_free(w);
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
		s->stop = *s->halted = true;
}

/* Have the cases that this one needs been asked, as far as they are chosen? Those of `company` aside. */
static bool ground_is_known(const struct jobs *s, const struct job *of, enum company aside)
{
	const char *needs = of->r->c->needs;

	for (unsigned i = 0; needs && i < s->n; i++) {
		const struct job *j = &s->all[i];

		if (j->state != DONE && j != of && strstr(needs, j->r->c->id) &&
		    (aside == WITH_OTHERS || j->company != aside))
			return false;
	}
	return true;
}

/* --- in the other process --- */

/* One case of it. false: nobody reads any more. */
static bool run_there(struct jobs *s, struct job *j, int fd)
{
	static const uint64_t ruled_out;
	struct probe *p = s->runner->probe;
	struct result *r = j->r;
	bool ok;

	if (ask_ruled_out(p, s->run, ask_blocked(r->c, s->gateway, s->bank), r)) {
		ok = write(fd, &ruled_out, sizeof(ruled_out)) == sizeof(ruled_out);
	} else {
		ask_case(s->runner, s->run, r);
		ok = result_pipe_write(fd, p, r);
	}
	if (p->options.stop && (r->verdict == VERDICT_FAIL || r->verdict == VERDICT_INCONCLUSIVE))
		*s->halted = true;
	/* what follows here stands on it */
	g_ptr_array_add(s->run->results, r);
	traces_free(p);
	return ok;
}

/* Run the cases, tell, end without what belongs to the run. */
static void child(struct jobs *s, const struct worker *w, int fd)
{
	struct probe *p = s->runner->probe;
	bool ok = true;

	/* Ctrl-C comes to the parent, which passes it on once; it is not outlived */
	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* the main loop's descriptors are shared with the parent, and the relay's thread is not here */
	p->context = g_main_context_new();
	g_main_context_push_thread_default(p->context);
	p->relay = NULL;
	traces_free(p); /* the parent has them */
	interrupt_watch_forked(p->context);
	for (unsigned i = 0; ok && i < w->jobs->len && (i == 0 || !*s->halted); i++)
		ok = (i == 0 || !probe_interrupted()) &&
		     run_there(s, g_ptr_array_index(w->jobs, i), fd);
	_exit(ok ? 0 : 1);
}

/* --- in this one --- */

/* Take over `w`; false: no process is to be had. */
static bool begin_forked(struct jobs *s, struct worker *w)
{
	int ends[2];

	if (pipe(ends) != 0)
		return false;
	fflush(NULL);
	w->pid = fork();
	if (w->pid == 0) {
		close(ends[0]);
		child(s, w, ends[1]);
	}
	close(ends[1]);
	if (w->pid < 0) {
		close(ends[0]);
		return false;
	}
	w->fd = ends[0];
	for (unsigned i = 0; i < w->jobs->len; i++)
		((struct job *)g_ptr_array_index(w->jobs, i))->state = RUNNING;
	g_ptr_array_add(s->workers, w);
	return true;
}

static struct worker *worker_new(enum company company)
{
	struct worker *w = g_new0(struct worker, 1);

	w->company = company;
	w->fd = -1;
	w->octets = g_byte_array_new();
	w->jobs = g_ptr_array_new();
	return w;
}

static void run_here(struct jobs *s, struct job *j)
{
	ask_case(s->runner, s->run, j->r);
	done(s, j);
}

static bool is_ruled_out(struct jobs *s, struct job *j)
{
	if (!ask_ruled_out(s->runner->probe, s->run, ask_blocked(j->r->c, s->gateway, s->bank),
			   j->r))
		return false;
	done(s, j);
	return true;
}

static void begin(struct jobs *s, struct job *j)
{
	struct worker *w;

	if (is_ruled_out(s, j))
		return;
	if (j->company == BY_ITSELF) {
		run_here(s, j);
		return;
	}
	w = worker_new(j->company);
	g_ptr_array_add(w->jobs, j);
	if (begin_forked(s, w))
		return;
	worker_free(w);
	run_here(s, j);
}

/* Does `j` need one of the company that is not in `chosen` yet? */
static bool comes_later(const struct jobs *s, const struct job *j, const GPtrArray *chosen)
{
	for (unsigned i = 0; j->r->c->needs && i < s->n; i++) {
		struct job *other = &s->all[i];

		if (other != j && other->company == j->company && other->state == WAITING &&
		    strstr(j->r->c->needs, other->r->c->id) &&
		    !g_ptr_array_find((GPtrArray *)(uintptr_t)chosen, other, NULL))
			return true;
	}
	return false;
}

/* Each behind those that it needs. */
static void begin_all(struct jobs *s, enum company company)
{
	struct worker *w = worker_new(company);
	unsigned before;

	do {
		before = w->jobs->len;
		for (unsigned i = 0; i < s->n; i++) {
			struct job *j = &s->all[i];

			if (j->state == WAITING && j->company == company &&
			    !g_ptr_array_find(w->jobs, j, NULL) && !comes_later(s, j, w->jobs))
				g_ptr_array_add(w->jobs, j);
		}
	} while (w->jobs->len > before);
	if (w->jobs->len && begin_forked(s, w))
		return;
	/* in turn, here: no process is to be had */
	for (unsigned i = 0; i < w->jobs->len && !s->stop; i++)
		if (!is_ruled_out(s, g_ptr_array_index(w->jobs, i)))
			run_here(s, g_ptr_array_index(w->jobs, i));
	worker_free(w);
}

/* All of a company, as soon as what they need of others is known. */
static void begin_company(struct jobs *s, enum company company)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->all[i].state == WAITING && s->all[i].company == company &&
		    !ground_is_known(s, &s->all[i], company))
			return;
	begin_all(s, company);
}

/* The process ended before it had told this one's result. */
static void lost(struct jobs *s, struct job *j, int status)
{
	j->r->evidence = evidence_new(j->r->c, NULL);
	j->r->verdict = VERDICT_INCONCLUSIVE;
	j->r->reason =
	    g_strdup_printf("the probe's own process for this case ended by %s %d",
			    WIFSIGNALED(status) ? "signal" : "status",
			    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	evidence_inconclusive(j->r->evidence, "%s", j->r->reason);
	done(s, j);
}

static void ended(struct jobs *s, struct worker *w)
{
	const bool meant = s->stop || *s->halted || probe_interrupted();
	int status = 0;

	while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
		;
	for (unsigned i = w->next; i < w->jobs->len; i++) {
		struct job *j = g_ptr_array_index(w->jobs, i);

		if (i > w->next || (meant && w->next > 0))
			j->state = WAITING; /* it had not begun */
		else
			lost(s, j, status);
	}
	g_ptr_array_remove(s->workers, w);
}

/* Results that have come whole. */
static void take_results(struct jobs *s, struct worker *w)
{
	uint64_t n;

	while (w->next < w->jobs->len && w->octets->len >= sizeof(n)) {
		struct job *j = g_ptr_array_index(w->jobs, w->next);
		GByteArray *one;

		memcpy(&n, w->octets->data, sizeof(n));
		if (w->octets->len - sizeof(n) < n)
			return;
		w->next++;
		if (n == 0) { /* ruled out there, and here for the same reason */
			if (!is_ruled_out(s, j))
				lost(s, j, 0);
		} else {
			one = g_byte_array_append(g_byte_array_new(), w->octets->data,
						  (guint)(sizeof(n) + n));
			if (result_pipe_read(one, s->runner->probe, s->run, j->r))
				done(s, j);
			else
				lost(s, j, 0);
			g_byte_array_unref(one);
		}
		g_byte_array_remove_range(w->octets, 0, (guint)(sizeof(n) + n));
	}
}

/* Wait until a process has something to say, and read it. */
static void listen_to_all(struct jobs *s)
{
	struct pollfd fds[JOBS_MAX + BY_ITSELF];
	struct worker *of[JOBS_MAX + BY_ITSELF];
	unsigned n = 0;

	for (unsigned i = 0; i < s->workers->len; i++) {
		of[n] = g_ptr_array_index(s->workers, i);
		fds[n] = (struct pollfd){ .fd = of[n]->fd, .events = POLLIN };
		n++;
	}
	if (poll(fds, n, POLL_MS) <= 0)
		return;
	for (unsigned i = 0; i < n; i++) {
		uint8_t octets[65536];
		ssize_t got;

		if (!fds[i].revents)
			continue;
		got = read(fds[i].fd, octets, sizeof(octets));
		if (got > 0) {
			g_byte_array_append(of[i]->octets, octets, (guint)got);
			take_results(s, of[i]);
		} else if (got == 0 || errno != EINTR) {
			ended(s, of[i]);
		}
	}
}

/* Is one of these companies at work? */
static bool at_work(const struct jobs *s, enum company a, enum company b)
{
	for (unsigned i = 0; i < s->workers->len; i++) {
		const struct worker *w = g_ptr_array_index(s->workers, i);

		if (w->company == a || w->company == b)
			return true;
	}
	return false;
}

/* Begin what may begin: those that last longest first, and those that bear no company at the end. */
static void begin_some(struct jobs *s, unsigned jobs)
{
	struct job *lonely = NULL;
	bool waiting = false;

	for (enum company c = AT_BANK; c < BY_ITSELF && s->workers->len < jobs; c++)
		if (!at_work(s, c, c))
			begin_company(s, c);
	for (unsigned i = 0; i < s->n && !s->stop; i++) {
		struct job *j = s->order[i];

		if (j->state != WAITING)
			continue;
		if (j->company == BY_ITSELF && !lonely && ground_is_known(s, j, WITH_OTHERS))
			lonely = j;
		waiting |= j->company == WITH_OTHERS || j->company == AT_CAP;
		if (j->company == WITH_OTHERS && s->workers->len < jobs &&
		    ground_is_known(s, j, WITH_OTHERS))
			begin(s, j);
	}
	if (lonely && !waiting && !s->stop && !at_work(s, WITH_OTHERS, AT_CAP) &&
	    !probe_interrupted())
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
	for (unsigned i = 0; i < s->workers->len; i++)
		kill(((struct worker *)g_ptr_array_index(s->workers, i))->pid, SIGTERM);
}

static int longest_first(gconstpointer a, gconstpointer b)
{
	const struct job *x = *(struct job *const *)a, *y = *(struct job *const *)b;
	const int later = (int)y->r->c->lasts - (int)x->r->c->lasts;

	return later ? later : x < y ? -1 : x > y;
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

static void jobs_init(struct jobs *s, const GPtrArray *cases)
{
	s->n = cases->len;
	s->all = g_new0(struct job, s->n);
	s->order = g_new0(struct job *, s->n);
	s->workers = g_ptr_array_new_with_free_func(worker_free);
	for (unsigned i = 0; i < s->n; i++) {
		s->all[i].r = g_new0(struct result, 1);
		s->all[i].r->c = g_ptr_array_index(cases, i);
		s->all[i].r->label = g_strdup(s->all[i].r->c->id);
		s->all[i].company = company_of(s->all[i].r->c);
		s->order[i] = &s->all[i];
	}
	qsort(s->order, s->n, sizeof(*s->order), longest_first);
}

static void jobs_clear(struct jobs *s)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->all[i].state == WAITING)
			run_result_free(s->all[i].r);
	g_ptr_array_unref(s->workers);
	g_free(s->order);
	g_free(s->all);
}

static void run_all(struct jobs *s, unsigned jobs)
{
	bool told = false;

	while (s->workers->len || (any(s, WAITING) && !s->stop && !probe_interrupted())) {
		s->stop |= *s->halted;
		if (!s->stop && !probe_interrupted())
			begin_some(s, jobs);
		if (probe_interrupted() && !told) {
			told = true;
			pass_on_interruption(s);
		}
		if (s->workers->len)
			listen_to_all(s);
	}
}

void side_by_side(const struct runner *runner, struct run *run, const GPtrArray *cases,
		  const char *gateway, const char *bank)
{
	static const size_t page = sizeof(bool);
	struct jobs s = { .runner = runner, .run = run, .gateway = gateway, .bank = bank };
	void *shared = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool alone = false; /* a process that cannot be told to stop ends its list */

	half_open_share(runner->probe);
	s.halted = shared == MAP_FAILED ? &alone : shared;
	jobs_init(&s, cases);
	run_all(&s, MIN(runner->probe->options.jobs, JOBS_MAX));
	jobs_clear(&s);
	if (shared != MAP_FAILED)
		munmap(shared, page);
	g_ptr_array_sort_with_data(run->results, by_choice, (gpointer)(uintptr_t)cases);
}
