/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A gateway's session with the bank: a stream of stub messages, cut as the channel cuts it. Every
 * reply must be a whole, sound message, and nothing follows a close.
 */
#include <glib/gstdio.h>
#include <stdlib.h>

#include "session.h"
#include "tool/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static struct bank_settings settings;
static struct bank bank;
static uint64_t now = 1800000000;
static bool closed;

static uint64_t seconds(void *ctx)
{
	(void)ctx;
	return now;
}

static bool on_send(void *user, struct span message)
{
	struct stub_message m;
	struct stub_items items;
	struct stub_item item;
	struct fault fault;
	unsigned n = 0;

	(void)user;
	if (closed || stub_message_parse(message, &m, &fault) != ERR_OK)
		abort();
	for (stub_items_init(&items, &m); stub_items_next(&items, &item, &fault);)
		n++;
	if (n == 0) /* a reply always carries a status (rule 38) */
		abort();
	return true;
}

static void on_close(void *user, const char *why)
{
	(void)user;
	(void)why;
	if (closed)
		abort();
	closed = true;
}

static void on_pump(void *user)
{
	(void)user;
}

static char *directory;

static void clean_up(void)
{
	GDir *dir;
	const char *name;

	store_free(bank.store);
	dir = g_dir_open(directory, 0, NULL);
	while (dir && (name = g_dir_read_name(dir))) {
		char *path = g_build_filename(directory, name, NULL);

		g_unlink(path);
		g_free(path);
	}
	if (dir)
		g_dir_close(dir);
	g_rmdir(directory);
	g_free(directory);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	GError *error = NULL;
	struct ledger_settings ledger = { .clock = seconds };
	struct engine *engine;

	(void)argc;
	(void)argv;
	directory = g_dir_make_tmp("ikesync-fuzz-bank-XXXXXX", &error);
	if (!directory)
		g_error("%s", error->message);
	log_init("fuzz", LOG_LEVEL_ERROR);
	bank_config_defaults(&settings);
	settings.rocksdb.directory = directory;
	settings.rocksdb.cache = 1 << 20;
	settings.rocksdb.sync = false;
	settings.allow_unsealed = true;
	settings.has_rest_key = true;
	settings.n_prefetch_allow = 1;
	if (address_from_text("192.0.2.1", &settings.prefetch_allow[0]) != ERR_OK)
		abort();
	ledger.rest_key = settings.rest_key;
	bank.settings = &settings;
	bank.clock = (struct bank_clock){ seconds, seconds, NULL };
	engine = engine_rocksdb_open(&settings.rocksdb, now, &error);
	bank.store = engine ? store_new(engine, &ledger, NULL, false, &error) : NULL;
	if (!bank.store)
		g_error("%s", error->message);
	bank.gets = rate_limits_new("gets", 0);
	bank.moves = rate_limits_new("moves", 0);
	atexit(clean_up);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct session_io io = { on_send, on_close, on_pump };
	struct channel_identity id = { .n_addresses = 2,
				       .pool = "ikesync:fuzz",
				       .subject = "fuzz" };
	struct rcursor c = rcursor_init(span_of(data, size), NULL);
	struct session *s;
	size_t n;

	if (address_from_text("192.0.2.1", &id.addresses[0]) != ERR_OK ||
	    address_from_text("2001:db8::1", &id.addresses[1]) != ERR_OK)
		abort();
	closed = false;
	now += 10; /* so that stubs run out in the long term */
	s = session_new(&bank, &id, true, &io, NULL);
	while (rcursor_left(&c)) {
		struct span rest = span_of(c.p, rcursor_left(&c));

		if (stub_message_length(rest, &n) != ERR_OK || n == 0 || n > rest.n)
			n = rest.n;
		session_message(s, rcursor_bytes(&c, n, "message"));
	}
	store_flush(bank.store);
	store_run(bank.store);
	while (session_pump(s))
		;
	session_free(s);
	return 0;
}
