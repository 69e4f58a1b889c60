/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the cases that read a capture have in common. */
#ifndef IKESYNC_PROBE_CASES_CAPTURE_H
#define IKESYNC_PROBE_CASES_CAPTURE_H

#include "cases/tally.h"
#include "reader/story.h"
#include "run/probe.h"
#include "wire/ike_syn.h"

#define NOT_THERE_SYN "the capture has no IKE_SA_INIT request with IKE_SA_SYN"
#define NOT_THERE_HIT "the capture has no answer that resumes (HDR, Nr)"
#define NOT_THERE_STUBS "the capture has no stub traffic that can be read"

/* For each message with a SYN payload outside protection, well-formed or not. */
void capture_each_syn(const struct story *s,
		      void (*each)(void *user, const struct seen_message *m,
				   const struct chain_payload *syn, unsigned count),
		      void *user);
/* Is `m` taken for a SYN request: IKE_SA_INIT, and no answer? */
bool capture_is_request(const struct seen_message *m);
/* State inconclusive, with what could not be read behind it, when no check was made. */
void capture_nothing(const struct story *s, struct evidence *e, unsigned checked, const char *why);

#endif
