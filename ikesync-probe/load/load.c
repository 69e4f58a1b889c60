/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The phases: open, die, resume. */
#include "load/load.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/old_sa.h"
#include "client/stub_watch.h"
#include "load/load_flight.h"
#include "load/load_session.h"
#include "net/loop.h"
#include "run/hook.h"
#include "run/interrupt.h"
#include "run/peer.h"

#define TICK_MS 2
#define SAMPLE_US 100000
#define PROGRESS_US 1000000
#define TRIES_MAX 5
/* Longer than the 2 s for which a gateway may remember a miss (rule 15). */
#define TRY_AGAIN_US 2500000
/* How long stubs may be on their way. */
#define STUB_PATIENCE 24

struct again {
	unsigned session;
	uint64_t due_us;
};

struct load {
	const struct load_config *config;
	struct load_result *result;
	struct load_sessions sessions;
	struct load_fleet fleet;
	GMainContext *context;
	struct wheel *wheel;
	struct wheel_timer tick;
	struct probe probe;
	struct evidence *e;
	uint64_t start_us;
	/* of the phase */
	struct load_phase *phase;
	bool resuming, ending;
	unsigned next, total, under_way;
	GQueue again; /* struct again, in the order of due_us */
	uint64_t sample_us, progress_us, cpu_us;
	/* until broken */
	unsigned rate;
	uint64_t step_us, step_again, step_begun;
	unsigned step_from, step_done;
	unsigned alive;
	bool terminal;
};

static uint64_t since(const struct load *l)
{
	return (uint64_t)g_get_monotonic_time() - l->start_us;
}

static uint64_t cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void sample(struct load *l)
{
	const struct load_sample s = { since(l), l->alive };

	g_array_append_val(l->result->alive, s);
}

static bool out_of_time(struct load *l)
{
	if (since(l) >= (uint64_t)l->config->seconds * 1000000)
		l->result->out_of_time = true;
	return l->result->out_of_time || probe_interrupted();
}

/* ---- sessions begin and end ---- */

static void begin(struct load *l, unsigned i)
{
	struct load_session *s = &l->sessions.at[i];

	if (!s->tries)
		s->begun_us = (uint32_t)since(l);
	s->tries++;
	l->under_way++;
	if (l->resuming) {
		const struct index index = load_sessions_index(&l->sessions, i);
		struct secret sk_d = load_sessions_sk_d(&l->sessions, i);

		load_flight_begin(&l->fleet, i, &index, &sk_d);
		secret_clear(&sk_d);
	} else {
		load_flight_begin(&l->fleet, i, NULL, NULL);
	}
}

static void lose(struct load *l, struct load_session *s)
{
	s->state = LOAD_LOST;
	l->phase->lost++;
}

static void done(struct load *l, const struct load_flight *t)
{
	struct load_session *s = &l->sessions.at[t->session];

	if (!load_sessions_keep(&l->sessions, t->session, &t->index, &t->sa.keys)) {
		lose(l, s);
		return;
	}
	load_histogram_add(&l->phase->latency, (uint32_t)since(l) - s->begun_us);
	s->state = l->resuming ? LOAD_RESUMED : LOAD_OPEN;
	s->tries = 0;
	l->phase->done++;
	/* where nobody died it has only moved */
	l->alive += !l->resuming || l->result->death == LOAD_DEATH_DONE;
}

static void try_again(struct load *l, unsigned session)
{
	struct again *a = g_new(struct again, 1);

	*a = (struct again){ session, since(l) + TRY_AGAIN_US };
	g_queue_push_tail(&l->again, a);
}

static void ended(void *user, struct load_flight *t, enum load_outcome o)
{
	struct load *l = user;
	struct load_session *s = &l->sessions.at[t->session];

	l->under_way--;
	switch (o) {
	case LOAD_DONE:
		done(l, t);
		return;
	case LOAD_MISSING:
		l->phase->missing++;
		break;
	case LOAD_UNCOMMITTED:
		l->phase->uncommitted++;
		break;
	case LOAD_REFUSED:
		l->phase->refused++;
		break;
	case LOAD_WRONG:
		l->phase->wrong++;
		break;
	case LOAD_SILENT:
		break;
	}
	if ((o == LOAD_MISSING || o == LOAD_UNCOMMITTED) && s->tries < TRIES_MAX)
		try_again(l, t->session);
	else
		lose(l, s);
}

/* How many may have been begun by now. */
static unsigned allowed(const struct load *l)
{
	const double s = (double)(since(l) - l->phase->begun_us) / 1e6;
	double n = l->total;

	if (l->config->until_broken && l->resuming)
		return l->step_from +
		       (unsigned)((double)(since(l) - l->step_us) / 1e6 * (double)l->rate);
	if (l->config->rate)
		n = MIN(n, s * (double)l->config->rate + 1);
	if (l->resuming && l->config->stagger_s > 0)
		n = MIN(n, s / l->config->stagger_s * (double)l->total + 1);
	return (unsigned)n;
}

