/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts libwireshark once, and dissects one input as a capture. */
#include "fuzz_epan.h"
#include "fuzz_taps.h"

#include <epan/column-info.h>
#include <epan/column.h>
#include <epan/dfilter/dfilter.h>
#include <epan/epan.h>
#include <epan/frame_data.h>
#include <epan/timestamp.h>
#include <epan/tvbuff.h>
#include <wiretap/wtap.h>
#include <wsutil/filesystem.h>
#include <wsutil/privileges.h>
#include <wsutil/report_message.h>
#include <wsutil/wslog.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PACKETS_MAX 32
#define PACKET_MAX 4096
/* epan_new() costs 20 ms, mostly of dissectors that never see a packet here. So a session serves
 * several inputs, with other addresses and frame numbers for each. What depends on an earlier input
 * all the same, the artifact alone will not show: run the corpus with it. */
#define INPUTS_PER_SESSION 64
#define START 1795219200 /* 2026-11-21 00:00:00 UTC */

void plugin_register(void);
const char *__asan_default_options(void);

/* libwireshark keeps what it registers until the process ends. Half of the time goes into malloc():
 * less is noted of each, and freed memory is kept for less long; ASAN_OPTIONS says otherwise when
 * need be. */
const char *__asan_default_options(void)
{
	return "detect_leaks=0:malloc_context_size=6:quarantine_size_mb=64";
}

struct packet_provider_data { /* Wireshark leaves its content to the program */
	frame_data frames[PACKETS_MAX];
	unsigned n;
	uint32_t before; /* frames of the session's earlier inputs */
	uint8_t input;
};

struct pass {
	bool first, tree, visible, filter;
};

static struct packet_provider_data capture;
static uint8_t octets[PACKETS_MAX][PACKET_MAX];
static size_t sizes[PACKETS_MAX], seen[PACKETS_MAX];
static column_info columns;
static epan_t *session;
static int key_file = -1;
/* Asks for fields of each protocol, so that hidden trees have to be built; never true at once. */
static dfilter_t *filter;

static const nstime_t *frame_time(struct packet_provider_data *p, uint32_t number)
{
	number -= p->before + 1;
	return number < p->n ? &p->frames[number].abs_ts : NULL;
}

bool fuzz_pref(const char *text)
{
	char *copy = g_strdup(text), *error = NULL;
	bool ok = prefs_set_pref(copy, &error) == PREFS_SET_OK;

	g_free(error);
	g_free(copy);
	return ok;
}

static void set_pref(const char *text)
{
	if (fuzz_pref(text))
		return;
	fprintf(stderr, "preference %s is refused\n", text);
	abort();
}

static void set_bool(const char *name, bool value)
{
	char *text = g_strdup_printf("%s:%s", name, value ? "TRUE" : "FALSE");

	set_pref(text);
	g_free(text);
}

void fuzz_key_file(const void *text, size_t n)
{
	if (key_file < 0)
		key_file = memfd_create("keys", 0);
	if (key_file < 0 || ftruncate(key_file, 0) || pwrite(key_file, text, n, 0) != (ssize_t)n)
		abort();
}

/* What a warning is made of must be there; nobody reads it. */
static G_GNUC_PRINTF(1, 0) void warn(const char *format, va_list arguments)
{
	char text[4096];

	vsnprintf(text, sizeof(text), format, arguments);
}

void fuzz_epan_init(void)
{
	static const struct report_message_routines routines = { .vreport_failure = warn,
								 .vreport_warning = warn };
	char name[] = "fuzz", path[64];
	bool root = getuid() == 0;
	char *error;

	/* Every wmem_alloc() a malloc(), so that AddressSanitizer sees its ends. */
	setenv("WIRESHARK_DEBUG_WMEM_OVERRIDE", "simple", 1);
	setenv("WIRESHARK_CONFIG_DIR", "/nonexistent", 1);
	/* Every new capture would read the lists of manufacturers and services again. */
	setenv("WIRESHARK_DATA_DIR", "/nonexistent", 1);
	/*
	 * Of root, Wireshark ignores such variables. Root only lends its name away for this call.
	 */
	if (!root || (setresgid(65534, 65534, 0) == 0 && setresuid(65534, 65534, 0) == 0))
		init_process_policies();
	if (root && (setresuid(0, 0, 0) || setresgid(0, 0, 0)))
		abort();
	ws_log_init(name, NULL);
	ws_log_set_level(LOG_LEVEL_ERROR);
	init_report_message(name, &routines);
	error = configuration_init(name, NULL);
	g_free(error);
	timestamp_set_type(TS_RELATIVE);
	timestamp_set_precision(TS_PREC_AUTO);
	timestamp_set_seconds_type(TS_SECONDS_DEFAULT);
	wtap_init(FALSE);
	plugin_register(); /* before epan_init(), as the plugin loader would */
	if (!epan_init(NULL, NULL, FALSE))
		abort();
	epan_load_settings();
	/* The seeds' protected messages have no encryption, so that mutations are read, too. */
	set_pref("uat:ikev2_decryption_table:d1d2d3d4d5d6d701,5a5b5c5d5e5f6061,,,"
		 "\"NULL [RFC2410]\",,,\"NONE [RFC4306]\"");
	set_pref("tcp.check_checksum:FALSE");
	set_pref("ikesync.export_keys:TRUE");
	if (key_file >= 0) {
		snprintf(path, sizeof(path), "ikesync.key_file:/proc/self/fd/%d", key_file);
		set_pref(path);
	}
	prefs_apply_all();
	build_column_format_array(&columns, prefs.num_cols, TRUE);
	if (proto_get_id_by_filter_name("ikesync") < 0 ||
	    proto_get_id_by_filter_name("ikestub") < 0)
		abort();
	if (!dfilter_compile("(ikesync.bind.correct == 0 || ikesync.gateway_spi) && "
			     "(ikestub.sk_d || isakmp.notify.msgtype == 49501) && iketcp.length",
			     &filter, &error)) {
		fprintf(stderr, "filter: %s\n", error);
		abort();
	}
}

