/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gathers what a case sends and gets, and writes it as pcapng with its keys. */
#include "capture/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "capture/bytes.h"
#include "capture/capture_tshark.h"
#include "capture/capture_whole.h"
#include "capture/live_capture.h"
#include "net/synth.h"

#define APPLICATION "ikesync-probe " IKESYNC_VERSION
/* How long to wait for packets that the probe knows to have passed. */
#define DRAIN_MS 500
/* And for those it cannot know of (FIN, ACK). */
#define SETTLE_MS 15

struct capture_run {
	const struct target *target;
	enum capture_mode mode; /* never auto: what was decided */
	bool fall_back;         /* asked for auto: an incomplete live capture is replaced */
	char *folder;           /* where the files go */
	char *relative;         /* its name inside the run folder */
	char *method;
	struct live_capture *live;
};

struct capture {
	struct capture_run *run;
	char *label;
	char *tls_keys;    /* path */
	int problem;       /* errno of a write that failed; 0: none */
	GPtrArray *events; /* struct capture_event */
	GPtrArray *ikev2;  /* lines, no duplicates */
	GPtrArray *sa;     /* the same, for the plugin */
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void add_endpoint(GArray *out, bool given, const struct endpoint *e)
{
	if (given)
		g_array_append_val(out, *e);
}

static struct live_capture *open_live(const struct target *t, GError **error)
{
	const struct target_gateway *gateways[] = { &t->gateway, &t->old_gateway, &t->syn_off,
						    &t->silence, &t->cookie,      &t->relay };
	GArray *remotes = g_array_new(FALSE, FALSE, sizeof(struct endpoint));
	struct live_capture *l;

	for (size_t i = 0; i < G_N_ELEMENTS(gateways); i++) {
		add_endpoint(remotes, gateways[i]->given, &gateways[i]->ike);
		add_endpoint(remotes, gateways[i]->given && gateways[i]->has_nat,
			     &gateways[i]->nat);
	}
	add_endpoint(remotes, t->bank.given, &t->bank.address);
	l = live_capture_open((const struct endpoint *)(const void *)remotes->data, remotes->len,
			      error);
	g_array_unref(remotes);
	return l;
}

struct capture_run *capture_run_new(const struct target *t, enum capture_mode mode,
				    const char *folder, GError **error)
{
	struct capture_run *r = g_new0(struct capture_run, 1);
	GError *why = NULL;

	r->target = t;
	r->mode = mode;
	r->folder = g_strdup(folder);
	r->relative = folder ? g_path_get_basename(folder) : NULL;
	r->fall_back = r->mode == CAPTURE_AUTO;
	if (r->mode == CAPTURE_AUTO || r->mode == CAPTURE_LIVE) {
		r->live = open_live(t, &why);
		if (!r->live && r->mode == CAPTURE_LIVE) {
			g_propagate_error(error, why);
			capture_run_free(r);
			return NULL;
		}
		r->mode = r->live ? CAPTURE_LIVE : CAPTURE_SYNTH;
	}
	if (r->mode == CAPTURE_LIVE)
		r->method =
		    g_strdup_printf("live on %s (libpcap)%s", live_capture_device(r->live),
				    r->fall_back ? ", rewritten from the probe's own octets "
						   "where packets were missed"
						 : "");
	else if (r->mode == CAPTURE_SYNTH)
		r->method = g_strdup_printf(
		    "written from the very datagrams and TLS octets of the probe%s%s",
		    why ? "; live capture is not available: " : "", why ? why->message : "");
	else
		r->method = g_strdup("off");
	g_clear_error(&why);
	return r;
}

void capture_run_free(struct capture_run *r)
{
	if (!r)
		return;
	live_capture_free(r->live);
	g_free(r->method);
	g_free(r->folder);
	g_free(r->relative);
	g_free(r);
}

const char *capture_run_method(const struct capture_run *r)
{
	return r->method;
}

static void event_free(void *data)
{
	struct capture_event *e = data;

	g_bytes_unref(e->octets);
	g_free(e);
}

struct capture *capture_begin(struct capture_run *r, const char *label)
{
	struct capture *c;

