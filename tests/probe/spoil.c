/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Spoils one thing in captures/stub-plain.pcapng, so that exactly one P case finds it.
 * usage: spoil CASE IN OUT. Frames are counted as in captures/MANIFEST.
 */
#include <glib.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/ike_syn.h"
#include "wire/stub.h"

#define IKE_AT 42 /* Ethernet, IPv4, UDP */
#define TCP_AT 34
#define PAYLOAD_AT 66 /* TCP with time stamps */

enum {
	OLD_INIT = 7,
	OLD_AUTH = 9,
	STUB_INIT_AT = 11,
	SYN_AT = 15,
	HIT_AT = 20,
	CONFIRM_AT = 21,
	UPDATE_AT = 22,
	UPDATED_AT = 23,
	CONFIRMED_AT = 24,
	DELETED_AT = 26,
	STUB_DELETE_AT = 27,
};

struct frame {
	uint64_t us;
	GByteArray *octets;
};

static GPtrArray *frames; /* [0] is frame 1 */

static void frame_free(void *data)
{
	struct frame *f = data;

	g_byte_array_unref(f->octets);
	g_free(f);
}

static struct frame *frame(unsigned n)
{
	return g_ptr_array_index(frames, n - 1);
}

static uint8_t *ike(unsigned n)
{
	return frame(n)->octets->data + IKE_AT;
}

static struct span ike_span(unsigned n)
{
	return span_of(ike(n), frame(n)->octets->len - IKE_AT);
}

static struct span stub_span(unsigned n)
{
	return span_of(frame(n)->octets->data + PAYLOAD_AT, frame(n)->octets->len - PAYLOAD_AT);
}

static void put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "spoil: %s\n", what);
	exit(2);
}

/* Where the payload of `type` begins in the IKE message of frame `n`. */
static size_t payload_at(unsigned n, uint8_t type)
{
	static struct chain chain;
	struct ike_header h;
	struct fault fault;
	const struct chain_payload *p;

	must(chain_parse_message(ike_span(n), &h, &chain, &fault) == ERR_OK, "no IKE message");
	p = chain_find(&chain, type);
	must(p != NULL, "no such payload");
	return p->offset;
}

static uint8_t *payload(unsigned n, uint8_t type)
{
	return ike(n) + payload_at(n, type);
}

static struct frame *copy_of(const struct frame *f)
{
	struct frame *c = g_new0(struct frame, 1);

	c->us = f->us;
	c->octets = g_byte_array_new();
	g_byte_array_append(c->octets, f->octets->data, f->octets->len);
	return c;
}

/* A second SYN behind the first. */
static void double_syn(void)
{
	size_t at = payload_at(SYN_AT, IKE_SA_SYN_TYPE_DEFAULT);
	GByteArray *old = frame(SYN_AT)->octets, *all = g_byte_array_new();
	const uint8_t *syn = ike(SYN_AT) + at;
	size_t n = 16;

	g_byte_array_append(all, old->data, (guint)(IKE_AT + at + n));
	g_byte_array_append(all, syn, (guint)n);
	g_byte_array_append(all, syn + n, (guint)(old->len - IKE_AT - at - n));
	all->data[IKE_AT + at] = IKE_SA_SYN_TYPE_DEFAULT;
	put16(all->data + 16, all->len - 14);
	put16(all->data + 38, all->len - TCP_AT);
	put32(all->data + IKE_AT + 24, all->len - IKE_AT);
	g_byte_array_unref(old);
	frame(SYN_AT)->octets = all;
}

/* Frame `like` with another TCP payload, `seq` octets further on. */
static struct frame *segment(unsigned like, uint32_t seq, struct span octets)
{
	struct frame *f = copy_of(frame(like));

	g_byte_array_set_size(f->octets, PAYLOAD_AT);
	g_byte_array_append(f->octets, octets.p, (guint)octets.n);
	put16(f->octets->data + 16, f->octets->len - 14);
	put32(f->octets->data + TCP_AT + 4, get32(f->octets->data + TCP_AT + 4) + seq);
	return f;
}

/* The container in a stub message of frame `n`. */
static struct stub_container container(unsigned n, uint32_t *transaction)
{
	static struct stub_container c;
	struct stub_message m;
	struct stub_items it;
	struct stub_item item;
	struct fault fault;

	must(stub_message_parse(stub_span(n), &m, &fault) == ERR_OK, "no stub message");
	stub_items_init(&it, &m);
	must(stub_items_next(&it, &item, &fault) && item.has_stub, "no stub");
	must(stub_container_parse(&item.stub, &c, &fault) == ERR_OK, "no container");
	*transaction = m.transaction;
	return c;
}

