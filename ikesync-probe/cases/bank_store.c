/* SPDX-License-Identifier: GPL-2.0-or-later */
/* G01, G03-G06, G10, G21, G22: what a bank keeps under an index, and what changes it. */
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "gateway/stub_compare.h"

static void g01(struct desk *d)
{
	struct made_stub *m = desk_make(d, desk_own(d));

	if (desk_put(d, m)) {
		struct bank_answer *a = bank_answer_to_get(d->owner, &m->index);
		const struct bank_item *it = bank_answer_item(a, 0);
		char *text = bank_answer_text(a, 0);

		if (evidence_clause(d->e, "30.1", it && it->code == STUB_OK && it->stub,
				    "get returns the stub", "ok and a stub", "%s%s", text,
				    it && it->stub ? " and a stub" : ", no stub"))
			stub_compare(d, m, it->stub);
		evidence_clause(d->e, "31.1", a->stubs->len == 1, "it is returned once", "one stub",
				"%u stubs", a->stubs->len);
		g_free(text);
		bank_answer_free(a);
		desk_expect_stub(d, "29.5", d->owner, &m->index, m, "a second get");
	}
}

const struct probe_case case_g01 = {
	.id = "G01",
	.title = "Init, then get returns every field of the stub unchanged",
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "sections 3.2 and 3.4",
	.clauses = "30.1 34.1 43.5 " STUB_COMPARE_CLAUSES " " REPLY_FORM_CLAUSES,
	.required = "The bank stores a stub as it came and returns IDi, IDr, SPIi, SPIr, SAr, "
		    "SK_d_old, the shared secret, the old gateway's address and the lifetime.",
	.causes = "the bank takes the stub apart and puts it together again\n"
		  "a length is computed wrongly on the way in or out\n"
		  "the bank's store refused to write (disk, permissions)\n"
		  "the certificate of [bank] certificate does not own [bank] owns",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g01,
};

/* An init again under another lifetime: ok, and the lifetime is the first one's. */
static void init_again(struct desk *d, const struct made_stub *m, uint32_t lifetime,
		       const char *what)
{
	GBytes *again = made_stub_container(m, lifetime);

	desk_expect_of(d, "30.3", bank_answer_to_init(d->owner, again), STUB_OK, what);
	g_bytes_unref(again);
	desk_expect_stub(d, "30.3", d->owner, &m->index, m, "the stub that is there stays");
}

static void g03(struct desk *d)
{
	struct made_stub *m = desk_make(d, desk_own(d)), *other, *shortened;

	if (!desk_put(d, m))
		return;
	init_again(d, m, m->lifetime, "init again with the very same octets");
	init_again(d, m, m->lifetime - 10, "init again with the same sealed octets, lifetime less");
	init_again(d, m, m->lifetime + 1000,
		   "init again with the same sealed octets, lifetime more");
	other = desk_make_at(d, &m->index);
	desk_expect_of(d, "30.3", bank_answer_to_init(d->owner, other->container), STUB_EXISTS,
		       "init of the same index with other octets");
	desk_expect_stub(d, "30.3", d->owner, &m->index, m,
			 "get afterwards returns the first stub");
	shortened =
	    desk_keep(d, made_stub_opaque(d->p, &m->index, 2 * g_bytes_get_size(m->sealed)));
	desk_expect_of(d, "30.3", bank_answer_to_init(d->owner, shortened->container), STUB_EXISTS,
		       "init of the same index with more octets");
	desk_expect_stub(d, "30.3", d->owner, &m->index, m,
			 "get afterwards returns the first stub");
}

const struct probe_case case_g03 = {
	.id = "G03",
	.title = "Init of an existing index: the same octets are ok, others exist already",
	.provenance = PROVENANCE_RULE,
	.source = RULE(30),
	.clauses = "30.3 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required = "A repeated init with the same sealed octets is ok, for a retry re-sends the "
		    "very same; with other octets it is refused with exists and changes nothing. "
		    "The lifetime is never renewed by it.",
	.causes = "init is an unconditional put\n"
		  "the lifetime is part of the comparison\n"
		  "the repeated init starts the lifetime anew",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g03,
};

