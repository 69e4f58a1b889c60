/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The target file: what is tested, where it is, what the probe may use and what the target declares
 * not to do. */
#ifndef IKESYNC_PROBE_TARGET_TARGET_H
#define IKESYNC_PROBE_TARGET_TARGET_H

#include <glib.h>

#include "keys/secret.h"
#include "keys/suite.h"
#include "net/endpoint.h"
#include "tool/psk.h"
#include "wire/ike_id.h"

#define TARGET_SUITES_MAX 8

enum target_profile {
	TARGET_PROFILE_AUTO,  /* as the peer announces itself */
	TARGET_PROFILE_1,     /* declared: R rules fail */
	TARGET_PROFILE_DRAFT, /* declared: bare draft, R rules warn at most */
};
/* As a target file says it: "auto", "1", "draft". */
const char *target_profile_name(enum target_profile p);

/* An identity; `id.data` points into `octets`. */
struct target_id {
	bool given;
	struct ike_id id;
	uint8_t octets[256];
};

/* One IKE responder. */
struct target_gateway {
	bool given;
	struct endpoint ike;
	bool has_nat;
	struct endpoint nat; /* where messages carry the non-ESP marker */
	struct target_id id; /* expected IDr; given=false: any */
	struct address
	    index_address; /* the address in this gateway's indexes unless INDEX says otherwise */
};

struct target_client {
	struct target_id id;
	struct psk psk;
	unsigned n_suites; /* [0]: ike=, then more-ike= */
	struct suite suites[TARGET_SUITES_MAX];
	unsigned n_esp;
	struct suite_esp esp[TARGET_SUITES_MAX];
	struct target_id disabled_id; /* one that the gateways' policy has disabled */
	struct address source;        /* family 0: the kernel's choice */
	struct address second_source; /* family 0: none; another host's address for N01, N18 */
};

struct target_bank {
	bool given;
	struct endpoint address;
	const char *server_name; /* NULL: the address */
	const char *ca;
	const char *certificate, *key;
	struct address owns;                         /* in `certificate` as iPAddress SAN */
	struct address owns_ip6;                     /* the same, IPv6; family 0: none */
	const char *second_certificate, *second_key; /* NULL: none */
	struct address second_owns;
	const char *foreign_certificate, *foreign_key;
	/* of the same CA, each for a purpose; NULL: none */
	const char *other_pool_certificate, *other_pool_key;
	struct address other_pool_owns;
	const char *prefetch_certificate, *prefetch_key; /* of the same pool */
	const char *no_pool_certificate, *no_pool_key;
	const char *two_pools_certificate, *two_pools_key;
	unsigned gets_per_second; /* the bank's limit for a gateway; 0: not declared */
	const char *seal_keys;    /* file; NULL: none */
};

/* The probe as the bank of [variant banked]. */
struct target_bank_role {
	bool given;
	struct endpoint listen;
	const char *certificate, *key, *ca;
	const char *foreign_certificate, *foreign_key; /* the right name, another authority */
	const char *other_certificate, *other_key;     /* the pool's authority, another name */
	const char *seal_keys;                         /* default: that of [bank] */
	struct address stub_address; /* of the gateway that made the stubs which the probe serves */
	uint64_t lifetime_s;         /* of the gateway's IKE SAs; 0: not said */
};

/* Protocol times of the target, in milliseconds. */
struct target_timers {
	uint64_t provisional; /* an unconfirmed SA is dropped after this */
	uint64_t commit;      /* the gateway's patience with a move */
	uint64_t retransmit;  /* the probe's first retransmission */
	uint64_t answer;      /* no answer after this: there is none */
	uint64_t get;         /* the gateway's patience with a get */
	uint64_t miss;        /* how long it remembers a miss */
	uint64_t rekey;       /* [variant brisk] rekeys what is new within this; 0: not said */
	uint64_t liveness;    /* it asks a silent client within this; 0: not said */
	uint64_t lifetime;    /* of its IKE SAs that nobody rekeys; 0: not said */
	uint64_t offer;       /* until it offers a refused stub again, at most; 0: not said */
};

/* An IKE SA that another client established ([old-sa]), to be resumed in place of one of the
 * probe's own: what its log or its gateway's bank said of it. */
struct target_old_sa {
	bool given;
	uint64_t spi_i, spi_r; /* the gateway was the responder */
	struct address address;
	struct suite suite;
	struct secret sk_d;
};

/* A client under test, for which the probe plays the gateways of a pool. */
struct target_host {
	const char *start;  /* [hooks] client-start; NULL: none */
	const char *resume; /* [hooks] client-resume; NULL: the client finds out by itself */
	struct endpoint listen, next;
	struct target_id id; /* IDr of both gateways */
	uint64_t patience;   /* ms until the client has noticed that its gateway is gone */
};

struct target {
	const char *path;
	const char *name; /* for reports; default: the file's name */
	enum target_profile profile;
	char **unsupported; /* case IDs and ranges as written; NULL: none */
	uint8_t syn_payload_type;
	struct target_gateway gateway;     /* "B", under test */
	struct target_gateway old_gateway; /* "A"; a copy of gateway when not given (given=false) */
	struct target_client client;
	struct target_bank bank;
	struct target_bank_role bank_role;
	struct target_timers timers;
	struct target_gateway ipv6;   /* a variant with an IPv6 address */
	struct target_gateway capped; /* a variant with a small cap on half-open SAs */
	unsigned half_open;           /* of one address at [variant capped]; 0: not declared */
	struct endpoint clear_bank;   /* one that takes clear stubs; port 0: none */
	const char *clear_bank_store; /* the folder of its files; NULL: not to be seen from here */
	struct target_gateway roomy;  /* a variant that many clients may ask at once */
	unsigned logins, sas; /* so many log in at once there, and are half-open; 0: not declared */
	unsigned provisional; /* SAs at [variant capped]; 0: not declared */
	unsigned provisional_per_index; /* of one source there; 0: not declared */
	unsigned stubs;                 /* that the bank keeps; 0: not declared */
	unsigned load;                  /* stubs that G28 makes; 0: not declared */
	unsigned connections;           /* that the bank takes; 0: not declared */
	unsigned resumptions;           /* without KE that the target allows */
	struct target_gateway syn_off, silence, cookie, relay; /* variants; .given */
	struct target_gateway brisk;  /* a variant that soon rekeys, asks for life, and ends */
	struct target_gateway banked; /* a variant whose bank is the probe */
	struct target_old_sa old_sa;
	struct endpoint relay_listen; /* the probe listens here */
	struct endpoint relay_bank;   /* and forwards to this */
	struct target_host host;
	const char *gateway_restart;  /* a shell command that restarts [gateway] */
	const char *banked_kill;      /* a sudden death and a new start of [variant banked] */
	const char *banked_restart;   /* an orderly stop and a new start of it */
	const char *bank_restart;     /* a shell command; NULL: none */
	const char *old_gateway_fail; /* the same; kills [old-gateway] */
	struct config *config;        /* owns the strings but the file names, which are interned */
};

/*
 * Read a target file. `names_case` says whether a pattern of [target] unsupported names any case
 * (NULL: not asked). NULL and a GError "FILE:LINE: [group] key: why". Free with target_free(),
 * which wipes the keys.
 */
struct target *target_load(const char *path, bool (*names_case)(const char *pattern),
			   GError **error);
void target_free(struct target *t);

/* Does the target declare `id` unsupported? */
bool target_declares_unsupported(const struct target *t, const char *id);

#endif