static void put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, size_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

void fuzz_packet(uint8_t flags, uint8_t ip_protocol, const uint8_t *segment, size_t n)
{
	const uint8_t client[] = { 198, 51, 100, capture.input }, server[] = { 192, 0, 2, 2 };
	uint8_t *p = octets[capture.n];
	size_t header = flags & FUZZ_IP6 ? 40 : 20;
	bool back = flags & FUZZ_BACK;

	if (capture.n == PACKETS_MAX)
		return;
	if (n > PACKET_MAX - header)
		n = PACKET_MAX - header;
	memset(p, 0, header);
	if (flags & FUZZ_IP6) {
		p[0] = 0x60;
		put16(p + 4, n);
		p[6] = ip_protocol;
		p[7] = 64;
		p[8] = p[24] = 0x20;
		p[9] = p[25] = 0x01;
		p[23] = back ? 2 : 1;
		p[39] = back ? 1 : 2;
		p[back ? 38 : 22] = capture.input;
	} else {
		p[0] = 0x45;
		put16(p + 2, header + n);
		put16(p + 4, capture.n + 1);
		p[8] = 64;
		p[9] = ip_protocol;
		memcpy(p + 12, back ? server : client, 4);
		memcpy(p + 16, back ? client : server, 4);
	}
	memcpy(p + header, segment, n);
	sizes[capture.n] = header + n;
	seen[capture.n] = flags & FUZZ_CUT ? header + n * 3 / 4 : header + n;
	capture.n++;
}

void fuzz_udp(uint8_t flags, unsigned client_port, unsigned server_port, const uint8_t *data,
	      size_t n)
{
	uint8_t segment[PACKET_MAX];

	if (n > sizeof(segment) - 8)
		n = sizeof(segment) - 8;
	put16(segment, flags & FUZZ_BACK ? server_port : client_port);
	put16(segment + 2, flags & FUZZ_BACK ? client_port : server_port);
	put16(segment + 4, 8 + n);
	put16(segment + 6, 0);
	memcpy(segment + 8, data, n);
	fuzz_packet(flags, 17, segment, 8 + n);
}

void fuzz_tcp(uint8_t flags, struct fuzz_stream *s, unsigned port, const uint8_t *data, size_t n)
{
	uint8_t segment[PACKET_MAX] = { 0 };
	bool back = flags & FUZZ_BACK;

	if (n > sizeof(segment) - 20)
		n = sizeof(segment) - 20;
	put16(segment, back ? port : 33000);
	put16(segment + 2, back ? 33000 : port);
	put32(segment + 4, s->seq[back]);
	put32(segment + 8, s->seq[!back]);
	segment[12] = 0x50;
	segment[13] = 0x18;
	put16(segment + 14, 0xffff);
	memcpy(segment + 20, data, n);
	s->seq[back] += (uint32_t)n;
	fuzz_packet(flags, 6, segment, 20 + n);
}

