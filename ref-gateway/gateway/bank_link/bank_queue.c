/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal of what the bank has not acknowledged. */
#include "bank_link/bank_queue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool/log.h"

#define QUEUE_ERROR (g_quark_from_static_string("ikesync-queue"))
#define FILE_HEADER "ikesync-queue 1\n"
#define FILE_HEADER_SIZE 16
#define RECORD_MAGIC 0x494b4251u /* "IKBQ" */
#define RECORD_HEADER 12
#define BODY_REQUEST 1
#define BODY_ANSWER 2
#define BODY_MAX (STUB_MESSAGE_MAX + 64)
/* An empty journal is truncated when it is larger than this; one with live requests is rewritten when so much of it is dead. */
#define EMPTY_MAX (256 * 1024)
#define DEAD_MAX (32 * 1024 * 1024)

struct bank_queue {
	char *folder, *path;
	int lock_fd, fd;
	uint64_t size;        /* of the file */
	uint64_t live_octets; /* of records in `live` */
	uint64_t next_number;
	bool dirty;
	bool
	    failed; /* a sync of this file failed: what the kernel says of its pages is not to be believed any more */
	unsigned damaged;
	GHashTable *
	    live; /* number -> GBytes, its record: the file can be written anew without reading it */
	GByteArray *pending; /* answers not yet written */
};

/* CRC-32C, Castagnoli (RFC 3720 appendix B.4), half an octet at a time. */
static uint32_t crc32c(struct span s)
{
	static uint32_t table[16];
	uint32_t crc = 0xffffffff;

	if (!table[1]) {
		for (uint32_t i = 0; i < 16; i++) {
			uint32_t v = i;

			for (unsigned k = 0; k < 4; k++)
				v = v & 1 ? v >> 1 ^ 0x82f63b78 : v >> 1;
			table[i] = v;
		}
	}
	for (size_t i = 0; i < s.n; i++) {
		crc = crc >> 4 ^ table[(crc ^ s.p[i]) & 15];
		crc = crc >> 4 ^ table[(crc ^ s.p[i] >> 4) & 15];
	}
	return ~crc;
}

/* ---- records ---- */

static void begin_record(struct wcursor *c)
{
	wcursor_u32(c, RECORD_MAGIC);
	wcursor_u64(c, 0);
}

/* The checksum covers length and body as they will stand: computed with its own place left out. */
static uint32_t checksum(uint32_t length, struct span body)
{
	uint8_t head[4];
	struct wcursor c = wcursor_init(head, sizeof(head));

	wcursor_u32(&c, length);
	return crc32c(SPAN_OF(head)) ^ crc32c(body);
}

static bool end_record(struct wcursor *c)
{
	size_t n = wcursor_size(c) - RECORD_HEADER;

	if (c->err != ERR_OK)
		return false;
	wcursor_patch(c, 4, 4, n);
	wcursor_patch(c, 8, 4, checksum((uint32_t)n, span_of(&c->base[RECORD_HEADER], n)));
	return c->err == ERR_OK;
}

/* The record at the cursor's place. false: none, or not a whole one. */
static bool read_record(struct rcursor *c, struct span *body)
{
	uint32_t magic = rcursor_u32(c, "magic");
	uint32_t n = rcursor_u32(c, "length");
	uint32_t sum = rcursor_u32(c, "checksum");

	if (magic != RECORD_MAGIC || n < 9 || n > BODY_MAX)
		return false;
	*body = rcursor_bytes(c, n, "body");
	return rcursor_ok(c) && checksum(n, *body) == sum;
}

static bool read_request(struct span body, struct bank_queue_record *r)
{
	struct rcursor c = rcursor_init(body, NULL);
	struct span index;
	struct fault fault;

	memset(r, 0, sizeof(*r));
	rcursor_u8(&c, "kind");
	r->number = rcursor_u64(&c, "number");
	r->type = rcursor_u8(&c, "type");
	r->when = rcursor_u64(&c, "when");
	index = rcursor_bytes(&c, rcursor_u8(&c, "index length"), "index");
	r->container = rcursor_rest(&c);
	if (!rcursor_ok(&c))
		return false;
	r->has_index = index.n != 0;
	return !r->has_index || index_parse(index, false, 0, &r->index, &fault) == ERR_OK;
}

