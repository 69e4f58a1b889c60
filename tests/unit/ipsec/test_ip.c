/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Headers as RFC 791 and 8200 draw them, and what selectors make of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "ipsec/esp_selectors.h"

/* An echo request of 10.0.0.5 to 192.0.2.1; its checksums were counted by hand. */
static const uint8_t echo[] = { 0x45, 0, 0,   28, 0, 1, 0, 0, 64,   1,    0xae, 0xda, 10, 0,
				0,    5, 192, 0,  2, 1, 8, 0, 0xf7, 0xfd, 0,    1,    0,  1 };
/* TCP of 2001:db8::5 port 1234 to 2001:db8::1 port 80, behind hop-by-hop options and a fragment header. */
static const uint8_t tcp6[] = { 0x60, 0, 0, 0, 0,    36, 0, 64, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0,
				0,    0, 0, 0, 0,    0,  0, 5,  0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0,
				0,    0, 0, 0, 0,    0,  0, 1,  44,   0,    1,    4,    0, 0, 0, 0,
				6,    0, 0, 1, 0,    0,  0, 9,  4,    210,  0,    80,   0, 0, 0, 0,
				0,    0, 0, 0, 0x50, 2,  0, 0,  0,    0,    0,    0 };

static void ipv4(void **state)
{
	uint8_t o[64] = { 0 };
	struct ip_packet p;

	(void)state;
	memcpy(o, echo, sizeof(echo));
	assert_true(ip_packet_read(span_of(o, sizeof(o)), &p));
	assert_int_equal(p.octets.n, 28); /* the rest is TFC padding (RFC 4303 section 2.7) */
	assert_int_equal(p.protocol, 1);
	assert_int_equal(p.next.n, 8);
	assert_true(p.has_ports);
	assert_int_equal(p.source_port, 0x0800);
	assert_memory_equal(p.source.octets, "\x0a\0\0\5", 4);
	assert_memory_equal(p.destination.octets, "\xc0\0\2\1", 4);
	for (size_t n = 0; n < 28; n++)
		assert_false(ip_packet_read(span_of(o, n), &p));
	o[0] = 0x44;
	assert_false(ip_packet_read(span_of(o, sizeof(o)), &p));
	o[0] = 0x4f; /* a header of 60 octets in 28 */
	assert_false(ip_packet_read(span_of(o, sizeof(o)), &p));
	o[0] = 0x55;
	assert_false(ip_packet_read(span_of(o, sizeof(o)), &p));
	o[0] = 0x45;
	o[7] = 5; /* a later piece */
	assert_true(ip_packet_read(span_of(o, sizeof(o)), &p));
	assert_true(p.fragment);
	assert_false(p.has_ports);
	o[6] = 0x20, o[7] = 0; /* the first one */
	assert_true(ip_packet_read(span_of(o, sizeof(o)), &p));
	assert_true(p.fragment && p.has_ports);
}

static void ipv6(void **state)
{
	uint8_t o[sizeof(tcp6)];
	struct ip_packet p;

	(void)state;
	memcpy(o, tcp6, sizeof(o));
	assert_true(ip_packet_read(SPAN_OF(o), &p));
	assert_int_equal(p.protocol, 6);
	assert_int_equal(p.source_port, 1234);
	assert_int_equal(p.destination_port, 80);
	assert_true(p.fragment); /* more follow */
	assert_int_equal(p.next.n, 20);
	o[51] = 0x10; /* the offset is not 0 */
	assert_true(ip_packet_read(SPAN_OF(o), &p));
	assert_false(p.has_ports);
	o[51] = 0;
	assert_true(ip_packet_read(SPAN_OF(o), &p));
	assert_false(p.fragment); /* all in one: an atomic fragment */
	o[41] = 9;                /* options beyond the end */
	assert_false(ip_packet_read(SPAN_OF(o), &p));
	for (size_t n = 0; n < sizeof(tcp6); n++)
		assert_false(ip_packet_read(span_of(tcp6, n), &p));
}

