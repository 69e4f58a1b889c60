/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an engine's trouble is called. */
#include "engine.h"

const char *engine_trouble(enum engine_result result)
{
	switch (result) {
	case ENGINE_FULL:
		return "the storage is full";
	case ENGINE_READ_ONLY:
		return "the storage takes no writes";
	case ENGINE_CHANGED:
	case ENGINE_BUSY:
		return "the storage is busy: ask again";
	default:
		return "the storage failed";
	}
}
