/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads "name =" and the lines of hex with comments behind it, until a line that is neither. */
#include "profile.h"

#include <stdio.h>
#include <string.h>

#include "wire/ike_header.h"

#define VALUES_MAX 128
#define OCTETS_MAX 65536

static struct {
	char name[48];
	size_t at, n;
} values[VALUES_MAX];
static unsigned n_values;
static uint8_t octets[OCTETS_MAX];
static size_t n_octets;

static int digit(char c)
{
	const char *all = "0123456789abcdef", *d = c ? strchr(all, c) : NULL;

	return d ? (int)(d - all) : -1;
}

static void take_hex(const char *line)
{
	for (; digit(line[0]) >= 0 && digit(line[1]) >= 0; line += 2) {
		assert_true(n_octets < OCTETS_MAX);
		octets[n_octets++] = (uint8_t)(digit(line[0]) << 4 | digit(line[1]));
		values[n_values - 1].n++;
	}
}

static void load(void)
{
	FILE *f = fopen(TESTS_DIR "/../docs/wire-profile.md", "r");
	bool open = false;
	char line[1024];

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		char name[48];
		int end = 0;

		if (open && strncmp(line, "  ", 2) == 0) {
			take_hex(&line[2]);
			continue;
		}
		open = sscanf(line, "%47[A-Za-z0-9_.] =%n", name, &end) == 1 && end &&
		       line[end] == '\n';
		if (!open)
			continue;
		assert_true(n_values < VALUES_MAX);
		strcpy(values[n_values].name, name);
		values[n_values++].at = n_octets;
	}
	fclose(f);
}

struct span profile(const char *name)
{
	if (n_values == 0)
		load();
	for (unsigned i = 0; i < n_values; i++)
		if (strcmp(values[i].name, name) == 0)
			return span_of(&octets[values[i].at], values[i].n);
	fail_msg("docs/wire-profile.md has no %s", name);
	return SPAN_NONE;
}

struct span profile_of(const char *prefix, const char *name)
{
	char whole[64];

	snprintf(whole, sizeof(whole), "%s.%s", prefix, name);
	return profile(whole);
}

struct suite profile_suite(void)
{
	struct suite s;

	assert_ok(suite_from_text("aes128-sha256-x25519", &s));
	return s;
}

struct dh *profile_dh(const char *prefix)
{
	struct dh *dh = dh_from_private(31, profile_of(prefix, "x25519_private_i"));

	assert_non_null(dh);
	return dh;
}

void assert_octets(struct span got, struct span expected)
{
	assert_int_equal(got.n, expected.n);
	if (expected.n)
		assert_memory_equal(got.p, expected.p, expected.n);
}

void assert_keys(const struct ike_keys *k, const char *prefix)
{
	assert_octets(secret_peek(&k->sk_d), profile_of(prefix, "SK_d"));
	assert_octets(secret_peek(&k->sk_ai), profile_of(prefix, "SK_ai"));
	assert_octets(secret_peek(&k->sk_ar), profile_of(prefix, "SK_ar"));
	assert_octets(secret_peek(&k->sk_ei), profile_of(prefix, "SK_ei"));
	assert_octets(secret_peek(&k->sk_er), profile_of(prefix, "SK_er"));
	assert_octets(secret_peek(&k->sk_pi), profile_of(prefix, "SK_pi"));
	assert_octets(secret_peek(&k->sk_pr), profile_of(prefix, "SK_pr"));
}

static uint64_t number(struct span message, size_t at)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 8; i++)
		v = v << 8 | message.p[at + i];
	return v;
}

uint64_t spi_i_of(struct span message)
{
	return number(message, 0);
}

uint64_t spi_r_of(struct span message)
{
	return number(message, 8);
}
