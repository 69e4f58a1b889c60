/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which clause a received message breaks: the one list of reasons for all readers of lib/ike. */
#ifndef IKESYNC_IKE_CLAUSE_H
#define IKESYNC_IKE_CLAUSE_H

#include <stdbool.h>

#include "wire/err.h"

/* Name, where it is written ("rule" is one of docs/wire-profile.md), what a message that breaks it
 * is like. */
#define IKE_CLAUSES(X)                                                                            \
	/* the header: what does not even belong to the exchange or to the SA */                  \
	X(IKE_CLAUSE_HEADER, "RFC 7296 section 3.1", "it is too short for an IKE header")         \
	X(IKE_CLAUSE_LENGTH, "RFC 7296 section 3.1", "the header's Length is not the datagram's") \
	X(IKE_CLAUSE_VERSION, "RFC 7296 section 2.5", "its major version is not 2")               \
	X(IKE_CLAUSE_EXCHANGE, "RFC 7296 section 3.1", "its exchange type is another")            \
	X(IKE_CLAUSE_RESPONSE_FLAG, "RFC 7296 section 3.1", "its Response flag is clear")         \
	X(IKE_CLAUSE_INITIATOR_FLAG, "RFC 7296 section 3.1", "its Initiator flag is set")         \
	X(IKE_CLAUSE_SPI_I, "RFC 7296 section 2.6", "its SPIi is not the request's")              \
	X(IKE_CLAUSE_SPI_R, "RFC 7296 section 2.6", "its SPIr is not this SA's")                  \
	X(IKE_CLAUSE_MESSAGE_ID, "RFC 7296 section 2.2", "its message ID is not the request's")   \
	X(IKE_CLAUSE_CHAIN, "RFC 7296 section 3.2", "its chain of payloads is broken")            \
	/* the answer to IKE_SA_INIT */                                                           \
	X(IKE_CLAUSE_INIT_ID, "RFC 7296 section 2.2", "its message ID is not 0")                  \
	X(IKE_CLAUSE_NO_NONCE, "rule 7", "no Nonce payload")                                      \
	X(IKE_CLAUSE_SPI_R_ZERO, "rule 7", "SPIr is zero")                                        \
	X(IKE_CLAUSE_SA_WITHOUT_KE, "rule 7", "Nr with SA but without KE")                        \
	X(IKE_CLAUSE_KE_WITHOUT_SA, "rule 7", "Nr with KE but without SA")                        \
	X(IKE_CLAUSE_BESIDE_NONCE, "rule 7", "Nr with payloads other than Notify and Vendor ID")  \
	/* what was negotiated */                                                                 \
	X(IKE_CLAUSE_SA_MISSING, "RFC 7296 section 1.2", "it holds no SA payload")                \
	X(IKE_CLAUSE_SA, "RFC 7296 section 3.3", "its SA payload is broken")                      \
	X(IKE_CLAUSE_PROPOSALS, "RFC 7296 section 2.7", "it does not hold exactly one proposal")  \
	X(IKE_CLAUSE_PROPOSAL, "RFC 7296 section 2.7", "its proposal is none of those offered")   \
	X(IKE_CLAUSE_KE_GROUP, "RFC 7296 section 2.7", "its KE is of another group")              \
	X(IKE_CLAUSE_KE, "RFC 7296 section 3.4", "its KE is missing or unusable")                 \
	X(IKE_CLAUSE_NONCE, "RFC 7296 section 3.9", "it holds no right nonce")                    \
	X(IKE_CLAUSE_TSI, "RFC 7296 section 3.13", "its TSi is missing or broken")                \
	X(IKE_CLAUSE_TSR, "RFC 7296 section 3.13", "its TSr is missing or broken")                \
	X(IKE_CLAUSE_TS_WIDER, "RFC 7296 section 2.9",                                            \
	  "its TSi or TSr is wider than what was offered")                                        \
	X(IKE_CLAUSE_KEYS, "RFC 7296 section 2.14", "keys cannot be derived")                     \
	/* IKE_AUTH */                                                                            \
	X(IKE_CLAUSE_IDR, "RFC 7296 section 1.2", "it holds no right IDr")                        \
	X(IKE_CLAUSE_IDENTITY, "RFC 7296 section 2.15", "its IDr is not the one expected")        \
	X(IKE_CLAUSE_AUTH_MISSING, "RFC 7296 section 1.2", "it holds no AUTH")                    \
	X(IKE_CLAUSE_AUTH_METHOD, "RFC 7296 section 2.15", "it authenticates by another method")  \
	X(IKE_CLAUSE_CERT, "RFC 7296 section 3.6",                                                \
	  "its certificates do not hold, or do not name its IDr")                                 \
	X(IKE_CLAUSE_AUTH, "RFC 7296 section 2.15", "its AUTH does not verify")                   \
	/* under the Encrypted payload */                                                         \
	X(IKE_CLAUSE_CLEAR, "RFC 7296 section 2.21", "it is not protected")                       \
	X(IKE_CLAUSE_INTEGRITY, "RFC 7296 section 3.14", "it does not verify")                    \
	X(IKE_CLAUSE_INNER, "RFC 7296 section 3.14", "it verifies, but what is inside is broken") \
	X(IKE_CLAUSE_FRAGMENT, "RFC 7383 section 2.6", "a fragment that fits no other")

enum ike_clause {
	IKE_CLAUSE_NONE,
#define X(name, section, text) name,
	IKE_CLAUSES(X)
#undef X
	    IKE_CLAUSE_COUNT
};

/* What a reader found wrong. `fault` says where in the message, for those clauses that a parser or
 * lib/keys found broken; otherwise its err is ERR_OK. */
struct ike_broken {
	enum ike_clause clause;
	struct fault fault;
};

/* Static English: "its SPIi is not the request's". "" for IKE_CLAUSE_NONE. */
const char *ike_clause_text(enum ike_clause c);
/* Where it is written: "RFC 7296 section 3.1" or "rule 7". */
const char *ike_clause_section(enum ike_clause c);

/* Note a broken clause; always false, so that a reader can return it. `broken` may be NULL. */
bool ike_clause_break(struct ike_broken *broken, enum ike_clause c, const struct fault *fault);
/* The same for an error of ike_header_parse(): HEADER, LENGTH or VERSION. */
bool ike_clause_break_header(struct ike_broken *broken, enum err err, const struct fault *fault);
/* The same with an error that has no place in the message. */
bool ike_clause_break_err(struct ike_broken *broken, enum ike_clause c, enum err err);

#endif
