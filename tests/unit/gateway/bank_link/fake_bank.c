/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps the rules of acknowledgement for a handful of stubs. */
#include "unit/gateway/bank_link/fake_bank.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "unit/gateway/bank_link/stubs.h"
#include "net/channel_listen.h"

int fake_bank_version(const struct fake_bank *f, uint64_t number)
{
	gpointer version;

	if (!g_hash_table_lookup_extended(f->stubs, GSIZE_TO_POINTER(number), NULL, &version))
		return -1;
	return GPOINTER_TO_INT(version);
}

static void set(struct fake_bank *f, uint64_t number, unsigned version)
{
	g_hash_table_insert(f->stubs, GSIZE_TO_POINTER(number), GUINT_TO_POINTER(version));
}

static bool chance(struct fake_bank *f, unsigned percent)
{
	return percent && (unsigned)g_rand_int_range(f->random, 0, 100) < percent;
}

static uint8_t do_init(struct fake_bank *f, uint64_t number, uint8_t version)
{
	int there = fake_bank_version(f, number);

	if (there == 0)
		return STUB_CONFLICT;
	if (there > 0)
		return there == version ? STUB_OK : STUB_EXISTS;
	set(f, number, version);
	g_string_append_printf(f->done, "init %u.%u;", (unsigned)number, version);
	return STUB_OK;
}

static uint8_t do_update(struct fake_bank *f, uint64_t old, uint64_t number, uint8_t version)
{
	int there = fake_bank_version(f, old);

	if (there < 0)
		return STUB_NOT_FOUND;
	if (there == 0)
		return fake_bank_version(f, number) == version ? STUB_OK : STUB_CONFLICT;
	if (there == version && old == number)
		return STUB_OK;
	set(f, old, 0);
	set(f, number, version);
	g_string_append_printf(f->done, "update %u %u.%u;", (unsigned)old, (unsigned)number,
			       version);
	return STUB_OK;
}

static uint8_t do_delete(struct fake_bank *f, uint64_t number)
{
	if (fake_bank_version(f, number) <= 0)
		return STUB_NOT_FOUND;
	set(f, number, 0);
	g_string_append_printf(f->done, "delete %u;", (unsigned)number);
	return STUB_OK;
}

static uint8_t do_item(struct fake_bank *f, uint8_t type, const struct stub_item *item)
{
	struct index ix = { 0 };
	struct fault fault;
	uint64_t number = 0;
	uint8_t version = 0;
	uint32_t lifetime;

	f->items++;
	if (item->has_index)
		assert_int_equal(index_parse(item->index.body, false, 0, &ix, &fault), ERR_OK);
	if (item->has_stub) {
		assert_true(stubs_read(item->stub.body, &number, &version, &lifetime));
		g_hash_table_insert(f->last_lifetime, GSIZE_TO_POINTER(number),
				    GUINT_TO_POINTER(lifetime));
	}
	if (chance(f, f->busy_percent))
		return STUB_BUSY;
	if (type == STUB_INIT)
		return do_init(f, number, version);
	return type == STUB_UPDATE ? do_update(f, ix.spi, number, version) : do_delete(f, ix.spi);
}

static void write_status(struct stub_writer *w, uint8_t code, unsigned item)
{
	const struct stub_status s = { .code = code, .item = (uint16_t)item };

	stub_writer_status(w, &s);
}

static void do_get(struct fake_bank *f, struct stub_writer *w, const struct stub_item *item,
		   unsigned n)
{
	uint8_t buf[STUBS_CONTAINER_MAX];
	struct index ix;
	struct fault fault;
	int version;

	f->gets++;
	assert_int_equal(index_parse(item->index.body, false, 0, &ix, &fault), ERR_OK);
	version = fake_bank_version(f, ix.spi);
	write_status(w, version > 0 ? STUB_OK : STUB_NOT_FOUND, n);
	if (version > 0)
		stub_writer_stub(w,
				 stubs_sealed(ix.spi + f->wrong_stub, (uint8_t)version, 99, buf));
}

static bool has_poison(const struct fake_bank *f, const struct stub_message *m)
{
	struct stub_items it;
	struct stub_item item;
	struct fault fault = { 0 };
	uint64_t number;
	uint8_t version;
	uint32_t lifetime;

	stub_items_init(&it, m);
	while (f->poison && stub_items_next(&it, &item, &fault))
		if (item.has_stub && stubs_read(item.stub.body, &number, &version, &lifetime) &&
		    number == f->poison)
			return true;
	return false;
}

static void reply(struct fake_bank *f, struct channel *c, const uint8_t *buf, size_t n)
{
	if (f->silent || chance(f, f->lose_reply_percent))
		return;
	if (f->hold)
		g_queue_push_tail(&f->held, g_bytes_new(buf, n));
	else
		channel_send(c, span_of(buf, n));
}

