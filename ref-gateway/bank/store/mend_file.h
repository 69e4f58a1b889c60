/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One file of a store that may be damaged: its octets, what is changed in them, and what is said about
 * it. Shared by the readers of each kind of file.
 */
#ifndef IKESYNC_BANK_STORE_MEND_FILE_H
#define IKESYNC_BANK_STORE_MEND_FILE_H

#include "mend.h"

struct mend_file {
	struct mend *mend;
	const char *directory;
	const char *name; /* in the directory */
	uint8_t *octets;
	size_t n;
};

/* Read it whole. false: it cannot be; said. */
bool mend_file_open(struct mend_file *f, struct mend *mend, const char *directory,
		    const char *name);
void mend_file_close(struct mend_file *f);
/* The one bit is the other way round: in memory, and on the disk where mend->write. Said and counted. */
void mend_file_flip(struct mend_file *f, size_t at, unsigned bit);
/* These octets are damaged beyond that. Said and counted. */
void mend_file_damaged(struct mend_file *f, size_t at, size_t n, const char *what);
/* A record with this key went with them; whether it can be trusted is unknown. */
void mend_file_lost(struct mend_file *f, struct span key);

/*
 * `n` octets at `at` with the masked checksum that stands at `crc_at`: right, or made right by one bit in
 * the octets or in the checksum.
 */
bool mend_file_checksum(struct mend_file *f, size_t at, size_t n, size_t crc_at);

/* Little-endian, as all numbers there. */
uint32_t mend_u32(const uint8_t *p);
/* A number of 7 bits an octet; moves *at on. false: it does not end before `end`. */
bool mend_varint(const uint8_t *octets, size_t end, size_t *at, uint64_t *out);

#endif
