/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The makers of captures, one for each topic. */
#ifndef IKESYNC_TESTS_DISSECT_MAKE_CAPTURES_H
#define IKESYNC_TESTS_DISSECT_MAKE_CAPTURES_H

/* Each writes its files into `directory`. */
void make_ike_captures(const char *directory);
void make_carrier_captures(const char *directory);
void make_link_captures(const char *directory);
void make_clause_captures(const char *directory);
void make_stub_captures(const char *directory);
void make_hostile_captures(const char *directory);

#endif
