/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statistics -z ikesync_rules,tree: every expert info of both protocols, that is every rule seen broken. */
#ifndef IKESYNC_STATS_RULES_H
#define IKESYNC_STATS_RULES_H

/* In the handoff. */
void stats_rules_register(void);

#endif
