/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captures written from the probe's own octets, read back by tshark; and the parser that judges
 * live ones. */
#include "cmocka_all.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "capture/capture.h"
#include "capture/capture_tshark.h"
#include "capture/live_capture.h"

static void line_is_quoted_for_the_shell(void **state)
{
	static const struct capture_port udp[] = { { 10500, false }, { 14500, true } };
	static const struct capture_port tcp[] = { { 49500, false } };
	struct capture_tshark t = { .file = "/a b/it's.pcapng",
				    .config = "/k",
				    .syn_payload_type = 200,
				    .udp = udp,
				    .n_udp = 2,
				    .tcp = tcp,
				    .n_tcp = 1 };
	char *line = capture_tshark_line(&t);

	(void)state;
	assert_string_equal(line, "WIRESHARK_CONFIG_DIR=/k tshark -r '/a b/it'\\''s.pcapng' "
				  "-d udp.port==10500,isakmp -d udp.port==14500,udpencap "
				  "-d tcp.port==49500,tls");
	g_free(line);
	t.syn_payload_type = 222;
	line = capture_tshark_line(&t);
	assert_non_null(strstr(line, " -o ikesync.payload_type:222"));
	g_free(line);
}

static void parses_live_frames(void **state)
{
	/* from a capture of ping-like traffic, made by hand: Ethernet, IPv4, UDP, payload "hi" */
	static const uint8_t udp4[] = {
		0,    0,    0,    0,    0, 1,  0,    0, 0,   0,   0, 2, 0x08, 0x00, /* Ethernet */
		0x45, 0,    0,    30,   0, 1,  0x40, 0, 64,  17,  0, 0, 192,  0,
		2,    1,    192,  0,    2, 2,                     /* IPv4 */
		0x01, 0xf4, 0x11, 0x94, 0, 10, 0,    0, 'h', 'i', /* UDP 500 -> 4500 */
		0,    0,    0,    0, /* Ethernet padding is no payload */
	};
	static const uint8_t tcp6[] = {
		0x60, 0,    0,    0,    0,   23,  6,   64, /* IPv6, 23 octets of TCP */
		0x20, 1,    0x0d, 0xb8, 0,   0,   0,   0,  0, 0, 0, 0, 0,    0,    0, 1, /* from */
		0x20, 1,    0x0d, 0xb8, 0,   0,   0,   0,  0, 0, 0, 0, 0,    0,    0, 2, /* to */
		0xc1, 0x5c, 0x80, 0,    0,   0,   0,   9,  0, 0, 0, 0, 0x50, 0x18, 1, 0,
		0,    0,    0,    0,    'a', 'b', 'c',
	};
	struct live_parsed p;

	(void)state;
	assert_true(live_capture_parse(1, SPAN_OF(udp4), &p));
	assert_false(p.tcp);
	assert_int_equal(p.from.port, 500);
	assert_int_equal(p.to.port, 4500);
	assert_int_equal(p.to.address.octets[3], 2);
	assert_int_equal(p.payload.n, 2);
	assert_memory_equal(p.payload.p, "hi", 2);
	assert_true(live_capture_parse(101, SPAN_OF(tcp6), &p));
	assert_true(p.tcp);
	assert_false(p.syn);
	assert_int_equal(p.seq, 9);
	assert_int_equal(p.payload.n, 3);
	for (size_t n = 0; n < sizeof(tcp6); n++)
		assert_false(live_capture_parse(101, span_of(tcp6, n), &p));
	for (size_t n = 0; n < sizeof(udp4) - 4; n++)
		assert_false(live_capture_parse(1, span_of(udp4, n), &p));
}

/* What a shell command prints, its status in *status. */
static char *run(const char *command, int *status)
{
	const char *argv[] = { "/bin/sh", "-c", command, NULL };
	char *out = NULL;

	assert_true(g_spawn_sync(NULL, (char **)(uintptr_t)argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL,
				 NULL, NULL, &out, NULL, status, NULL));
	return out;
}