/* The init with SK_d to be read by everybody. */
static void unseal(void)
{
	static const uint8_t sk_d[32] = { 1, 2, 3 };
	static uint8_t body[2048], message[4096];
	struct stub stub = { .encr = ENCR_AES_CBC,
			     .encr_key_bits = 128,
			     .prf = PRF_HMAC_SHA2_256,
			     .integ = INTEG_HMAC_SHA2_256_128,
			     .idi = { ID_FQDN, span_text("client.example") },
			     .idr = { ID_FQDN, span_text("gw-a.example") },
			     .spi_i = 1,
			     .sk_d = SPAN_OF(sk_d) };
	struct wcursor c = wcursor_init(body, sizeof(body));
	struct stub_container sealed;
	struct stub_writer w;
	uint32_t transaction;
	size_t n;

	sealed = container(STUB_INIT_AT, &transaction);
	/* of another SA, for this SK_d is not the right one */
	sealed.index.spi ^= 1;
	stub.spi_r = sealed.index.spi;
	stub_write_container(&c, &sealed.index, 3600, &stub);
	stub_writer_init(&w, message, sizeof(message), STUB_INIT, transaction);
	stub_writer_stub(&w, wcursor_written(&c, 0));
	must(stub_writer_finish(&w, &n) == ERR_OK, "the unsealed stub does not fit");
	g_ptr_array_insert(frames, STUB_INIT_AT, segment(STUB_INIT_AT, 0, span_of(message, n)));
	g_ptr_array_remove_index(frames, STUB_INIT_AT - 1);
}

/* Six moves more, to and fro, instead of the delete. */
static void bounce(void)
{
	static uint8_t body[2048], message[4096];
	uint32_t transaction, asked = (uint32_t)stub_span(UPDATE_AT).n;
	uint32_t answered = (uint32_t)stub_span(UPDATED_AT).n;
	struct stub_container c = container(UPDATE_AT, &transaction);
	struct index from = c.index, to = c.index;

	g_ptr_array_set_size(frames, STUB_DELETE_AT - 1);
	for (unsigned i = 0; i < 6; i++) {
		struct stub_status ok = { .code = STUB_OK };
		struct wcursor w = wcursor_init(body, sizeof(body));
		struct stub_writer writer;
		size_t n;

		to.spi++;
		to.address.octets[3] ^= 1;
		stub_container_write_sealed(&w, &to, 3600, c.sealed.body);
		stub_writer_init(&writer, message, sizeof(message), STUB_UPDATE, ++transaction);
		stub_writer_index(&writer, &from);
		stub_writer_stub(&writer, wcursor_written(&w, 0));
		must(stub_writer_finish(&writer, &n) == ERR_OK, "the update does not fit");
		g_ptr_array_add(frames, segment(UPDATE_AT, asked, span_of(message, n)));
		asked += (uint32_t)n;
		stub_writer_init(&writer, message, sizeof(message), STUB_UPDATE, transaction);
		stub_writer_status(&writer, &ok);
		must(stub_writer_finish(&writer, &n) == ERR_OK, "the answer does not fit");
		g_ptr_array_add(frames, segment(UPDATED_AT, answered, span_of(message, n)));
		answered += (uint32_t)n;
		from = to;
	}
}

/* The octets before the end, where the ICV stands. */
static void flip_icv(unsigned n)
{
	ike(n)[ike_span(n).n - 1] ^= 1;
}

static void p01(void)
{
	ike(SYN_AT)[19] &= (uint8_t)~IKE_FLAG_INITIATOR;
}
static void p02(void)
{
	double_syn();
}
static void p03(void)
{
	payload(SYN_AT, IKE_SA_SYN_TYPE_DEFAULT)[1] |= 1;
}
static void p04(void)
{
	payload(SYN_AT, IKE_SA_SYN_TYPE_DEFAULT)[1] |= CHAIN_CRITICAL;
}
static void p05(void)
{
	ike(OLD_AUTH)[27]++;
}
static void p06(void)
{
	payload(SYN_AT, IKE_SA_SYN_TYPE_DEFAULT)[12] = 224;
}
/* the client's own SPI of the old SA */
static void p07(void)
{
	memcpy(payload(SYN_AT, IKE_SA_SYN_TYPE_DEFAULT) + 4, ike(OLD_INIT), 8);
}
static void p08(void)
{
	ike(HIT_AT)[19] &= (uint8_t)~IKE_FLAG_RESPONSE;
}
static void p09(void)
{
	memcpy(ike(HIT_AT) + 8, payload(SYN_AT, IKE_SA_SYN_TYPE_DEFAULT) + 4, 8);
}
static void p10(void)
{
	memcpy(payload(HIT_AT, PAYLOAD_NONCE) + 4, payload(SYN_AT, PAYLOAD_NONCE) + 4, 32);
}

