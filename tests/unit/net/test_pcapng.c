/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tshark is the judge: checksums, TCP analysis, and a TLS conversation that decrypts with the keys inside the file. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "net/channel.h"
#include "net/channel_listen.h"
#include "net/channel_tls.h"
#include "net/synth.h"
#include "unit/net/certificates.h"

#define TSHARK                                                               \
	"tshark -n -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o " \
	"tcp.check_checksum:TRUE "

static struct certificates files;

static char *path(void)
{
	return certificates_path(&files, "test.pcapng");
}

/* Output of tshark, without the last newline. */
static char *tshark(const char *arguments)
{
	char *name = path(),
	     *command = g_strdup_printf(TSHARK "-r %s %s 2>/dev/null", name, arguments);
	FILE *f = popen(command, "r");
	GString *out = g_string_new("");
	char buf[4096];
	size_t n;

	assert_non_null(f);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		g_string_append_len(out, buf, (gssize)n);
	assert_int_equal(pclose(f), 0);
	if (out->len && out->str[out->len - 1] == '\n')
		g_string_truncate(out, out->len - 1);
	g_free(command);
	g_free(name);
	return g_string_free(out, FALSE);
}

static void expect(const char *arguments, const char *output)
{
	char *got = tshark(arguments);

	assert_string_equal(got, output);
	g_free(got);
}

static struct endpoint at(const char *text)
{
	struct endpoint e;

	assert_int_equal(endpoint_from_text(text, 0, &e), ERR_OK);
	return e;
}

static struct pcapng *create(void)
{
	char *name = path();
	struct pcapng *p = pcapng_create(name, "ikesync test", PCAPNG_LINKTYPE_RAW);

	assert_non_null(p);
	g_free(name);
	return p;
}

