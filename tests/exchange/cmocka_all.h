/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmocka wants these four before itself. */
#ifndef IKESYNC_TESTS_CMOCKA_ALL_H
#define IKESYNC_TESTS_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#endif
