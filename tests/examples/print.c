/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints names and octets in lines of one width. */
#include "print.h"

#include <stdio.h>
#include <stdlib.h>

#include "wire/ike_notify.h"
#include "wire/stub_message.h"

#define OCTETS_A_LINE 32

void print_heading(const char *text)
{
	printf("### %s\n\n", text);
}

void print_text(const char *text)
{
	printf("%s\n\n", text);
}

void print_begin(void)
{
	puts("```");
}

void print_end(void)
{
	puts("```\n");
}

static void piece(struct span s, unsigned indent, const char *comment)
{
	size_t at = 0;

	do {
		size_t n = s.n - at < OCTETS_A_LINE ? s.n - at : OCTETS_A_LINE;

		printf("%*s", (int)indent, "");
		for (size_t i = 0; i < n; i++)
			printf("%02x", s.p[at + i]);
		if (at == 0 && comment)
			printf("  # %s", comment);
		putchar('\n');
		at += n;
	} while (at < s.n);
}

void print_octets(const char *name, struct span octets)
{
	printf("%s =\n", name);
	if (octets.n)
		piece(octets, 2, NULL);
}

void print_number(const char *name, uint64_t v, unsigned octets)
{
	uint8_t buf[8];
	struct wcursor c = wcursor_init(buf, sizeof(buf));

	wcursor_uint(&c, octets, v);
	print_octets(name, span_of(buf, octets));
}

static const char *payload_name(const struct chain_payload *p, bool stub, char *out, size_t cap)
{
	struct ike_notify n;
	struct fault fault;

	if (stub && p->type == STUB_PAYLOAD_ATTRIBUTE && p->body.n >= 2)
		snprintf(out, cap, "209 attribute: %s",
			 iana_stub_attribute_name((unsigned)p->body.p[0] << 8 | p->body.p[1]));
	else if (stub && p->type >= STUB_PAYLOAD_INDEX)
		snprintf(out, cap, "%u %s", p->type, iana_stub_payload_name(p->type));
	else if (!stub && p->type == IKE_SA_SYN_TYPE_DEFAULT)
		snprintf(out, cap, "%u IKE_SA_SYN", p->type);
	else if (p->type == PAYLOAD_NOTIFY && ike_notify_parse(p, &n, &fault) == ERR_OK)
		snprintf(out, cap, "%u N(%s)", p->type, iana_notify_name(n.type));
	else
		snprintf(out, cap, "%u %s", p->type, iana_payload_name(p->type));
	return out;
}

static void chain_pieces(uint8_t first, struct span chain, bool stub, unsigned indent)
{
	struct chain_iter it;
	struct chain_payload p;
	struct fault fault;
	char name[80];

	chain_iter_init(&it, chain, first, NULL);
	while (chain_iter_next(&it, &p)) {
		payload_name(&p, stub, name, sizeof(name));
		if (stub && p.type == STUB_PAYLOAD_STUB && p.body.n >= 4) {
			piece(span_of(&chain.p[p.offset], 8), indent, name);
			chain_pieces(p.body.p[0], span_of(&p.body.p[4], p.body.n - 4), true,
				     indent + 2);
		} else {
			piece(span_of(&chain.p[p.offset], CHAIN_PAYLOAD_HEADER_SIZE + p.body.n),
			      indent, name);
		}
	}
	if (chain_iter_finish(&it, &fault))
		abort();
}

void print_ike(const char *name, struct span message)
{
	struct ike_header h;
	struct chain chain;
	struct fault fault;
	char text[96];

	if (chain_parse_message(message, &h, &chain, &fault))
		abort();
	printf("%s =\n", name);
	snprintf(text, sizeof(text), "header: %s %s, message ID %u", iana_exchange_name(h.exchange),
		 h.flags & IKE_FLAG_RESPONSE ? "response" : "request", (unsigned)h.message_id);
	piece(span_of(message.p, IKE_HEADER_SIZE), 2, text);
	/* Not by chain_pieces(): SK's Next Payload names what is inside it. */
	for (unsigned i = 0; i < chain.n; i++) {
		const struct chain_payload *p = &chain.at[i];

		payload_name(p, false, text, sizeof(text));
		piece(span_of(&message.p[p->offset], CHAIN_PAYLOAD_HEADER_SIZE + p->body.n), 2,
		      text);
	}
}

void print_chain(const char *name, uint8_t first, struct span chain, bool stub)
{
	printf("%s =\n", name);
	if (chain.n)
		chain_pieces(first, chain, stub, 2);
}

void print_headed_chain(const char *name, struct span octets)
{
	printf("%s =\n", name);
	piece(span_of(octets.p, 4), 2, "First Payload, RESERVED");
	chain_pieces(octets.p[0], span_of(&octets.p[4], octets.n - 4), true, 2);
}

void print_stub_message(const char *name, struct span message)
{
	char text[64];

	printf("%s =\n", name);
	snprintf(text, sizeof(text), "header: %s, %zu octets", iana_stub_message_name(message.p[1]),
		 message.n);
	piece(span_of(message.p, STUB_HEADER_SIZE), 2, text);
	chain_pieces(message.p[0],
		     span_of(&message.p[STUB_HEADER_SIZE], message.n - STUB_HEADER_SIZE), true, 2);
}
