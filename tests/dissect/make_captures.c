/* SPDX-License-Identifier: GPL-2.0-or-later */
/* make_captures DIRECTORY: write the handmade captures of TESTLIST. */
#include "make_captures.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: make_captures DIRECTORY\n");
		return 2;
	}
	make_ike_captures(argv[1]);
	make_carrier_captures(argv[1]);
	make_link_captures(argv[1]);
	make_clause_captures(argv[1]);
	make_stub_captures(argv[1]);
	make_hostile_captures(argv[1]);
	return 0;
}