	if (r->mode == CAPTURE_OFF)
		return NULL;
	c = g_new0(struct capture, 1);
	c->run = r;
	c->label = g_strdup(label);
	c->tls_keys = g_strdup_printf("%s/%s.tls.keys", r->folder, label);
	c->events = g_ptr_array_new_with_free_func(event_free);
	c->ikev2 = g_ptr_array_new_with_free_func(g_free);
	c->sa = g_ptr_array_new_with_free_func(g_free);
	if (r->live) {
		live_capture_pump(r->live);
		live_capture_clear(r->live);
	}
	return c;
}

static void add_event(struct capture *c, bool tcp, uint64_t id, bool sent,
		      const struct endpoint *local, const struct endpoint *remote,
		      struct span octets)
{
	struct capture_event *e = g_new0(struct capture_event, 1);

	*e = (struct capture_event){ .ns = now_ns(),
				     .tcp = tcp,
				     .sent = sent,
				     .id = id,
				     .local = *local,
				     .remote = *remote,
				     .octets = g_bytes_new(octets.p, octets.n) };
	g_ptr_array_add(c->events, e);
	/* keep the kernel's buffer empty during long cases */
	if (c->run->live)
		live_capture_pump(c->run->live);
}

void capture_udp(struct capture *c, bool sent, const struct endpoint *local,
		 const struct endpoint *remote, struct span datagram)
{
	add_event(c, false, 0, sent, local, remote, datagram);
}

void capture_tcp(struct capture *c, uint64_t id, bool sent, const struct endpoint *local,
		 const struct endpoint *remote, struct span octets)
{
	add_event(c, true, id, sent, local, remote, octets);
}

static void add_line(GPtrArray *lines, const char *line)
{
	char *clean = g_strchomp(g_strdup(line));

	if (g_ptr_array_find_with_equal_func(lines, clean, g_str_equal, NULL))
		g_free(clean);
	else
		g_ptr_array_add(lines, clean);
}

void capture_ikev2_keys(struct capture *c, const char *line)
{
	add_line(c->ikev2, line);
}

void capture_sa_keys(struct capture *c, const char *line)
{
	add_line(c->sa, line);
}

const char *capture_tls_key_log(const struct capture *c)
{
	return c->tls_keys;
}

/*
 * Wait until every datagram and octet that the probe knows of is there; returns how many are not.
 */
static unsigned live_drain(const struct capture *c)
{
	gint64 deadline = g_get_monotonic_time() + DRAIN_MS * 1000;
	unsigned missing;

	live_capture_wait(c->run->live, SETTLE_MS);
	while ((missing = capture_whole_missing(c->run->live, c->events)) != 0 &&
	       g_get_monotonic_time() < deadline)
		live_capture_wait(c->run->live, 10);
	live_capture_wait(c->run->live, SETTLE_MS);
	return missing;
}

/* --- writing --- */

static GString *lines_text(const GPtrArray *lines)
{
	GString *text = g_string_new(NULL);

	for (unsigned i = 0; i < lines->len; i++)
		/* a last row without its newline would be dropped in silence */
		g_string_append_printf(text, "%s\n", (char *)g_ptr_array_index(lines, i));
	return text;
}

static struct pcapng *create(struct capture *c, uint32_t linktype, const char *path)
{
	struct pcapng *p = pcapng_create(path, APPLICATION, linktype);
	char *keys = NULL;
	size_t n = 0;

