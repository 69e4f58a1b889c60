/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keylog.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct keylog {
	FILE *file;
};

struct keylog *keylog_open(const char *path, GError **error)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	FILE *file = fd >= 0 && fchmod(fd, 0600) == 0 ? fdopen(fd, "a") : NULL;
	struct keylog *k;

	if (!file) {
		g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(errno),
			    "key log %s: %s", path, g_strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	k = g_new0(struct keylog, 1);
	k->file = file;
	return k;
}

void keylog_close(struct keylog *k)
{
	if (!k)
		return;
	(void)fclose(k->file);
	g_free(k);
}

static void put_hex(FILE *f, const struct secret *s)
{
	struct span octets = secret_peek(s);

	for (size_t i = 0; i < octets.n; i++)
		(void)fprintf(f, "%02x", octets.p[i]);
}

/* The names are Wireshark's own, out of its preferences window. NULL: it has none. */
static const char *encryption_name(const struct suite *s)
{
	switch (s->encr) {
	case ENCR_AES_CBC:
		return s->encr_key_bits == 128   ? "AES-CBC-128 [RFC3602]"
		       : s->encr_key_bits == 192 ? "AES-CBC-192 [RFC3602]"
						 : "AES-CBC-256 [RFC3602]";
	case ENCR_AES_GCM_16:
		return s->encr_key_bits == 128   ? "AES-GCM-128 with 16 octet ICV [RFC5282]"
		       : s->encr_key_bits == 192 ? "AES-GCM-192 with 16 octet ICV [RFC5282]"
						 : "AES-GCM-256 with 16 octet ICV [RFC5282]";
	default:
		return NULL;
	}
}

static const char *integrity_name(const struct suite *s)
{
	switch (s->integ) {
	case INTEG_NONE:
		return "NONE [RFC4306]";
	case INTEG_HMAC_SHA1_96:
		return "HMAC_SHA1_96 [RFC2404]";
	case INTEG_HMAC_SHA2_256_128:
		return "HMAC_SHA2_256_128 [RFC4868]";
	case INTEG_HMAC_SHA2_384_192:
		return "HMAC_SHA2_384_192 [RFC4868]";
	case INTEG_HMAC_SHA2_512_256:
		return "HMAC_SHA2_512_256 [RFC4868]";
	default:
		return NULL;
	}
}

void keylog_write(struct keylog *k, const struct gateway_sa_keys *keys)
{
	const char *encryption = encryption_name(&keys->keys->suite);
	const char *integrity = integrity_name(&keys->keys->suite);

	if (!encryption || !integrity)
		return;
	(void)fprintf(k->file, "%016" PRIx64 ",%016" PRIx64 ",", keys->spi_i, keys->spi_r);
	put_hex(k->file, &keys->keys->sk_ei);
	(void)fputc(',', k->file);
	put_hex(k->file, &keys->keys->sk_er);
	(void)fprintf(k->file, ",\"%s\",", encryption);
	put_hex(k->file, &keys->keys->sk_ai);
	(void)fputc(',', k->file);
	put_hex(k->file, &keys->keys->sk_ar);
	(void)fprintf(k->file, ",\"%s\"\n", integrity);
	(void)fflush(k->file);
}
