/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A thread that syncs and rewrites the journal. */
#include "bank_link/bank_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bank_link/bank_file.h"

struct bank_disk {
	const char *path;
	char *folder;
	struct span header;
	GMainContext *context;
	GThread *thread;
	bool busy; /* the loop's own: a job was started and not taken */
	/* shared */
	GMutex lock;
	GCond changed;
	enum { IDLE, STARTED, DONE, QUIT } state;
	struct bank_disk_job job;
};

static bool sync_folder(const struct bank_disk *d)
{
	int fd = open(d->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
	return ok;
}

static bool write_records(const struct bank_disk *d, struct bank_disk_job *job, int fd)
{
	bool ok = bank_file_write(fd, d->header);

	job->size = d->header.n;
	for (guint i = 0; ok && i < job->records->len; i++) {
		gsize n;
		const void *octets = g_bytes_get_data(g_ptr_array_index(job->records, i), &n);

		ok = bank_file_write(fd, span_of(octets, n));
		job->size += n;
	}
	return ok;
}

/*
 * From memory into a new file that takes the old one's place in one step. The old one is not read: after a failed sync the
 * kernel may have dropped the pages that it could not write, or have marked them clean. Which of the two files a power cut
 * would leave is known when the folder is synced, too.
 */
static void rewrite(const struct bank_disk *d, struct bank_disk_job *job)
{
	g_autofree char *path = g_strdup_printf("%s.new", d->path);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);

	job->ok = fd >= 0 && write_records(d, job, fd) && fsync(fd) == 0 &&
		  rename(path, d->path) == 0 && sync_folder(d);
	job->error = job->ok ? 0 : errno;
	job->new_fd = fd;
	if (job->ok)
		return;
	if (fd >= 0)
		close(fd);
	job->new_fd = -1;
	unlink(path);
}

static void run(const struct bank_disk *d, struct bank_disk_job *job)
{
	if (job->fd < 0) {
		rewrite(d, job);
		return;
	}
	job->ok = fdatasync(job->fd) == 0;
	job->error = job->ok ? 0 : errno;
}

static gpointer work(gpointer user)
{
	struct bank_disk *d = user;

	g_mutex_lock(&d->lock);
	for (;;) {
		struct bank_disk_job job;

		while (d->state != STARTED && d->state != QUIT)
			g_cond_wait(&d->changed, &d->lock);
		if (d->state == QUIT)
			break;
		job = d->job;
		g_mutex_unlock(&d->lock);
		run(d, &job);
		g_mutex_lock(&d->lock);
		d->job = job;
		d->state = DONE;
		g_cond_broadcast(&d->changed);
		if (d->context)
			g_main_context_wakeup(d->context);
	}
	g_mutex_unlock(&d->lock);
	return NULL;
}

struct bank_disk *bank_disk_new(const char *path, struct span header)
{
	struct bank_disk *d = g_new0(struct bank_disk, 1);

	d->path = path;
	d->folder = g_path_get_dirname(path);
	d->header = header;
	g_mutex_init(&d->lock);
	g_cond_init(&d->changed);
	return d;
}

void bank_disk_set_context(struct bank_disk *d, GMainContext *context)
{
	g_mutex_lock(&d->lock);
	d->context = context;
	g_mutex_unlock(&d->lock);
}

void bank_disk_start(struct bank_disk *d, const struct bank_disk_job *job)
{
	if (!d->thread) /* not before: a daemon gives up its rights first, and threads begin with those they are born with */
		d->thread = g_thread_new("queue disk", work, d);
	d->busy = true;
	g_mutex_lock(&d->lock);
	d->job = *job;
	d->job.new_fd = -1;
	d->state = STARTED;
	g_cond_broadcast(&d->changed);
	g_mutex_unlock(&d->lock);
}

bool bank_disk_busy(const struct bank_disk *d)
{
	return d->busy;
}

bool bank_disk_done(struct bank_disk *d)
{
	bool done;

	if (!d->busy)
		return false;
	g_mutex_lock(&d->lock);
	done = d->state == DONE;
	g_mutex_unlock(&d->lock);
	return done;
}

void bank_disk_take(struct bank_disk *d, struct bank_disk_job *out)
{
	g_mutex_lock(&d->lock);
	while (d->state != DONE)
		g_cond_wait(&d->changed, &d->lock);
	*out = d->job;
	d->state = IDLE;
	g_mutex_unlock(&d->lock);
	d->busy = false;
	if (out->records)
		g_ptr_array_unref(out->records);
	out->records = NULL;
}

void bank_disk_free(struct bank_disk *d)
{
	struct bank_disk_job job;

	if (!d)
		return;
	if (d->busy) {
		bank_disk_take(d, &job);
		if (job.new_fd >= 0)
			close(job.new_fd);
	}
	if (d->thread) {
		g_mutex_lock(&d->lock);
		d->state = QUIT;
		g_cond_broadcast(&d->changed);
		g_mutex_unlock(&d->lock);
		g_thread_join(d->thread);
	}
	g_mutex_clear(&d->lock);
	g_cond_clear(&d->changed);
	g_free(d->folder);
	g_free(d);
}
