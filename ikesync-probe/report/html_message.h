/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One message of a case's ladder: what it says, its octets, and the display filter that finds it in the capture. */
#ifndef IKESYNC_PROBE_REPORT_HTML_MESSAGE_H
#define IKESYNC_PROBE_REPORT_HTML_MESSAGE_H

#include <stdio.h>

#include "run/message_log.h"

/* `with_octets`: also all octets, with what is broken marked. */
void html_message(FILE *out, const struct logged_message *m, unsigned syn_type, bool with_octets);

#endif
