/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints the worked examples of docs/wire-profile.md as they stand between its two markers. All
 * that is random comes from one seed, so the output is the same each time.
 */
#include <stdio.h>

#include "scene.h"

int main(void)
{
	static struct scene s;

	scene_init(&s);
	act_old_sa(&s);
	act_stub(&s);
	act_resumption(&s);
	act_move(&s);
	act_rekey(&s);
	act_bank(&s);
	return fflush(stdout) || ferror(stdout);
}
