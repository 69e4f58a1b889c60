/* SPDX-License-Identifier: GPL-2.0-or-later */
/* K01, K08, K09: what a client sends whose gateway is gone. */
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"

#define IP_UDP_IPV4 28
#define IP_UDP_IPV6 48
#define IP_PACKET_MAX 1280

static const struct chain_payload *syn_of(const struct roaming *r)
{
	return chain_find(&r->asked.asked, r->p->target->syn_payload_type);
}

static void check_header(struct roaming *r)
{
	const struct ike_header *h = &r->asked.header;

	evidence_clause(r->e, "2.2",
			h->exchange == EXCHANGE_IKE_SA_INIT && h->flags == IKE_FLAG_INITIATOR &&
			    h->message_id == 0 && h->spi_i != 0 && h->spi_r == 0,
			"the header of the request",
			"exchange 34, flags 0x08, message ID 0, SPIi not zero, SPIr zero",
			"exchange %u, flags 0x%02x, message ID %u, SPIi %s, SPIr %s", h->exchange,
			h->flags, h->message_id, h->spi_i ? "not zero" : "zero",
			h->spi_r ? "not zero" : "zero");
	evidence_clause(r->e, "2.2", h->spi_i != r->old.header.spi_i, "SPIi is fresh",
			"another than that of the old SA", "%s",
			h->spi_i == r->old.header.spi_i ? "the same" : "another");
}

static void check_nonce(struct roaming *r)
{
	const struct span ni = r->asked.ni;
	const size_t least = MAX(16, suite_prf_size(r->old.keys.suite.prf) / 2);

	evidence_clause(r->e, "9.5", ni.n >= least && ni.n <= 256, "the size of Ni",
			"16 to 256 octets, and half of the prf's output", "%zu octets", ni.n);
	evidence_clause(r->e, "9.5", !span_equal(ni, r->old.ni), "Ni is new",
			"another than in the old SA", "%s",
			span_equal(ni, r->old.ni) ? "the same" : "another");
}

static void check_syn(struct roaming *r)
{
	const struct chain_payload *p = syn_of(r);
	const unsigned n = chain_count(&r->asked.asked, r->p->target->syn_payload_type);
	const size_t size = address_size(&r->index.address) + 8;
	char wanted[INDEX_TEXT_MAX], got[INDEX_TEXT_MAX];

	evidence_clause(r->e, "2.3", n == 1, "SYN in the request", "one payload", "%u", n);
	if (!p)
		return;
	evidence_clause(r->e, "3.1", !(p->flags & CHAIN_CRITICAL), "the C bit of SYN", "0", "%d",
			(p->flags & CHAIN_CRITICAL) != 0);
	evidence_clause(r->e, "4.7", p->body.n == size && !(p->flags & ~CHAIN_CRITICAL),
			"Payload Length and RESERVED of SYN",
			size == INDEX_BODY_IPV4 ? "16 and 0, for an IPv4 address"
						: "28 and 0, for an IPv6 address",
			"%zu and 0x%02x", p->body.n + CHAIN_PAYLOAD_HEADER_SIZE,
			p->flags & ~CHAIN_CRITICAL);
	evidence_clause(r->e, "5.5",
			r->asked.syn_presence == IKE_SYN_PRESENT &&
			    index_equal(&r->asked.syn, &r->index),
			"the index in SYN", index_text(&r->index, wanted), "%s",
			r->asked.syn_presence == IKE_SYN_PRESENT ? index_text(&r->asked.syn, got)
								 : "none that can be read");
}

static void k01(struct roaming *r)
{
	const struct chain *c = &r->asked.asked;
	const bool v6 = r->asked.remote.address.family == 6;
	const size_t packet = r->asked.request->len + (v6 ? IP_UDP_IPV6 : IP_UDP_IPV4);

	evidence_clause(r->e, "2.1",
			chain_count(c, PAYLOAD_SA) == 1 && chain_count(c, PAYLOAD_KE) == 1 &&
			    chain_count(c, PAYLOAD_NONCE) == 1 && syn_of(r),
			"what stands beside SYN", "SA, KE, Ni and SYN",
			"%u SA, %u KE, %u Ni, %s SYN", chain_count(c, PAYLOAD_SA),
			chain_count(c, PAYLOAD_KE), chain_count(c, PAYLOAD_NONCE),
			syn_of(r) ? "with" : "without");
	check_header(r);
	check_nonce(r);
	check_syn(r);
	evidence_clause(r->e, "23.3", packet <= IP_PACKET_MAX, "the request fits a packet",
			"at most 1280 octets with IP and UDP headers", "%zu", packet);
	evidence_check(r->e, r->asked.gateway == HOST_B, "where the client goes",
		       "to the next gateway", "%s",
		       r->asked.gateway == HOST_B ? "there" : "to the one that is gone");
}

