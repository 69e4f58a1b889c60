/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may connect, with which shared key, and which inner addresses there are to give. */
#ifndef IKESYNC_GATEWAY_POLICY_H
#define IKESYNC_GATEWAY_POLICY_H

#include "wire/ike_id.h"
#include "wire/ike_ts.h"

/* How a peer proves who it is. */
enum policy_auth { POLICY_PSK, POLICY_PUBKEY, POLICY_EAP };

#define POLICY_NETWORKS_MAX 8

struct policy_peer {
	char *name;
	enum policy_auth auth;
	bool any;      /* every identity that no other peer has */
	bool disabled; /* rule 21: refused at the commit as well */
	uint8_t id_type;
	size_t id_n;
	uint8_t *id;
	size_t psk_n;
	uint8_t *psk;        /* of POLICY_PSK; wiped by policy_free() */
	unsigned n_networks; /* behind the client, beside a leased address */
	struct ike_ts *networks;
};

struct policy;

struct policy *policy_new(void);
void policy_free(struct policy *p);
/* One with a shared key. `id` NULL: any. Everything is copied. ERR_DUPLICATE: this identity is there already. */
IKESYNC_MUST_USE enum err policy_add_peer(struct policy *p, const char *name,
					  const struct ike_id *id, struct span psk, bool disabled);
/* The same for one that proves itself without a shared key. */
IKESYNC_MUST_USE enum err policy_add_keyless(struct policy *p, const char *name,
					     const struct ike_id *id, enum policy_auth auth,
					     bool disabled);
/* The networks behind a peer just added, `n` of them; NULL: of "any". At most POLICY_NETWORKS_MAX. */
void policy_set_networks(struct policy *p, const struct ike_id *id, const struct ike_ts *networks,
			 unsigned n);
/* The peer of this identity, disabled ones too; NULL: unknown, or of a type that names nobody. Owned by the policy. */
struct policy_peer *policy_find(const struct policy *p, const struct ike_id *id);

/* Is there a disabled peer of that name, whatever the type of its identity? An EAP identity has no type. */
bool policy_name_disabled(const struct policy *p, struct span name);
/*
 * The peers of `from` take the place of those of `p`; leases and pools stay as they are. The old ones are kept for those who are just
 * logging in, two minutes at least. `now_ms`: of any clock that goes on.
 */
void policy_take_peers(struct policy *p, struct policy *from, uint64_t now_ms);
/* How many peers there are, "any" too. */
unsigned policy_peers(const struct policy *p);

/* Inner IPv4 addresses, network and broadcast address left out. ERR_VALUE for a prefix not within 8
 * to 30, ERR_TOO_MANY. */
IKESYNC_MUST_USE enum err policy_add_pool(struct policy *p, uint32_t network, unsigned prefix);
/* Is it an address to be given? Host order. */
bool policy_owns(struct policy *p, uint32_t address);
/* Lease `wanted` if it is free in a pool; false otherwise, also where it is in none. Host order. */
bool policy_lease_this(struct policy *p, uint32_t wanted);
/* The same for one of no pool, which somebody else gives: nobody here has it yet. */
bool policy_lease_foreign(struct policy *p, uint32_t wanted);
/* Lease any free address; 0: none left. */
uint32_t policy_lease(struct policy *p);
/* Give a lease back, also a foreign one; harmless for what nobody has. */
void policy_release(struct policy *p, uint32_t address);

#endif
