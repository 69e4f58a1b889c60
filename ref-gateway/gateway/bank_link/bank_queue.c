/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal of what the bank has not acknowledged. */
#include "bank_link/bank_queue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bank_link/bank_disk.h"
#include "bank_link/bank_file.h"
#include "bank_link/bank_record.h"
#include "tool/log.h"

#define QUEUE_ERROR (g_quark_from_static_string("ikesync-queue"))
#define FILE_HEADER "ikesync-queue 1\n"
#define FILE_HEADER_SIZE 16
/* An empty journal is truncated when it is larger than this; one with live requests is rewritten when so much of it is dead. */
#define EMPTY_MAX (256 * 1024)
#define DEAD_MAX (32 * 1024 * 1024)

struct bank_queue {
	char *folder, *path;
	int lock_fd, fd;
	uint64_t size;        /* of the file */
	uint64_t live_octets; /* of records in `live` */
	uint64_t next_number;
	uint64_t stable; /* the last request that has been made stable */
	bool dirty;      /* requests above it */
	bool
	    failed; /* the file does not hold what it should, or is not to be believed: written anew next */
	bool rewriting; /* the job that is under way writes a new file */
	unsigned damaged;
	GHashTable *
	    live; /* number -> GBytes, its record: the file can be written anew without reading it */
	GByteArray
	    *pending; /* what goes into the file next: answers; during a rewrite requests, too */
	struct bank_disk *disk;
};

/* ---- the file ---- */

/* A disk that refuses ends nothing: requests wait in memory, as they would for a bank, and are not called stable. */
static void fail(struct bank_queue *q)
{
	if (!q->failed)
		log_error("queue %s: %s. Requests are kept in memory only, and clients are told no "
			  "INDEX, until it can "
			  "be written again",
			  q->path, g_strerror(errno));
	q->failed = q->dirty = true;
}

/* All or nothing: half a record in the middle would be damage. */
static bool append_octets(struct bank_queue *q, struct span s)
{
	if (!bank_file_write(q->fd, s)) {
		int saved = errno;

		if (ftruncate(q->fd, (off_t)q->size) != 0)
			log_error("queue %s: cannot cut a half-written record: %s", q->path,
				  g_strerror(errno));
		errno = saved;
		return false;
	}
	q->size += s.n;
	q->dirty = true;
	return true;
}

static bool write_pending(struct bank_queue *q)
{
	bool ok = append_octets(q, span_of(q->pending->data, q->pending->len));

	if (ok)
		g_byte_array_set_size(q->pending, 0);
	return ok;
}

