/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads what it was given, writes it again, and compares. */
#include "reparse.h"

#include <stdio.h>
#include <stdlib.h>

#define BUFFER_SIZE (IKE_MESSAGE_MAX + 1024)

/* Not assert(): it must hold in every build. */
#define MUST(condition)                                                                     \
	do {                                                                                \
		if (!(condition)) {                                                         \
			fprintf(stderr, "%s:%d: property broken: %s\n", __FILE__, __LINE__, \
				#condition);                                                \
			abort();                                                            \
		}                                                                           \
	} while (0)

static void must_explain(enum err err, const struct fault *f)
{
	MUST((err == ERR_OK) == (f->err == ERR_OK));
	if (err == ERR_OK)
		return;
	MUST(f->err == err);
	MUST(f->field && f->field[0] != '\0');
	MUST(f->offset <= BUFFER_SIZE);
	MUST(strcmp(err_text(err), "unknown error") != 0);
}

/*
 * Parse `p` and write what was understood; false in *writable: no writer takes this value. One for each payload that is read
 * into a structure of its own, and with one field alone.
 */
typedef enum err rewrite_fn(const struct chain_payload *p, struct chain_writer *w, bool *writable,
			    struct fault *f);

#define REWRITE(name, type)                                                         \
	static enum err name(const struct chain_payload *p, struct chain_writer *w, \
			     bool *writable, struct fault *f)                       \
	{                                                                           \
		struct type x;                                                      \
		enum err err = type##_parse(p, &x, f);                              \
                                                                                    \
		if (err == ERR_OK && *writable)                                     \
			type##_write(w, &x);                                        \
		return err;                                                         \
	}

REWRITE(sa, ike_sa)
REWRITE(auth, ike_auth)
REWRITE(notify_alone, ike_notify)

static void redirect(struct span data)
{
	uint8_t octets[sizeof(struct ike_redirect)];
	struct wcursor c = wcursor_init(octets, sizeof(octets));
	char text[IKE_REDIRECT_TEXT_MAX];
	struct ike_redirect r;

	if (ike_redirect_parse(data, &r, NULL) != ERR_OK)
		return;
	ike_redirect_write(&c, &r);
	MUST(c.err == ERR_OK && wcursor_size(&c) <= data.n &&
	     memcmp(octets, data.p, wcursor_size(&c)) == 0);
	MUST(strlen(ike_redirect_text(&r, text)) > 0);
}

static enum err notify(const struct chain_payload *p, struct chain_writer *w, bool *writable,
		       struct fault *f)
{
	struct ike_notify n;

	if (ike_notify_parse(p, &n, NULL) == ERR_OK &&
	    (n.type == NOTIFY_REDIRECT || n.type == NOTIFY_REDIRECTED_FROM))
		redirect(n.data);
	return notify_alone(p, w, writable, f);
}
REWRITE(delete, ike_delete)
REWRITE(cp, ike_cp)
REWRITE(eap, ike_eap)

static enum err ke(const struct chain_payload *p, struct chain_writer *w, bool *writable,
		   struct fault *f)
{
	struct ike_ke x;
	enum err err = ike_ke_parse(p, &x, f);

	if (err == ERR_OK && *writable)
		ike_ke_write(w, x.group, x.data);
	return err;
}

static enum err id(const struct chain_payload *p, struct chain_writer *w, bool *writable,
		   struct fault *f)
{
	struct ike_id x;
	char text[64];
	enum err err = ike_id_parse(p, &x, f);

	if (err != ERR_OK || !*writable)
		return err;
	MUST(strlen(ike_id_text(&x, text, sizeof(text))) < sizeof(text));
	MUST(ike_id_equal(&x, &x));
	ike_id_write(w, p->type, &x);
	return err;
}

static enum err cert(const struct chain_payload *p, struct chain_writer *w, bool *writable,
		     struct fault *f)
{
	struct ike_cert x;
	enum err err = ike_cert_parse(p, &x, f);

	if (err == ERR_OK && *writable)
		ike_cert_write(w, p->type, &x);
	return err;
}

static enum err nonce(const struct chain_payload *p, struct chain_writer *w, bool *writable,
		      struct fault *f)
{
	struct span x;
	enum err err = ike_nonce_parse(p, &x, f);

	MUST((err == ERR_OK) == (p->body.n >= 16 && p->body.n <= 256));
	if (err == ERR_OK && *writable)
		ike_nonce_write(w, x);
	return err;
}

static enum err selectors(const struct chain_payload *p, struct chain_writer *w, bool *writable,
			  struct fault *f)
{
	struct ike_ts_list list;
	enum err err = ike_ts_parse(p, &list, f);

	for (unsigned i = 0; err == ERR_OK && i < list.n; i++)
		*writable &= list.at[i].type == IKE_TS_IPV4_ADDR_RANGE ||
			     list.at[i].type == IKE_TS_IPV6_ADDR_RANGE;
	if (err == ERR_OK && *writable)
		ike_ts_write(w, p->type, &list);
	return err;
}

/* Pieces are not written by themselves. */
static enum err skf(const struct chain_payload *p, struct chain_writer *w, bool *writable,
		    struct fault *f)
{
	struct ike_skf x;
	enum err err = ike_skf_parse(p, &x, f);

	MUST(w != NULL);
	MUST(err != ERR_OK || (x.number >= 1 && x.number <= x.total));
	*writable = false;
	return err;
}

static enum err syn(const struct chain_payload *p, struct chain_writer *w, bool *writable,
		    struct fault *f)
{
	struct index ix;
	enum err err = index_parse(p->body, false, p->offset + CHAIN_PAYLOAD_HEADER_SIZE, &ix, f);

	MUST(err != ERR_OK || (ix.spi != 0 && address_is_unicast(&ix.address)));
	if (err == ERR_OK && *writable)
		ike_syn_write(w, p->type, &ix);
	return err;
}

static enum err rewrite(const struct chain_payload *p, struct chain_writer *w, bool *writable)
{
	static const struct {
		uint8_t type;
		rewrite_fn *rewrite;
	} all[] = {
		{ PAYLOAD_SA, sa },         { PAYLOAD_KE, ke },
		{ PAYLOAD_IDI, id },        { PAYLOAD_IDR, id },
		{ PAYLOAD_CERT, cert },     { PAYLOAD_CERTREQ, cert },
		{ PAYLOAD_AUTH, auth },     { PAYLOAD_NONCE, nonce },
		{ PAYLOAD_NOTIFY, notify }, { PAYLOAD_DELETE, delete },
		{ PAYLOAD_TSI, selectors }, { PAYLOAD_TSR, selectors },
		{ PAYLOAD_CP, cp },         { PAYLOAD_EAP, eap },
		{ PAYLOAD_SKF, skf },       { IKE_SA_SYN_TYPE_DEFAULT, syn },
	};
	struct fault f = { .err = ERR_OK };
	enum err err = ERR_OK;
	bool known = false;

	*writable = true;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && !known; i++) {
		known = all[i].type == p->type;
		if (known)
			err = all[i].rewrite(p, w, writable, &f);
	}
	if (!known) {
		(void)ike_vendor_is_profile_1(p);
		chain_writer_payload(w, p->type, p->flags, p->body);
	}
	must_explain(err, &f);
	MUST(err == ERR_OK || f.offset <= p->offset + CHAIN_PAYLOAD_HEADER_SIZE + p->body.n);
	return err;
}