static void checksums(void **state)
{
	uint8_t o[sizeof(echo)];
	/* UDP of 10.0.0.1 port 1 to 10.0.0.2 port 2 with "ab": sums counted by hand */
	uint8_t udp[] = { 0x45, 0,  0, 30, 0, 0, 0, 0, 64, 17, 0,  0, 10, 0,   0,
			  1,    10, 0, 0,  2, 0, 1, 0, 2,  0,  10, 1, 1,  'a', 'b' };
	struct ip_packet p;

	(void)state;
	memcpy(o, echo, sizeof(o));
	o[10] = o[11] = 0;
	ip_packet_sum_header(o);
	assert_memory_equal(o, echo, sizeof(o));
	assert_true(ip_packet_read(SPAN_OF(udp), &p));
	ip_packet_sum_transport(&p, &udp[20]);
	/* 0a00+0001+0a00+0002+0011+000a + 0001+0002+000a+6162 = 758d; ~ = 8a72 */
	assert_int_equal(udp[26], 0x8a);
	assert_int_equal(udp[27], 0x72);
	udp[26] = udp[27] = 0; /* none was made: none is needed */
	ip_packet_sum_transport(&p, &udp[20]);
	assert_int_equal(udp[26] | udp[27], 0);
}

static struct ike_ts ts4(uint32_t start, uint32_t end, uint8_t protocol, uint16_t from, uint16_t to)
{
	struct ike_ts t = { IKE_TS_IPV4_ADDR_RANGE, protocol, from, to, { 0 }, { 0 } };

	address_ip4_write(t.start, start);
	address_ip4_write(t.end, end);
	return t;
}

static void selectors(void **state)
{
	struct ike_ts_list ours = { 1, { ts4(0xc0000200, 0xc00002ff, 6, 80, 80) } };
	struct ike_ts_list theirs = { 1, { ts4(0x0a000005, 0x0a000005, 0, 0, 65535) } };
	struct esp_selectors *s = esp_selectors_new(&ours, &theirs);
	struct ip_packet p = { .source = { 4, { 10, 0, 0, 5 } },
			       .destination = { 4, { 192, 0, 2, 9 } },
			       .protocol = 6,
			       .has_ports = true,
			       .source_port = 5000,
			       .destination_port = 80 };
	struct address network;
	unsigned length;

	(void)state;
	assert_true(esp_selectors_admit(s, &p));
	assert_false(esp_selectors_carry(s, &p)); /* the other way */
	p.destination_port = 81;
	assert_false(esp_selectors_admit(s, &p));
	p.destination_port = 80;
	p.protocol = 17;
	assert_false(esp_selectors_admit(s, &p));
	p.protocol = 6;
	p.source.octets[3] = 6; /* another's address */
	assert_false(esp_selectors_admit(s, &p));
	p.source.octets[3] = 5;
	p.has_ports = false; /* a later piece, and not all ports */
	assert_false(esp_selectors_admit(s, &p));
	p.has_ports = true;
	p.destination.octets[2] = 3;
	assert_false(esp_selectors_admit(s, &p));
	p = (struct ip_packet){ .source = { 4, { 192, 0, 2, 9 } },
				.destination = { 4, { 10, 0, 0, 5 } },
				.protocol = 6,
				.has_ports = true,
				.source_port = 80,
				.destination_port = 5000 };
	assert_true(esp_selectors_carry(s, &p));
	p.source.family = 6;
	assert_false(esp_selectors_carry(s, &p));
	assert_true(esp_selectors_prefix(s, 0, &network, &length));
	assert_int_equal(length, 32);
	assert_false(esp_selectors_prefix(s, 1, &network, &length));
	esp_selectors_free(s);
	theirs.at[0] = ts4(0x0a00007f, 0x0a000080, 0, 0, 65535);
	s = esp_selectors_new(&ours, &theirs);
	assert_true(esp_selectors_prefix(s, 0, &network, &length));
	assert_int_equal(length, 24); /* what covers both */
	esp_selectors_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4),
		cmocka_unit_test(ipv6),
		cmocka_unit_test(checksums),
		cmocka_unit_test(selectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