static void p11(void)
{
	g_ptr_array_insert(frames, SYN_AT, copy_of(frame(SYN_AT)));
	payload(SYN_AT + 1, PAYLOAD_KE)[8] ^= 1;
}

static void p12(void)
{
	flip_icv(CONFIRMED_AT);
	flip_icv(DELETED_AT);
}

/* Not spoiled: what has no Encrypted payload is nobody's in particular. */
static void clear_notify(unsigned n)
{
	static const uint8_t invalid_spi[] = { 0, 0, 0, 8, 0, 0, 0, NOTIFY_INVALID_IKE_SPI };
	GByteArray *f = frame(n)->octets;

	g_byte_array_set_size(f, IKE_AT + IKE_HEADER_SIZE);
	g_byte_array_append(f, invalid_spi, sizeof(invalid_spi));
	f->data[IKE_AT + 16] = PAYLOAD_NOTIFY;
	put16(f->data + 16, f->len - 14);
	put16(f->data + 38, f->len - TCP_AT);
	put32(f->data + IKE_AT + 24, f->len - IKE_AT);
}

static void p13(void)
{
	for (unsigned n = CONFIRM_AT; n <= frames->len; n++)
		frame(n)->us += 45000000;
}

static void p14(void)
{
	struct frame *init = copy_of(frame(STUB_INIT_AT));

	init->us = frame(OLD_AUTH)->us - 1;
	g_ptr_array_remove_index(frames, STUB_INIT_AT - 1);
	g_ptr_array_insert(frames, OLD_AUTH - 1, init);
}

static void p15(void)
{
	unseal();
}
static void p16(void)
{
	bounce();
}
/* what KE says enters no key of a resumption, but BIND */
static void p18(void)
{
	payload(SYN_AT, PAYLOAD_KE)[8] ^= 1;
}

static const struct {
	const char *id;
	void (*spoil)(void);
} spoils[] = {
	{ "P01", p01 }, { "P02", p02 }, { "P03", p03 }, { "P04", p04 }, { "P05", p05 },
	{ "P06", p06 }, { "P07", p07 }, { "P08", p08 }, { "P09", p09 }, { "P10", p10 },
	{ "P11", p11 }, { "P12", p12 }, { "P13", p13 }, { "P14", p14 }, { "P15", p15 },
	{ "P16", p16 }, { "P18", p18 },
};

static void read_all(const char *path)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline(path, why);
	struct pcap_pkthdr *h;
	const u_char *octets;

	must(p != NULL, why);
	frames = g_ptr_array_new_with_free_func(frame_free);
	while (pcap_next_ex(p, &h, &octets) == 1) {
		struct frame *f = g_new0(struct frame, 1);

		f->us = (uint64_t)h->ts.tv_sec * 1000000 + (uint64_t)h->ts.tv_usec;
		f->octets = g_byte_array_new();
		g_byte_array_append(f->octets, octets, h->caplen);
		g_ptr_array_add(frames, f);
	}
	pcap_close(p);
}

static void write_all(const char *path)
{
	pcap_t *p = pcap_open_dead(DLT_EN10MB, 65535);
	pcap_dumper_t *out = pcap_dump_open(p, path);

	must(out != NULL, pcap_geterr(p));
	for (unsigned n = 1; n <= frames->len; n++) {
		const struct frame *f = frame(n);
		struct pcap_pkthdr h = { .caplen = f->octets->len, .len = f->octets->len };

		h.ts.tv_sec = (time_t)(f->us / 1000000);
		h.ts.tv_usec = (suseconds_t)(f->us % 1000000);
		pcap_dump((u_char *)out, &h, f->octets->data);
	}
	pcap_dump_close(out);
	pcap_close(p);
	g_ptr_array_unref(frames);
}

int main(int argc, char **argv)
{
	must(argc == 4, "usage: spoil CASE IN OUT");
	read_all(argv[2]);
	for (size_t i = 0; i < G_N_ELEMENTS(spoils); i++)
		if (strcmp(argv[1], spoils[i].id) == 0) {
			spoils[i].spoil();
			write_all(argv[3]);
			return 0;
		}
	if (strcmp(argv[1], "clear") == 0) {
		clear_notify(CONFIRMED_AT);
		clear_notify(DELETED_AT);
	} else {
		must(strcmp(argv[1], "none") == 0, "no such case");
	}
	write_all(argv[3]);
	return 0;
}