/* The payload in `written`, after the octet that names the first type. */
static struct chain parse_written(const struct wcursor *c)
{
	struct span all = wcursor_written(c, 0);
	struct rcursor r = rcursor_init(all, NULL);
	uint8_t first = rcursor_u8(&r, "first");
	struct chain chain;

	MUST(chain_parse(rcursor_rest(&r), first, NULL, &chain, NULL) == ERR_OK);
	MUST(chain.n == 1);
	return chain;
}

enum err reparse_payload(const struct chain_payload *p)
{
	static uint8_t first[BUFFER_SIZE], second[BUFFER_SIZE];
	struct wcursor a = wcursor_init(first, sizeof(first));
	struct wcursor b = wcursor_init(second, sizeof(second));
	struct chain_writer w;
	struct chain chain;
	bool writable;
	enum err err;

	wcursor_u8(&a, 0);
	wcursor_u8(&b, 0);
	chain_writer_init(&w, &a, 0);
	err = rewrite(p, &w, &writable);
	if (err != ERR_OK || !writable)
		return err;
	MUST(a.err == ERR_OK);
	chain = parse_written(&a);
	MUST(chain.at[0].type == p->type);
	/* No writer makes more octets than the reader took. */
	MUST(chain.at[0].body.n <= p->body.n);
	chain_writer_init(&w, &b, 0);
	MUST(rewrite(&chain.at[0], &w, &writable) == ERR_OK);
	MUST(b.err == ERR_OK);
	MUST(span_equal(wcursor_written(&a, 0), wcursor_written(&b, 0)));
	return ERR_OK;
}

