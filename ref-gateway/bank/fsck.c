/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Says what a store has lost, and makes it usable again. */
#include "fsck.h"

#include <stdio.h>

#include "store/mend.h"
#include "store/rocks_repair.h"
#include "tool/daemon_main.h"
#include "tool/log.h"

static int repair_it(const char *directory)
{
	GError *error = NULL;
	uint64_t records;
	char *aside;

	if (!rocks_repair(directory, &records, &aside, &error)) {
		log_error("%s", error->message);
		g_error_free(error);
		return DAEMON_EXIT_FAILURE;
	}
	printf("%s: repaired: %" G_GUINT64_FORMAT " records saved; the old store is kept as %s\n",
	       directory, records, aside);
	g_free(aside);
	return DAEMON_EXIT_OK;
}

int fsck(const struct bank_settings *settings, bool repair)
{
	const char *directory = settings->rocksdb.directory;
	struct mend m;
	uint64_t records;
	char *why, *lost;
	bool whole;

	if (!g_file_test(directory, G_FILE_TEST_IS_DIR)) {
		log_error("store %s: there is none", directory);
		return DAEMON_EXIT_FAILURE;
	}
	if (rocks_in_use(directory)) {
		log_error("store %s: a bank has it open: stop that first", directory);
		return DAEMON_EXIT_FAILURE;
	}
	mend_directory(&m, directory, repair);
	lost = mend_text(&m);
	whole = rocks_whole(directory, &records, &why);
	printf("%s: %u files, %u flipped bits %s, %u damaged places\n", directory, m.files,
	       m.mended, repair ? "put right" : "that --repair puts right", m.damaged);
	if (whole && !m.mended)
		printf("%s: whole: %" G_GUINT64_FORMAT " records\n", directory, records);
	else if (!whole)
		printf("%s: %s\n", directory, why);
	if (!whole && m.damaged)
		printf("%s: changes lost: %s\n", directory, lost);
	mend_clear(&m);
	g_free(lost);
	g_free(why);
	if (whole)
		return DAEMON_EXIT_OK;
	if (repair)
		return repair_it(directory);
	printf("%s: ikesync-bank fsck --repair keeps what can be read\n", directory);
	return DAEMON_EXIT_FAILURE;
}
