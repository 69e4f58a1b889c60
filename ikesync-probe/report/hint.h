/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What to do about a run that cannot get at its target: mostly a wrong line of the target file. */
#ifndef IKESYNC_PROBE_REPORT_HINT_H
#define IKESYNC_PROBE_REPORT_HINT_H

/* What to do about a reason as the case `id` states it; NULL: none is known. Static. */
const char *hint_for(const char *reason, const char *id);

#endif
