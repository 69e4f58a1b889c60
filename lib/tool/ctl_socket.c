/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A Unix socket for those who run a daemon. */
#include "tool/ctl_socket.h"

#include <errno.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tool/log.h"

#define BACKLOG 16
/* Linux has NGROUPS_MAX 65536; nobody who runs a gateway is in so many. */
#define GROUPS_MAX 1024

static bool set_path(const char *path, struct sockaddr_un *sa, GError **error)
{
	*sa = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (g_strlcpy(sa->sun_path, path, sizeof(sa->sun_path)) < sizeof(sa->sun_path))
		return true;
	g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NAMETOOLONG,
		    "control %s: too long for a socket", path);
	return false;
}

static void set_errno(GError **error, const char *path)
{
	g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "control %s: %s", path,
		    g_strerror(errno));
}

/* What a process left that was killed. */
static void clear_stale(const struct sockaddr_un *sa)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	if (lstat(sa->sun_path, &st) == 0 && S_ISSOCK(st.st_mode) &&
	    connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) != 0 && errno == ECONNREFUSED)
		unlink(sa->sun_path);
	close(fd);
}

static bool find_group(const char *name, gid_t *out, GError **error)
{
	struct group *gr;

	errno = 0;
	gr = getgrnam(name);
	if (gr)
		*out = gr->gr_gid;
	else
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
			    "control-group: no such group: %s", name);
	return gr != NULL;
}

static bool bind_to(int fd, const struct sockaddr_un *sa)
{
	mode_t mask = umask(0117);
	bool ok = bind(fd, (const struct sockaddr *)sa, sizeof(*sa)) == 0;

	umask(mask);
	return ok;
}

bool ctl_socket_listen(struct ctl_socket *s, const char *path, const char *group, GError **error)
{
	struct sockaddr_un sa;
	struct stat st = { 0 };
	gid_t gid = (gid_t)-1;
	int fd;

	if (!set_path(path, &sa, error) || (group && !find_group(group, &gid, error)))
		return false;
	clear_stale(&sa);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || !bind_to(fd, &sa) || (group && chown(path, (uid_t)-1, gid) != 0) ||
	    listen(fd, BACKLOG) != 0 || lstat(path, &st) != 0) {
		set_errno(error, path);
		if (fd >= 0)
			close(fd);
		return false;
	}
	*s = (struct ctl_socket){ g_strdup(path), fd, st.st_dev, st.st_ino, st.st_gid };
	return true;
}

void ctl_socket_close(struct ctl_socket *s)
{
	struct stat st;

	if (lstat(s->path, &st) == 0 && st.st_dev == s->device && st.st_ino == s->inode)
		unlink(s->path);
	close(s->fd);
	g_free(s->path);
}

static bool has_group(int fd, gid_t first, gid_t wanted)
{
	gid_t groups[GROUPS_MAX];
	socklen_t n = sizeof(groups);

	if (first == wanted)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &n) != 0)
		return false;
	for (size_t i = 0; i < n / sizeof(groups[0]); i++)
		if (groups[i] == wanted)
			return true;
	return false;
}

int ctl_socket_accept(const struct ctl_socket *s, struct ctl_socket_peer *out)
{
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ucred cred;
	socklen_t n = sizeof(cred);

	if (fd < 0)
		return -1;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) == 0 && n == sizeof(cred)) {
		*out = (struct ctl_socket_peer){ cred.uid, cred.pid };
		if (cred.uid == 0 || cred.uid == geteuid() || has_group(fd, cred.gid, s->group))
			return fd;
		log_warning("ctl: user %u, process %d, may not come in", (unsigned)cred.uid,
			    (int)cred.pid);
	}
	close(fd);
	return -1;
}

int ctl_socket_call(const char *path, GError **error)
{
	struct sockaddr_un sa;
	int fd;

	if (!set_path(path, &sa, error))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		return fd;
	set_errno(error, path);
	if (fd >= 0)
		close(fd);
	return -1;
}