	if (!p) {
		c->problem = errno;
		(void)unlink(path);
		return NULL;
	}
	/* before the packets, for readers that make one pass */
	if (g_file_get_contents(c->tls_keys, &keys, &n, NULL) && n)
		(void)pcapng_tls_secrets(p, span_of(keys, n));
	g_free(keys);
	if (c->sa->len) {
		GString *lines = lines_text(c->sa);

		(void)pcapng_ikesync_secrets(p, span_of(lines->str, lines->len));
		g_string_free(lines, TRUE);
	}
	return p;
}

/* A file that could not be written whole is no evidence. */
static unsigned close_file(struct capture *c, struct pcapng *p, const char *path, unsigned packets)
{
	if (pcapng_close(p) == 0)
		return packets;
	c->problem = errno;
	(void)unlink(path);
	return 0;
}

static unsigned write_live(struct capture *c, const char *path)
{
	const GPtrArray *packets = live_capture_packets(c->run->live);
	struct pcapng *p;

	if (!packets->len)
		return 0;
	p = create(c, live_capture_linktype(c->run->live), path);
	if (!p)
		return 0;
	for (unsigned i = 0; i < packets->len; i++) {
		const struct live_packet *packet = g_ptr_array_index(packets, i);

		(void)pcapng_packet(p, packet->ns, bytes_span(packet->frame), NULL);
	}
	return close_file(c, p, path, packets->len);
}

static void write_tcp(struct pcapng *p, GHashTable *open, const struct capture_event *e)
{
	struct synth_tcp *t = g_hash_table_lookup(open, GSIZE_TO_POINTER((gsize)e->id));
	struct span octets = bytes_span(e->octets);

	if (octets.n == 0) {
		if (t) {
			g_hash_table_steal(open, GSIZE_TO_POINTER((gsize)e->id));
			(void)synth_tcp_close(t, e->ns, false);
		}
		return;
	}
	if (!t) {
		t = synth_tcp_open(p, e->ns, &e->local, &e->remote);
		if (!t)
			return;
		g_hash_table_insert(open, GSIZE_TO_POINTER((gsize)e->id), t);
	}
	(void)synth_tcp_data(t, e->ns, e->sent, octets);
}

static unsigned write_synth(struct capture *c, const char *path)
{
	GHashTable *open;
	GHashTableIter it;
	gpointer value;
	struct pcapng *p;

	if (!c->events->len)
		return 0;
	p = create(c, PCAPNG_LINKTYPE_RAW, path);
	if (!p)
		return 0;
	open = g_hash_table_new(NULL, NULL);
	for (unsigned i = 0; i < c->events->len; i++) {
		const struct capture_event *e = g_ptr_array_index(c->events, i);

		if (e->tcp)
			write_tcp(p, open, e);
		else
			(void)synth_udp(p, e->ns, e->sent ? &e->local : &e->remote,
					e->sent ? &e->remote : &e->local, bytes_span(e->octets));
	}
	g_hash_table_iter_init(&it, open);
	while (g_hash_table_iter_next(&it, NULL, &value))
		(void)synth_tcp_close(value, now_ns(), false);
	g_hash_table_unref(open);
	return close_file(c, p, path, c->events->len);
}

static bool write_lines(const char *path, const GPtrArray *lines)
{
	GString *text = lines_text(lines);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && write(fd, text->str, text->len) == (ssize_t)text->len;

	if (fd >= 0)
		close(fd);
	g_string_free(text, TRUE);
	return ok;
}

/* What the plugin derives the keys of resumed SAs from. */
static void write_sa_keys(const struct capture *c)
{
	char *path = g_strdup_printf("%s/%s.ikesync.keys", c->run->folder, c->label);

	if (c->sa->len && !write_lines(path, c->sa))
		(void)unlink(path);
	g_free(path);
}

static void write_ikev2_keys(const struct capture *c, struct capture_result *out)
{
	char *folder, *path;

	if (!c->ikev2->len)
		return;
	out->ikev2_folder = g_strdup_printf("%s/%s.wireshark", c->run->relative, c->label);
	folder = g_strdup_printf("%s/%s.wireshark", c->run->folder, c->label);
	path = g_build_filename(folder, "ikev2_decryption_table", NULL);
	if ((mkdir(folder, 0700) != 0 && errno != EEXIST) || !write_lines(path, c->ikev2))
		g_clear_pointer(&out->ikev2_folder, g_free);
	g_free(folder);
	g_free(path);
}

static void describe(struct capture *c, struct capture_result *out)
{
	struct capture_tshark t = { .file = out->file,
				    .config = out->ikev2_folder,
				    .syn_payload_type = c->run->target->syn_payload_type };
	GArray *udp = g_array_new(FALSE, FALSE, sizeof(struct capture_port));
	GArray *tcp = g_array_new(FALSE, FALSE, sizeof(struct capture_port));
	char *folder = g_path_get_dirname(c->run->folder);

	for (unsigned i = 0; i < c->events->len; i++) {
		const struct capture_event *e = g_ptr_array_index(c->events, i);
		struct capture_port port = { e->remote.port,
					     capture_tshark_is_nat(c->run->target, &e->remote) };

		capture_tshark_add_port(e->tcp ? tcp : udp, port);
	}
	t.udp = (const struct capture_port *)(const void *)udp->data;
	t.n_udp = udp->len;
	t.tcp = (const struct capture_port *)(const void *)tcp->data;
	t.n_tcp = tcp->len;
	out->tshark = capture_tshark_line(&t);
	t.base = folder;
	out->tshark_anywhere = capture_tshark_line(&t);
	g_free(folder);
	g_array_unref(udp);
	g_array_unref(tcp);
}

void capture_result_clear(struct capture_result *r)
{
	g_free(r->file);
	g_free(r->tls_keys);
	g_free(r->ikev2_folder);
	g_free(r->tshark);
	g_free(r->tshark_anywhere);
	g_free(r->how);
	memset(r, 0, sizeof(*r));
}

static void write_packets(struct capture *c, const char *file, struct capture_result *out)
{
	unsigned missing;

	if (!c->run->live) {
		out->packets = write_synth(c, file);
		out->how = g_strdup("written from the probe's own octets");
		return;
	}
	missing = live_drain(c);
	if (missing && c->run->fall_back) {
		out->packets = write_synth(c, file);
		out->how = g_strdup_printf("written from the probe's own octets (the live capture "
					   "lacked %u datagrams or streams)",
					   missing);
		return;
	}
	out->packets = write_live(c, file);
	out->how = missing ? g_strdup_printf("live on %s, %u datagrams or streams missed",
					     live_capture_device(c->run->live), missing)
			   : g_strdup_printf("live on %s", live_capture_device(c->run->live));
}

/* The keys beside the packets, and what to type. */
static void write_around(struct capture *c, struct capture_result *out)
{
	struct stat s;

	out->file = g_strdup_printf("%s/%s.pcapng", c->run->relative, c->label);
	write_ikev2_keys(c, out);
	write_sa_keys(c);
	if (stat(c->tls_keys, &s) == 0 && s.st_size)
		out->tls_keys = g_strdup_printf("%s/%s.tls.keys", c->run->relative, c->label);
	describe(c, out);
}

void capture_end(struct capture *c, struct capture_result *out)
{
	char *file;

	memset(out, 0, sizeof(*out));
	if (!c)
		return;
	file = g_strdup_printf("%s/%s.pcapng", c->run->folder, c->label);
	write_packets(c, file, out);
	g_free(file);
	if (out->packets) {
		write_around(c, out);
	} else {
		g_free(out->how);
		out->how =
		    c->problem ? g_strdup_printf("not written: %s", g_strerror(c->problem)) : NULL;
	}
	if (!out->tls_keys)
		(void)unlink(c->tls_keys);
	g_free(c->label);
	g_free(c->tls_keys);
	g_ptr_array_unref(c->events);
	g_ptr_array_unref(c->ikev2);
	g_ptr_array_unref(c->sa);
	g_free(c);
}
