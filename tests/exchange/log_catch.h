/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of the log, for tests of what is said. */
#ifndef IKESYNC_TESTS_LOG_CATCH_H
#define IKESYNC_TESTS_LOG_CATCH_H

#include <stdbool.h>

/* Keep lines instead of printing them, from now on, for good. */
void log_catch_begin(void);
/* Forget what was kept. */
void log_catch_clear(void);
/* How many lines hold that text. */
unsigned log_catch_count(const char *text);
/* All of them, for a complaint. */
const char *log_catch_all(void);

#endif
