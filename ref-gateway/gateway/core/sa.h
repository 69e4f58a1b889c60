/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IKE SAs of a gateway. It is the original responder, and its own SPI is SPIr, but for those that a rekey of its own has made.
 * What only an unfinished SA needs hangs on `setup` and goes when the SA is established.
 */
#ifndef IKESYNC_GATEWAY_SA_H
#define IKESYNC_GATEWAY_SA_H

#include "core/crowd.h"
#include "core/gateway_types.h"
#include "core/sa_child.h"
#include "core/sa_path.h"
#include "core/sa_store.h"
#include "keys/dh.h"
#include "keys/sk.h"
#include "wire/stub.h"

#define SA_NONCE_SIZE 32

enum sa_state {
	SA_HALF_OPEN,   /* IKE_SA_INIT answered in full; waits for IKE_AUTH */
	SA_PROVISIONAL, /* SYN accepted; waits for message ID 1 (rule 11) */
	SA_COMMITTING,  /* message ID 1 verified; the move is under way (rule 13) */
	SA_ESTABLISHED,
	SA_LEAVING, /* its lifetime is over; our Delete is under way */
	SA_CLOSED,  /* gone, but for repeating its last response */
};

/* RFC 5685: what the client announced. */
enum sa_redirects {
	SA_STAYS, /* nothing */
	SA_REDIRECTS,
	SA_REDIRECTED_HERE, /* and was sent here by another gateway */
};

/* An answered, or pending, IKE_SA_INIT request (response_cache.h). */
struct response_entry;
/* One SYN between its arrival and the confirmation (claim.h). */
struct sa_claim;

struct held_message;
struct ike_redirect;
struct sa_work;

struct sa_setup {
	struct response_entry *entry;
	uint16_t ni_n;
	uint8_t ni[256];
	uint8_t nr_n;
	uint8_t nr[SA_NONCE_SIZE];
	struct suite suite;
	bool announced; /* the request had profile 1's Vendor ID */
	uint8_t hashes; /* of its SIGNATURE_HASH_ALGORITHMS (signature.h) */
	/* full handshake */
	struct dh *dh;
	uint16_t ke_n;
	uint8_t *ke;
	struct crowd_place crowd;
	struct held_message *held; /* IKE_AUTH that waits for its turn; NULL: none */
	bool fell_back;            /* its SYN, which named `named`, was not accepted (rule 22) */
	struct index named;
	/* resumption */
	struct sa_claim *claim;
	size_t stub_n;
	uint8_t *stub_plain; /* what `stub` points into; wiped */
	struct stub stub;
	uint64_t stub_over; /* UTC seconds: when its 205 ends */
	/* a login of several messages; `login` is its way's, and freed by it */
	void *login;
	void (*login_free)(void *login);
	bool waits; /* for AAA: what comes meanwhile is a retransmission */
	/* message ID 1, kept while the move is under way, or while others follow in a login */
	uint8_t exchange;
	uint8_t first;
	size_t inner_n;
	uint8_t *inner;
	uint8_t request_hash[SA_HASH_SIZE];
};