static void checksums(void **state)
{
	struct endpoint a4 = at("192.0.2.1:40000"), b4 = at("198.51.100.2:40001");
	struct endpoint a6 = at("[2001:db8::1]:40000"), b6 = at("[2001:db8:1::2]:40001");
	struct pcapng *p = create();
	char *name = path();
	uint8_t octets[2000];
	struct synth_tcp *tcp;
	struct stat st;
	uint64_t ns = UINT64_C(1763712000123456789);

	(void)state;
	for (unsigned i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(i * 7 + 0xf1);
	/* all sorts of ends and sums */
	for (unsigned n = 0; n < 64; n++) {
		assert_int_equal(synth_udp(p, ns, &a4, &b4, span_of(octets, n)), 0);
		assert_int_equal(synth_udp(p, ns, &b6, &a6, span_of(octets, n)), 0);
	}
	assert_int_equal(synth_udp(p, ns, &a4, &b4, span_of(octets, sizeof(octets))), 0);
	for (unsigned v6 = 0; v6 < 2; v6++) {
		tcp = synth_tcp_open(p, ns, v6 ? &a6 : &a4, v6 ? &b6 : &b4);
		assert_non_null(tcp);
		assert_int_equal(synth_tcp_data(tcp, ns, true, span_of(octets, sizeof(octets))), 0);
		assert_int_equal(synth_tcp_data(tcp, ns, false, span_of(octets, 3)), 0);
		assert_int_equal(synth_tcp_close(tcp, ns, v6), 0);
	}
	assert_int_equal(pcapng_packet(p, ns, span_text("not IP"), "a comment\nof two lines"), 0);
	assert_int_equal(pcapng_close(p), 0);
	assert_int_equal(stat(name, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	g_free(name);
	/* tshark would say 0 (bad) or 2 (unverified) */
	expect("-Y 'udp && !(udp.checksum.status == 1)'", "");
	expect("-Y 'tcp && !(tcp.checksum.status == 1)'", "");
	expect("-Y 'ip && !(ip.checksum.status == 1)'", "");
	expect("-Y '_ws.malformed && (tcp || udp)'", "");
	expect("-Y tcp.analysis.flags", "");
	expect("-T fields -e frame.number -Y 'udp' | wc -l", "129");
	expect("-T fields -e tcp.flags.str -Y 'tcp.stream==0' | tr -d '\\267.' | tr -c "
	       "'[:alnum:]\\n' ' ' | tr -d ' ' | tr '\\n' ' '",
	       "S AS A AP A AP A AP A AF AF A ");
	expect("-T fields -e tcp.len -Y 'tcp.stream==0 && tcp.len>0' | tr '\\n' ' '",
	       "1400 600 3 ");
	expect("-T fields -e frame.time_epoch -Y 'frame.number==1'", "1763712000.123456789");
	expect("-T fields -e frame.comment -Y 'frame.comment' | wc -l", "1");
}

/* A UDP checksum that comes out as 0 is sent as 0xffff (RFC 768): put the checksum of zeros into their place. */
static void checksum_zero(void **state)
{
	struct endpoint a = at("192.0.2.1:1"), b = at("192.0.2.2:2");
	uint8_t octets[2] = { 0, 0 };
	struct pcapng *p = create();
	unsigned long sum;
	char *text;

	(void)state;
	assert_int_equal(synth_udp(p, 1, &a, &b, SPAN_OF(octets)), 0);
	assert_int_equal(pcapng_close(p), 0);
	text = tshark("-T fields -e udp.checksum");
	sum = strtoul(text, NULL, 16);
	g_free(text);
	octets[0] = (uint8_t)(sum >> 8);
	octets[1] = (uint8_t)sum;
	p = create();
	assert_int_equal(synth_udp(p, 1, &a, &b, SPAN_OF(octets)), 0);
	assert_int_equal(pcapng_close(p), 0);
	expect("-T fields -e udp.checksum -e udp.checksum.status", "0xffff\t1");
}

static void too_large(void **state)
{
	struct endpoint a = at("192.0.2.1:1"), b = at("192.0.2.2:2"), v6 = at("[::1]:2");
	struct pcapng *p = create();
	uint8_t *octets = calloc(1, 70000);

	(void)state;
	assert_int_equal(synth_udp(p, 1, &a, &b, span_of(octets, 65507)), 0);
	assert_int_equal(synth_udp(p, 1, &a, &b, span_of(octets, 65508)), -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_int_equal(synth_udp(p, 1, &a, &v6, SPAN_NONE), -1);
	assert_null(synth_tcp_open(p, 1, &a, &v6));
	assert_int_equal(pcapng_close(p), 0);
	free(octets);
	expect("-T fields -e udp.length", "65515");
	assert_null(pcapng_create("/nonexistent/x.pcapng", "", PCAPNG_LINKTYPE_RAW));
	assert_int_equal(errno, ENOENT);
	p = pcapng_create("/dev/full", "x", PCAPNG_LINKTYPE_RAW);
	assert_null(p);
	assert_int_equal(errno, ENOSPC);
}

/* ---- a TLS conversation ---- */

struct piece {
	bool from_client;
	GBytes *octets;
};

static struct {
	GMainContext *context;
	struct channel *client, *server;
	GArray *pieces;
	unsigned ups, closed;
	size_t answered;
} t;

static void on_up(struct channel *c, const struct channel_identity *peer, void *user)
{
	(void)user;
	(void)peer;
	(void)c;
	t.ups++;
}

static void on_message(struct channel *c, struct span message, void *user)
{
	if (user == &t.server)
		channel_send(c, message);
	else
		t.answered += message.n;
}

static void on_closed(struct channel *c, const char *why, void *user)
{
	(void)c;
	(void)why;
	(void)user;
	t.closed++;
}

/* As the probe does it: the client's side sees both directions. */
static void on_tap(struct channel *c, enum channel_direction d, struct span octets, void *user)
{
	struct piece p = { d == CHANNEL_SENT, g_bytes_new(octets.p, octets.n) };

	(void)c;
	if (user == &t.client)
		g_array_append_val(t.pieces, p);
	else
		g_bytes_unref(p.octets);
}

static const struct channel_handler handler = {
	.up = on_up,
	.message = on_message,
	.closed = on_closed,
	.tap = on_tap,
};

static void *on_accept(struct channel *c, void *user)
{
	(void)user;
	t.server = c;
	return &t.server;
}

static struct channel_tls *tls(const char *name, bool server)
{
	char *pem = g_strdup_printf("%s/%s.pem", files.folder, name);
	char *key = g_strdup_printf("%s/%s.key", files.folder, name);
	char *ca = certificates_path(&files, "ca.pem"),
	     *log = certificates_path(&files, "keys.log");
	const struct channel_tls_files f = {
		.certificate = pem, .key = key, .ca = ca, .key_log = server ? NULL : log
	};
	struct channel_tls *r = channel_tls_new(&f, server, NULL);

	assert_non_null(r);
	g_free(pem);
	g_free(key);
	g_free(ca);
	g_free(log);
	return r;
}

static void converse(void)
{
	static const uint8_t message[] = { 207, 3,   0,   24,  0,   0,   0,   8,
					   0,   0,   0,   1,   'F', 'I', 'N', 'D',
					   '-', 'M', 'E', '-', 'H', 'E', 'R', 'E' };
	struct channel_tls *s = tls("bank", true), *c = tls("gateway", false);
	struct endpoint local = at("127.0.0.1:0");
	struct channel_listener *l;

	t.context = g_main_context_new();
	t.pieces = g_array_new(FALSE, FALSE, sizeof(struct piece));
	l = channel_listen(&local, s, &handler, on_accept, &t, t.context, NULL);
	assert_non_null(l);
	t.client = channel_connect(channel_listener_local(l), NULL, c, NULL, &handler, &t.client,
				   t.context);
	while (t.ups < 2)
		g_main_context_iteration(t.context, TRUE);
	for (unsigned i = 0; i < 300; i++)
		assert_true(channel_send(t.client, SPAN_OF(message)));
	while (t.answered < 300 * sizeof(message))
		g_main_context_iteration(t.context, TRUE);
	channel_close(t.client, "done");
	while (t.closed < 2)
		g_main_context_iteration(t.context, TRUE);
	channel_listener_free(l);
	channel_tls_unref(s);
	channel_tls_unref(c);
	g_main_context_unref(t.context);
}

static void tls_decrypts(void **state)
{
	struct endpoint client = at("192.0.2.1:50000"), server = at("192.0.2.2:49500");
	struct pcapng *p = create();
	struct synth_tcp *tcp;
	char *log = certificates_path(&files, "keys.log"), *keys;
	gsize n;

	(void)state;
	certificates_make(&files, "bank", "ca", "IP:127.0.0.1");
	certificates_make(&files, "gateway", "ca", "IP:192.0.2.7");
	converse();
	assert_true(g_file_get_contents(log, &keys, &n, NULL));
	assert_int_equal(pcapng_tls_secrets(p, span_of(keys, n)), 0);
	tcp = synth_tcp_open(p, 1000, &client, &server);
	for (guint i = 0; i < t.pieces->len; i++) {
		struct piece *piece = &g_array_index(t.pieces, struct piece, i);
		gsize size;
		const void *octets = g_bytes_get_data(piece->octets, &size);

		assert_int_equal(
		    synth_tcp_data(tcp, 2000 + i, piece->from_client, span_of(octets, size)), 0);
		g_bytes_unref(piece->octets);
	}
	assert_int_equal(synth_tcp_close(tcp, 9000, false), 0);
	assert_int_equal(pcapng_close(p), 0);
	g_array_unref(t.pieces);
	g_free(keys);
	g_free(log);
	expect("-Y 'tcp && !(tcp.checksum.status == 1)'", "");
	expect("-Y tcp.analysis.flags", "");
	/* in one pass: no key but those in the file; 300 messages each way are in the clear text */
	expect("-d tcp.port==49500,tls -q -z follow,tls,raw,0 | tr -d '\\n\\t ' | grep -o "
	       "46494e442d4d452d48455245 | wc -l",
	       "600");
}

/* ---- secrets of our own type ---- */

/* Of the file's byte order, which the section header's magic tells (draft-ietf-opsawg-pcapng section 4.1). */
static uint32_t read_u32(const uint8_t *p, bool little)
{
	return little ? p[3] * 0x1000000u + p[2] * 0x10000u + p[1] * 0x100u + p[0]
		      : p[0] * 0x1000000u + p[1] * 0x10000u + p[2] * 0x100u + p[3];
}

static void append_u32(GByteArray *out, uint32_t v, bool little)
{
	for (unsigned i = 0; i < 4; i++) {
		uint8_t octet = (uint8_t)(v >> (little ? 8 * i : 24 - 8 * i));

		g_byte_array_append(out, &octet, 1);
	}
}

/* Section 4.7 of that draft: type 10, length, secrets type, secrets length, text, zeros up to 32 bits, length again. */
static GByteArray *secrets_block(const char *text, bool little)
{
	GByteArray *out = g_byte_array_new();
	uint32_t size = (uint32_t)strlen(text), zeros = (4 - size % 4) % 4,
		 length = 20 + size + zeros;

	append_u32(out, 0x0000000a, little);
	append_u32(out, length, little);
	append_u32(out, 0x494b5359, little); /* docs/dissector-decryption.md: "IKSY" */
	append_u32(out, size, little);
	g_byte_array_append(out, (const uint8_t *)text, size);
	g_byte_array_append(out, (const uint8_t[3]){ 0 }, zeros);
	append_u32(out, length, little);
	return out;
}

/* Blocks of the file by type, as many as there are; `secrets` gets those of type 10, one behind the other. */
static void read_blocks(GString *types, GByteArray *secrets, bool *little)
{
	char *name = path(), *octets;
	gsize n;

	assert_true(g_file_get_contents(name, &octets, &n, NULL));
	assert_true(n >= 12);
	*little = read_u32((const uint8_t *)octets + 8, true) == 0x1a2b3c4d;
	assert_true(*little || read_u32((const uint8_t *)octets + 8, false) == 0x1a2b3c4d);
	for (gsize at = 0; at < n;) {
		const uint8_t *p = (const uint8_t *)octets + at;
		uint32_t length;

		assert_true(n - at >= 12);
		length = read_u32(p + 4, *little);
		assert_true(length >= 12 && length % 4 == 0 && length <= n - at);
		assert_int_equal(read_u32(p + length - 4, *little), length);
		g_string_append_printf(types, "%x ", read_u32(p, *little));
		if (read_u32(p, *little) == 10)
			g_byte_array_append(secrets, p, length);
		at += length;
	}
	g_free(octets);
	g_free(name);
}

/* Texts of every remainder, none at all, and one of the length that a case of the probe has. */
static void ikesync_secrets(void **state)
{
	static const char *const texts[] = {
		"IKESYNC_SEAL 9 00112233445566778899aabbccddeeff00112233445566778899aabbccddeef\n",
		"9 00\n",
		"9 0\n",
		"#\n",
		"",
		"IKESYNC_SA 0123456789abcdef@192.0.2.1 \"PRF_HMAC_SHA2_256\" \"AES-CBC-128\" "
		"\"HMAC_SHA2_256_128\" "
		"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\nIKESYNC_SEAL 9 "
		"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n",
	};

	(void)state;
	for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
		struct endpoint a = at("192.0.2.1:500"), b = at("192.0.2.2:500");
		struct pcapng *p = create();
		GByteArray *got = g_byte_array_new(), *want;
		GString *types = g_string_new("");
		bool little;

		assert_int_equal(pcapng_ikesync_secrets(p, span_text(texts[i])), 0);
		assert_int_equal(synth_udp(p, 1000, &a, &b, span_text("x")), 0);
		assert_int_equal(pcapng_close(p), 0);
		read_blocks(types, got, &little);
		/* Section Header, Interface Description, Decryption Secrets, Enhanced Packet: keys precede what needs them. */
		assert_string_equal(types->str, "a0d0d0a 1 a 6 ");
		want = secrets_block(texts[i], little);
		assert_int_equal(got->len, want->len);
		assert_memory_equal(got->data, want->data, want->len);
		g_byte_array_unref(want);
		g_byte_array_unref(got);
		g_string_free(types, TRUE);
		/* Who does not know the type passes over it. */
		expect("-T fields -e frame.number -e udp.port", "1\t500,500");
	}
}

static int group_setup(void **state)
{
	(void)state;
	certificates_init(&files);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	certificates_clear(&files);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checksums),    cmocka_unit_test(checksum_zero),
		cmocka_unit_test(too_large),    cmocka_unit_test(ikesync_secrets),
		cmocka_unit_test(tls_decrypts),
	};

	return cmocka_run_group_tests_name("net/pcapng", tests, group_setup, group_teardown);
}
