/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line that shows a capture: ports, keys and payload type as this run used them. */
#ifndef IKESYNC_PROBE_CAPTURE_CAPTURE_TSHARK_H
#define IKESYNC_PROBE_CAPTURE_CAPTURE_TSHARK_H

#include <glib.h>

#include "target/target.h"

struct capture_port {
	uint16_t port;
	bool nat; /* IKE behind the non-ESP marker */
};

struct capture_tshark {
	const char *base; /* folder that the names are relative to and that is put in front of them;
			     NULL: they stay as they are */
	const char *file;
	const char *config; /* folder with ikev2_decryption_table; NULL: none */
	uint8_t syn_payload_type;
	const struct capture_port *udp, *tcp;
	size_t n_udp, n_tcp;
};

/* Add to an array of struct capture_port unless it is there. */
void capture_tshark_add_port(GArray *ports, struct capture_port port);
/* Is `e` one of the target's ports where IKE has the non-ESP marker? */
bool capture_tshark_is_nat(const struct target *t, const struct endpoint *e);
/* Quoted for a POSIX shell; absolute paths where there is a base. Free with g_free(). */
char *capture_tshark_line(const struct capture_tshark *t);

#endif
