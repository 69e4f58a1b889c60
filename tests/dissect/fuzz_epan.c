/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz_epan.h"

#include "../../dissector/ws_compat.h"

#include <epan/column-info.h>
#include <epan/column.h>
#include <epan/epan.h>
#include <epan/epan_dissect.h>
#include <epan/frame_data.h>
#include <epan/timestamp.h>
#include <epan/tvbuff.h>
#include <wiretap/wtap.h>
#include <wsutil/filesystem.h>
#include <wsutil/privileges.h>
#include <wsutil/wslog.h>

#include <stdlib.h>
#include <string.h>
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

/* libwireshark keeps what it registers until the process ends. */
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

struct packet_provider_data { /* Wireshark leaves its content to the program */
	frame_data frames[PACKETS_MAX];
	unsigned n;
	uint32_t before; /* frames of the session's earlier inputs */
	uint8_t input;
};

static struct packet_provider_data capture;
static uint8_t octets[PACKETS_MAX][PACKET_MAX];
static size_t sizes[PACKETS_MAX], seen[PACKETS_MAX];
static column_info columns;

static const nstime_t *frame_time(struct packet_provider_data *p, uint32_t number)
{
	number -= p->before + 1;
	return number < p->n ? &p->frames[number].abs_ts : NULL;
}

static void set_pref(const char *text)
{
	char *copy = g_strdup(text), *error = NULL;

	if (prefs_set_pref(copy, &error) != PREFS_SET_OK) {
		fprintf(stderr, "preference %s: %s\n", text, error ? error : "refused");
		abort();
	}
	g_free(error);
	g_free(copy);
}

void fuzz_epan_init(void)
{
	char name[] = "fuzz";
	bool root = getuid() == 0;
	char *error;

	/* Every wmem_alloc() a malloc(), so that AddressSanitizer sees its ends. */
	setenv("WIRESHARK_DEBUG_WMEM_OVERRIDE", "simple", 1);
	setenv("WIRESHARK_CONFIG_DIR", "/nonexistent", 1);
	/* Every new capture would read the lists of manufacturers and services again. */
	setenv("WIRESHARK_DATA_DIR", "/nonexistent", 1);
	/* Of root, Wireshark ignores such variables. Root only lends its name away for this call.
	 */
	if (!root || (setresgid(65534, 65534, 0) == 0 && setresuid(65534, 65534, 0) == 0))
		init_process_policies();
	if (root && (setresuid(0, 0, 0) || setresgid(0, 0, 0)))
		abort();
	ws_log_init(name, NULL);
	ws_log_set_level(LOG_LEVEL_ERROR);
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
	prefs_apply_all();
	build_column_format_array(&columns, prefs.num_cols, TRUE);
	if (proto_get_id_by_filter_name("ikesync") < 0 ||
	    proto_get_id_by_filter_name("ikestub") < 0)
		abort();
}

static void put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
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

static void dissect(epan_t *session, unsigned i, bool first, bool tree, bool visible)
{
	epan_dissect_t *edt;
	frame_data *fd = &capture.frames[i];
	static frame_data previous;
	const frame_data *reference = &capture.frames[0], *before = i ? &previous : NULL;
	nstime_t elapsed = NSTIME_INIT_ZERO;
	wtap_rec rec;

	wtap_rec_init(&rec);
	rec.rec_type = REC_TYPE_PACKET;
	rec.presence_flags = WTAP_HAS_TS | WTAP_HAS_CAP_LEN;
	rec.ts.secs = START;
	rec.ts.nsecs = (int)i * 1000000;
	rec.rec_header.packet_header.caplen = (uint32_t)seen[i];
	rec.rec_header.packet_header.len = (uint32_t)sizes[i];
	rec.rec_header.packet_header.pkt_encap = WTAP_ENCAP_RAW_IP;
	if (first)
		frame_data_init(fd, capture.before + i + 1, &rec, (int64_t)i * PACKET_MAX, 0);
	edt = epan_dissect_new(session, tree, visible);
	frame_data_set_before_dissect(fd, &elapsed, &reference, before);
	epan_dissect_run(edt, WTAP_FILE_TYPE_SUBTYPE_UNKNOWN, &rec,
			 tvb_new_real_data(octets[i], (unsigned)seen[i], (int)sizes[i]), fd,
			 &columns);
	epan_dissect_fill_in_columns(edt, TRUE, TRUE);
	if (first) {
		static uint32_t bytes;

		frame_data_set_after_dissect(fd, &bytes);
	}
	previous = *fd;
	epan_dissect_free(edt);
	wtap_rec_cleanup(&rec);
}

void fuzz_run(const uint8_t *data, size_t size, void (*packet)(const struct fuzz_record *r))
{
	static const struct packet_provider_funcs provider = { .get_frame_ts = frame_time };
	static int secrets = -1;
	static epan_t *session;
	uint8_t options;
	size_t at = 1;

	if (size < 4)
		return;
	options = data[0];
	capture.before += capture.n;
	capture.n = 0;
	if (!session || ++capture.input == INPUTS_PER_SESSION) {
		if (session)
			epan_free(session);
		capture.before = 0;
		capture.input = 0;
		session = epan_new(&capture, &provider);
	}
	while (size - at >= 3 && capture.n < PACKETS_MAX) {
		struct fuzz_record r = { data[at], data + at + 3,
					 (size_t)data[at + 1] << 8 | data[at + 2] };

		at += 3;
		if (r.n > size - at)
			r.n = size - at;
		at += r.n;
		packet(&r);
	}
	if (secrets != !!(options & FUZZ_SHOW_SECRETS)) {
		secrets = !!(options & FUZZ_SHOW_SECRETS);
		set_pref(secrets ? "ikestub.show_secrets:TRUE" : "ikestub.show_secrets:FALSE");
	}
	for (unsigned i = 0; i < capture.n; i++)
		dissect(session, i, true, options & FUZZ_FIRST_PASS_TREE,
			options & FUZZ_FIRST_PASS_TREE && !(options & FUZZ_TREE_HIDDEN));
	/* Frames are looked at in any order in the window. */
	for (unsigned i = capture.n; i-- > 0;)
		dissect(session, i, false, true, !(options & FUZZ_TREE_HIDDEN));
	for (unsigned i = 0; i < capture.n; i++)
		dissect(session, i, false, false, false);
	for (unsigned i = 0; i < capture.n; i++)
		frame_data_destroy(&capture.frames[i]);
}