static void g04(struct desk *d)
{
	struct made_stub *m = desk_make(d, desk_own(d)), *changed, *rekeyed;
	struct made_stub *bystander = desk_make(d, desk_own(d));
	GBytes *again;

	if (!desk_put(d, m) || !desk_put(d, bystander))
		return;
	changed = desk_keep(d, made_stub_with(d->p, &m->index, 300, 400));
	desk_expect_of(d, "30.4", desk_update(d->owner, &m->index, changed), STUB_OK,
		       "update in place by the owner");
	desk_expect_stub(d, "30.4", d->owner, &m->index, changed, "get returns the new content");
	changed = desk_make_at(d, &m->index);
	desk_expect_of(d, "30.4", desk_update(d->owner, &m->index, changed), STUB_OK,
		       "update in place with a longer lifetime");
	desk_expect_stub(d, "30.4", d->owner, &m->index, changed, "get returns the newest content");
	rekeyed = desk_make(d, desk_own(d));
	desk_expect_of(d, "30.4", desk_update(d->owner, &m->index, rekeyed), STUB_OK,
		       "update to a new SPI, as after an IKE rekey");
	desk_expect_stub(d, "30.4", d->owner, &rekeyed->index, rekeyed,
			 "get of the new index returns the stub");
	again = made_stub_container(rekeyed, rekeyed->lifetime - 1);
	desk_expect_of(d, "30.4", bank_answer_to_update(d->owner, &m->index, again), STUB_OK,
		       "the very same update repeated, as a queue replays it");
	g_bytes_unref(again);
	desk_expect_nothing(d, "30.8", d->owner, &m->index, "get of the index before the rekey");
	desk_expect_of(d, "30.8", bank_answer_to_init(d->owner, m->container), STUB_CONFLICT,
		       "init of the index before the rekey");
	changed = desk_make_at(d, &m->index);
	desk_expect_of(d, "30.8", desk_update(d->owner, &m->index, changed), STUB_CONFLICT,
		       "update in place of the index before the rekey");
	desk_expect_stub(d, "30.4", d->owner, &rekeyed->index, rekeyed, "the rekeyed stub stands");
	desk_expect_stub(d, "30.4", d->owner, &bystander->index, bystander,
			 "another stub is untouched");
}

const struct probe_case case_g04 = {
	.id = "G04",
	.title = "Update replaces the stub",
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.4",
	.clauses = "30.4 30.8 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required = "After an acknowledged update a get returns the new stub, and an index left "
		    "behind by an IKE rekey returns nothing.",
	.causes = "the update is acknowledged and dropped\n"
		  "a cache in front of the store is not invalidated\n"
		  "an update to a new SPI leaves the old record alive\n"
		  "the lifetime of the stub before goes on counting",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g04,
};

static void g05(struct desk *d)
{
	struct index never = made_stub_index(desk_own(d));
	struct made_stub *same = desk_make_at(d, &never), *other = desk_make(d, desk_own(d));

	desk_expect_of(d, "30.6", desk_update(d->owner, &never, same), STUB_NOT_FOUND,
		       "update in place of an index never stored, which creates nothing");
	desk_expect_of(d, "30.6", desk_update(d->owner, &never, other), STUB_NOT_FOUND,
		       "update of an index never stored to another SPI");
	desk_expect_nothing(d, "30.6", d->owner, &never, "get of that index afterwards");
	desk_expect_nothing(d, "30.6", d->owner, &other->index, "get of the new index afterwards");
	/* nothing was made: both are free */
	desk_put(d, same);
	desk_put(d, other);
	desk_expect_stub(d, "30.6", d->owner, &never, same, "that index is free for an init");
	desk_expect_stub(d, "30.6", d->owner, &other->index, other,
			 "the new index is free for an init");
}

const struct probe_case case_g05 = {
	.id = "G05",
	.title = "Update of an unknown index is not-found and creates nothing",
	.provenance = PROVENANCE_RULE,
	.source = RULE(30),
	.clauses = "30.6 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required = "update of an index never seen is not-found, and neither a stub nor a "
		    "tombstone comes of it.",
	.causes = "update is an unconditional put\n"
		  "the refused update leaves a tombstone",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g05,
};

static void wrong_spi(struct desk *d, const struct made_stub *m, uint64_t flip, const char *what)
{
	struct index wrong = m->index;

	wrong.spi ^= flip;
	desk_expect_nothing(d, "30.13", d->owner, &wrong, what);
}

/* Two stubs whose SPIs differ in `flip` alone are two. */
static void neighbours(struct desk *d, const struct made_stub *m, uint64_t flip, const char *what)
{
	struct index ix = { .spi = m->index.spi ^ flip, .address = m->index.address };
	struct made_stub *other = desk_make_at(d, &ix);

	if (!desk_put(d, other))
		return;
	desk_expect_stub(d, "30.13", d->owner, &ix, other, what);
	desk_expect_stub(d, "30.13", d->owner, &m->index, m, "the first one stands");
}

