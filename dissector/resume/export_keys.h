/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Export Objects, IKESYNC: derived keys as rows of Wireshark's own tables, so that its ISAKMP and
 * ESP open what the plugin has derived. Only with the preference that allows it.
 */
#ifndef IKESYNC_EXPORT_KEYS_H
#define IKESYNC_EXPORT_KEYS_H

#include "resume/resume_child.h"

struct ike_resumed;

/* What one message adds; each may be NULL. */
struct export_keys {
	const struct ike_resumed *sa; /* its keys are proven by this message */
	const struct resume_child *child;
};

/* Queue it for whoever exports; `keys` lives as long as the packet. */
void export_keys_offer(packet_info *pinfo, const struct export_keys *keys);

/* Does anybody export? */
bool export_keys_wanted(void);

/* Once, in the registration of `ikesync`; adds the preference to its module. */
void export_keys_register(int proto, module_t *module);

#endif
