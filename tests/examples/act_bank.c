/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bank's side of the examples: sealing, and every stub message. */
#include "scene.h"

#include <stdio.h>

#include "print.h"

#define AUTHORITY "bank.example:49500"

static const uint8_t inner_ip4[4] = { 10, 99, 0, 7 };

static struct stub stub_of(const struct scene *s, const struct ike_id *idr,
			   const struct ike_keys *k, uint64_t spi_i, uint64_t spi_r)
{
	return (
	    struct stub){ .encr = s->suite.encr,
			  .encr_key_bits = s->suite.encr_key_bits,
			  .prf = s->suite.prf,
			  .integ = s->suite.integ,
			  .dh = s->suite.dh,
			  .idi = s->idi,
			  .idr = *idr,
			  .spi_i = spi_i,
			  .spi_r = spi_r,
			  .sk_d = secret_peek(&k->sk_d),
			  .role = STUB_ROLE_RESPONDER,
			  .auth_method_i = AUTH_SHARED_KEY_MIC,
			  .auth_method_r = AUTH_SHARED_KEY_MIC,
			  .has_inner_ip4 = true,
			  .inner_ip4 = { inner_ip4[0], inner_ip4[1], inner_ip4[2], inner_ip4[3] },
			  .expiry = NOW + LIFETIME,
			  .authority = span_text(AUTHORITY),
			  .peer_features = STUB_PEER_PROFILE_1 };
}

/* HKDF spelled out: extraction, then the expansion that equals prf+. */
static void print_okm(const char *prefix, const struct scene *s, struct span salt)
{
	struct span ikm = SPAN_OF(s->pool.keys[0].key), info = span_text("ikesync profile 1 seal");
	uint8_t prk[32], okm[44];
	char name[64];

	must(prf(PRF_HMAC_SHA2_256, salt, &ikm, 1, prk));
	must(prf_plus(PRF_HMAC_SHA2_256, SPAN_OF(prk), &info, 1, okm, sizeof(okm)));
	snprintf(name, sizeof(name), "%s.okm", prefix);
	print_octets(name, SPAN_OF(okm));
}

/* Seal `stub`, print every step under `prefix`, and leave the container's body. */
static size_t seal(struct scene *s, const char *prefix, const struct index *ix,
		   const struct stub *stub, uint32_t lifetime, uint8_t *container)
{
	uint8_t plain[MESSAGE_MAX], body[MESSAGE_MAX], index_body[INDEX_BODY_MAX];
	struct wcursor p = wcursor_init(plain, sizeof(plain)), b = wcursor_init(body, sizeof(body));
	struct wcursor i = wcursor_init(index_body, sizeof(index_body));
	struct wcursor c = wcursor_init(container, MESSAGE_MAX);
	char name[64];

	stub_write_plaintext(&p, stub);
	index_write(&i, ix);
	must(seal_stub(&s->pool, &s->rng, ix, stub, &b));
	print_begin();
	snprintf(name, sizeof(name), "%s.plaintext", prefix);
	print_headed_chain(name, span_of(plain, wcursor_size(&p)));
	snprintf(name, sizeof(name), "%s.index", prefix);
	print_octets(name, span_of(index_body, wcursor_size(&i)));
	snprintf(name, sizeof(name), "%s.salt", prefix);
	print_octets(name, span_of(&body[5], STUB_SEALED_SALT));
	print_okm(prefix, s, span_of(&body[5], STUB_SEALED_SALT));
	snprintf(name, sizeof(name), "%s.sealed", prefix);
	print_octets(name, span_of(body, wcursor_size(&b)));
	print_end();
	stub_container_write_sealed(&c, ix, lifetime, span_of(body, wcursor_size(&b)));
	if (!s->sealed.n) {
		must_be(wcursor_size(&b) <= sizeof(s->sealed.p));
		memcpy(s->sealed.p, body, wcursor_size(&b));
		s->sealed.n = wcursor_size(&b);
	}
	must(c.err);
	return wcursor_size(&c);
}

/* A stub message under construction, its name and its buffer. */
struct draft {
	const char *name;
	struct stub_writer w;
	uint8_t p[8192];
};

static struct draft *begin(const char *name, uint8_t type, uint32_t transaction)
{
	static struct draft d;

	d.name = name;
	stub_writer_init(&d.w, d.p, sizeof(d.p), type, transaction);
	return &d;
}

static void add_status(struct draft *d, uint8_t code, uint16_t item, uint8_t flags,
		       const char *text)
{
	stub_writer_status(&d->w, &(struct stub_status){ code, flags, item, span_text(text) });
}

