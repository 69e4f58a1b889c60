/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Helpers of the tests of lib/keys: hex, and the openssl program as an outside oracle. */
#ifndef TESTS_UNIT_KEYS_SUPPORT_H
#define TESTS_UNIT_KEYS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "wire/err.h"
#include "wire/span.h"

#define assert_ok(expression) assert_string_equal(err_name(expression), err_name(ERR_OK))
#define assert_err(expression, expected) \
	assert_string_equal(err_name(expression), err_name(expected))

struct octets {
	size_t n;
	uint8_t p[8192];
};

static inline struct span octets_span(const struct octets *o)
{
	return span_of(o->p, o->n);
}

/* Take the hex digits of `text`; blanks, colons and line ends between them are skipped. */
static inline struct octets octets_from_hex(const char *text)
{
	struct octets o = { 0 };
	int high = -1;

	for (; *text; text++) {
		const char *digits = "0123456789abcdef0123456789ABCDEF", *d = strchr(digits, *text);
		int v;

		if (!d)
			continue;
		v = (int)(d - digits) % 16;
		if (high < 0) {
			high = v;
			continue;
		}
		assert_true(o.n < sizeof(o.p));
		o.p[o.n++] = (uint8_t)(high << 4 | v);
		high = -1;
	}
	assert_int_equal(high, -1);
	return o;
}

/* `out` takes 2 * n + 1 characters. */
static inline const char *to_hex(struct span s, char *out)
{
	for (size_t i = 0; i < s.n; i++)
		sprintf(&out[2 * i], "%02x", s.p[i]);
	out[2 * s.n] = '\0';
	return out;
}

static inline void assert_octets(struct span got, struct span expected)
{
	assert_int_equal(got.n, expected.n);
	if (expected.n)
		assert_memory_equal(got.p, expected.p, expected.n);
}

static inline void assert_hex(struct span got, const char *expected)
{
	struct octets o = octets_from_hex(expected);

	assert_octets(got, octets_span(&o));
}

/* Put `s` into a new file under /tmp; the caller unlinks it. */
static inline void write_temporary(struct span s, char path[static 40])
{
	int fd;

	strcpy(path, "/tmp/ikesync-keys-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	if (s.n)
		assert_int_equal(write(fd, s.p, s.n), (ssize_t)s.n);
	close(fd);
}

/* Run a shell command and return what it printed; fails the test when it fails. */
static inline struct octets run(const char *command)
{
	struct octets o = { 0 };
	FILE *f = popen(command, "r");

	assert_non_null(f);
	o.n = fread(o.p, 1, sizeof(o.p) - 1, f);
	if (pclose(f) != 0)
		fail_msg("%s failed", command);
	return o;
}

/* openssl COMMAND with `input` on stdin, output as octets. */
static inline struct octets openssl(struct span input, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static inline struct octets openssl(struct span input, const char *format, ...)
{
	char command[8192], path[40], arguments[7000];
	struct octets o;
	va_list ap;

	va_start(ap, format);
	assert_true((size_t)vsnprintf(arguments, sizeof(arguments), format, ap) <
		    sizeof(arguments));
	va_end(ap);
	write_temporary(input, path);
	snprintf(command, sizeof(command), "%s %s < %s", OPENSSL_PROGRAM, arguments, path);
	o = run(command);
	unlink(path);
	return o;
}

/* HMAC by `openssl mac`; `digest` as openssl names it. */
static inline struct octets openssl_hmac(const char *digest, struct span key, struct span data)
{
	char hex[2 * 1024 + 1];

	return openssl(data, "mac -binary -digest %s -macopt hexkey:%s HMAC", digest,
		       to_hex(key, hex));
}

#endif