static void g06(struct desk *d)
{
	struct made_stub *m = desk_make(d, desk_own(d));
	struct index wrong;

	if (!desk_put(d, m))
		return;
	wrong = m->index;
	/* another gateway of the pool where there is one */
	if (desk_second(d)->family) {
		wrong.address = *desk_second(d);
		desk_expect_nothing(d, "30.13", d->owner, &wrong,
				    "get of the right SPI, another gateway's address");
	}
	wrong = m->index;
	wrong.address.octets[address_size(&wrong.address) - 1] ^= 1;
	desk_expect_nothing(d, "30.13", d->owner, &wrong,
			    "get of the right SPI, a neighbour's address");
	wrong = m->index;
	wrong.address.octets[0] ^= 2;
	desk_expect_nothing(d, "30.13", d->owner, &wrong,
			    "get of the right SPI, an address of another first octet");
	wrong = m->index;
	wrong.address = (struct address){ .family = 6 };
	memcpy(&wrong.address.octets, m->index.address.octets, 4);
	desk_expect_nothing(d, "30.13", d->owner, &wrong,
			    "get of the right SPI, an IPv6 address that begins with those octets");
	wrong_spi(d, m, 1, "get of the right address, SPI differs in the last bit");
	wrong_spi(d, m, UINT64_C(1) << 63,
		  "get of the right address, SPI differs in the first bit");
	wrong_spi(d, m, UINT64_C(1) << 32, "get of the right address, SPI differs in bit 32");
	wrong = made_stub_index(desk_own(d));
	desk_expect_nothing(d, "30.13", d->owner, &wrong,
			    "get of the right address, any other SPI");
	desk_expect_stub(d, "29.5", d->owner, &m->index, m, "get of the exact index");
	neighbours(d, m, UINT64_C(1) << 63, "a stub whose SPI differs in the first bit");
	neighbours(d, m, UINT64_C(1) << 32, "a stub whose SPI differs in bit 32");
	neighbours(d, m, 1, "a stub whose SPI differs in the last bit");
}

const struct probe_case case_g06 = {
	.id = "G06",
	.title = "A stub is found by SPI and address together, by neither alone",
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.4 item 3",
	.clauses = "30.13 29.5 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required = "Gateway address and SPI together index a stub: the right SPI with another "
		    "address, or the reverse, finds nothing.",
	.causes = "the store's key is the SPI alone\n"
		  "the SPI is cut to 32 bits\n"
		  "the address is compared as text, or without its family",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g06,
};

static void g10(struct desk *d)
{
	struct made_stub *m = desk_make(d, desk_own(d)), *bystander = desk_make(d, desk_own(d));
	struct index never = made_stub_index(desk_own(d));

	if (!desk_put(d, m) || !desk_put(d, bystander))
		return;
	desk_expect_of(d, "30.10", bank_answer_to_delete(d->owner, &m->index), STUB_OK,
		       "delete by the owner");
	desk_expect_nothing(d, "30.10", d->owner, &m->index, "get of the deleted stub");
	desk_expect_either(d, "30.10", bank_answer_to_delete(d->owner, &m->index), STUB_NOT_FOUND,
			   STUB_OK, "a second delete");
	desk_expect_either(d, "30.10", bank_answer_to_delete(d->owner, &never), STUB_NOT_FOUND,
			   STUB_OK, "delete of an index never stored");
	desk_expect_nothing(d, "30.10", d->owner, &m->index, "get after the second delete");
	desk_expect_of(d, "30.8", bank_answer_to_init(d->owner, m->container), STUB_CONFLICT,
		       "the deleted stub's init, replayed");
	desk_expect_stub(d, "30.10", d->owner, &bystander->index, bystander,
			 "another stub of the same gateway is untouched");
	m = desk_make_at(d, &never);
	desk_put(d, m);
	desk_expect_stub(d, "30.10", d->owner, &never, m,
			 "the index never stored, once deleted in vain, is free for an init");
}

const struct probe_case case_g10 = {
	.id = "G10",
	.title = "Delete works, and a second one is harmless",
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.4 item 5",
	.clauses = "30.10 30.8 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required = "A deleted stub is not returned any more. Deleting it again is no error that "
		    "costs the connection.",
	.causes = "the delete is acknowledged and dropped\n"
		  "a cache still answers\n"
		  "the second delete is treated as a protocol error\n"
		  "the delete of an unknown index leaves a tombstone",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g10,
};

static void g21(struct desk *d)
{
	struct made_stub *a = desk_make(d, desk_own(d)), *b;
	struct index there = { .spi = a->index.spi, .address = *desk_second(d) };

	b = desk_make_at(d, &there);
	if (!desk_put(d, a) || !desk_put_over(d, d->second, b))
		return;
	desk_expect_stub(d, "30.13", d->owner, &a->index, a, "the first gateway's stub");
	desk_expect_stub(d, "30.13", d->second, &b->index, b, "the second gateway's, same SPI");
	desk_expect_stub(d, "30.13", d->second, &a->index, a, "the first's, asked by the second");
	desk_expect_of(d, "30.10", bank_answer_to_delete(d->owner, &a->index), STUB_OK,
		       "delete of the first gateway's");
	desk_expect_nothing(d, "30.10", d->owner, &a->index, "get of it");
	desk_expect_stub(d, "30.13", d->owner, &b->index, b, "the second's stands");
}

