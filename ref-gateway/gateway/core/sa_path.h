/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the peer of an SA is: followed by what it sends, or, with MOBIKE, only by what it says (RFC 4555). */
#ifndef IKESYNC_GATEWAY_SA_PATH_H
#define IKESYNC_GATEWAY_SA_PATH_H

#include "core/gateway_types.h"

struct sa;

enum sa_path_check {
	SA_PATH_CHECKED,
	SA_PATH_UNCHECKED, /* to be asked whether it can be reached there */
	SA_PATH_ASKED,
};

/* An authentic message came along `path`. Without MOBIKE the SA follows, and its children (RFC 7296 section 2.23). */
void sa_path_heard(struct sa *sa, const struct gateway_path *path);
/* The peer says that it is there now. Its children wait until that is checked, if `check`. */
void sa_path_update(struct sa *sa, const struct gateway_path *path, bool check);
/* It can be reached there. */
void sa_path_is_checked(struct sa *sa);

#endif
