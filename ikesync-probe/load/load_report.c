/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Says figures, and what they are limited by. */
#include "load/load_report.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static double seconds(const struct load_phase *p)
{
	return (double)(p->ended_us - p->begun_us) / 1e6;
}

static double pace(const struct load_phase *p)
{
	return p->ended_us > p->begun_us ? p->done / seconds(p) : 0;
}

/* Did it go as fast as it was asked to? */
static bool as_asked(const struct load_config *c, const struct load_phase *p, bool resuming)
{
	double wanted = 0;

	if (c->rate)
		wanted = (double)p->asked / (double)c->rate;
	if (resuming && c->stagger_s > wanted)
		wanted = c->stagger_s;
	return wanted > 0 && !(resuming && c->until_broken) && seconds(p) < wanted * 1.1 + 1;
}

enum load_limit load_report_limit(const struct load_config *c, const struct load_result *r,
				  const struct load_phase *p, bool resuming)
{
	const uint64_t echo = load_histogram_at(&p->echo, 500),
		       latency = load_histogram_at(&p->latency, 500);

	if ((r->refused_by_kernel + r->dropped_by_kernel) * 100 > p->done)
		return LOAD_LIMIT_SOCKETS;
	if (as_asked(c, p, resuming) && !p->lost)
		return LOAD_LIMIT_NONE;
	if (p->cpu > 0.85)
		return LOAD_LIMIT_SELF;
	if ((p->missing + p->uncommitted) * 100 > p->done && resuming)
		return LOAD_LIMIT_BANK;
	if (!p->echo.n)
		return LOAD_LIMIT_PEERS;
	/* what needs no bank waits as long as what needs one, or is answered at once */
	return !resuming || echo * 3 >= latency ? LOAD_LIMIT_GATEWAY : LOAD_LIMIT_BANK;
}

static const char *limit_name(enum load_limit l)
{
	static const char *const names[] = { "as-asked", "probe", "sockets",
					     "gateway",  "bank",  "gateway-or-bank" };

	return names[l];
}

static const char *limit_text(enum load_limit l)
{
	static const char *const texts[] = {
		"nothing: it went as fast as it was asked to",
		"this program: it had no more CPU",
		"sockets: datagrams were lost in this machine's buffers",
		"the gateway: what needs no bank waited there, too",
		"the bank: what needs none was answered at once, or stubs were missing",
		"gateway or bank: the gateway answers nothing that would tell them apart",
	};

	return texts[l];
}

static void text_phase(const char *what, const struct load_config *c, const struct load_result *r,
		       const struct load_phase *p, bool resuming)
{
	const struct load_histogram *h = &p->latency;

	if (!p->ended_us) {
		printf("%-11snot reached\n", what);
		return;
	}
	printf("%-11s%u of %u in %.1f s, %.0f a second; %u lost\n", what, p->done, p->asked,
	       seconds(p), pace(p), p->lost);
	if (h->n)
		printf(
		    "%-11s50 %% within %.1f ms, 95 %% %.1f, 99 %% %.1f, 99.9 %% %.1f, all %.1f\n",
		    "", (double)load_histogram_at(h, 500) / 1e3,
		    (double)load_histogram_at(h, 950) / 1e3,
		    (double)load_histogram_at(h, 990) / 1e3,
		    (double)load_histogram_at(h, 999) / 1e3, (double)h->most / 1e3);
	printf("%-11s%lu requests again, %lu cookies, %lu without stub, %lu not committed,\n"
	       "%-11s%lu refused, %lu wrong; this program: %.0f %% of a core\n",
	       "", (unsigned long)p->again, (unsigned long)p->cookies, (unsigned long)p->missing,
	       (unsigned long)p->uncommitted, "", (unsigned long)p->refused,
	       (unsigned long)p->wrong, p->cpu * 100);
	printf("%-11slimit: %s\n", "", limit_text(load_report_limit(c, r, p, resuming)));
}

