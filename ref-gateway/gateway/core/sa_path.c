/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the peer of an SA is. */
#include "core/sa_path.h"

#include "core/sa.h"
#include "core/sa_due.h"

static bool same(const struct gateway_path *a, const struct gateway_path *b)
{
	return a->nat == b->nat && endpoint_equal(&a->remote, &b->remote) &&
	       endpoint_equal(&a->local, &b->local);
}

void sa_path_heard(struct sa *sa, const struct gateway_path *path)
{
	if (sa->mobike || same(&sa->path, path))
		return;
	sa->path = *path;
	sa_child_moved(sa);
}

void sa_path_update(struct sa *sa, const struct gateway_path *path, bool check)
{
	if (same(&sa->path, path))
		return;
	sa->path = *path;
	sa->path_check = check ? SA_PATH_UNCHECKED : SA_PATH_CHECKED;
	if (check)
		sa_due_arm(sa);
	else
		sa_child_moved(sa);
}

void sa_path_is_checked(struct sa *sa)
{
	sa->path_check = SA_PATH_CHECKED;
	sa_child_moved(sa);
}
