/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An IKE SA that is going to be resumed: what the client keeps of it, and how a case comes by one.
 */
#ifndef IKESYNC_PROBE_CLIENT_OLD_SA_H
#define IKESYNC_PROBE_CLIENT_OLD_SA_H

#include "client/client.h"

struct old_sa {
	struct suite suite;
	struct index index; /* as INDEX told it; otherwise the gateway's SPI and the target file's
			       index address */
	bool index_told;
	uint64_t spi_i, spi_r;
	struct secret sk_d;
	struct secret sk_d_older; /* of the SA that this one was resumed from; n 0: it was not */
	struct ike_shared g_ir;   /* for the diagnosis of wrong derivations only */
	bool gateway_announced;   /* profile 1 in the old SA (wire profile rule 6) */
	bool moved;               /* resumed: its stub is the new SA's */
	struct client *client;    /* the live SA, owned; NULL: vanished */
	/* the stub is the probe's own (made_sa.h): undone at the end unless it has moved */
	struct probe *made_by;
	struct evidence *made_for;
	void (*undo)(struct old_sa *old);
};

/*
 * The target file's [old-sa], once, where it is given and its suite fits; otherwise a full
 * handshake at [old-gateway] with `suite` (NULL: the target file's first), and wait until the stub
 * can be found: by the bank's get where the target file gives a bank, otherwise by SYN requests
 * that are never confirmed (they do not consume the stub). NULL: the case has been stated
 * inconclusive. Free with old_sa_free().
 */
struct old_sa *probe_old_sa(struct probe *p, struct evidence *e, const struct suite *suite);
/* The same at a given gateway; `wait` false: do not wait for the stub. */
struct old_sa *old_sa_at(struct probe *p, struct evidence *e, const struct target_gateway *gateway,
			 const struct suite *suite, bool wait);
/* What a live SA leaves for the next resumption; c stays the caller's. For a chain, `before` is the
 * SA it was resumed from (or NULL). */
void old_sa_of_client(struct old_sa *out, const struct client *c, const struct old_sa *before);
/* Wipes. Deletes the SA at its gateway unless that has resumed it. NULL is harmless. */
void old_sa_free(struct old_sa *old);
/* Wipe one made by old_sa_of_client(). */
void old_sa_clear(struct old_sa *old);

#endif