void load_report_text(const struct load_config *c, const struct load_result *r)
{
	static const char *const deaths[] = { "none: no [hooks] old-gateway-fail, sessions moved",
					      "the old gateway, by [hooks] old-gateway-fail",
					      "the hook failed; sessions moved" };

	text_phase("opening", c, r, &r->opening, false);
	if (r->resuming.ended_us || r->death_us)
		printf("death      %s\n", deaths[r->death]);
	text_phase("resuming", c, r, &r->resuming, true);
	if (r->death_us && r->resuming.ended_us)
		printf("%-11s%.1f s from the death to the last one\n", "",
		       (double)(r->resuming.ended_us - r->death_us) / 1e6);
	if (c->until_broken && r->resuming.ended_us) {
		if (r->broken_rate)
			printf("broken     at %u a second; borne: %u\n", r->broken_rate,
			       r->good_rate);
		else
			printf("broken     never; borne: %u a second (more sessions would tell)\n",
			       r->good_rate);
	}
	if (r->left)
		printf("left       %u sessions were not asked for%s\n", r->left,
		       r->interrupted   ? ": interrupted"
		       : r->out_of_time ? ": the time is over"
					: "");
	printf("memory     %zu octets a session, %zu for each of %u handshakes at once\n",
	       r->session_octets, r->flight_octets, c->window);
}

static json_t *json_phase(const struct load_config *c, const struct load_result *r,
			  const struct load_phase *p, bool resuming)
{
	const struct load_histogram *h = &p->latency, *e = &p->echo;

	if (!p->ended_us)
		return json_null();
	return json_pack(
	    "{s:i,s:i,s:i,s:f,s:f,s:{s:I,s:I,s:I,s:I,s:I},s:I,s:I,s:I,s:I,s:I,s:I,s:f,s:{s:I,s:I,s:"
	    "I},s:s}",
	    "asked", (int)p->asked, "done", (int)p->done, "lost", (int)p->lost, "seconds",
	    seconds(p), "per_second", pace(p), "latency_us", "p50",
	    (json_int_t)load_histogram_at(h, 500), "p95", (json_int_t)load_histogram_at(h, 950),
	    "p99", (json_int_t)load_histogram_at(h, 990), "p999",
	    (json_int_t)load_histogram_at(h, 999), "max", (json_int_t)h->most, "retransmissions",
	    (json_int_t)p->again, "cookies", (json_int_t)p->cookies, "without_stub",
	    (json_int_t)p->missing, "not_committed", (json_int_t)p->uncommitted, "refused",
	    (json_int_t)p->refused, "wrong", (json_int_t)p->wrong, "cpu", p->cpu, "echo_us", "p50",
	    (json_int_t)load_histogram_at(e, 500), "p95", (json_int_t)load_histogram_at(e, 950),
	    "lost", (json_int_t)p->echoes_lost, "limit",
	    limit_name(load_report_limit(c, r, p, resuming)));
}

void load_report_json(const struct load_config *c, const struct load_result *r)
{
	static const char *const deaths[] = { "none", "done", "failed" };
	json_t *alive = json_array(), *all;
	char *text;

	for (unsigned i = 0; i < r->alive->len; i++) {
		const struct load_sample *s = &g_array_index(r->alive, struct load_sample, i);

		json_array_append_new(alive,
				      json_pack("[f,i]", (double)s->at_us / 1e6, (int)s->alive));
	}
	all = json_pack(
	    "{s:i,s:o,s:s,s:o,s:f,s:i,s:b,s:b,s:i,s:i,s:I,s:I,s:I,s:o}", "sessions",
	    (int)c->sessions, "opening", json_phase(c, r, &r->opening, false), "death",
	    deaths[r->death], "resuming", json_phase(c, r, &r->resuming, true), "death_to_last_s",
	    r->death_us && r->resuming.ended_us ? (double)(r->resuming.ended_us - r->death_us) / 1e6
						: 0.0,
	    "left", (int)r->left, "interrupted", (int)r->interrupted, "out_of_time",
	    (int)r->out_of_time, "borne_per_second", (int)r->good_rate, "broken_per_second",
	    (int)r->broken_rate, "octets_per_session", (json_int_t)r->session_octets,
	    "refused_by_kernel", (json_int_t)r->refused_by_kernel, "dropped_by_kernel",
	    (json_int_t)r->dropped_by_kernel, "alive", alive);
	text = json_dumps(all, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
	puts(text ? text : "{}");
	free(text);
	json_decref(all);
}
