/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pre-shared key in a configuration file: psk=TEXT, psk-hex=HEX or psk-file=FILE. */
#ifndef IKESYNC_TOOL_PSK_H
#define IKESYNC_TOOL_PSK_H

#include "tool/config.h"

#define PSK_MAX 1024

struct psk {
	size_t n; /* 0: none */
	uint8_t octets[PSK_MAX];
};

/*
 * Read the key of `group`. `file` is what psk-file= names, made whole by the caller, or NULL. A file may end with line ends,
 * CR or LF, which do not belong to the key; everything else in it does. It must keep the rule of keys/key_file.h, and so must
 * the configuration file when the key stands there. false: none of the three is given, or *error is set. Wipe with psk_clear().
 */
bool psk_read(struct config *c, const char *group, const char *file, struct psk *out,
	      GError **error);
void psk_clear(struct psk *p);

#endif