static void dissect(unsigned i, struct pass pass)
{
	epan_dissect_t *edt;
	frame_data *fd = &capture.frames[i];
	static frame_data previous;
	const frame_data *reference = &capture.frames[0], *before = i ? &previous : NULL;
	nstime_t elapsed = NSTIME_INIT_ZERO;
	wtap_rec rec;
	uint8_t *exact = g_memdup2(octets[i], seen[i]); /* whoever reads behind it is seen */

	wtap_rec_init(&rec);
	rec.rec_type = REC_TYPE_PACKET;
	rec.presence_flags = WTAP_HAS_TS | WTAP_HAS_CAP_LEN;
	rec.ts.secs = START + i / 4;
	rec.ts.nsecs = (int)(i % 4) * 250000000;
	rec.rec_header.packet_header.caplen = (uint32_t)seen[i];
	rec.rec_header.packet_header.len = (uint32_t)sizes[i];
	rec.rec_header.packet_header.pkt_encap = WTAP_ENCAP_RAW_IP;
	if (pass.first)
		frame_data_init(fd, capture.before + i + 1, &rec, (int64_t)i * PACKET_MAX, 0);
	edt = epan_dissect_new(session, pass.tree || pass.filter, pass.visible && pass.tree);
	if (pass.filter)
		epan_dissect_prime_with_dfilter(edt, filter);
	frame_data_set_before_dissect(fd, &elapsed, &reference, before);
	epan_dissect_run_with_taps(edt, WTAP_FILE_TYPE_SUBTYPE_UNKNOWN, &rec,
				   tvb_new_real_data(exact, (unsigned)seen[i], (int)sizes[i]), fd,
				   &columns);
	epan_dissect_fill_in_columns(edt, TRUE, TRUE);
	fuzz_taps_packet(edt);
	if (pass.filter)
		dfilter_apply_edt(filter, edt);
	if (pass.first) {
		static uint32_t bytes;

		frame_data_set_after_dissect(fd, &bytes);
	}
	previous = *fd;
	epan_dissect_free(edt);
	g_free(exact);
	wtap_rec_cleanup(&rec);
}

/* Only what differs from the input before: prefs_set_pref() is slow. */
static void set_preferences(uint8_t options)
{
	static uint8_t now;
	static bool any;
	uint8_t new = any ? now ^ options : 0xff;

	any = true;
	now = options;
	if (new &FUZZ_SHOW_SECRETS)
		set_bool("ikestub.show_secrets", options & FUZZ_SHOW_SECRETS);
	if (new &FUZZ_NO_DESEGMENT) {
		set_bool("ikestub.desegment", !(options & FUZZ_NO_DESEGMENT));
		set_bool("iketcp.desegment", !(options & FUZZ_NO_DESEGMENT));
	}
	if (new &FUZZ_OTHER_TYPE)
		set_pref(options & FUZZ_OTHER_TYPE ? "ikesync.payload_type:222"
						   : "ikesync.payload_type:200");
}

void fuzz_session_end(void)
{
	if (session)
		epan_free(session);
	session = NULL;
}

void fuzz_session(void)
{
	static const struct packet_provider_funcs provider = { .get_frame_ts = frame_time };

	if (session)
		return;
	capture.before = capture.n = 0;
	capture.input = 0;
	session = epan_new(&capture, &provider);
}

uint8_t fuzz_input(void)
{
	return capture.input;
}

static void dissect_all(uint8_t options)
{
	bool hidden = options & FUZZ_TREE_HIDDEN, asked = options & FUZZ_FILTER;
	const struct pass first = { true, options & FUZZ_FIRST_PASS_TREE, !hidden, asked };
	const struct pass trees = { false, true, !hidden, false };
	const struct pass columns_only = { .first = false }, filtered = { .filter = true };

	for (unsigned i = 0; i < capture.n; i++)
		dissect(i, first);
	/* Frames are looked at in any order in the window. */
	for (unsigned i = capture.n; i-- > 0;)
		dissect(i, trees);
	if (options & FUZZ_SECRETS_LATER)
		set_preferences(options ^ FUZZ_SHOW_SECRETS);
	for (unsigned i = 0; i < capture.n; i++)
		dissect(i, columns_only);
	for (unsigned i = 0; i < capture.n && options & (FUZZ_FILTER | FUZZ_SECRETS_LATER); i++)
		dissect(i, asked ? filtered : trees);
	for (unsigned i = 0; i < capture.n; i++)
		frame_data_destroy(&capture.frames[i]);
}

void fuzz_run(const uint8_t *data, size_t size, void (*packet)(const struct fuzz_record *r))
{
	size_t at = 1;

	if (size < 4)
		return;
	if (session && ++capture.input == INPUTS_PER_SESSION)
		fuzz_session_end();
	fuzz_session();
	capture.before += capture.n;
	capture.n = 0;
	while (size - at >= 3 && capture.n < PACKETS_MAX) {
		struct fuzz_record r = { data[at], data + at + 3,
					 (size_t)data[at + 1] << 8 | data[at + 2] };

		at += 3;
		if (r.n > size - at)
			r.n = size - at;
		at += r.n;
		packet(&r);
	}
	set_preferences(data[0]);
	if (data[0] & FUZZ_TAPS)
		fuzz_taps_start();
	dissect_all(data[0]);
	fuzz_taps_stop();
}
