/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one error enum of lib/wire and lib/keys. */
#ifndef IKESYNC_WIRE_ERR_H
#define IKESYNC_WIRE_ERR_H

#include <stddef.h>

#define IKESYNC_MUST_USE __attribute__((warn_unused_result))

/* Name, value, text. Values are negative so that a result can share an int with a count. */
#define IKESYNC_ERRORS(X)                                                   \
	X(ERR_TRUNCATED, -1, "ends before the field does")                  \
	X(ERR_TRAILING, -2, "octets left over after the last field")        \
	X(ERR_LENGTH, -3, "length field breaks a rule")                     \
	X(ERR_VALUE, -4, "value is not allowed here")                       \
	X(ERR_CHAIN, -5, "broken Next Payload chain")                       \
	X(ERR_TOO_MANY, -6, "more elements than this implementation takes") \
	X(ERR_NO_SPACE, -7, "output buffer too small")                      \
	X(ERR_MISSING, -8, "mandatory element missing")                     \
	X(ERR_DUPLICATE, -9, "element occurs more often than allowed")      \
	X(ERR_VERSION, -10, "unsupported version")                          \
	X(ERR_CRITICAL, -11, "unknown critical payload")                    \
	X(ERR_UNSUPPORTED, -12, "algorithm or feature not supported")       \
	X(ERR_INTEGRITY, -13, "integrity check failed")                     \
	X(ERR_AUTH, -14, "authentication failed")                           \
	X(ERR_EXPIRED, -15, "no longer valid")                              \
	X(ERR_NO_MATCH, -16, "no acceptable proposal")                      \
	X(ERR_KEY, -17, "no key with this identifier")                      \
	X(ERR_CRYPTO, -18, "cryptographic library refused the operation")   \
	X(ERR_WRONG_STATE, -19, "not allowed in this state")

enum err {
	ERR_OK = 0,
#define X(name, value, text) name = value,
	IKESYNC_ERRORS(X)
#undef X
};

/* Where and why parsing stopped. All strings are static; offsets count from the start of the message. */
struct fault {
	enum err err;
	const char *field; /* "IKE_SA_SYN: gateway SPI" */
	size_t offset;
};

/* Return a static English text for `err`; "ok" for ERR_OK. */
const char *err_text(enum err err);

/* Return the enum's name, "ERR_LENGTH" for example. */
const char *err_name(enum err err);

#endif
