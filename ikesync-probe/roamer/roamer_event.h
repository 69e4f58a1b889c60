/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the reference client tells its user. */
#ifndef IKESYNC_PROBE_ROAMER_ROAMER_EVENT_H
#define IKESYNC_PROBE_ROAMER_ROAMER_EVENT_H

#include "wire/index.h"

/* Name, word on a line. */
#define ROAMER_EVENTS(X)                                                           \
	X(ROAMER_ASKED, "asked")         /* IKE_SA_INIT; `with` says for what */   \
	X(ROAMER_CANDIDATE, "candidate") /* an answer that is gone on with */      \
	X(ROAMER_LOGGED_IN, "logged-in") /* IKE_AUTH is done; `index` */           \
	X(ROAMER_RESUMED, "resumed")     /* confirmed; `index` */                  \
	X(ROAMER_NOT_COMMITTED, "not-committed")                                   \
	X(ROAMER_REFUSED, "refused")       /* by a verified error: `notify` */     \
	X(ROAMER_UNBOUND, "unbound")       /* BIND was missing or wrong */         \
	X(ROAMER_UNANSWERED, "unanswered") /* `notify`: remembered, 0: none */     \
	X(ROAMER_REDIRECTED, "redirected") /* to `gateway`, of the pool */         \
	X(ROAMER_REDIRECT_IGNORED, "redirect-ignored")                             \
	X(ROAMER_GATEWAY_DEAD, "gateway-dead") /* no answer to a liveness check */ \
	X(ROAMER_DELETED, "deleted")           /* by the gateway */                \
	X(ROAMER_ENDED, "ended")               /* by the user */                   \
	X(ROAMER_GAVE_UP, "failed")            /* no gateway is left */

enum roamer_event_kind {
#define X(name, word) name,
	ROAMER_EVENTS(X)
#undef X
	    ROAMER_EVENT_KINDS
};

/* Which index a SYN names. */
enum roamer_with {
	ROAMER_WITH_NONE, /* no SYN */
	ROAMER_WITH_OLD,  /* the last one that was told */
	ROAMER_WITH_NEW,  /* that of a resumption whose confirmation was not answered */
};

struct roamer_event {
	enum roamer_event_kind kind;
	unsigned gateway; /* number in the configuration */
	enum roamer_with with;
	bool has_index;
	struct index index;
	uint16_t notify;
	struct address inner; /* family 0: none was given */
};

const char *roamer_event_word(enum roamer_event_kind kind);
const char *roamer_with_word(enum roamer_with with);

#endif
