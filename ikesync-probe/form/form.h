/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hand-made messages: what docs/send.md calls the form, once it is read. A form is a conversation: where it starts, and
 * messages to send one after the other. Values stand as they will be on the wire, or as names ($ni) that a sender fills in.
 */
#ifndef IKESYNC_PROBE_FORM_H
#define IKESYNC_PROBE_FORM_H

#include <glib.h>

#include "wire/ike_header.h"
#include "wire/ike_sa.h"

#define FORM_MESSAGES_MAX 16
#define FORM_PAYLOADS_MAX CHAIN_MAX
#define FORM_PIECES_MAX 4096 /* of one payload */
#define FORM_TEXT_MAX (1024 * 1024)
#define FORM_AUTO (-1) /* of a length or a next payload: what is right */

/* What is wrong with a form: of which line, which field, and the rule that it breaks. */
struct form_fault {
	unsigned line; /* from 1; 0: of no line */
	char field[32];
	char rule[256];
};
/* Note it, the first one alone; always false. */
bool form_wrong(struct form_fault *f, unsigned line, const char *field, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

enum form_piece_kind {
	FORM_OCTETS, /* `octets` */
	FORM_RANDOM, /* `n` of them, drawn when the message is made */
	FORM_NAME,   /* `name`, with what stands behind its colon */
};
struct form_piece {
	enum form_piece_kind kind;
	unsigned line;
	GByteArray *octets;
	size_t n;
	char *name;
};

enum form_body {
	FORM_PIECES, /* the pieces alone */
	FORM_KE,     /* group, and the pieces as its data */
	FORM_NOTIFY, /* protocol, SPI, type, and the pieces as its data */
	FORM_SA,     /* `sa` */
};
struct form_payload {
	unsigned line;
	uint8_t type, flags; /* flags: the second octet of its header */
	int next;            /* FORM_AUTO */
	int length;          /* FORM_AUTO */
	enum form_body body;
	uint16_t group;
	uint8_t protocol;
	uint16_t notify;
	GByteArray *spi;   /* NOTIFY; NULL: none */
	struct ike_sa *sa; /* SA */
	GPtrArray *pieces; /* struct form_piece */
};

struct form_message {
	unsigned line;
	bool raw; /* `trailer` is all of it */
	/* next_payload and length are not looked at */
	struct ike_header header;
	bool fresh_spi_i;                  /* a new attempt */
	bool has_spi_i, has_spi_r, has_id; /* otherwise the sender knows them */
	int next;                          /* FORM_AUTO */
	gint64 length;                     /* FORM_AUTO */
	GPtrArray *payloads;               /* struct form_payload */
	int sealed_from; /* from this one on they stand in an Encrypted payload; -1: none */
	unsigned sealed_line;
	int sealed_first; /* its Next Payload; FORM_AUTO */
	bool padded;      /* with as much padding as there can be */
	bool wrong_icv;   /* its last bit is flipped */
	char *derivation; /* of the keys from here on; NULL: as before */
	unsigned derivation_line;
	GPtrArray *trailer; /* struct form_piece: octets behind the last payload */
};

enum form_start {
	FORM_START_NOTHING,
	FORM_START_STUB,       /* a login at the old gateway; its stub is in the bank */
	FORM_START_LOGIN,      /* a login at the gateway; messages go on inside */
	FORM_START_RESUMPTION, /* a stub, resumed at the gateway; messages go on inside */
};
struct form {
	enum form_start start;
	unsigned start_line;
	GPtrArray *messages; /* struct form_message */
};

struct form *form_new(void);
/* NULL is harmless. */
void form_free(struct form *f);
struct form_message *form_message_new(unsigned line);
void form_message_free(struct form_message *m);
struct form_payload *form_payload_new(unsigned line, uint8_t type);
void form_payload_free(struct form_payload *p);
/* Add a piece; `octets` is taken over, `name` copied. */
struct form_piece *form_piece_add(GPtrArray *pieces, enum form_piece_kind kind, unsigned line);
/* Copy octets into a piece of their own. */
void form_piece_octets(GPtrArray *pieces, unsigned line, struct span octets);
GPtrArray *form_pieces_new(void);

#endif
