/* SPDX-License-Identifier: GPL-2.0-or-later */
/* P01 to P06: what a capture shows of IKE_SA_SYN in requests, and of the form of messages. */
#include "cases/capture.h"
#include "cases/cases.h"
#include "cases/sources.h"
#include "wire/iana.h"

struct p01 {
	struct tally header, id;
};

static void p01_each(void *user, const struct seen_message *m, const struct chain_payload *syn,
		     unsigned count)
{
	struct p01 *t = user;
	const struct ike_header *h = &m->header;

	(void)syn;
	(void)count;
	if (!capture_is_request(m))
		return;
	tally_add(&t->header, m->frame,
		  h->spi_i && !h->spi_r && (h->flags & ~IKE_FLAG_VERSION) == IKE_FLAG_INITIATOR,
		  "SPIi %016" G_GINT64_MODIFIER "x, SPIr %016" G_GINT64_MODIFIER "x, flags 0x%02x",
		  h->spi_i, h->spi_r, h->flags);
	tally_add(&t->id, m->frame, h->message_id == 0, "message ID %u", h->message_id);
}

static void p01(struct probe *p, struct evidence *e)
{
	struct p01 t = {
		tally_new("2.2", "the header of requests with SYN",
			  "SPIi not 0, SPIr 0, the I flag alone"),
		tally_new("16.1", "the message ID of requests with SYN", "0"),
	};

	capture_each_syn(p->story, p01_each, &t);
	capture_nothing(p->story, e, tally_state(&t.header, e) + tally_state(&t.id, e),
			NOT_THERE_SYN);
}

const struct probe_case case_p01 = {
	.id = "P01",
	.title = "A SYN request has SPIr 0, message ID 0 and the I flag",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 sections 2.2, 2.6 and 3.1; wire profile rules 2 and 16",
	.required =
	    "IKE_SA_SYN travels in the first message of a new IKE SA: a fresh SPIi, no SPIr "
	    "yet, message ID 0, from the initiator.",
	.causes = "the client goes on with the header of its old SA\nit writes the old gateway's "
		  "SPI where SPIr stands, and not into SYN alone",
	.asks = ASKS_CAPTURE,
	.clauses = "2.2 16.1",
	.run = p01,
};

struct p02 {
	struct tally place, once;
};

static void p02_each(void *user, const struct seen_message *m, const struct chain_payload *syn,
		     unsigned count)
{
	struct p02 *t = user;

	(void)syn;
	tally_add(&t->place, m->frame, capture_is_request(m), "in exchange %u%s",
		  m->header.exchange, m->header.flags & IKE_FLAG_RESPONSE ? ", a response" : "");
	tally_add(&t->once, m->frame, count == 1, "%u of them", count);
}

/* What was decrypted can hold one, too. */
static void p02_inside(const struct story *s, struct p02 *t)
{
	for (unsigned i = 0; i < s->sas->len; i++) {
		const struct sa *sa = g_ptr_array_index(s->sas, i);

		for (unsigned k = 0; k < sa->messages->len; k++) {
			const struct opened *o = g_ptr_array_index(sa->messages, k);

			if (o->inner && s->speaks &&
			    chain_find(&o->inner->inner, s->reading->syn_type))
				tally_broken(&t->place, o->m->frame,
					     "in exchange %u, inside the Encrypted payload",
					     o->m->header.exchange);
		}
	}
}

static void p02(struct probe *p, struct evidence *e)
{
	struct p02 t = {
		tally_new("2.3", "where SYN stands", "in an IKE_SA_INIT request"),
		tally_new("2.3", "how many SYN a request has", "one"),
	};

	capture_each_syn(p->story, p02_each, &t);
	p02_inside(p->story, &t);
	capture_nothing(p->story, e, tally_state(&t.place, e) + tally_state(&t.once, e),
			NOT_THERE_SYN);
}

const struct probe_case case_p02 = {
	.id = "P02",
	.title = "SYN stands in IKE_SA_INIT requests only, and once",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 4; wire profile rule 2",
	.required = "IKE_SA_SYN is part of the IKE_SA_INIT request that asks for a resumption; no "
		    "other message has it.",
	.causes = "the client asks on a live SA\nthe gateway sends the payload back\nthe client "
		  "names several old SAs at once",
	.asks = ASKS_CAPTURE,
	.clauses = "2.3",
	.run = p02,
};

static void p03_each(void *user, const struct seen_message *m, const struct chain_payload *syn,
		     unsigned count)
{
	struct tally *t = user;
	const size_t n = syn->body.n + CHAIN_PAYLOAD_HEADER_SIZE;
	const uint8_t reserved = syn->flags & (uint8_t)~CHAIN_CRITICAL;

	(void)count;
	if (m->fault.err != ERR_OK)
		tally_broken(t, m->frame, "Payload Length breaks the chain");
	else
		tally_add(t, m->frame, (n == 16 || n == 28) && !reserved,
			  "Payload Length %zu, RESERVED 0x%02x", n, reserved);
}

static void p03(struct probe *p, struct evidence *e)
{
	struct tally t =
	    tally_new("4.7", "Payload Length and RESERVED of SYN", "16 (IPv4) or 28 (IPv6), and 0");

	capture_each_syn(p->story, p03_each, &t);
	capture_nothing(p->story, e, tally_state(&t, e), NOT_THERE_SYN);
}

