/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * make_upstream DIRECTORY: upstream.pcap there reproduces what docs/upstream.md reports of
 * packet-isakmp.c. Frame 1: 250 payloads, all sound. Frame 2: a payload of a private type.
 */
#include "make_ike.h"

#include <stdio.h>

#define PAYLOADS 250

int main(int argc, char **argv)
{
	static struct payload list[PAYLOADS + 1];
	struct capture *c;

	if (argc != 2) {
		fprintf(stderr, "usage: make_upstream DIRECTORY\n");
		return 2;
	}
	for (unsigned i = 0; i < PAYLOADS; i++)
		list[i] = (struct payload){ V, "00", 0, 0, 0 };
	list[PAYLOADS] = (struct payload){ END, "", 0, 0, 0 };
	c = capture_open(argv[1], "upstream");
	capture_udp(c, 0, CLIENT, 500, GATEWAY, 500, ike(spii(1), NO_SPI, 34, 0x08, 0, list));
	capture_udp(c, 1, CLIENT, 500, GATEWAY, 500, ike(spii(2), NO_SPI, 34, 0x08, 0, good_syn));
	capture_close(c);
	return 0;
}