static void check_syn(const struct chain *chain)
{
	struct fault f = { .err = ERR_OK };
	struct index ix;

	switch (ike_syn_find(chain, IKE_SA_SYN_TYPE_DEFAULT, &ix, &f)) {
	case IKE_SYN_ABSENT:
		MUST(chain_count(chain, IKE_SA_SYN_TYPE_DEFAULT) == 0);
		break;
	case IKE_SYN_MALFORMED:
		MUST(chain_count(chain, IKE_SA_SYN_TYPE_DEFAULT) >= 1);
		MUST(f.err != ERR_OK && strncmp(f.field, "IKE_SA_SYN: ", 12) == 0);
		break;
	case IKE_SYN_PRESENT:
		MUST(chain_count(chain, IKE_SA_SYN_TYPE_DEFAULT) == 1);
		MUST(ix.spi != 0 && address_is_unicast(&ix.address));
		break;
	}
}

static void rewrite_message(struct span message, const struct ike_header *h,
			    const struct chain *chain)
{
	static uint8_t buf[BUFFER_SIZE];
	struct wcursor c = wcursor_init(buf, sizeof(buf));
	struct chain_writer w;

	chain_writer_message(&w, &c, h);
	for (unsigned i = 0; i < chain->n; i++)
		chain_writer_payload(&w, chain->at[i].type, chain->at[i].flags, chain->at[i].body);
	if (chain->n)
		wcursor_patch(&c, w.next_at, 1, chain->at[chain->n - 1].next);
	MUST(chain_writer_finish(&w) == ERR_OK);
	MUST(span_equal(message, wcursor_written(&c, 0)));
}

enum err reparse_message(struct span message)
{
	struct fault f = { .err = ERR_OK };
	struct ike_header h;
	struct ike_notify n;
	struct chain chain;
	uint8_t unknown;
	enum err err = chain_parse_message(message, &h, &chain, &f), lenient;

	must_explain(err, &f);
	for (unsigned i = 0; i < chain.n; i++)
		(void)reparse_payload(&chain.at[i]);
	if (err == ERR_OK && message.n <= IKE_MESSAGE_MAX)
		rewrite_message(message, &h, &chain);
	if (chain_check_critical(&chain, IKE_SA_SYN_TYPE_DEFAULT, &unknown) != ERR_OK)
		MUST(chain_find(&chain, unknown) != NULL);
	(void)ike_notify_find(&chain, NOTIFY_COOKIE, &n);
	(void)ike_vendor_find_profile_1(&chain);
	check_syn(&chain);
	lenient = ike_syn_parse_message(message, IKE_SA_SYN_TYPE_DEFAULT, &h, &chain, &f);
	MUST(err != ERR_OK || lenient == ERR_OK);
	if (lenient == ERR_OK) {
		check_syn(&chain);
		MUST(err == ERR_OK ||
		     ike_syn_find(&chain, IKE_SA_SYN_TYPE_DEFAULT, &(struct index){ .spi = 0 },
				  NULL) == IKE_SYN_MALFORMED);
	}
	return err;
}

static void rewrite_plaintext(const struct stub *s, struct wcursor *c)
{
	stub_write_plaintext(c, s);
	MUST(c->err == ERR_OK);
}