const struct probe_case case_p03 = {
	.id = "P03",
	.title = "SYN has 16 or 28 octets and RESERVED 0",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.7; wire profile rule 4",
	.required =
	    "The payload is a generic header, the gateway's SPI of 8 octets and its address "
	    "of 4 or 16.",
	.causes = "a length field counts the body alone\nthe address is padded to 16 octets\n"
		  "bits behind C are not cleared",
	.asks = ASKS_CAPTURE,
	.clauses = "4.7",
	.run = p03,
};

static void p04_each(void *user, const struct seen_message *m, const struct chain_payload *syn,
		     unsigned count)
{
	(void)count;
	tally_add(user, m->frame, !(syn->flags & CHAIN_CRITICAL), "C is 1");
}

static void p04(struct probe *p, struct evidence *e)
{
	struct tally t = tally_new("3.1", "the C bit of SYN", "0, from client to gateway");

	capture_each_syn(p->story, p04_each, &t);
	capture_nothing(p->story, e, tally_state(&t, e), NOT_THERE_SYN);
}

const struct probe_case case_p04 = {
	.id = "P04",
	.title = "The C bit of SYN fits the direction",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = RULE(3),
	.required = "C is 0 from client to gateway, and nobody sends it with 1: other IKEv2 "
		    "implementations would refuse the request.",
	.causes = "the payload is marked critical, as own payloads often are",
	.asks = ASKS_CAPTURE,
	.clauses = "3.1",
	.run = p04,
};

static void p05(struct probe *p, struct evidence *e)
{
	const struct story *s = p->story;
	const GPtrArray *all = s->reading->messages;
	struct tally ike = tally_new(NULL, "lengths and payload chains of IKE messages",
				     "header Length, Payload Lengths and Next Payload agree");
	struct tally stub = tally_new("26.1", "lengths and payload chains of stub messages",
				      "header Length, Payload Lengths and Next Payload agree");

	for (unsigned i = 0; i < all->len; i++) {
		const struct seen_message *m = g_ptr_array_index(all, i);

		/* more payloads than this program takes are no fault of theirs */
		if (m->fault.err != ERR_TOO_MANY)
			tally_add(&ike, m->frame, m->fault.err == ERR_OK, "%s: %s at octet %zu",
				  m->fault.field ? m->fault.field : "message",
				  err_text(m->fault.err), m->fault.offset);
	}
	if (s->stub_faults)
		tally_broken(&stub, s->first_stub_fault, "%s", s->stub_fault);
	for (unsigned i = s->stub_faults; i < s->reading->stubs->len; i++)
		tally_kept(&stub, ((const struct seen_stub *)s->reading->stubs->pdata[i])->frame);
	capture_nothing(s, e, tally_state(&ike, e) + tally_state(&stub, e),
			"the capture has neither IKE nor stub messages that can be read");
}

const struct probe_case case_p05 = {
	.id = "P05",
	.title = "Payload chains and lengths are consistent",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 sections 3.1 and 3.2; wire profile rule 26",
	.required = "The header's Length is that of the message, and the payloads fill it from the "
		    "first to the one whose Next Payload is 0.",
	.causes = "a length is patched before the last payload is there\nNext Payload of the last "
		  "one is not cleared\nthe marker of port 4500 is counted",
	.asks = ASKS_CAPTURE,
	.clauses = "26.1",
	.run = p05,
};

struct p06 {
	struct tally spi, address;
};

static void p06_each(void *user, const struct seen_message *m, const struct chain_payload *syn,
		     unsigned count)
{
	struct p06 *t = user;
	struct rcursor c = rcursor_init(syn->body, NULL);
	struct address a = { 0 };
	char text[ADDRESS_TEXT_MAX];
	struct span octets;
	uint64_t spi = rcursor_u64(&c, "spi");

	(void)count;
	octets = rcursor_rest(&c);
	/* a wrong length is P03's */
	if (!rcursor_ok(&c) || (octets.n != 4 && octets.n != 16))
		return;
	a.family = octets.n == 4 ? 4 : 6;
	memcpy(a.octets, octets.p, octets.n);
	tally_add(&t->spi, m->frame, spi != 0, "SPI 0");
	tally_add(&t->address, m->frame, address_is_unicast(&a), "%s", address_text(&a, text));
}

static void p06(struct probe *p, struct evidence *e)
{
	struct p06 t = {
		tally_new("5.1", "the SPI in SYN", "a gateway's own, never 0"),
		tally_new("5.1", "the address in SYN", "a gateway's own: unicast, not IPv4-mapped"),
	};

	capture_each_syn(p->story, p06_each, &t);
	capture_nothing(p->story, e, tally_state(&t.spi, e) + tally_state(&t.address, e),
			NOT_THERE_SYN);
}

const struct probe_case case_p06 = {
	.id = "P06",
	.title = "SPI and address in SYN are sane",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = RULE(4) "; " RULE(5),
	.required =
	    "The index is the SPI of a gateway, not 0, and an address that a gateway can own.",
	.causes = "the index was never set\nan IPv4 address is written into the IPv6 form",
	.asks = ASKS_CAPTURE,
	.clauses = "5.1",
	.run = p06,
};
