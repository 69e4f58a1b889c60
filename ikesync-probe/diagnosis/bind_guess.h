/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a BIND is wrong, once the keys are known to be right: likely wrong contents and keys are tried, single
 * mistakes before pairs, and all that fit are told.
 */
#ifndef IKESYNC_PROBE_DIAGNOSIS_BIND_GUESS_H
#define IKESYNC_PROBE_DIAGNOSIS_BIND_GUESS_H

#include <glib.h>
#include <stdbool.h>

#include "keys/schedule.h"
#include "keys/sk.h"

/* What BIND is made of; all borrowed. */
struct bind_guess {
	const struct ike_keys *keys;
	enum sk_sender sender;
	struct span request, response; /* the two IKE_SA_INIT messages, as sent last */
	struct span first_request;     /* before a cookie or another group; empty: there was none */
};

/* What fits the `bind` that came (char *, "the request alone is bound"); empty: nothing does. Free with
 * g_ptr_array_unref(). */
GPtrArray *bind_guess(const struct bind_guess *b, struct span bind);

/* A short name for a single mistake ("swapped"), and its text; NULL: there are no more. The first is "right". */
const char *bind_guess_name(unsigned i, const char **text);
bool bind_guess_is_name(const char *name);
/* Make a BIND with that mistake: `mac` takes SECRET_MAX octets, *n how many. false: it makes no sense here. */
bool bind_guess_make(const struct bind_guess *b, const char *name, uint8_t mac[SECRET_MAX],
		     size_t *n);

#endif