static void pump(void *user)
{
	struct load *l = user;
	struct again *a;
	unsigned most;

	if (!l->phase || l->ending)
		return;
	while (l->fleet.n_free && (a = g_queue_peek_head(&l->again)) && a->due_us <= since(l)) {
		begin(l, a->session);
		g_free(g_queue_pop_head(&l->again));
	}
	most = allowed(l);
	while (l->fleet.n_free && l->next < l->total && l->next < most) {
		const unsigned i = l->next++;

		/* what was lost before has nothing to resume */
		if (l->resuming && l->sessions.at[i].state != LOAD_OPEN)
			continue;
		l->phase->asked++;
		begin(l, i);
	}
}

/* ---- the clock ---- */

static void progress(struct load *l)
{
	const struct load_phase *p = l->phase;
	const double s = (double)(since(l) - p->begun_us) / 1e6;
	char line[160];

	if (l->config->quiet)
		return;
	g_snprintf(line, sizeof(line), "%s: %u of %u, %.0f a second, %u alive, %u lost",
		   l->resuming ? "resuming" : "opening", p->done, l->total,
		   s > 0 ? p->done / s : 0.0, l->alive, p->lost);
	fprintf(stderr, l->terminal ? "\r%-78s" : "%s\n", line);
}

/* One step of a rate that grows: did it bear this one? */
static void judge_step(struct load *l)
{
	const unsigned begun = l->next - l->step_from, came = l->phase->done - l->step_done;
	const uint64_t again = l->phase->again - l->step_again;

	if (since(l) - l->step_us < 1000000)
		return;
	if (again * 100 > begun || came * 10ull < (uint64_t)l->rate * 9) {
		l->result->broken_rate = l->rate;
		l->total = l->next; /* who is under way comes home */
		return;
	}
	l->result->good_rate = l->rate;
	l->rate += l->rate / 2 + 1;
	l->step_us = since(l);
	l->step_from = l->next;
	l->step_done = l->phase->done;
	l->step_again = l->phase->again;
}

static void tick(void *user)
{
	struct load *l = user;

	wheel_arm(l->wheel, &l->tick, loop_now() + TICK_MS, tick, l);
	if (!l->phase)
		return;
	if (since(l) >= l->sample_us) {
		l->sample_us = since(l) + SAMPLE_US;
		sample(l);
		load_fleet_echo(&l->fleet);
	}
	if (since(l) >= l->progress_us) {
		l->progress_us = since(l) + (l->terminal ? 1 : 5) * (uint64_t)PROGRESS_US;
		progress(l);
	}
	if (l->config->until_broken && l->resuming && !l->result->broken_rate && l->next < l->total)
		judge_step(l);
	pump(l);
}

/* ---- phases ---- */

static void run_phase(struct load *l, struct load_phase *p, bool resuming)
{
	const unsigned before = l->sessions.n;

	p->begun_us = since(l);
	l->phase = l->fleet.phase = p;
	l->resuming = resuming;
	l->ending = false;
	l->next = 0;
	l->total = before;
	l->rate = l->config->rate ? l->config->rate : 50;
	l->step_us = since(l);
	l->step_from = l->step_done = 0;
	l->step_again = 0;
	l->sample_us = l->progress_us = 0;
	l->cpu_us = cpu_us();
	l->fleet.gateway = resuming ? &l->config->target->gateway : &l->config->target->old_gateway;
	while (!out_of_time(l) &&
	       (l->next < l->total || l->under_way || !g_queue_is_empty(&l->again)))
		g_main_context_iteration(l->context, TRUE);
	l->ending = true;
	p->ended_us = since(l);
	if (p->ended_us > p->begun_us)
		p->cpu = (double)(cpu_us() - l->cpu_us) / (double)(p->ended_us - p->begun_us);
	progress(l);
	if (!l->config->quiet && l->terminal)
		fputc('\n', stderr);
	sample(l);
	load_fleet_drop(&l->fleet);
	l->under_way = 0;
	g_queue_clear_full(&l->again, g_free);
	l->phase = NULL;
}

/* Until the bank has the stub of the session that was opened last. */
static void await_stubs(struct load *l)
{
	enum old_sa_stub seen = OLD_SA_STUB_GONE;
	unsigned last = l->sessions.n;

	while (last > 0 && l->sessions.at[last - 1].state != LOAD_OPEN)
		last--;
	for (unsigned i = 0; last && i < STUB_PATIENCE && seen == OLD_SA_STUB_GONE; i++) {
		const struct index index = load_sessions_index(&l->sessions, last - 1);

		if (out_of_time(l))
			return;
		seen = old_sa_wait_bank(&l->probe, l->e, &index, true);
	}
	if (seen == OLD_SA_STUB_UNKNOWN)
		probe_pass_time(&l->probe, TRY_AGAIN_US / 1000);
}

