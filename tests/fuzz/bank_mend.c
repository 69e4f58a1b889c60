/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file of a store that may be anything: the first octet chooses which kind it is taken for. Looked through
 * twice, since what was put right once must not be found again.
 */
#include <stdlib.h>

#include "store/mend_log.h"
#include "store/mend_table.h"
#include "tool/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	log_init("bank_mend", LOG_LEVEL_ERROR);
	return 0;
}

static void count_key(struct span key, void *user)
{
	*(size_t *)user += key.n;
}

static void look(struct mend_file *f, uint8_t kind)
{
	size_t octets = 0;

	if (kind % 3 == 0) {
		mend_table(f);
		mend_table_keys(f, count_key, &octets);
	} else {
		mend_log(f, kind % 3 == 1);
		mend_log_keys(f, count_key, &octets);
	}
	/* a key is told with each of its records: prefixes are shared, so that is more than the file */
	if (octets > f->n * 512)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mend m = { .quiet = true };
	struct mend_file f = { .mend = &m, .directory = "/nonexistent" };
	unsigned mended;

	if (size < 2)
		return 0;
	f.name = data[0] % 3 == 0 ? "1.sst" : "1.log";
	m.gateways = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	f.octets = g_memdup2(data + 1, size - 1);
	f.n = size - 1;
	look(&f, data[0]);
	mended = m.mended;
	look(&f, data[0]);
	if (mended > 0 && m.damaged == 0 && m.mended != mended)
		abort();
	mend_clear(&m);
	mend_file_close(&f);
	return 0;
}
