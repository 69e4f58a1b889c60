/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the answers of the probe's bank. */
#include "bank/bank_play.h"

/* A payload type that section 2 of the wire profile leaves free. */
#define UNKNOWN_PAYLOAD 249
#define RESERVED_SET 0x55

static uint8_t answer_type(uint8_t type)
{
	return type == STUB_GET ? STUB_DOWNLOAD : type;
}

static void write_unknown(struct stub_writer *w)
{
	static const uint8_t octets[] = { 'n', 'o', 'b', 'o', 'd', 'y' };

	chain_writer_payload(&w->chain, UNKNOWN_PAYLOAD, RESERVED_SET, SPAN_OF(octets));
}

/* Payload 206 with RESERVED bits and octets set. */
static void write_odd_status(struct stub_writer *w, unsigned code, unsigned item)
{
	chain_writer_begin(&w->chain, STUB_PAYLOAD_STATUS, RESERVED_SET);
	wcursor_u8(&w->c, (uint8_t)code);
	wcursor_u8(&w->c, 0x7f);
	wcursor_u16(&w->c, (uint16_t)item);
	chain_writer_end(&w->chain);
}

static void write_status(struct stub_writer *w, const struct bank_play *play, unsigned code,
			 unsigned item)
{
	const struct stub_status s = { .code = (uint8_t)code, .item = (uint16_t)item };
	static const uint8_t broken[3];

	if (play->does == BANK_BREAKS_LENGTH)
		chain_writer_payload(&w->chain, STUB_PAYLOAD_STATUS, 0, SPAN_OF(broken));
	else if (play->does == BANK_ANSWERS_ODDLY)
		write_odd_status(w, code, item);
	else
		stub_writer_status(w, &s);
}

static void write_item(struct stub_writer *w, const struct bank_play *play,
		       struct bank_model *model, const struct bank_asked *a)
{
	GBytes *stub = NULL;
	unsigned code = play->does == BANK_REFUSES ? play->code : bank_model_do(model, a, &stub);

	if (play->does == BANK_ANSWERS_ODDLY)
		write_unknown(w);
	write_status(w, play, code, a->item);
	if (!stub)
		return;
	stub_writer_stub(w, span_of(g_bytes_get_data(stub, NULL), g_bytes_get_size(stub)));
	g_bytes_unref(stub);
}

GBytes *bank_play_answer(const struct bank_play *play, struct bank_model *model,
			 const GPtrArray *items)
{
	const struct bank_asked *first = g_ptr_array_index(items, 0);
	uint8_t *octets = g_malloc(STUB_MESSAGE_MAX), type = answer_type(first->type);
	uint32_t transaction = first->transaction;
	struct stub_writer w;
	GBytes *out = NULL;
	size_t n;

	if (play->does == BANK_OTHER_TYPE)
		type = type == STUB_DOWNLOAD ? STUB_INIT : STUB_DOWNLOAD;
	if (play->does == BANK_OTHER_TRANSACTION)
		transaction = (transaction + 0x10000000u) & ~STUB_TRANSACTION_PUSH;
	stub_writer_init(&w, octets, STUB_MESSAGE_MAX, type, transaction);
	for (unsigned i = 0; i < items->len; i++)
		write_item(&w, play, model, g_ptr_array_index(items, i));
	if (stub_writer_finish(&w, &n) == ERR_OK && play->does != BANK_IS_SILENT)
		out = g_bytes_new(octets, n);
	g_free(octets);
	return out;
}

GBytes *bank_play_download(uint32_t transaction, GBytes *container)
{
	const struct stub_status ok = { .code = STUB_OK };
	uint8_t *octets = g_malloc(STUB_MESSAGE_MAX);
	struct stub_writer w;
	GBytes *out = NULL;
	size_t n;

	stub_writer_init(&w, octets, STUB_MESSAGE_MAX, STUB_DOWNLOAD, transaction);
	if (!(transaction & STUB_TRANSACTION_PUSH))
		stub_writer_status(&w, &ok);
	stub_writer_stub(&w,
			 span_of(g_bytes_get_data(container, NULL), g_bytes_get_size(container)));
	if (stub_writer_finish(&w, &n) == ERR_OK)
		out = g_bytes_new(octets, n);
	g_free(octets);
	return out;
}

GBytes *bank_play_notice(uint32_t transaction, const struct index *indexes, unsigned n)
{
	uint8_t *octets = g_malloc(STUB_MESSAGE_MAX);
	struct stub_writer w;
	GBytes *out = NULL;
	size_t size;

	stub_writer_init(&w, octets, STUB_MESSAGE_MAX, STUB_DELETE, transaction);
	for (unsigned i = 0; i < n; i++)
		stub_writer_index(&w, &indexes[i]);
	if (stub_writer_finish(&w, &size) == ERR_OK)
		out = g_bytes_new(octets, size);
	g_free(octets);
	return out;
}