static void die(struct load *l)
{
	if (!l->config->target->old_gateway_fail)
		return;
	l->result->death =
	    hook_old_gateway_fail(&l->probe, l->e) ? LOAD_DEATH_DONE : LOAD_DEATH_FAILED;
	l->result->death_us = since(l);
	if (l->result->death == LOAD_DEATH_DONE)
		l->alive = 0;
	sample(l);
}

static void run_all(struct load *l)
{
	struct load_result *r = l->result;

	wheel_arm(l->wheel, &l->tick, loop_now(), tick, l);
	run_phase(l, &r->opening, false);
	if (r->opening.done && !out_of_time(l)) {
		await_stubs(l);
		die(l);
		if (!out_of_time(l))
			run_phase(l, &r->resuming, true);
	}
	r->left = r->opening.done - r->resuming.done - r->resuming.lost;
	r->interrupted = probe_interrupted();
	wheel_cancel(l->wheel, &l->tick);
}

/* What the kernel dropped because this socket was full: the last column of its line in /proc/net/udp. */
static uint64_t dropped(uint16_t port, bool six)
{
	char line[512], wanted[16];
	uint64_t n = 0;
	FILE *f = fopen(six ? "/proc/net/udp6" : "/proc/net/udp", "re");

	g_snprintf(wanted, sizeof(wanted), ":%04X ", port);
	while (f && fgets(line, sizeof(line), f)) {
		const char *at = strstr(line, wanted), *last;

		if (!at || at > strchr(line, ':') + 40)
			continue;
		g_strchomp(line);
		last = strrchr(line, ' ');
		n += last ? g_ascii_strtoull(last, NULL, 10) : 0;
	}
	if (f)
		(void)fclose(f);
	return n;
}

static bool load_open(struct load *l)
{
	const struct load_config *c = l->config;
	GError *error = NULL;

	l->context = l->probe.context = g_main_context_new();
	g_main_context_push_thread_default(l->context);
	interrupt_watch(l->context);
	l->wheel = wheel_new(loop_now());
	l->fleet.ended = ended;
	l->fleet.landed = pump;
	l->fleet.user = l;
	if (!load_fleet_init(&l->fleet, c, l->wheel, l->context, &error)) {
		fprintf(stderr, "ikesync-probe load: %s\n", error->message);
		g_error_free(error);
		return false;
	}
	if (!load_sessions_init(&l->sessions, c->sessions,
				suite_prf_size(c->target->client.suites[0].prf))) {
		fputs("ikesync-probe load: not enough memory for so many sessions\n", stderr);
		return false;
	}
	return true;
}

static void load_close(struct load *l)
{
	load_fleet_clear(&l->fleet);
	load_sessions_clear(&l->sessions);
	wheel_free(l->wheel);
	evidence_free(l->e);
	peers_free(&l->probe);
	if (l->probe.ike_free)
		l->probe.ike_free(l->probe.ike);
	interrupt_unwatch();
	g_main_context_pop_thread_default(l->context);
	g_main_context_unref(l->context);
}

bool load_run(const struct load_config *c, struct load_result *out)
{
	static const struct probe_case asked = {
		.id = "load", .title = "", .source = "", .required = "", .causes = ""
	};
	struct load l = { .config = c,
			  .result = out,
			  .probe = { .target = c->target },
			  .terminal = isatty(STDERR_FILENO) == 1,
			  .start_us = (uint64_t)g_get_monotonic_time() };
	GSource *source;
	bool ok;

	*out =
	    (struct load_result){ .alive = g_array_new(FALSE, FALSE, sizeof(struct load_sample)) };
	g_queue_init(&l.again);
	l.e = evidence_new(&asked, NULL);
	ok = load_open(&l);
	if (ok) {
		source = loop_attach_wheel(l.wheel, l.context);
		run_all(&l);
		out->session_octets = load_sessions_octets(&l.sessions);
		out->flight_octets = sizeof(struct load_flight);
		out->refused_by_kernel = udp_counters(l.fleet.socket)->refused;
		out->dropped_by_kernel =
		    dropped(l.fleet.local.port, l.fleet.local.address.family == 6);
		g_source_destroy(source);
		g_source_unref(source);
	}
	load_close(&l);
	return ok;
}

void load_result_clear(struct load_result *r)
{
	if (r->alive)
		g_array_unref(r->alive);
	r->alive = NULL;
}
