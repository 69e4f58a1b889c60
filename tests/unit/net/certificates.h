/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Certificates for tests, made by the openssl program in a folder of their own. */
#ifndef IKESYNC_TESTS_CERTIFICATES_H
#define IKESYNC_TESTS_CERTIFICATES_H

struct certificates {
	char folder[64];
};

/* Make the folder with a CA "ca" and a second one "foreign". Fails the test when openssl does. */
void certificates_init(struct certificates *c);
/* NAME.pem and NAME.key, signed by `ca`; `san` in openssl's notation. */
void certificates_make(const struct certificates *c, const char *name, const char *ca,
		       const char *san);
/* "FOLDER/name"; free with g_free(). */
char *certificates_path(const struct certificates *c, const char *name);
void certificates_clear(struct certificates *c);
/* Run a shell command; its exit status. */
int certificates_run(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