/* Writing a stub and reading it again must give the same stub, thus the same octets. */
static void rewrite_stub(const struct stub *s)
{
	static uint8_t first[BUFFER_SIZE], second[BUFFER_SIZE], container[BUFFER_SIZE];
	struct wcursor a = wcursor_init(first, sizeof(first));
	struct wcursor b = wcursor_init(second, sizeof(second));
	struct wcursor c = wcursor_init(container, sizeof(container));
	struct index ix = { .spi = 1, .address = { .family = 4, .octets = { 192, 0, 2, 1 } } };
	struct stub_container parsed;
	struct stub again;

	rewrite_plaintext(s, &a);
	MUST(stub_parse_plaintext(wcursor_written(&a, 0), &again, NULL) == ERR_OK);
	rewrite_plaintext(&again, &b);
	MUST(span_equal(wcursor_written(&a, 0), wcursor_written(&b, 0)));

	stub_write_container(&c, &ix, 7, s);
	MUST(c.err == ERR_OK);
	MUST(stub_container_parse(&(struct chain_payload){ .body = wcursor_written(&c, 0) },
				  &parsed, NULL) == ERR_OK);
	MUST(!parsed.is_sealed && parsed.lifetime == 7 && index_equal(&parsed.index, &ix));
	MUST(stub_parse(parsed.first, parsed.chain, NULL, &again, NULL) == ERR_OK);
	b = wcursor_init(second, sizeof(second));
	rewrite_plaintext(&again, &b);
	MUST(span_equal(wcursor_written(&a, 0), wcursor_written(&b, 0)));
}

enum err reparse_plaintext(struct span plaintext)
{
	struct fault f = { .err = ERR_OK };
	struct stub s;
	enum err err = stub_parse_plaintext(plaintext, &s, &f);

	must_explain(err, &f);
	if (err == ERR_OK)
		rewrite_stub(&s);
	return err;
}

static void rewrite_sealed(const struct stub_container *c)
{
	static uint8_t buf[BUFFER_SIZE];
	struct wcursor w = wcursor_init(buf, sizeof(buf));
	struct stub_container again;

	stub_container_write_sealed(&w, &c->index, c->lifetime, c->sealed.body);
	MUST(w.err == ERR_OK);
	MUST(stub_container_parse(&(struct chain_payload){ .body = wcursor_written(&w, 0) }, &again,
				  NULL) == ERR_OK);
	MUST(again.is_sealed && again.lifetime == c->lifetime);
	MUST(index_equal(&again.index, &c->index));
	MUST(span_equal(again.sealed.body, c->sealed.body));
	MUST(span_equal(again.sealed.ciphertext, c->sealed.ciphertext));
	MUST(c->sealed.clear.n == STUB_SEALED_CLEAR && c->sealed.salt.n == STUB_SEALED_SALT);
	MUST(c->sealed.clear.n + c->sealed.ciphertext.n + c->sealed.tag.n == c->sealed.body.n);
}

static enum err container(const struct chain_payload *p)
{
	struct fault f = { .err = ERR_OK };
	struct stub_container c;
	struct stub s;
	enum err err = stub_container_parse(p, &c, &f);

	must_explain(err, &f);
	if (err != ERR_OK)
		return err;
	MUST(c.lifetime_offset + 4 <= c.body.n);
	MUST(stub_container_same(&c, &c));
	if (c.is_sealed)
		rewrite_sealed(&c);
	else if (stub_parse(c.first, c.chain, c.body.p, &s, &f) == ERR_OK)
		rewrite_stub(&s);
	return ERR_OK;
}

enum err reparse_container(struct span body)
{
	return container(&(struct chain_payload){ .type = STUB_PAYLOAD_STUB, .body = body });
}

/* The same payloads, written again, are the same octets. */
static void rewrite_stub_message(struct span message, const struct stub_message *m)
{
	static uint8_t buf[BUFFER_SIZE];
	struct wcursor c = wcursor_init(buf, sizeof(buf));
	struct rcursor r = rcursor_init(message, NULL);
	struct chain_writer w;
	struct chain_iter it;
	struct chain_payload p;

	wcursor_u32(&c, (uint32_t)m->header.type << 16 | m->header.length);
	(void)rcursor_bytes(&r, STUB_HEADER_SIZE, "header");
	chain_writer_init(&w, &c, 0);
	chain_iter_init(&it, rcursor_rest(&r), m->header.next_payload, NULL);
	while (chain_iter_next(&it, &p))
		chain_writer_payload(&w, p.type, p.flags, p.body);
	MUST(chain_iter_finish(&it, NULL) == ERR_OK && c.err == ERR_OK);
	MUST(span_equal(message, wcursor_written(&c, 0)));
}

