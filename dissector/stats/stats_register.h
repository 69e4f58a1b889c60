/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statistics over the taps of tap_record.h; docs/dissector-statistics.md shows each. */
#ifndef IKESYNC_STATS_REGISTER_H
#define IKESYNC_STATS_REGISTER_H

/* -z ikesync,tree: exchanges by outcome, stub messages by type and status, latency. */
void stats_exchanges_register(void);

/* -z ikesync_rules,tree: every expert info of both protocols, that is every rule seen broken. */
void stats_rules_register(void);

/* -z ikesync,srt and -z ikestub,srt */
void stats_times_register_ikesync(int proto);
void stats_times_register_ikestub(int proto);

#endif
