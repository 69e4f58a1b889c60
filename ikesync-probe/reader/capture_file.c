/* SPDX-License-Identifier: GPL-2.0-or-later */
/* First the keys, in the file and beside it; then packet after packet through libpcap. */
#include "reader/capture_file.h"

#include <pcap/pcap.h>
#include <string.h>

#include "reader/ike_datagram.h"
#include "reader/packet.h"
#include "reader/secrets_block.h"
#include "reader/stub_stream.h"

static GQuark file_error(void)
{
	return g_quark_from_static_string("ikesync-capture-file");
}

static bool read_key_files(struct reading *r, char **files, GError **error)
{
	for (char **f = files; f && *f; f++) {
		char *text = NULL;
		size_t n = 0;
		unsigned line;
		bool ok;

		if (!g_file_get_contents(*f, &text, &n, error))
			return false;
		ok = key_ring_take(r->keys, span_of(text, n), &line);
		secret_wipe(text, n);
		g_free(text);
		if (!ok) {
			g_set_error(error, file_error(), 0,
				    "%s:%u: no line of a key log, of ikev2_decryption_table, of "
				    "seal keys or of ikesync.keys",
				    *f, line);
			return false;
		}
	}
	return true;
}

struct walk {
	struct reading *r;
	pcap_t *pcap;
	struct packet_reader *packets;
	struct ike_ports *ports;
	struct stub_streams *streams;
};

static void take(struct walk *w, const struct pcap_pkthdr *h, const u_char *octets)
{
	uint64_t ns = (uint64_t)h->ts.tv_sec * 1000000000u + (uint64_t)h->ts.tv_usec;
	struct packet packet;

	w->r->frames++;
	if (w->r->frames == 1)
		w->r->first_ns = ns;
	w->r->last_ns = ns;
	if (!packet_reader_take(w->packets, span_of(octets, h->caplen), h->len, &packet))
		return;
	if (packet.tcp)
		stub_streams_take(w->streams, &packet, w->r->frames, ns);
	else
		ike_datagram_take(w->ports, w->r, &packet, w->r->frames, ns);
}

static void read_packets(struct walk *w)
{
	struct pcap_pkthdr *h;
	const u_char *octets;
	unsigned incomplete;
	int status;

	while ((status = pcap_next_ex(w->pcap, &h, &octets)) == 1)
		take(w, h, octets);
	if (status == PCAP_ERROR) {
		reading_unread(w->r, "after frame %u the file cannot be read: %s", w->r->frames,
			       pcap_geterr(w->pcap));
		w->r->tail_lost = true;
	}
	incomplete = packet_reader_incomplete(w->packets);
	if (incomplete)
		reading_unread(w->r, "%u IP packets of which fragments are missing", incomplete);
}

static bool walk(const struct capture_file *f, struct reading *r, GError **error)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	struct walk w = { .r = r };
	int link;

	w.pcap = pcap_open_offline_with_tstamp_precision(f->path, PCAP_TSTAMP_PRECISION_NANO, why);
	if (!w.pcap) {
		g_set_error(error, file_error(), 0, "%s: %s", f->path, why);
		return false;
	}
	link = pcap_datalink(w.pcap);
	w.packets = packet_reader_new(link);
	if (w.packets) {
		w.ports = ike_ports_new(f->ike_ports, f->n_ike_ports);
		w.streams = stub_streams_new(r, f->bank_ports, f->n_bank_ports);
		read_packets(&w);
		ike_ports_free(w.ports);
		stub_streams_free(w.streams);
	} else {
		g_set_error(error, file_error(), 0, "%s: link type %s is not read", f->path,
			    pcap_datalink_val_to_name(link) ? pcap_datalink_val_to_name(link)
							    : "unknown");
	}
	pcap_close(w.pcap);
	packet_reader_free(w.packets);
	return w.packets != NULL;
}

struct reading *capture_file_read(const struct capture_file *f, GError **error)
{
	struct reading *r = reading_new(f->syn_type);

	secrets_block_read(f->path, r);
	if (read_key_files(r, f->key_files, error) && walk(f, r, error))
		return r;
	reading_free(r);
	return NULL;
}