static bool write_item(struct stub_writer *w, const struct stub_item *item)
{
	struct index ix;

	if (item->has_index) {
		if (index_parse(item->index.body, true, 0, &ix, NULL) != ERR_OK)
			return false;
		stub_writer_index(w, &ix);
	}
	if (item->has_status)
		stub_writer_status(w, &item->status);
	if (item->has_stub)
		stub_writer_stub(w, item->stub.body);
	return true;
}

/* Are these the same items? Offsets may differ: what stood between them is gone. */
static void compare_items(const struct stub_message *a, const struct stub_message *b)
{
	struct stub_items it_a, it_b;
	struct stub_item x, y;
	struct fault f;

	stub_items_init(&it_a, a);
	stub_items_init(&it_b, b);
	while (stub_items_next(&it_a, &x, &f)) {
		MUST(stub_items_next(&it_b, &y, &f));
		MUST(x.has_index == y.has_index && x.has_stub == y.has_stub);
		MUST(x.has_status == y.has_status);
		MUST(!x.has_index || span_equal(x.index.body, y.index.body));
		MUST(!x.has_stub || span_equal(x.stub.body, y.stub.body));
		MUST(!x.has_status ||
		     (x.status.code == y.status.code && x.status.flags == y.status.flags &&
		      x.status.item == y.status.item && span_equal(x.status.text, y.status.text)));
	}
	MUST(!stub_items_next(&it_b, &y, &f));
}

enum err reparse_stub_message(struct span message)
{
	static uint8_t buf[BUFFER_SIZE];
	struct fault f = { .err = ERR_OK };
	struct stub_message m, again;
	struct stub_items it;
	struct stub_item item;
	struct stub_writer w;
	bool writable = true;
	size_t n, length;
	enum err err = stub_message_parse(message, &m, &f);

	must_explain(err, &f);
	MUST(stub_message_length(message, &length) == ERR_OK || err == ERR_LENGTH);
	MUST(err != ERR_OK || length == message.n);
	if (err != ERR_OK)
		return err;
	rewrite_stub_message(message, &m);
	stub_writer_init(&w, buf, sizeof(buf), m.header.type, m.transaction);
	stub_items_init(&it, &m);
	while (stub_items_next(&it, &item, &f)) {
		MUST(item.has_index || item.has_status || item.has_stub);
		if (item.has_stub)
			(void)container(&item.stub);
		writable = writable && write_item(&w, &item);
	}
	if (f.err != ERR_OK || !writable)
		return ERR_OK;
	MUST(stub_writer_finish(&w, &n) == ERR_OK && n <= message.n);
	MUST(stub_message_parse(span_of(buf, n), &again, NULL) == ERR_OK);
	MUST(again.transaction == m.transaction && again.header.type == m.header.type);
	compare_items(&m, &again);
	return ERR_OK;
}

void reparse_text(const char *text)
{
	char out[4 * IKE_ID_MAX + 1], address_out[ADDRESS_TEXT_MAX], index_out[INDEX_TEXT_MAX];
	uint8_t buf[IKE_ID_MAX];
	struct address a, b;
	struct ike_id id;

	if (address_from_text(text, &a) == ERR_OK) {
		MUST(address_from_text(address_text(&a, address_out), &b) == ERR_OK);
		MUST(address_equal(&a, &b));
		MUST(strlen(index_text(&(struct index){ 1, a }, index_out)) < INDEX_TEXT_MAX);
	}
	if (ike_id_from_text(text, buf, sizeof(buf), &id) == ERR_OK) {
		MUST(id.data.n > 0 && id.data.n <= IKE_ID_MAX);
		MUST(strlen(ike_id_text(&id, out, sizeof(out))) < sizeof(out));
	}
	/* A buffer too small for anything must be left alone, too. */
	MUST(ike_id_from_text(text, buf, 0, &id) != ERR_OK);
	MUST(strlen(ike_id_text(&id, out, 1)) == 0);
}
