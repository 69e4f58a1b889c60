/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The capture of each case: live packets where they can be had whole, otherwise packets made of the
 * very octets that the probe sent and got. TLS secrets stand in the file, in front of the packets.
 */
#ifndef IKESYNC_PROBE_CAPTURE_CAPTURE_H
#define IKESYNC_PROBE_CAPTURE_CAPTURE_H

#include "target/target.h"

enum capture_mode { CAPTURE_AUTO, CAPTURE_LIVE, CAPTURE_SYNTH, CAPTURE_OFF };

struct capture_run; /* what the captures of one run share */
struct capture;     /* of one case */

/*
 * What became of a case's capture; strings are owned by the result, NULL where there is nothing.
 * Names are relative to the run folder, which may be carried away.
 */
struct capture_result {
	char *file;            /* pcapng */
	char *tls_keys;        /* SSLKEYLOGFILE format; also embedded */
	char *ikev2_folder;    /* holds ikev2_decryption_table */
	char *tshark;          /* shell command that shows the case, in the run folder */
	char *tshark_anywhere; /* the same with absolute paths */
	char *how; /* "live on lo", "written from the probe's own octets", with the reason; why
		      there is no file */
	unsigned packets;
};
void capture_result_clear(struct capture_result *r);

/* Decide how to capture. `folder`, inside the run folder, gets the files. NULL and a GError when
 * `mode` is live and that cannot be. `t` is borrowed. */
struct capture_run *capture_run_new(const struct target *t, enum capture_mode mode,
				    const char *folder, GError **error);
void capture_run_free(struct capture_run *r);
/* One line for the report. */
const char *capture_run_method(const struct capture_run *r);

/* `label` names the files. NULL when capturing is off. */
struct capture *capture_begin(struct capture_run *r, const char *label);
/* Write the files and free `c` (NULL allowed). */
void capture_end(struct capture *c, struct capture_result *out);

void capture_udp(struct capture *c, bool sent, const struct endpoint *local,
		 const struct endpoint *remote, struct span datagram);
void capture_tcp(struct capture *c, uint64_t id, bool sent, const struct endpoint *local,
		 const struct endpoint *remote, struct span octets);
void capture_ikev2_keys(struct capture *c, const char *line);
/*
 * A line of cases/ID.ikesync.keys, which also stands in the capture (docs/dissector-decryption.md).
 */
void capture_sa_keys(struct capture *c, const char *line);
const char *capture_tls_key_log(const struct capture *c);

#endif
