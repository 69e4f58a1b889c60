/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small things of a file, cut from larger pieces. */
#include "base/file_pool.h"

#define PIECE (32u << 10)
#define LARGE (PIECE / 16) /* what is not cut from one */
#define ALIGNED(n) (((n) + 7) & ~(size_t)7)

/* A sanitizer sees what is read behind an end where each thing is an allocation of its own. */
#if defined(__SANITIZE_ADDRESS__)
#define ONE_BY_ONE true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ONE_BY_ONE true
#endif
#endif
#ifndef ONE_BY_ONE
#define ONE_BY_ONE false
#endif

static uint8_t *piece;
static size_t left;

/* File scope forgets; so must this. */
static void forget(void)
{
	piece = NULL;
	left = 0;
}

void file_pool_init(void)
{
	register_init_routine(forget);
	register_cleanup_routine(forget);
}

void *file_pool_new(size_t n)
{
	void *at;

	if (ONE_BY_ONE || n > LARGE)
		return wmem_alloc0(wmem_file_scope(), n);
	n = ALIGNED(n);
	if (left < n) {
		piece = wmem_alloc(wmem_file_scope(), PIECE);
		left = PIECE;
	}
	at = piece;
	memset(at, 0, n);
	piece += n;
	left -= n;
	return at;
}