/*
 * Go through the octets behind the file's header. `each` gets every good record's body and its size in the file.
 * Returns where the good part ends; *damaged counts the gaps before that.
 */
static size_t scan(struct span file, unsigned *damaged,
		   void (*each)(struct span body, struct span record, void *user), void *user)
{
	size_t at = 0, good_end = 0;
	bool gap = false;

	while (at < file.n) {
		struct rcursor c = rcursor_init(span_of(&file.p[at], file.n - at), NULL);
		struct span body;

		if (!read_record(&c, &body)) {
			gap = true;
			at++;
			continue;
		}
		if (gap)
			(*damaged)++;
		gap = false;
		each(body, span_of(&file.p[at], RECORD_HEADER + body.n), user);
		at += RECORD_HEADER + body.n;
		good_end = at;
	}
	return good_end;
}

/* ---- the file ---- */

static bool write_all(int fd, struct span s)
{
	size_t at = 0;

	while (at < s.n) {
		ssize_t n = write(fd, &s.p[at], s.n - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

/* All or nothing: half a record in the middle would be damage. */
static bool append_octets(struct bank_queue *q, struct span s)
{
	if (!write_all(q->fd, s)) {
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

	if (!ok)
		log_warning("queue %s: %s", q->folder, g_strerror(errno));
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

/* Only the live requests, in order. *size is that of the file. */
static bool write_live(const struct bank_queue *q, int fd, uint64_t *size)
{
	GList *numbers = g_list_sort(g_hash_table_get_keys(q->live), by_number);
	bool ok = write_all(fd, span_of(FILE_HEADER, FILE_HEADER_SIZE));

	*size = FILE_HEADER_SIZE;
	for (GList *l = numbers; ok && l; l = l->next) {
		gsize n;
		const void *octets = g_bytes_get_data(g_hash_table_lookup(q->live, l->data), &n);

		ok = write_all(fd, span_of(octets, n));
		*size += n;
	}
	g_list_free(numbers);
	return ok;
}

/*
 * From memory into a new file that takes the old one's place in one step. The old one is not read: after a failed sync the
 * kernel may have dropped the pages that it could not write, or have marked them clean.
 */
static bool rewrite(struct bank_queue *q)
{
	char *path = g_strdup_printf("%s.new", q->path);
	uint64_t size;
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	bool ok =
	    fd >= 0 && write_live(q, fd, &size) && fsync(fd) == 0 && rename(path, q->path) == 0;

	if (ok) {
		close(q->fd);
		q->fd = fd;
		q->size = size;
		g_byte_array_set_size(q->pending, 0);
		/* Which of the two files a power cut would leave is not known before. */
		ok = sync_folder(q);
		q->dirty = q->failed = !ok;
	} else {
		log_error("queue %s: cannot be rewritten: %s", q->path, g_strerror(errno));
		if (fd >= 0)
			close(fd);
		unlink(path);
	}
	g_free(path);
	return ok;
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
	if (kind == BODY_REQUEST)
		add_live(o->q, number, record);
	else if (kind == BODY_ANSWER)
		forget_live(o->q, number);
}

static void second_pass(struct span body, struct span record, void *user)
{
	struct opening *o = user;
	struct bank_queue_record r;

	(void)record;
	if (body.p[0] == BODY_REQUEST && read_request(body, &r) &&
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
		if (ftruncate(q->fd, 0) == 0 &&
		    write_all(q->fd, span_of(FILE_HEADER, FILE_HEADER_SIZE)) && fsync(q->fd) == 0 &&
		    sync_folder(q)) {
			q->size = FILE_HEADER_SIZE;
			return true;
		}
		g_set_error(error, QUEUE_ERROR, 1, "queue %s: %s", q->path, g_strerror(errno));
		return false;
	}
	if (memcmp(g_mapped_file_get_contents(m), FILE_HEADER, FILE_HEADER_SIZE) != 0) {
		g_set_error(error, QUEUE_ERROR, 1, "queue %s: not a journal of this program",
			    q->path);
		g_mapped_file_unref(m);
		return false;
	}
	records = mapped_records(m);
	end = scan(records, &q->damaged, first_pass, o);
	scan(records, &again, second_pass, o);
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

/* Keep the evidence under another name and go on with what was good. */
static bool set_damage_aside(struct bank_queue *q)
{
	char *aside = g_strdup_printf("%s.damaged", q->path);

	log_error("queue %s: %u damaged place(s); requests that stood there are lost. The file is "
		  "kept as %s",
		  q->path, q->damaged, aside);
	unlink(aside);
	if (link(q->path, aside) != 0)
		log_warning("queue %s: %s", aside, g_strerror(errno));
	g_free(aside);
	return rewrite(q);
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
	if (!open_files(q, error) || !load(q, &o, error)) {
		bank_queue_close(q);
		return NULL;
	}
	if (q->damaged && !set_damage_aside(q)) {
		g_set_error(error, QUEUE_ERROR, 1, "queue %s: damaged, and cannot be rewritten",
			    q->path);
		bank_queue_close(q);
		return NULL;
	}
	/* What a process left that gave up on a failed sync may be in the page cache only, marked clean. */
	if (!q->damaged && g_hash_table_size(q->live) && !rewrite(q))
		log_warning("queue %s: goes on with the file as it is", q->path);
	return q;
}

void bank_queue_close(struct bank_queue *q)
{
	if (!q)
		return;
	if (q->fd >= 0 && q->size >= FILE_HEADER_SIZE) {
		if (g_hash_table_size(q->live) == 0 && q->size > FILE_HEADER_SIZE)
			truncate_empty(q);
		if (!bank_queue_sync(q))
			log_error("queue %s: %s", q->path, g_strerror(errno));
	}
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

uint64_t bank_queue_append(struct bank_queue *q, const struct bank_queue_record *r)
{
	uint8_t buf[RECORD_HEADER + BODY_MAX];
	struct wcursor c = wcursor_init(buf, sizeof(buf));
	uint64_t number = q->next_number;

	begin_record(&c);
	wcursor_u8(&c, BODY_REQUEST);
	wcursor_u64(&c, number);
	wcursor_u8(&c, r->type);
	wcursor_u64(&c, r->when);
	if (r->has_index) {
		wcursor_u8(&c, r->index.address.family == 6 ? INDEX_BODY_IPV6 : INDEX_BODY_IPV4);
		index_write(&c, &r->index);
	} else {
		wcursor_u8(&c, 0);
	}
	wcursor_bytes(&c, r->container);
	if (!end_record(&c)) {
		errno = EMSGSIZE;
		return 0;
	}
	if (!write_pending(q) || !append_octets(q, span_of(buf, wcursor_size(&c))))
		return 0;
	q->next_number++;
	add_live(q, number, span_of(buf, wcursor_size(&c)));
	return number;
}

void bank_queue_done(struct bank_queue *q, uint64_t number)
{
	uint8_t buf[RECORD_HEADER + 9];
	struct wcursor c = wcursor_init(buf, sizeof(buf));

	if (!g_hash_table_contains(q->live, &number))
		return;
	forget_live(q, number);
	if (g_hash_table_size(q->live) == 0 && q->size > EMPTY_MAX && truncate_empty(q))
		return;
	begin_record(&c);
	wcursor_u8(&c, BODY_ANSWER);
	wcursor_u64(&c, number);
	if (end_record(&c))
		g_byte_array_append(q->pending, buf, sizeof(buf));
	if (q->size - q->live_octets > DEAD_MAX && q->live_octets < q->size / 4)
		rewrite(q);
}

bool bank_queue_sync(struct bank_queue *q)
{
	if (q->pending->len && !write_pending(q))
		return false;
	if (!q->dirty)
		return true;
	if (!q->failed && fdatasync(q->fd) == 0) {
		q->dirty = false;
		return true;
	}
	if (!q->failed)
		log_error("queue %s: %s; it is written anew from memory", q->path,
			  g_strerror(errno));
	q->failed = true;
	return rewrite(q);
}

bool bank_queue_failed(const struct bank_queue *q)
{
	return q->failed;
}

bool bank_queue_dirty(const struct bank_queue *q)
{
	return q->dirty;
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