const struct probe_case case_k01 = {
	.id = "K01",
	.title = "A client whose gateway is gone sends SA, KE, Ni and SYN to the next one",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.1; wire profile rules 2, 3, 4, 5",
	.required =
	    "A client whose gateway is gone sends IKE_SA_INIT with SA, KE, a fresh Ni and one "
	    "IKE_SA_SYN, which names the index exactly as the client was told it.",
	.causes =
	    "the client was not told that its gateway is gone: [hooks] client-resume, or raise "
	    "[host] patience\nthe client does not know the next gateway: client-start has "
	    "{next} for it\nit kept the responder's SPI instead of the index it was told",
	.asks = ASKS_CLIENT,
	.requires = REQUIRES_CLIENT,
	.clauses = "2.1 2.2 2.3 3.1 4.7 5.5 9.5 23.3",
	.run = stage_roaming,
	.roaming = k01,
};

static void announced(struct roaming *r)
{
	evidence_clause(r->e, "6.1", r->old.announced, "the Vendor ID in the login's IKE_SA_INIT",
			"that of profile 1", "%s", r->old.announced ? "there" : "none");
	evidence_clause(r->e, "6.1", r->asked.announced, "the Vendor ID beside SYN",
			"that of profile 1", "%s", r->asked.announced ? "there" : "none");
}

static void nobody_announced(struct roaming *r)
{
	evidence_clause(r->e, "6.5", r->asked.syn_presence == IKE_SYN_ABSENT,
			"the request to a pool of which no member announced profile 1", "no SYN",
			"%s", r->asked.syn_presence == IKE_SYN_ABSENT ? "none" : "SYN");
}

static void k08(struct probe *p, struct evidence *e)
{
	static const struct roaming_login silent = { .silent = true };

	stage_roaming_with(p, e, NULL, announced);
	stage_roaming_with(p, e, &silent, nobody_announced);
}

const struct probe_case case_k08 = {
	.id = "K08",
	.title = "The client announces profile 1, and sends SYN only where that was announced",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rule 6",
	.required = "A client of profile 1 sends its Vendor ID in IKE_SA_INIT, and SYN only to "
		    "gateways of a pool of which a member has announced profile 1.",
	.causes =
	    "the Vendor ID is sent at the login alone, or with SYN alone\nthe client does not "
	    "remember what its gateway announced",
	.asks = ASKS_CLIENT,
	.requires = REQUIRES_CLIENT,
	.clauses = "6.1 6.5",
	.needs = "K01",
	.run = k08,
};

static void untold(struct roaming *r)
{
	const struct chain_payload *p = syn_of(r);

	evidence_clause(r->e, "1.1", p, "the payload type of SYN", "[target] syn-payload-type",
			"%s", p ? "that" : "no payload of it");
	if (p)
		check_syn(r);
}

static void k09(struct probe *p, struct evidence *e)
{
	static const struct roaming_login how = { .untold = true };

	stage_roaming_with(p, e, &how, untold);
}

const struct probe_case case_k09 = {
	.id = "K09",
	.title = "Told no index, the client sends SPIr and the gateway's address, with C = 0",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = DRAFT "section 3.7; wire profile rules 1, 3, 4, 5",
	.required = "A client that was told no index names its old SA by the responder's SPI and "
		    "the destination address of its old IKE_SA_INIT; the C bit of SYN is 0.",
	.causes = "the client gives up where N(IKESYNC_INDEX) is missing\nC is set, as the draft's "
		  "\"direction\" may be read",
	.asks = ASKS_CLIENT,
	.requires = REQUIRES_CLIENT,
	.clauses = "1.1 2.3 3.1 4.7 5.5",
	.needs = "K01",
	.run = k09,
};
