/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a gateway is given: values, and what it needs of the world. */
#ifndef IKESYNC_GATEWAY_GATEWAY_TYPES_H
#define IKESYNC_GATEWAY_GATEWAY_TYPES_H

#include "aaa/aaa_service.h"
#include "bank_link/stub_service.h"
#include "core/policy.h"
#include "ipsec/data_plane.h"
#include "keys/credential.h"
#include "keys/rng.h"
#include "keys/schedule.h"
#include "keys/seal.h"
#include "keys/trust.h"
#include "net/endpoint.h"
#include "net/wheel.h"
#include "wire/ike_redirect.h"

#define GATEWAY_SUITES_MAX 16
/* Largest message made here; what is larger is refused by the writer. */
#define GATEWAY_MESSAGE_MAX 8192

enum gateway_cookies { COOKIES_AUTO, COOKIES_ALWAYS, COOKIES_NEVER };
enum gateway_stubs { STUBS_ANNOUNCED, STUBS_ALL, STUBS_NONE };

/* Values only; gateway_config_defaults() fills in what the manual page promises. */
struct gateway_config {
	struct address address; /* of the index: where clients know this gateway */
	struct ike_id identity; /* the IDr; data owned by whoever filled this in */
	unsigned n_ike, n_esp;
	struct suite ike[GATEWAY_SUITES_MAX];
	struct suite_esp esp[GATEWAY_SUITES_MAX];
	bool syn; /* false: as a gateway that never heard of it */
	uint8_t syn_type;
	bool syn_miss_silence; /* false: fallback */
	bool bare_draft_peers; /* resume clients whose stub does not say profile 1 (no BIND) */
	bool unsealed_stubs;   /* lab: stubs in clear when there is no seal key */
	enum gateway_stubs stubs;
	enum gateway_cookies cookies;
	uint32_t cookie_threshold;
	uint32_t provisional_lifetime_ms, half_open_lifetime_ms, commit_timeout_ms;
	uint32_t response_cache_ms, miss_cache_ms;
	uint32_t max_half_open_per_address, max_half_open_per_prefix; /* /24, /56 */
	uint32_t max_half_open, max_provisional, max_provisional_per_prefix;
	uint32_t max_provisional_per_index; /* and source */
	uint32_t max_sas;
	uint32_t max_leases_per_identity; /* inner addresses; 0: any number */
	size_t
	    max_kept_octets; /* of IKE_SA_INIT requests and answers that AUTH and BIND will need */
	uint32_t ike_lifetime_s;
	uint32_t request_first_ms, request_tries; /* our own requests: first wait, sendings */
	uint32_t dpd_s;            /* silence before we ask for a sign of life; 0: never */
	bool mobike, mobike_check; /* RFC 4555; is a new address checked before packets go there? */
	/* Our rekeys, up to the jitter earlier, and the end of a child; 0: never */
	uint32_t ike_rekey_s, child_rekey_s, child_lifetime_s, rekey_jitter_percent;
	uint32_t resumed_rekey_s; /* rule 9: of an SA without KE since its resumption */
	uint32_t max_moves, moves_window_s, min_commit_interval_s, max_resumptions;
	struct ike_redirect redirect; /* for who logs in; type 0: they stay */
	bool redirect_late;           /* not in IKE_AUTH, but once the SA is there */
	const char *authority;        /* attribute 11 of new stubs; NULL: none */
	/* Other names of the bank that is asked, HOST:PORT; NULL: none (rule 50) */
	const char *bank_names[2];
	struct seal_keys seal; /* n 0: no sealing */
	bool rsa_pkcs1;        /* our RSA signatures with RFC 7427: PKCS#1 v1.5 and not PSS */
};

/* Where a datagram came from and went to. */
struct gateway_path {
	struct endpoint local;
	struct endpoint remote;
	bool nat; /* on the port with the non-ESP marker (RFC 3948 section 2.2) */
};

/* Keys of an IKE SA, for a key log. */
struct gateway_sa_keys {
	uint64_t spi_i, spi_r;
	const struct ike_keys *keys;
};

/* What the gateway needs of the world. All pointers outlive the gateway. */
struct gateway_ops {
	uint64_t (*now_ms)(void *user); /* monotonic, the wheel's clock */
	uint64_t (*utc)(void *user);    /* seconds since 1970 */
	/* Send one IKE message, without marker; `message` is borrowed. */
	void (*send)(void *user, const struct gateway_path *path, struct span message);
	/* NULL unless a key log was asked for. */
	void (*key_log)(void *user, const struct gateway_sa_keys *keys);
	void *user;
	struct wheel *wheel;
	struct rng rng;
	struct stub_service bank; /* ops NULL: no bank */
	struct policy *policy;
	const struct trust *trust;           /* of clients' certificates; NULL: none are taken */
	const struct credential *credential; /* our own certificate; NULL: none */
	struct aaa_service aaa;              /* ops NULL: no EAP */
	struct data_plane data_plane;
};

struct gateway_counters {
	uint64_t received, malformed, unknown_spi;
	uint64_t init_requests, cookies_asked, cookies_twice, full, resumed, fallbacks,
	    retransmissions;
	uint64_t auth_failed, not_committed, bind_refused, bad_icv;
	uint64_t gets, misses, evicted, refused_by_cap;
	uint64_t redirected;                  /* logins, sent on */
	uint64_t waited;                      /* for their turn */
	uint64_t dead_peers;                  /* SAs dropped since nobody answered */
	uint32_t sas, half_open, provisional; /* now; provisional counts pending gets */
};

#endif