static void finish(struct draft *d)
{
	size_t n;

	must(stub_writer_finish(&d->w, &n));
	print_begin();
	print_stub_message(d->name, span_of(d->p, n));
	print_end();
}

/* A reply that says one thing about one item. */
static void reply(const char *name, uint8_t type, uint32_t transaction, uint8_t code, uint16_t item,
		  const char *text)
{
	struct draft *d = begin(name, type, transaction);

	add_status(d, code, item, 0, text);
	finish(d);
}

void act_stub(struct scene *s)
{
	struct draft *d;

	print_heading("E2. Gateway A's stub: sealed, and stored");
	print_text("The pool's key has ID 1. The plaintext of payload 208, then what HKDF and "
		   "AES-256-GCM make of it:");
	print_begin();
	print_octets("pool.key", SPAN_OF(s->pool.keys[0].key));
	print_end();
	s->stub = stub_of(s, &s->idr_a, &s->old, s->old_spi_i, s->old_spi_r);
	s->container_n = seal(s, "stub", &s->old_index, &s->stub, LIFETIME, s->container);
	print_text("init, and the reply that says it is on stable storage:");
	d = begin("stub.init_request", STUB_INIT, 1);
	stub_writer_stub(&d->w, span_of(s->container, s->container_n));
	finish(d);
	reply("stub.init_reply", STUB_INIT, 1, STUB_OK, 0, "");
}

void act_move(struct scene *s)
{
	struct draft *d;

	print_heading("E4. What gateway B asks of the bank during E3");
	d = begin("get.request", STUB_GET, 2);
	stub_writer_index(&d->w, &s->old_index);
	finish(d);
	print_text("The stub comes back octet for octet, the lifetime with what is left of it (12 "
		   "s have passed):");
	{
		struct wcursor c = wcursor_init(s->container, s->container_n);

		/* 205 is the container's second payload: head 4, index 4 + 12, header 4. */
		must_be(wcursor_reserve(&c, s->container_n) != NULL);
		wcursor_patch(&c, 24, 4, LIFETIME - 12);
	}
	d = begin("get.reply", STUB_DOWNLOAD, 2);
	add_status(d, STUB_OK, 0, 0, "");
	stub_writer_stub(&d->w, span_of(s->container, s->container_n));
	finish(d);
	print_text("A get of an index that the bank does not have:");
	reply("get.miss_reply", STUB_DOWNLOAD, 2, STUB_NOT_FOUND, 0, "");
	print_text(
	    "The stub of the resumed SA. Its expiry and what is left of it are the old ones (rule "
	    "40); IDr is B's; one move to another address, one resumption since the last KE:");
	s->stub = stub_of(s, &s->idr_b, &s->resumed, s->new_spi_i, s->new_spi_r);
	s->stub.has_moves = true;
	s->stub.moves = (struct stub_moves){ NOW + 12, NOW + 12, 1 };
	s->stub.resumptions = 1;
	s->moved_container_n =
	    seal(s, "moved", &s->new_index, &s->stub, LIFETIME - 12, s->moved_container);
	print_text("The move: an update to another address. The first one wins:");
	d = begin("move.request", STUB_UPDATE, 3);
	stub_writer_index(&d->w, &s->old_index);
	stub_writer_stub(&d->w, span_of(s->moved_container, s->moved_container_n));
	finish(d);
	reply("move.reply", STUB_UPDATE, 3, STUB_OK, 0, "");
	print_text("The answer to whoever comes second:");
	reply("move.conflict_reply", STUB_UPDATE, 4, STUB_CONFLICT, 0, "moved");
}

