/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What strangers may cost in one turn of the loop. A Diffie-Hellman for somebody who has proved nothing is done at once while
 * the turn's budget lasts; then it waits, and those that wait get their turns by source prefix, one each, so that a flood from
 * one place is a queue there and nowhere else. Established SAs are not asked.
 */
#ifndef IKESYNC_GATEWAY_TURN_H
#define IKESYNC_GATEWAY_TURN_H

#include "core/gateway_state.h"

struct turn_line;

/* Part of whoever waits. */
struct turn_job {
	struct turn_job *next, **pprev;
	struct turn_line *line; /* NULL: does not wait */
	uint32_t cost;          /* microseconds of CPU, roughly */
	void (*run)(void *user);
	void *user;
};

/* A new turn of the loop. */
void turn_begin(struct gateway *g);
/* Take `cost` microseconds out of this turn; false: it has no more, or others wait already. */
bool turn_affords(struct gateway *g, uint32_t cost);
/* `run` is called in a later turn, unless the job leaves before; it does not wait any more by then. */
void turn_wait(struct gateway *g, struct turn_job *job, const struct address *source, uint32_t cost,
	       void (*run)(void *user), void *user);
/* Harmless for a job that does not wait. */
void turn_leave(struct gateway *g, struct turn_job *job);
bool turn_has_jobs(const struct gateway *g);
/* Run what waits, as far as this turn goes; at least one. */
void turn_run(struct gateway *g);

#endif
