/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statistics -z ikesync,srt and -z ikestub,srt: response times. */
#ifndef IKESYNC_STATS_TIMES_H
#define IKESYNC_STATS_TIMES_H

void stats_times_register_ikesync(int proto);
void stats_times_register_ikestub(int proto);

#endif
