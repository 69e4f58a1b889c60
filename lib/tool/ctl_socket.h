/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Unix socket of a daemon's own door: where it is, whose it is, and who may come in. */
#ifndef IKESYNC_TOOL_CTL_SOCKET_H
#define IKESYNC_TOOL_CTL_SOCKET_H

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

struct ctl_socket {
	char *path;
	int fd;
	/* of the file: another process may have put its own there; `group` may come in */
	dev_t device;
	ino_t inode;
	gid_t group;
};

/* Who called, by SO_PEERCRED. */
struct ctl_socket_peer {
	uid_t uid;
	pid_t pid;
};

/*
 * Listen at `path`, mode 0660, of `group` (NULL: that of the process); a socket that nobody listens on makes way. false and a
 * GError.
 */
bool ctl_socket_listen(struct ctl_socket *s, const char *path, const char *group, GError **error);
/* No more; the file goes, if it is ours. */
void ctl_socket_close(struct ctl_socket *s);
/*
 * Take a caller: root, the user that we are, or one whose groups have that of the file. Others are hung up on, whatever mode and folder
 * the file has got. -1: nobody; `out` is filled in otherwise.
 */
int ctl_socket_accept(const struct ctl_socket *s, struct ctl_socket_peer *out);
/* The other end: a blocking socket; -1 and a GError. */
int ctl_socket_call(const char *path, GError **error);

#endif
