/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Octets of a damaged file: read, put right, counted. */
#include "mend_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "crc32c.h"
#include "record.h"
#include "tool/log.h"

bool mend_file_open(struct mend_file *f, struct mend *mend, const char *directory, const char *name)
{
	char *path = g_build_filename(directory, name, NULL), *octets = NULL;
	GError *error = NULL;

	*f = (struct mend_file){ .mend = mend, .directory = directory, .name = name };
	mend->files++;
	if (g_file_get_contents(path, &octets, &f->n, &error)) {
		f->octets = (uint8_t *)octets;
	} else {
		mend_file_damaged(f, 0, 0, error->message);
		g_error_free(error);
	}
	g_free(path);
	return f->octets != NULL;
}

void mend_file_close(struct mend_file *f)
{
	g_clear_pointer(&f->octets, g_free);
}

static bool write_octet(const struct mend_file *f, size_t at)
{
	char *path = g_build_filename(f->directory, f->name, NULL);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && pwrite(fd, &f->octets[at], 1, (off_t)at) == 1 && fdatasync(fd) == 0;

	if (!ok)
		log_error("%s: %s", path, g_strerror(errno));
	if (fd >= 0)
		close(fd);
	g_free(path);
	return ok;
}

void mend_file_flip(struct mend_file *f, size_t at, unsigned bit)
{
	f->octets[at] ^= (uint8_t)(1u << bit);
	if (f->mend->write && !write_octet(f, at)) {
		mend_file_damaged(f, at, 1, "cannot be written");
		return;
	}
	if (!f->mend->quiet)
		log_warning("store %s: %s: bit %u of octet %zu was flipped: %s", f->directory,
			    f->name, bit, at, f->mend->write ? "put right" : "can be put right");
	f->mend->mended++;
}

void mend_file_damaged(struct mend_file *f, size_t at, size_t n, const char *what)
{
	if (!f->mend->quiet)
		log_error("store %s: %s: damaged, octets %zu to %zu: %s", f->directory, f->name, at,
			  at + n, what);
	f->mend->damaged++;
	f->mend->tables += g_str_has_suffix(f->name, ".sst");
}

void mend_file_lost(struct mend_file *f, struct span key)
{
	struct mend *m = f->mend;
	char text[ADDRESS_TEXT_MAX] = "unknown";
	struct index ix;

	if (record_key_parse(key, &ix) == ERR_OK)
		address_text(&ix.address, text);
	m->lost++;
	g_hash_table_insert(
	    m->gateways, g_strdup(text),
	    GUINT_TO_POINTER(GPOINTER_TO_UINT(g_hash_table_lookup(m->gateways, text)) + 1));
}

bool mend_file_checksum(struct mend_file *f, size_t at, size_t n, size_t crc_at)
{
	uint32_t stored = mend_u32(&f->octets[crc_at]), crc = crc32c(&f->octets[at], n),
		 wrong = crc32c_mask(crc) ^ stored;
	size_t where;
	unsigned bit;

	if (!wrong)
		return true;
	if ((wrong & (wrong - 1)) == 0) { /* one bit of the checksum itself */
		bit = (unsigned)g_bit_nth_lsf(wrong, -1);
		mend_file_flip(f, crc_at + bit / 8, bit % 8);
		return true;
	}
	if (!crc32c_find_bit(&f->octets[at], n, crc32c_unmask(stored), &where, &bit))
		return false;
	mend_file_flip(f, at + where, bit);
	return true;
}

uint32_t mend_u32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

bool mend_varint(const uint8_t *octets, size_t end, size_t *at, uint64_t *out)
{
	*out = 0;
	for (unsigned shift = 0; shift < 64 && *at < end; shift += 7) {
		uint8_t v = octets[(*at)++];

		*out |= (uint64_t)(v & 0x7f) << shift;
		if (!(v & 0x80))
			return true;
	}
	return false;
}
