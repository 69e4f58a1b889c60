/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Resumed sessions and sealed stubs that open: inputs are plaintext, and are encrypted with keys
 * that the plugin knows (fuzz_secure.h). Records as in fuzz_epan.h; an IKE message has two octets
 * of parameters in front.
 */
#include "fuzz_secure.h"

#include <stdlib.h>
#include <string.h>

#define RECORD_NAT 0x10  /* port 4500, non-ESP marker */
#define RECORD_STUB 0x20 /* a stub message, plain on its port */
#define MESSAGE_MAX 4000

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct fuzz_stream stream;

static void ike(const struct fuzz_record *r)
{
	uint8_t data[4 + MESSAGE_MAX] = { 0 }, *message = data + 4;
	size_t n = r->n - FUZZ_PARAMETERS;

	if (n > MESSAGE_MAX)
		n = MESSAGE_MAX;
	memcpy(message, r->at + FUZZ_PARAMETERS, n);
	if (r->flags & FUZZ_LENGTH && n >= 28) {
		message[24] = message[25] = 0;
		message[26] = (uint8_t)(n >> 8);
		message[27] = (uint8_t)n;
	}
	fuzz_marks(message, n);
	n = fuzz_protect(r->at, message, n, MESSAGE_MAX);
	if (r->flags & RECORD_NAT)
		fuzz_udp(r->flags, 4500, 4500, data, 4 + n);
	else
		fuzz_udp(r->flags, 500, 500, message, n);
}

static void stub(const struct fuzz_record *r)
{
	uint8_t plain[MESSAGE_MAX], sealed[MESSAGE_MAX];
	size_t n = r->n < MESSAGE_MAX ? r->n : MESSAGE_MAX;

	memcpy(plain, r->at, n);
	fuzz_marks(plain, n);
	if (r->flags & FUZZ_LENGTH && n >= 4) {
		plain[2] = (uint8_t)(n >> 8);
		plain[3] = (uint8_t)n;
	}
	n = fuzz_seal(plain, n, sealed, sizeof(sealed));
	fuzz_tcp(r->flags, &stream, 49500, sealed, n);
}

static void packet(const struct fuzz_record *r)
{
	if (r->flags & RECORD_STUB)
		stub(r);
	else if (r->n >= FUZZ_PARAMETERS)
		ike(r);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char *keys = fuzz_secure_keys();

	(void)argc;
	(void)argv;
	fuzz_key_file(keys, strlen(keys));
	fuzz_epan_init();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	stream = (struct fuzz_stream){ { 1000, 1000 } };
	fuzz_secure_start();
	fuzz_run(data, size, packet);
	return 0;
}
