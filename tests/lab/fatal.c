/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Preloaded into a bank: it dies, as by kill -9, of the first message of type IKESYNC_FATAL. */
#include <dlfcn.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct ssl_st SSL;
int SSL_read_ex(SSL *ssl, void *octets, size_t cap, size_t *n);

int SSL_read_ex(SSL *ssl, void *octets, size_t cap, size_t *n)
{
	static int (*real)(SSL *, void *, size_t, size_t *);
	const char *fatal = getenv("IKESYNC_FATAL");
	int ok;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "SSL_read_ex");
	ok = real(ssl, octets, cap, n);
	/* a small message comes in a record of its own; its type is the second octet */
	if (ok == 1 && *n > 1 && fatal && ((const uint8_t *)octets)[1] == (uint8_t)atoi(fatal))
		kill(getpid(), SIGKILL);
	return ok;
}