struct sa {
	struct table_link by_spi;
	struct table_link by_identity; /* while `identity` is set */
	struct wheel_timer timer;
	struct gateway *gateway;
	uint64_t spi_i, spi_r;
	uint8_t state; /* enum sa_state */
	bool keyed;
	bool profile_1; /* the client announced it, now or when the stub was made */
	bool has_stub;  /* the bank holds a stub under our index of this SA */
	bool rekeyed;   /* replaced by another IKE SA that has the children and the stub */
	bool initiator; /* made by a rekey of ours: SPIi is our SPI */
	bool
	    dismissed; /* by who runs the gateway: ends as soon as it can, and is backed by no stub */
	bool fragmentation;
	bool mobike;              /* RFC 4555, agreed in IKE_AUTH */
	uint8_t path_check;       /* enum sa_path_check */
	uint8_t redirects;        /* enum sa_redirects */
	bool redirected;          /* and has heard where to (rule 19) */
	struct suite suite;       /* with the D-H method of the SA, for the stub */
	struct gateway_path path; /* to the peer (sa_path.h) */
	struct ike_keys keys;
	struct sk_iv iv;
	/* window of one (RFC 7296 section 2.3) */
	uint32_t expected;
	uint8_t last_request[SA_HASH_SIZE];
	size_t last_response_n;
	uint8_t *last_response;
	/* our own requests (window_ours.h) */
	uint32_t next_id;
	struct window_ours *asking;       /* NULL: none under way */
	struct ike_redirect *redirect_to; /* to be said; NULL: nothing */
	struct sa_work *work;             /* a rekey of ours (sa_work.h); NULL: none under way */
	/* when which of them is due (sa_due.h); ms, 0: never */
	uint64_t heard_ms, rekey_ms, end_ms, drop_ms;
	bool ask_alive;       /* now, whenever it was heard */
	uint16_t rekey_group; /* that the peer wants with it; 0: it has not said */
	struct sa_setup *setup;
	struct sa_fragments
	    *fragments[2]; /* frag.h: of a request, of a response; NULL: none waiting */
	/* once authenticated */
	uint8_t identity_type;
	uint16_t identity_n;
	uint8_t *identity;
	uint32_t inner_ip4; /* leased; 0: none */
	bool
	    inner_taken; /* what its stub says is not ours to give, or another's: it has to ask for one */
	unsigned n_children;
	struct sa_child *children;
	uint64_t expiry; /* UTC seconds: attribute 7 of its stub */
	uint64_t over;   /* UTC seconds: when its stub's 205 ends, if that is earlier */
	/* what a stub goes on with (rules 18, 21, 27) */
	struct stub_moves moves;
	uint16_t resumptions;
	size_t kept_n;
	uint8_t *kept; /* plaintext of the stub this SA came from: attributes that are passed on */
};

void sa_store_init(struct sa_store *s, const struct rng *rng);
void sa_store_clear(struct sa_store *s);

/*
 * A new SA in the table, under a fresh SPI, or `spi_r` when it is not zero. NULL: that SPI is taken.
 */
struct sa *sa_new(struct gateway *g, uint64_t spi_i, uint64_t spi_r, enum sa_state state);
/* An established one that a rekey of ours has made. NULL: spi_i is taken. */
struct sa *sa_new_initiated(struct gateway *g, uint64_t spi_i, uint64_t spi_r);
/* By our own SPI. */
struct sa *sa_find(const struct gateway *g, uint64_t own);
/* An SPI of ours that no SA has. */
uint64_t sa_fresh_spi(const struct gateway *g);
static inline uint64_t sa_own_spi(const struct sa *sa)
{
	return sa->initiator ? sa->spi_i : sa->spi_r;
}
static inline uint64_t sa_peer_spi(const struct sa *sa)
{
	return sa->initiator ? sa->spi_r : sa->spi_i;
}
static inline enum sk_sender sa_sends_as(const struct sa *sa)
{
	return sa->initiator ? SK_FROM_INITIATOR : SK_FROM_RESPONDER;
}
static inline enum sk_sender sa_hears_as(const struct sa *sa)
{
	return sa->initiator ? SK_FROM_RESPONDER : SK_FROM_INITIATOR;
}
/* Forget the SA at once: wipe, release leases, caps and cached response. Tells nobody. */
void sa_drop(struct sa *sa);
/* Keep nothing but the last response, which is repeated for a while. */
void sa_close(struct sa *sa);
void sa_setup_free(struct sa_setup *s);
/* Finished: free the setup, count as established, arm the lifetime. */
void sa_establish(struct sa *sa);
/* Its lifetime is over: it counts no more, and its children are gone. */
void sa_leave(struct sa *sa);
/* Another SA has taken over, or may: this one waits for its Delete, not for long. */
void sa_rekeyed(struct sa *sa);
bool sa_set_identity(struct sa *sa, const struct ike_id *id);
static inline struct ike_id sa_identity(const struct sa *sa)
{
	return (struct ike_id){ sa->identity_type, span_of(sa->identity, sa->identity_n) };
}
/* Another established SA of this SA's identity, the next one behind `after` (NULL: the first); NULL: none. */
struct sa *sa_of_same_identity(const struct sa *sa, const struct sa *after);
struct index sa_index(const struct sa *sa);
/* Its SPIs, for logs. */
static inline const char *sa_text(const struct sa *sa, char out[static IKE_SPIS_TEXT_MAX])
{
	return ike_spis_text(sa->spi_i, sa->spi_r, out);
}

#endif
