/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened in a capture: IKE_SA_INIT exchanges with their answers, the SAs that came of them,
 * the messages of those opened where keys allow, and the operations on stubs with their statuses.
 */
#ifndef IKESYNC_PROBE_READER_STORY_H
#define IKESYNC_PROBE_READER_STORY_H

#include "ike/ike_answer.h"
#include "ike/ike_attempt.h"
#include "ike/ike_protected.h"
#include "reader/reading.h"

/* All IKE_SA_INIT messages with one SPIi between two addresses. */
struct attempt {
	uint64_t spi_i;
	struct address client, gateway;
	GPtrArray *requests;  /* const struct seen_message *, each retransmission too */
	GPtrArray *responses; /* the same */
	bool asks;            /* a request has a well-formed SYN */
	struct index index;
	struct sa *last; /* that came of it */
};

/* A protected message of an SA. */
struct opened {
	const struct seen_message *m;
	bool from_initiator; /* of the SA */
	bool sealed;         /* it has an Encrypted payload; anybody can send what has none */
	bool verified;
	struct ike_protected *inner; /* when verified and whole; borrows from `plain` */
	uint8_t *plain;
	size_t plain_n;
};

/* Where an SA's keys are from. */
enum sa_keys {
	SA_NO_KEYS,        /* none are known */
	SA_DERIVED,        /* from SK_d of the old SA as the draft says, and they fit a message */
	SA_DERIVED_MISFIT, /* the same, and they fit no message */
	SA_GIVEN,          /* a row of ikev2_decryption_table; without SK_p */
};

/* An IKE SA, as an answer to IKE_SA_INIT promises it: anybody can forge one. */
struct sa {
	const struct attempt *attempt;
	const struct seen_message *request, *response;
	bool resumed;       /* HDR, Nr in answer to a SYN; else ordinary */
	struct index old;   /* resumed: what the SYN named */
	struct index index; /* its own: as told, else SPIr and the gateway's address */
	bool index_told;
	struct ike_attempt ike; /* SPIs, nonces, messages */
	GPtrArray *messages;    /* struct opened * */
	enum sa_keys keyed;
	struct ike_keys keys; /* when keyed */
	bool given_fits;      /* SA_DERIVED_MISFIT: a given row does fit */
	uint16_t features;    /* of the stub, attribute 12 */
	bool has_features;
	unsigned opened, unopened; /* messages that verified and that did not */
};

#define STATUS_NONE (-1)

/* One item of a request to a bank. */
struct stub_op {
	const struct seen_stub *request, *reply; /* reply: NULL: none seen */
	uint8_t type;                            /* enum iana_stub_message */
	struct index index;                      /* update: the old one */
	bool has_after;
	struct index after; /* init, update: of the stub; get: of the stub that came */
	int status;         /* enum iana_stub_status, or STATUS_NONE */
	bool clear_stub;    /* SK_d unsealed */
};

struct story {
	const struct reading *reading;
	GPtrArray *attempts; /* struct attempt *, by first frame */
	GPtrArray *sas;      /* struct sa *, by frame of the answer */
	GArray *ops;         /* struct stub_op, by frame */
	GPtrArray *lost;     /* const struct seen_message *: answers to no request that is there */
	unsigned stub_faults, first_stub_fault; /* messages that do not parse; a frame */
	char *stub_fault;                       /* what is wrong with the first; NULL: none */
	bool announced; /* profile 1's Vendor ID, in an exchange with a SYN */
	bool
	    speaks; /* that Vendor ID or a well-formed SYN is there: the payload type is no stranger's */
};

/* `r` is borrowed, and its key ring grows by the keys of stubs. Free with story_free(). */
struct story *story_new(struct reading *r);
/* Wipes. */
void story_free(struct story *s);

/* The SA whose index this is; NULL: none. */
struct sa *story_sa(const struct story *s, const struct index *index);

#endif