static void on_message(struct channel *c, struct span message, void *user)
{
	struct fake_bank *f = user;
	uint8_t buf[STUB_MESSAGE_MAX];
	struct stub_writer w;
	struct stub_message m;
	struct stub_items it;
	struct stub_item item;
	struct fault fault = { 0 };
	unsigned i = 0;
	bool poisoned;
	size_t n;

	assert_int_equal(stub_message_parse(message, &m, &fault), ERR_OK);
	f->messages++;
	f->last_type = m.header.type;
	if (message.n > f->largest)
		f->largest = (unsigned)message.n;
	stub_items_init(&it, &m);
	if (m.transaction & STUB_TRANSACTION_PUSH) {
		f->pushed_type = m.header.type;
		assert_true(stub_items_next(&it, &item, &fault));
		f->pushed_status = item.status;
		return;
	}
	/* before or after it took effect: the client cannot know */
	if (chance(f, f->lose_percent)) {
		channel_abort(c, "lost");
		return;
	}
	poisoned = has_poison(f, &m);
	stub_writer_init(&w, buf, sizeof(buf),
			 m.header.type == STUB_GET ? STUB_DOWNLOAD
			 : f->wrong_type           ? STUB_DELETE + 1
						   : m.header.type,
			 m.transaction);
	while (!poisoned && stub_items_next(&it, &item, &fault)) {
		if (m.header.type == STUB_GET)
			do_get(f, &w, &item, i);
		else if (!f->no_status)
			write_status(&w, do_item(f, m.header.type, &item), i);
		i++;
	}
	assert_int_equal(fault.err, ERR_OK);
	if (poisoned)
		write_status(&w, STUB_MALFORMED, STUB_ITEM_ALL);
	assert_int_equal(stub_writer_finish(&w, &n), ERR_OK);
	if (chance(f, f->lose_percent)) {
		channel_abort(c, "lost");
		return;
	}
	if (f->garbage)
		buf[15] = 3; /* Payload Length of what follows 207 */
	reply(f, c, buf, n);
	if (poisoned || f->garbage)
		channel_close(c, "malformed");
}

static void on_up(struct channel *c, const struct channel_identity *peer, void *user)
{
	struct fake_bank *f = user;

	(void)peer;
	f->channel = c;
	f->connections++;
}

static void on_closed(struct channel *c, const char *why, void *user)
{
	struct fake_bank *f = user;

	(void)why;
	if (f->channel == c)
		f->channel = NULL;
}

static const struct channel_handler handler = { .up = on_up,
						.message = on_message,
						.closed = on_closed };

static void *on_accept(struct channel *c, void *user)
{
	(void)c;
	return user;
}

void fake_bank_init(struct fake_bank *f, GMainContext *context)
{
	memset(f, 0, sizeof(*f));
	f->context = context;
	f->stubs = g_hash_table_new(NULL, NULL);
	f->last_lifetime = g_hash_table_new(NULL, NULL);
	f->done = g_string_new("");
	f->random = g_rand_new_with_seed(7);
}

void fake_bank_start(struct fake_bank *f)
{
	struct endpoint local;
	GError *error = NULL;

	assert_int_equal(endpoint_from_text("127.0.0.1", f->port, &local), ERR_OK);
	f->listener = channel_listen(&local, NULL, &handler, on_accept, f, f->context, &error);
	if (!f->listener)
		fail_msg("%s", error->message);
	f->port = channel_listener_local(f->listener)->port;
}

static void forget_held(struct fake_bank *f)
{
	g_queue_clear_full(&f->held, (GDestroyNotify)g_bytes_unref);
}

void fake_bank_stop(struct fake_bank *f)
{
	channel_listener_free(f->listener);
	f->listener = NULL;
	if (f->channel)
		channel_drop(f->channel);
	f->channel = NULL;
	forget_held(f);
}

void fake_bank_clear(struct fake_bank *f)
{
	fake_bank_stop(f);
	g_hash_table_unref(f->stubs);
	g_hash_table_unref(f->last_lifetime);
	g_string_free(f->done, TRUE);
	g_rand_free(f->random);
}

void fake_bank_release(struct fake_bank *f, unsigned n)
{
	GBytes *b;

	while (n-- && (b = g_queue_pop_tail(&f->held)) != NULL) {
		gsize size;
		const void *octets = g_bytes_get_data(b, &size);

		assert_non_null(f->channel);
		assert_true(channel_send(f->channel, span_of(octets, size)));
		g_bytes_unref(b);
	}
}

void fake_bank_push(struct fake_bank *f, uint8_t type, uint32_t transaction)
{
	uint8_t buf[STUBS_CONTAINER_MAX + 64], container[STUBS_CONTAINER_MAX];
	struct index ix = stubs_index(5);
	struct stub_writer w;
	size_t n;

	stub_writer_init(&w, buf, sizeof(buf), type, transaction);
	if (type == STUB_DOWNLOAD)
		stub_writer_stub(&w, stubs_sealed(5, 1, 60, container));
	else
		stub_writer_index(&w, &ix);
	assert_int_equal(stub_writer_finish(&w, &n), ERR_OK);
	assert_true(channel_send(f->channel, span_of(buf, n)));
}
