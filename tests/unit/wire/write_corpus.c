/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the seed corpora of the fuzz targets from the octets of known.c: write_corpus
 * tests/fuzz/corpus */
#include <stdio.h>
#include <sys/stat.h>

#include "known.h"

static int write_seed(const char *dir, const char *target, const char *name, struct span s)
{
	char path[4096];
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", dir, target);
	(void)mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/%s/%s", dir, target, name);
	f = fopen(path, "wb");
	if (!f) {
		perror(path);
		return 1;
	}
	ok = fwrite(s.p, 1, s.n, f) == s.n;
	ok = fclose(f) == 0 && ok;
	return ok ? 0 : 1;
}

static int write_messages(const char *dir, const char *target, const struct known_message *m,
			  size_t n)
{
	int failures = 0;

	for (size_t i = 0; i < n; i++) {
		struct octets o = octets_hex(m[i].hex);

		failures += write_seed(dir, target, m[i].name, octets_span(&o));
		octets_free(&o);
	}
	return failures;
}

int main(int argc, char **argv)
{
	int failures = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
		return 2;
	}
	failures += write_messages(argv[1], "wire_message", known_ike, known_ike_n);
	failures += write_messages(argv[1], "wire_stub_message", known_stub_messages,
				   known_stub_messages_n);
	failures += write_messages(argv[1], "wire_stub", known_stubs, known_stubs_n);
	for (size_t i = 0; i < known_texts_n; i++) {
		char name[32];

		snprintf(name, sizeof(name), "text-%zu", i);
		failures += write_seed(argv[1], "wire_text", name, span_text(known_texts[i]));
	}
	return failures ? 1 : 0;
}
