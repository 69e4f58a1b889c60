/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An IKE SA that the client makes with one of the two gateways: the responder's side, by hand. */
#ifndef IKESYNC_PROBE_HOST_HOST_SA_H
#define IKESYNC_PROBE_HOST_HOST_SA_H

#include "host/host.h"
#include "ike/ike_attempt.h"
#include "ike/ike_bind.h"
#include "ike/ike_protected.h"
#include "wire/ike_payloads.h"

#define HOST_INNER_MAX 4096

struct host_sa {
	struct host *h;
	unsigned gateway;
	bool nat;
	struct endpoint remote;
	GByteArray *request, *response; /* IKE_SA_INIT, without marker */
	struct ike_header header;
	struct chain asked; /* of the request; borrows from it */
	struct span ni;
	struct ike_ke ke;
	enum ike_syn_presence syn_presence;
	struct index syn;
	bool announced; /* profile 1's Vendor ID */
	bool feign_nat; /* NAT detection in our answers fits nobody */
	uint64_t spi_r;
	uint8_t nr[32];
	struct ike_keys keys;
	struct sk_iv iv;
	uint32_t next;                          /* ID of our next request */
	uint8_t question[HOST_INNER_MAX + 256]; /* the last one, for host_sa_answered() */
	size_t question_n;
	unsigned cursor; /* which of the client's messages is looked at next */
};

/* Take up an IKE_SA_INIT request; it stays the host's. false: it cannot be read, stated as a failure
 * of clause 2.1 or 2.2. host_sa_clear() in any case. */
bool host_sa_begin(struct host_sa *sa, struct host *h, const struct host_message *m);
void host_sa_clear(struct host_sa *sa);
/* The same request answered once more, as another candidate: new SPIr and Nr to come. */
void host_sa_again(struct host_sa *sa, const struct host_sa *first);

/* Both IKE_SA_INIT messages, as BIND wants them; borrows. */
struct ike_attempt host_sa_attempt(const struct host_sa *sa);

/* An answer to IKE_SA_INIT under construction: payloads go to `w`. */
struct host_answer {
	uint8_t octets[HOST_INNER_MAX];
	struct wcursor c;
	struct chain_writer w;
};
void host_answer_begin(struct host_answer *a, uint64_t spi_i, uint64_t spi_r);
/* Finish and send; kept as the SA's response when `keep`. */
void host_answer_send(struct host_answer *a, struct host_sa *sa, bool keep);

/* HDR, Nr [, V] with a new SPIr and Nr, and the keys from `sk_d`. false: no keys. */
bool host_sa_hit(struct host_sa *sa, const struct suite *suite, const struct secret *sk_d);
/* The same under this SPIr (0: a new one). */
bool host_sa_hit_as(struct host_sa *sa, const struct suite *suite, const struct secret *sk_d,
		    uint64_t spi_r);
/* HDR, SA, KE, Nr [, V], and the keys. false: the offer has nothing for us, stated inconclusive. */
bool host_sa_ordinary(struct host_sa *sa, bool announce);

/* The payloads to encrypt. */
struct host_inner {
	uint8_t octets[HOST_INNER_MAX];
	struct ike_inner in;
};
void host_inner_begin(struct host_inner *in);
/* Seal and send: the response to `message_id`, or with `request` our next request. */
void host_sa_send(struct host_sa *sa, uint8_t exchange, bool request, uint32_t message_id,
		  struct host_inner *in);
/* "Are you alive?", by an empty INFORMATIONAL; its message ID. */
uint32_t host_sa_check(struct host_sa *sa);

/* What the client sent on this SA. */
struct host_opened {
	const struct host_message *message;
	struct ike_protected p; /* borrows from `plain` */
	uint8_t plain[HOST_INNER_MAX];
};
/*
 * The next message of this SA that verifies and was not seen before, passing over all others. false:
 * none came within `ms`.
 */
bool host_sa_next(struct host_sa *sa, uint64_t ms, struct host_opened *out);
/* Did the client answer our request `message_id`, the last one, within `ms`? It is repeated meanwhile. */
bool host_sa_answered(struct host_sa *sa, uint32_t message_id, uint64_t ms);

#endif
