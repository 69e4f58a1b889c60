/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Documents and rules that cases cite. */
#ifndef IKESYNC_PROBE_CASES_SOURCES_H
#define IKESYNC_PROBE_CASES_SOURCES_H

#define DRAFT "draft-xu-ike-sa-sync-01 "
#define PROBLEM "draft-vidya-ipsec-failover-ps-02 "
#define RULE(number) "wire profile rule " #number

#endif
