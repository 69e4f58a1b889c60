/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small pcapng writer: packets, TLS key logs and, later, our own secrets block in one file.
 * Link type RAW (IPv4 and IPv6 packets without link layer), nanosecond timestamps.
 */
#ifndef IKESYNC_NET_PCAPNG_H
#define IKESYNC_NET_PCAPNG_H

#include <stdio.h>

#include "net/endpoint.h"

struct pcapng;
#define PCAPNG_LINKTYPE_RAW 101

/*
 * Create `path` (mode 0600, O_EXCL not used). `application` goes into the section header. `linktype` e.g. PCAPNG_LINKTYPE_RAW.
 * NULL with errno set. Every packet is flushed to the file, so that an interrupted run leaves a readable capture.
 */
struct pcapng *pcapng_create(const char *path, const char *application, uint32_t linktype);
/* `ns`: nanoseconds since 1970 UTC. `comment` may be NULL. 0, or -1 with errno. */
int pcapng_packet(struct pcapng *p, uint64_t ns, struct span packet, const char *comment);
/* Decryption Secrets Block, TLS key log text. Must precede the packets that need it for one-pass readers. */
int pcapng_tls_secrets(struct pcapng *p, struct span key_log);
/* The same of our own type: lines IKESYNC_SA and IKESYNC_SEAL (docs/dissector-decryption.md). */
int pcapng_ikesync_secrets(struct pcapng *p, struct span lines);
/* Close; 0, or -1 with errno of any write that failed before. */
int pcapng_close(struct pcapng *p);

#endif
