/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libgcrypt is not instrumented: what the plugin has it read or write beyond an end, nobody would
 * see. So the linker sends the plugin's calls here (--wrap), and the spans are asked about first.
 */
#include <gcrypt.h>
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>

static void sound(const char *what, const void *p, size_t n)
{
	char *bad = n ? __asan_region_is_poisoned((void *)(uintptr_t)p, n) : NULL;

	if (!bad)
		return;
	fprintf(stderr, "%s: octet %zu of %zu is not the caller's\n", what,
		(size_t)(bad - (const char *)p), n);
	__asan_describe_address(bad);
	abort();
}

#define WRAP(result, name, ...)            \
	result __real_##name(__VA_ARGS__); \
	result __wrap_##name(__VA_ARGS__); \
	result __wrap_##name(__VA_ARGS__)

WRAP(void, gcry_md_write, gcry_md_hd_t h, const void *p, size_t n)
{
	sound("gcry_md_write", p, n);
	__real_gcry_md_write(h, p, n);
}

WRAP(gcry_error_t, gcry_md_setkey, gcry_md_hd_t h, const void *p, size_t n)
{
	sound("gcry_md_setkey", p, n);
	return __real_gcry_md_setkey(h, p, n);
}

WRAP(gcry_error_t, gcry_cipher_setkey, gcry_cipher_hd_t h, const void *p, size_t n)
{
	sound("gcry_cipher_setkey", p, n);
	return __real_gcry_cipher_setkey(h, p, n);
}

WRAP(gcry_error_t, gcry_cipher_setiv, gcry_cipher_hd_t h, const void *p, size_t n)
{
	sound("gcry_cipher_setiv", p, n);
	return __real_gcry_cipher_setiv(h, p, n);
}

WRAP(gcry_error_t, gcry_cipher_authenticate, gcry_cipher_hd_t h, const void *p, size_t n)
{
	sound("gcry_cipher_authenticate", p, n);
	return __real_gcry_cipher_authenticate(h, p, n);
}

WRAP(gcry_error_t, gcry_cipher_checktag, gcry_cipher_hd_t h, const void *p, size_t n)
{
	sound("gcry_cipher_checktag", p, n);
	return __real_gcry_cipher_checktag(h, p, n);
}

WRAP(gcry_error_t, gcry_cipher_decrypt, gcry_cipher_hd_t h, void *out, size_t out_size,
     const void *in, size_t n)
{
	sound("gcry_cipher_decrypt, out", out, out_size);
	sound("gcry_cipher_decrypt, in", in, n);
	return __real_gcry_cipher_decrypt(h, out, out_size, in, n);
}