static void synthesised_file_is_read_by_tshark(void **state)
{
	static const struct endpoint local = { { 4, { 192, 0, 2, 9 } }, 40000 },
				     remote = { { 4, { 192, 0, 2, 1 } }, 10500 },
				     bank = { { 4, { 192, 0, 2, 3 } }, 49500 };
	/* an IKE_SA_INIT header that says it is all there is */
	static const uint8_t ike[28] = { 1, 2, 3,           4,         5,        6,
					 7, 8, [17] = 0x20, [18] = 34, [19] = 8, [27] = 28 };
	struct target t = { .syn_payload_type = 200, .gateway = { .given = true, .ike = remote } };
	char *folder = g_dir_make_tmp("ikesync capture-XXXXXX", NULL), *out, *command;
	char *cases = g_build_filename(folder, "cases", NULL), *file;
	struct capture_run *r = capture_run_new(&t, CAPTURE_SYNTH, cases, NULL);
	struct capture *c = capture_begin(r, "X01");
	struct capture_result result;
	struct stat s;
	int status;

	(void)state;
	assert_int_equal(mkdir(cases, 0700), 0);
	capture_udp(c, true, &local, &remote, SPAN_OF(ike));
	capture_udp(c, false, &local, &remote, SPAN_OF(ike));
	capture_tcp(c, 7, true, &local, &bank, span_text("hello"));
	capture_tcp(c, 7, false, &local, &bank, span_text("there"));
	capture_tcp(c, 7, true, &local, &bank, SPAN_NONE);
	capture_ikev2_keys(
	    c, "0102030405060708,0807060504030201,00,00,\"NULL [RFC2410]\",,,\"NONE [RFC4306]\"");
	capture_ikev2_keys(
	    c, "0102030405060708,0807060504030201,00,00,\"NULL [RFC2410]\",,,\"NONE [RFC4306]\"\n");
	assert_true(g_file_set_contents(capture_tls_key_log(c), "CLIENT_RANDOM 00 11\n", -1, NULL));
	capture_end(c, &result);
	assert_string_equal(result.file, "cases/X01.pcapng");
	assert_string_equal(result.tls_keys, "cases/X01.tls.keys");
	assert_string_equal(result.ikev2_folder, "cases/X01.wireshark");
	file = g_build_filename(folder, result.file, NULL);
	assert_int_equal(stat(file, &s), 0);
	g_free(file);
	assert_int_equal(s.st_mode & 0777, 0600);
	command = g_build_filename(folder, result.ikev2_folder, "ikev2_decryption_table", NULL);
	assert_int_equal(stat(command, &s), 0);
	assert_int_equal(s.st_mode & 0777, 0600);
	assert_true(g_file_get_contents(command, &out, NULL, NULL));
	/* one row, with the newline that Wireshark wants */
	assert_true(g_str_has_suffix(out, "\n"));
	assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
	g_free(out);
	g_free(command);
	out = g_find_program_in_path("tshark");
	for (int i = 0; out && i < 2; i++) {
		/* the very lines of the reports, with columns a test can compare */
		command = g_strdup_printf(
		    "%s%s%s %s -T fields -e ip.src -e isakmp.exchangetype -e tcp.len",
		    i ? "cd '" : "cd /", i ? folder : "", i ? "' &&" : " &&",
		    i ? result.tshark : result.tshark_anywhere);
		g_free(out);
		out = run(command, &status);
		if (status != 0 || !g_str_has_prefix(out, "192.0.2.9\t34\t\n192.0.2.1\t34\t\n") ||
		    !strstr(out, "192.0.2.9\t\t5\n") || !strstr(out, "192.0.2.3\t\t5\n"))
			fail_msg("%s\nsays %d:\n%s", command, status, out);
		g_free(command);
	}
	g_free(out);
	command = g_strdup_printf("rm -r '%s'", folder);
	g_free(run(command, &status));
	g_free(command);
	capture_result_clear(&result);
	capture_run_free(r);
	g_free(cases);
	g_free(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_is_quoted_for_the_shell),
		cmocka_unit_test(parses_live_frames),
		cmocka_unit_test(synthesised_file_is_read_by_tshark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