static void owner_and_delete(struct scene *s)
{
	struct draft *d;

	print_text("B's update after the rekey of E5: same address, new index; the count of "
		   "resumptions is back at zero (attribute 10 absent), and with the new "
		   "Diffie-Hellman, 60 s after the old one, a new lifetime begins (rule 40):");
	s->stub = stub_of(s, &s->idr_b, &s->rekeyed, s->rekey_spi_i, s->rekey_spi_r);
	s->stub.has_moves = true;
	s->stub.moves = (struct stub_moves){ NOW + 12, NOW + 12, 1 };
	s->stub.expiry = NOW + 60 + LIFETIME;
	s->rekeyed_container_n =
	    seal(s, "rekeyed", &s->rekey_index, &s->stub, LIFETIME, s->rekeyed_container);
	d = begin("update.request", STUB_UPDATE, 5);
	stub_writer_index(&d->w, &s->new_index);
	stub_writer_stub(&d->w, span_of(s->rekeyed_container, s->rekeyed_container_n));
	finish(d);
	reply("update.reply", STUB_UPDATE, 5, STUB_OK, 0, "");
	print_text("delete after the client's Delete, here in a bundle with an index that the bank "
		   "never had:");
	d = begin("delete.request", STUB_DELETE, 6);
	stub_writer_index(&d->w, &s->rekey_index);
	stub_writer_index(&d->w, &(struct index){ 0x1122334455667788, s->b });
	finish(d);
	d = begin("delete.reply", STUB_DELETE, 6);
	add_status(d, STUB_OK, 0, 0, "");
	add_status(d, STUB_NOT_FOUND, 1, 0, "");
	finish(d);
}

static void prefetch(struct scene *s)
{
	struct draft *d;
	struct index all = { 0, s->a };

	print_text("Prefetch of all that A had: SPI 0, and on a second request where to go on:");
	d = begin("prefetch.request", STUB_GET, 7);
	stub_writer_index(&d->w, &all);
	finish(d);
	d = begin("prefetch.resumed_request", STUB_GET, 8);
	stub_writer_index(&d->w, &all);
	stub_writer_index(&d->w, &s->old_index);
	finish(d);
	print_text("The reply of transaction 7 has two messages: MORE, and the end:");
	d = begin("prefetch.reply_1", STUB_DOWNLOAD, 7);
	add_status(d, STUB_OK, STUB_ITEM_ALL, STUB_STATUS_MORE, "");
	stub_writer_stub(&d->w, span_of(s->container, s->container_n));
	finish(d);
	reply("prefetch.reply_2", STUB_DOWNLOAD, 7, STUB_OK, STUB_ITEM_ALL, "");
}

static void pushes(struct scene *s)
{
	struct draft *d;

	print_text("Pushes of the TLS server: a stub, and the notice to A, had it lived, that its "
		   "SA has moved; each with "
		   "its acknowledgement:");
	d = begin("push.request", STUB_DOWNLOAD, STUB_TRANSACTION_PUSH | 1);
	stub_writer_stub(&d->w, span_of(s->container, s->container_n));
	finish(d);
	reply("push.ack", STUB_DOWNLOAD, STUB_TRANSACTION_PUSH | 1, STUB_OK, 0, "");
	d = begin("notice.request", STUB_DELETE, STUB_TRANSACTION_PUSH | 2);
	stub_writer_index(&d->w, &s->old_index);
	finish(d);
	reply("notice.ack", STUB_DELETE, STUB_TRANSACTION_PUSH | 2, STUB_OK, 0, "");
}

static void errors_and_clear(struct scene *s)
{
	uint8_t body[MESSAGE_MAX];
	struct wcursor c = wcursor_init(body, sizeof(body));
	struct stub clear = stub_of(s, &s->idr_a, &s->old, s->old_spi_i, s->old_spi_r);
	struct index six = { 0x0102030405060708, { 0 } };
	struct draft *d;

	print_text("A request that breaks a length, one of a type that nobody knows, and a bad "
		   "container in a bundle of "
		   "two:");
	reply("error.structural", STUB_INIT, 9, STUB_MALFORMED, STUB_ITEM_ALL,
	      "payload length: below 4");
	reply("error.type", 6, 10, STUB_UNSUPPORTED, STUB_ITEM_ALL, "type 6");
	d = begin("error.item", STUB_INIT, 11);
	add_status(d, STUB_OK, 0, 0, "");
	add_status(d, STUB_MALFORMED, 1, 0, "container: lifetime is not second");
	finish(d);
	print_text("An unsealed stub in an init (off by default, rule 35): the chain of the "
		   "plaintext, behind 200 and 205:");
	stub_write_container(&c, &s->old_index, LIFETIME, &clear);
	must(c.err);
	d = begin("clear.init_request", STUB_INIT, 12);
	stub_writer_stub(&d->w, span_of(body, wcursor_size(&c)));
	finish(d);
	print_text("An index with an IPv6 address:");
	must(address_from_text("2001:db8::2", &six.address));
	d = begin("ipv6.get_request", STUB_GET, 13);
	stub_writer_index(&d->w, &six);
	finish(d);
}

void act_bank(struct scene *s)
{
	print_heading("E6. The other stub messages");
	owner_and_delete(s);
	prefetch(s);
	pushes(s);
	errors_and_clear(s);
}