static bool sync_folder(const struct bank_queue *q)
{
	int fd = open(q->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

static bool truncate_empty(struct bank_queue *q)
{
	g_byte_array_set_size(q->pending, 0);
	if (ftruncate(q->fd, FILE_HEADER_SIZE) != 0)
		return false;
	q->size = FILE_HEADER_SIZE;
	q->dirty = true;
	return true;
}

static struct span mapped_records(GMappedFile *m)
{
	size_t n = g_mapped_file_get_length(m);

	if (n <= FILE_HEADER_SIZE)
		return SPAN_NONE;
	return span_of(&((const uint8_t *)g_mapped_file_get_contents(m))[FILE_HEADER_SIZE],
		       n - FILE_HEADER_SIZE);
}

static gint by_number(gconstpointer a, gconstpointer b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The records of the live requests, in order. */
static GPtrArray *live_records(const struct bank_queue *q)
{
	GPtrArray *records = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	GList *numbers = g_list_sort(g_hash_table_get_keys(q->live), by_number);

	for (GList *l = numbers; l; l = l->next)
		g_ptr_array_add(records, g_bytes_ref(g_hash_table_lookup(q->live, l->data)));
	g_list_free(numbers);
	return records;
}

/* ---- its jobs ---- */

static void start_rewrite(struct bank_queue *q)
{
	struct bank_disk_job job = { .fd = -1,
				     .records = live_records(q),
				     .covers = q->next_number - 1 };

	g_byte_array_set_size(q->pending, 0);
	q->rewriting = true;
	q->dirty = false;
	bank_disk_start(q->disk, &job);
}

bool bank_queue_start_sync(struct bank_queue *q)
{
	struct bank_disk_job job = { .fd = q->fd, .covers = q->next_number - 1 };

	if (bank_disk_busy(q->disk))
		return true;
	if (!q->failed && q->pending->len && !write_pending(q))
		fail(q);
	if (!q->failed && !q->dirty)
		return false;
	if (q->failed) {
		start_rewrite(q);
		return true;
	}
	q->dirty = false;
	bank_disk_start(q->disk, &job);
	return true;
}

static void rewritten(struct bank_queue *q, const struct bank_disk_job *job)
{
	q->rewriting = false;
	if (!job->ok) {
		errno = job->error;
		fail(q);
		return;
	}
	if (q->failed)
		log_notice("queue %s: written anew, with %u requests: durable again", q->path,
			   g_hash_table_size(q->live));
	if (q->fd >= 0)
		close(q->fd);
	q->fd = job->new_fd;
	q->size = job->size;
	q->failed = false;
	q->stable = job->covers;
}

static void take(struct bank_queue *q)
{
	struct bank_disk_job job;

	bank_disk_take(q->disk, &job);
	if (q->rewriting) {
		rewritten(q, &job);
	} else if (job.ok) {
		q->stable = job.covers;
	} else {
		errno = job.error;
		fail(q);
	}
}

bool bank_queue_poll(struct bank_queue *q)
{
	if (!bank_disk_done(q->disk))
		return false;
	take(q);
	return true;
}

bool bank_queue_has_result(const struct bank_queue *q)
{
	return bank_disk_done(q->disk);
}

bool bank_queue_sync(struct bank_queue *q)
{
	while (bank_queue_start_sync(q)) {
		bool last = q->rewriting;

		take(q);
		if (last && q->failed)
			return false;
	}
	return true;
}

/* ---- opening ---- */

struct opening {
	struct bank_queue *q;
	void (*found)(const struct bank_queue_record *r, void *user);
	void *user;
};

static void note_number(struct bank_queue *q, uint64_t number)
{
	if (number >= q->next_number)
		q->next_number = number + 1;
}

static void forget_live(struct bank_queue *q, uint64_t number)
{
	GBytes *record = g_hash_table_lookup(q->live, &number);

	if (!record)
		return;
	q->live_octets -= g_bytes_get_size(record);
	g_hash_table_remove(q->live, &number);
}

static void add_live(struct bank_queue *q, uint64_t number, struct span record)
{
	uint64_t *key = g_new(uint64_t, 1);

	*key = number;
	forget_live(q, number);
	g_hash_table_insert(q->live, key, g_bytes_new(record.p, record.n));
	q->live_octets += record.n;
}

static void first_pass(struct span body, struct span record, void *user)
{
	struct opening *o = user;
	struct rcursor c = rcursor_init(body, NULL);
	uint8_t kind = rcursor_u8(&c, "kind");
	uint64_t number = rcursor_u64(&c, "number");

	note_number(o->q, number);
	if (kind == BANK_RECORD_REQUEST)
		add_live(o->q, number, record);
	else if (kind == BANK_RECORD_ANSWER)
		forget_live(o->q, number);
}

static void second_pass(struct span body, struct span record, void *user)
{
	struct opening *o = user;
	struct bank_queue_record r;

	(void)record;
	if (body.p[0] == BANK_RECORD_REQUEST && bank_record_read_request(body, &r) &&
	    g_hash_table_contains(o->q->live, &r.number))
		o->found(&r, o->user);
}

static bool load(struct bank_queue *q, struct opening *o, GError **error)
{
	GMappedFile *m = g_mapped_file_new(q->path, FALSE, error);
	struct span records;
	unsigned again = 0;
	size_t end;

	if (!m)
		return false;
	if (g_mapped_file_get_length(m) <
	    FILE_HEADER_SIZE) { /* new, or power failed at its birth */
		g_mapped_file_unref(m);
		if (ftruncate(q->fd, 0) != 0 ||
		    !bank_file_write(q->fd, span_of(FILE_HEADER, FILE_HEADER_SIZE)) ||
		    fsync(q->fd) != 0 || !sync_folder(q))
			fail(q); /* a full disk, most likely: that is no reason not to start */
		q->size = FILE_HEADER_SIZE;
		return true;
	}
	if (memcmp(g_mapped_file_get_contents(m), FILE_HEADER, FILE_HEADER_SIZE) != 0) {
		g_set_error(error, QUEUE_ERROR, 1, "queue %s: not a journal of this program",
			    q->path);
		g_mapped_file_unref(m);
		return false;
	}
	records = mapped_records(m);
	end = bank_record_scan(records, &q->damaged, first_pass, o);
	bank_record_scan(records, &again, second_pass, o);
	q->size = FILE_HEADER_SIZE + end;
	if (end < records.n)
		log_notice("queue %s: %zu octets of an unfinished record at the end are cut",
			   q->path, records.n - end);
	g_mapped_file_unref(m);
	if (ftruncate(q->fd, (off_t)q->size) != 0) {
		g_set_error(error, QUEUE_ERROR, 1, "queue %s: %s", q->path, g_strerror(errno));
		return false;
	}
	return true;
}

static void rewrite_now(struct bank_queue *q)
{
	start_rewrite(q);
	take(q);
}

/* Keep the evidence under another name and go on with what was good. */
static void set_damage_aside(struct bank_queue *q)
{
	char *aside = g_strdup_printf("%s.damaged", q->path);

	q->failed = true; /* what is good is written anew */
	log_error("queue %s: %u damaged place(s); requests that stood there are lost. The file is "
		  "kept as %s",
		  q->path, q->damaged, aside);
	unlink(aside);
	if (link(q->path, aside) != 0)
		log_warning("queue %s: %s", aside, g_strerror(errno));
	g_free(aside);
	(void)!bank_queue_sync(q);
}

static bool open_files(struct bank_queue *q, GError **error)
{
	char *lock = g_strdup_printf("%s/lock", q->folder);
	bool ok = false;

	if (g_mkdir_with_parents(q->folder, 0700) != 0)
		g_set_error(error, QUEUE_ERROR, 1, "queue %s: %s", q->folder, g_strerror(errno));
	else if ((q->lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) < 0)
		g_set_error(error, QUEUE_ERROR, 1, "queue %s: %s", lock, g_strerror(errno));
	else if (flock(q->lock_fd, LOCK_EX | LOCK_NB) != 0)
		g_set_error(error, QUEUE_ERROR, 1, "queue %s: in use by another process",
			    q->folder);
	else if ((q->fd = open(q->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) < 0 ||
		 fchmod(q->fd, 0600) != 0)
		g_set_error(error, QUEUE_ERROR, 1, "queue %s: %s", q->path, g_strerror(errno));
	else
		ok = true;
	g_free(lock);
	return ok;
}

struct bank_queue *bank_queue_open(const char *folder,
				   void (*found)(const struct bank_queue_record *r, void *user),
				   void *user, GError **error)
{
	struct bank_queue *q = g_new0(struct bank_queue, 1);
	struct opening o = { q, found, user };

	q->lock_fd = -1;
	q->fd = -1;
	q->next_number = 1;
	q->folder = g_strdup(folder);
	q->path = g_strdup_printf("%s/journal", folder);
	q->live = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free,
					(GDestroyNotify)g_bytes_unref);
	q->pending = g_byte_array_new();
	q->disk = bank_disk_new(q->path, span_of(FILE_HEADER, FILE_HEADER_SIZE));
	if (!open_files(q, error) || !load(q, &o, error)) {
		bank_queue_close(q);
		return NULL;
	}
	/*
	 * Also without damage: what a process left whose sync had failed may be in the page cache only, marked clean.
	 */
	if (q->damaged)
		set_damage_aside(q);
	else if (g_hash_table_size(q->live))
		rewrite_now(q);
	q->stable = q->failed ? 0 : q->next_number - 1;
	return q;
}

void bank_queue_close(struct bank_queue *q)
{
	if (!q)
		return;
	if (q->fd >= 0 && q->size >= FILE_HEADER_SIZE) {
		if (!q->failed && !bank_disk_busy(q->disk) && g_hash_table_size(q->live) == 0 &&
		    q->size > FILE_HEADER_SIZE)
			truncate_empty(q);
		if (!bank_queue_sync(q))
			log_error("queue %s: %u requests are lost with this process", q->path,
				  g_hash_table_size(q->live));
	}
	bank_disk_free(q->disk);
	if (q->fd >= 0)
		close(q->fd);
	if (q->lock_fd >= 0)
		close(q->lock_fd);
	g_hash_table_unref(q->live);
	g_byte_array_unref(q->pending);
	g_free(q->folder);
	g_free(q->path);
	g_free(q);
}

/* ---- running ---- */

void bank_queue_wake(struct bank_queue *q, GMainContext *context)
{
	bank_disk_set_context(q->disk, context);
}

uint64_t bank_queue_append(struct bank_queue *q, const struct bank_queue_record *r)
{
	uint8_t buf[BANK_RECORD_MAX];
	struct wcursor c = wcursor_init(buf, sizeof(buf));
	uint64_t number = q->next_number;
	struct span record;

	if (!bank_record_write_request(&c, number, r)) {
		errno = EMSGSIZE;
		return 0;
	}
	record = wcursor_written(&c, 0);
	q->next_number++;
	add_live(q, number, record);
	if (q->rewriting)
		g_byte_array_append(q->pending, record.p, (guint)record.n);
	else if (!q->failed && (!write_pending(q) || !append_octets(q, record)))
		fail(q);
	q->dirty = true;
	return number;
}

void bank_queue_done(struct bank_queue *q, uint64_t number)
{
	uint8_t buf[BANK_RECORD_HEADER + 9];
	struct wcursor c = wcursor_init(buf, sizeof(buf));

	if (!g_hash_table_contains(q->live, &number))
		return;
	forget_live(q, number);
	if (q->failed && !q->rewriting)
		return; /* what is written anew next does not have it */
	if (!q->rewriting && g_hash_table_size(q->live) == 0 && q->size > EMPTY_MAX &&
	    truncate_empty(q))
		return;
	if (bank_record_write_answer(&c, number))
		g_byte_array_append(q->pending, buf, sizeof(buf));
	if (!bank_disk_busy(q->disk) && q->size - q->live_octets > DEAD_MAX &&
	    q->live_octets < q->size / 4)
		start_rewrite(q);
}

bool bank_queue_failed(const struct bank_queue *q)
{
	return q->failed;
}

bool bank_queue_dirty(const struct bank_queue *q)
{
	return q->dirty;
}

bool bank_queue_busy(const struct bank_queue *q)
{
	return bank_disk_busy(q->disk);
}

uint64_t bank_queue_stable(const struct bank_queue *q)
{
	return q->stable;
}

size_t bank_queue_live(const struct bank_queue *q)
{
	return g_hash_table_size(q->live);
}

uint64_t bank_queue_size(const struct bank_queue *q)
{
	return q->size;
}

unsigned bank_queue_damaged(const struct bank_queue *q)
{
	return q->damaged;
}
