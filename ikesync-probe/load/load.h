/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many sessions at once: logged in at the old gateway, which dies, and resumed at the gateway under test. */
#ifndef IKESYNC_PROBE_LOAD_H
#define IKESYNC_PROBE_LOAD_H

#include "load/load_histogram.h"
#include "target/target.h"

#define LOAD_SESSIONS_MAX 1000000
#define LOAD_SECONDS_MAX 7200
#define LOAD_WINDOW_MAX 4096
#define LOAD_SOURCES_MAX 250

struct load_config {
	const struct target *target;
	unsigned sessions;
	unsigned rate;    /* begun in a second, in each phase; 0: as many as the window lets */
	double stagger_s; /* clients notice the death within so many seconds; 0: all at once */
	unsigned seconds; /* of the whole run, at most */
	unsigned window;  /* handshakes under way at once */
	unsigned sources; /* addresses to send from, from [client] source on */
	bool until_broken;
	bool quiet; /* no progress on stderr */
};

/* What came of one phase. */
struct load_phase {
	uint64_t begun_us, ended_us; /* since the start of the run; ended 0: it was not reached */
	unsigned asked, done, lost;  /* lost: unanswered to the end, or refused */
	uint64_t again;              /* requests sent more than once */
	uint64_t cookies;
	uint64_t missing;              /* SYNs answered as if there were no stub, and asked again */
	uint64_t uncommitted;          /* N(IKESYNC_NOT_COMMITTED), and asked again */
	uint64_t refused;              /* error notifies */
	uint64_t wrong;                /* answers that do not verify */
	double cpu;                    /* of a core, this program */
	struct load_histogram latency; /* from a session's first request to its end */
	struct load_histogram echo;    /* the gateway's answer to what needs neither SA nor bank */
	uint64_t echoes_lost;
};

struct load_sample {
	uint64_t at_us;
	unsigned alive;
};

enum load_limit {
	LOAD_LIMIT_NONE, /* the rate or the stagger that was asked for */
	LOAD_LIMIT_SELF,
	LOAD_LIMIT_SOCKETS,
	LOAD_LIMIT_GATEWAY,
	LOAD_LIMIT_BANK,
	LOAD_LIMIT_PEERS, /* gateway or bank: it cannot be told which */
};

enum load_death { LOAD_DEATH_NONE, LOAD_DEATH_DONE, LOAD_DEATH_FAILED };

struct load_result {
	struct load_phase opening, resuming;
	GArray *alive; /* struct load_sample */
	enum load_death death;
	uint64_t death_us;
	unsigned left; /* sessions that were never asked for: no time, or stopped */
	bool out_of_time, interrupted;
	uint64_t refused_by_kernel, dropped_by_kernel;
	size_t session_octets, flight_octets;
	unsigned broken_rate, good_rate; /* until_broken: a second; 0: not reached */
};

/* Run it. false: it could not begin, and that has been said. Clear with load_result_clear() in any case. */
bool load_run(const struct load_config *c, struct load_result *out);
void load_result_clear(struct load_result *r);

#endif