const struct probe_case case_g21 = {
	.id = "G21",
	.title = "One SPI at two gateways is two stubs",
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.1",
	.clauses = "30.13 30.10 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required = "Gateways choose their SPIs on their own: the same SPI under two addresses is "
		    "two stubs, and what happens to one does not touch the other.",
	.causes = "the store's key is the SPI alone\n"
		  "the second init overwrites the first",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK | REQUIRES_BANK_SECOND,
	.run = stage_two_desks,
	.at_desk = g21,
};

/* Rights are those of the whole address. */
static void not_owned(struct desk *d, const struct address *own, unsigned octet, const char *what)
{
	struct address other = *own;
	struct made_stub *m;

	other.octets[octet] ^= 0x10;
	m = desk_make(d, &other);
	desk_expect_of(d, "34.1", desk_init(d->owner, m), STUB_NOT_AUTHORISED, what);
	desk_expect_nothing(d, "34.1", d->owner, &m->index, "nothing came of it");
}

/* What belongs to the pool is that of IPv6 as well. */
static void retired_ip6(struct desk *d, const struct address *ip6)
{
	struct made_stub *m = desk_make(d, ip6);
	struct bank_connection *b;

	if (!d->p->target->bank.second_certificate || !d->p->target->bank.second_key)
		return;
	b = desk_put(d, m) ? desk_dial(d, BANK_SECOND) : NULL;
	if (!b)
		return;
	desk_expect_stub(d, "34.2", b, &m->index, m, "the stub under IPv6, asked for by its pool");
	desk_expect_of(d, "51.2", bank_answer_to_delete(b, &m->index), STUB_OK,
		       "delete of it by its pool (retirement)");
	desk_expect_of(d, "30.8", bank_answer_to_init(d->owner, m->container), STUB_CONFLICT,
		       "its init, replayed");
	desk_hang_up(d, b);
}

static void g22(struct desk *d)
{
	const struct address *ip6 = &d->p->target->bank.owns_ip6;
	struct made_stub *four = desk_make(d, desk_own(d)), *six, *moved;
	struct index there = { .spi = four->index.spi, .address = *ip6 };

	six = desk_make_at(d, &there);
	if (!desk_put(d, four) || !desk_put(d, six))
		return;
	desk_expect_stub(d, "30.13", d->owner, &four->index, four, "the stub under IPv4");
	desk_expect_stub(d, "30.13", d->owner, &six->index, six,
			 "the stub of the same SPI under IPv6");
	there.address.octets[15] ^= 1;
	desk_expect_nothing(d, "30.13", d->owner, &there, "get of a neighbour's IPv6 address");
	there.address = *ip6;
	there.address.octets[4] ^= 0x80;
	desk_expect_nothing(d, "30.13", d->owner, &there,
			    "get of an IPv6 address that differs in the middle");
	not_owned(d, ip6, 15, "init at an IPv6 address whose last octet is another's");
	not_owned(d, ip6, 8, "init at an IPv6 address that differs in the middle");
	not_owned(d, desk_own(d), 0, "init at an IPv4 address whose first octet is another's");
	not_owned(d, desk_own(d), 3, "init at an IPv4 address whose last octet is another's");
	desk_expect_of(d, "30.10", bank_answer_to_delete(d->owner, &four->index), STUB_OK,
		       "delete of the one under IPv4");
	desk_expect_stub(d, "30.13", d->owner, &six->index, six, "the one under IPv6 stands");
	retired_ip6(d, ip6);
	moved = desk_make(d, desk_own(d));
	desk_expect_of(d, "30.5", desk_update(d->owner, &six->index, moved), STUB_OK,
		       "move from the IPv6 to the IPv4 address");
	desk_expect_stub(d, "30.5", d->owner, &moved->index, moved, "the moved stub");
	desk_expect_nothing(d, "30.8", d->owner, &six->index, "the index that it left");
}

const struct probe_case case_g22 = {
	.id = "G22",
	.title = "IPv4 and IPv6 indexes live side by side",
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "sections 3.2 and 3.4",
	.clauses = "34.2 51.2 30.13 30.10 30.5 30.8 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required =
	    "An index has an IPv4 or an IPv6 address: both are kept, found and moved alike, "
	    "and the same SPI under both is two stubs.",
	.causes = "addresses are kept in four octets\n"
		  "IPv6 indexes (24 octets) are refused\n"
		  "[bank] owns-ipv6 is not in the certificate",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK | REQUIRES_BANK_IPV6,
	.run = stage_desk,
	.at_desk = g22,
};
