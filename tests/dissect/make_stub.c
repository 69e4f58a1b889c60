/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "make_captures.h"
void make_stub_captures(const char *directory)
{
	(void)directory;
}
