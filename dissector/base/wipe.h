/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys that are of no more use are overwritten: on the stack at once, in file scope at its end. */
#ifndef IKESYNC_WIPE_H
#define IKESYNC_WIPE_H

#include <stddef.h>
#include <stdint.h>

/* A store through a volatile pointer is never left out, even where nobody reads what it writes. */
static inline void wipe(void *p, size_t n)
{
	volatile uint8_t *at = p;

	while (n--)
		*at++ = 0;
}

/* `n` octets of zero in file scope, overwritten when the file is closed. Never freed before. */
void *wiped_new(size_t n);

/* Once. */
void wiped_register(void);

#endif
