/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a capture file, pcap or pcapng, packet by packet. */
#ifndef IKESYNC_PROBE_READER_CAPTURE_FILE_H
#define IKESYNC_PROBE_READER_CAPTURE_FILE_H

#include "reader/reading.h"

struct capture_file {
	const char *path;
	uint8_t syn_type;
	const uint16_t *ike_ports; /* besides 500 and 4500 */
	size_t n_ike_ports;
	const uint16_t *bank_ports; /* besides 49500 */
	size_t n_bank_ports;
	char **key_files; /* NULL-terminated; NULL: none */
};

/* NULL and a GError: the file, or one of the key files, cannot be read. Free with reading_free(). */
struct reading *capture_file_read(const struct capture_file *f, GError **error);

#endif
