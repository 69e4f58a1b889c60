/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmocka.h asks for these in front of it. */
#ifndef TESTS_PROBE_CMOCKA_ALL_H
#define TESTS_PROBE_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#endif
