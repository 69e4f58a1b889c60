/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statistics -z ikesync,tree: exchanges by outcome, stub messages by type and status, latency. */
#ifndef IKESYNC_STATS_EXCHANGES_H
#define IKESYNC_STATS_EXCHANGES_H

/* In the handoff: the taps of tap_record.h are there. */
void stats_exchanges_register(void);

#endif
