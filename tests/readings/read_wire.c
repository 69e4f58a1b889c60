/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reading of lib/wire, one line a message: KEY, verdict, reason, fields (see reading.h).
 *
 *   read_wire FILE [PORT...]  a capture: IKE on UDP 500, 4500 (behind the marker), stub messages on plain TCP
 *                                 49500, and either on further ports. KEY is FRAME#ORDINAL.
 *   read_wire -s KEY              the octets of one direction of a stream, in hexadecimal, from stdin
 *   -x before either: print "ike HEX" or "stub HEX" instead, for mutate_wire
 */
#include <ctype.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/live_capture.h"
#include "net/pcapng.h"
#include "reading.h"
#include "wire/ike_header.h"
#include "wire/stub_message.h"

#define IKE_PORT 500
#define NAT_PORT 4500

static bool as_octets;

static void print(const char *kind, const char *key, unsigned ordinal, struct span message)
{
	GString *line;

	if (as_octets) {
		printf("%s ", kind);
		for (size_t i = 0; i < message.n; i++)
			printf("%02x", message.p[i]);
		putchar('\n');
		return;
	}
	line = g_string_new(NULL);
	g_string_append_printf(line, "%s#%u\t", key, ordinal);
	if (kind[0] == 'i')
		reading_ike(message, line);
	else
		reading_stub(message, line);
	puts(line->str);
	g_string_free(line, TRUE);
}

/* One direction of a TCP connection. */
struct stream {
	GByteArray *octets;
	uint32_t next;
	bool begun, dead;
};

static void stream_free(void *data)
{
	struct stream *s = data;

	g_byte_array_unref(s->octets);
	g_free(s);
}

/* Take whole messages off the front; returns the number of the last. */
static unsigned take_messages(struct stream *s, const char *key)
{
	unsigned ordinal = 0;
	size_t n;

	while (s->octets->len && !s->dead) {
		const struct span all = span_of(s->octets->data, s->octets->len);

		if (stub_message_length(all, &n) != ERR_OK) {
			print("stub", key, ++ordinal,
			      all); /* the stream cannot be followed any more */
			s->dead = true;
			break;
		}
		if (n == 0 || n > all.n)
			break;
		print("stub", key, ++ordinal, span_of(all.p, n));
		g_byte_array_remove_range(s->octets, 0, (guint)n);
	}
	return ordinal;
}

static void take_segment(GHashTable *streams, const struct live_parsed *p, const char *key)
{
	char from[ENDPOINT_TEXT_MAX], to[ENDPOINT_TEXT_MAX];
	char *name =
	    g_strdup_printf("%s %s", endpoint_text(&p->from, from), endpoint_text(&p->to, to));
	struct stream *s = g_hash_table_lookup(streams, name);
	int32_t ahead;

	if (!s || p->syn) {
		s = g_new0(struct stream, 1);
		s->octets = g_byte_array_new();
		g_hash_table_insert(streams, g_strdup(name), s);
	}
	g_free(name);
	if (p->syn || !s->begun) {
		s->begun = true;
		s->next = p->syn ? p->seq + 1 : p->seq;
	}
	/* In order only: what was there already is left out, a gap ends the reading. */
	ahead = (int32_t)(s->next - p->seq);
	if (p->syn || ahead < 0 || (size_t)ahead >= p->payload.n) {
		s->dead |= !p->syn && ahead < 0 && p->payload.n;
		return;
	}
	g_byte_array_append(s->octets, p->payload.p + ahead, (guint)(p->payload.n - (size_t)ahead));
	s->next = p->seq + (uint32_t)p->payload.n;
	take_messages(s, key);
}

static bool is_named(uint16_t port, int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (port == (uint16_t)atoi(argv[i]))
			return true;
	return false;
}

static void take_datagram(const struct live_parsed *p, const char *key)
{
	static const uint8_t marker[IKE_NON_ESP_MARKER_SIZE];
	struct span m = p->payload;

	if (p->from.port == NAT_PORT || p->to.port == NAT_PORT) {
		if (m.n < sizeof(marker) || memcmp(m.p, marker, sizeof(marker)) != 0)
			return; /* ESP, or a keepalive */
		m = span_of(m.p + sizeof(marker), m.n - sizeof(marker));
	}
	print("ike", key, 1, m);
}

static bool has_port(const struct live_parsed *p, uint16_t port)
{
	return p->from.port == port || p->to.port == port;
}

static int read_capture(const char *path, int argc, char **argv)
{
	GHashTable *streams = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, stream_free);
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(path, why);
	struct pcap_pkthdr *h;
	const u_char *octets;
	unsigned frame = 0;
	uint32_t linktype;

	if (!pcap) {
		fprintf(stderr, "read_wire: %s\n", why);
		return 1;
	}
	/* libpcap has a number of its own for LINKTYPE_RAW. */
	linktype =
	    pcap_datalink(pcap) == DLT_RAW ? PCAPNG_LINKTYPE_RAW : (uint32_t)pcap_datalink(pcap);
	while (pcap_next_ex(pcap, &h, &octets) == 1) {
		struct live_parsed p;
		char key[24];
		bool named;

		g_snprintf(key, sizeof(key), "%u", ++frame);
		if (!live_capture_parse(linktype, span_of(octets, h->caplen), &p))
			continue;
		named = is_named(p.from.port, argc, argv) || is_named(p.to.port, argc, argv);
		if (p.tcp && (named || has_port(&p, STUB_PORT_DEFAULT)))
			take_segment(streams, &p, key);
		else if (!p.tcp && (named || has_port(&p, IKE_PORT) || has_port(&p, NAT_PORT)))
			take_datagram(&p, key);
	}
	pcap_close(pcap);
	g_hash_table_unref(streams);
	return 0;
}

static int read_stream(const char *key)
{
	struct stream s = { .octets = g_byte_array_new() };
	int c, high = -1;

	while ((c = getchar()) != EOF) {
		const int digit = g_ascii_xdigit_value((gchar)c);
		uint8_t octet;

		if (isspace(c))
			continue;
		if (digit < 0) {
			fputs("read_wire: not hexadecimal\n", stderr);
			return 1;
		}
		if (high < 0) {
			high = digit;
			continue;
		}
		octet = (uint8_t)(high << 4 | digit);
		g_byte_array_append(s.octets, &octet, 1);
		high = -1;
	}
	take_messages(&s, key);
	g_byte_array_unref(s.octets);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "-x") == 0) {
		as_octets = true;
		argv++;
		argc--;
	}
	if (argc == 3 && strcmp(argv[1], "-s") == 0)
		return read_stream(argv[2]);
	if (argc < 2 || argv[1][0] == '-') {
		fputs("usage: read_wire [-x] FILE [PORT...] | read_wire [-x] -s KEY\n", stderr);
		return 2;
	}
	return read_capture(argv[1], argc - 2, argv + 2);
}
