/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of events. */
#include "roamer/roamer_event.h"

const char *roamer_event_word(enum roamer_event_kind kind)
{
	static const char *const words[] = {
#define X(name, word) word,
		ROAMER_EVENTS(X)
#undef X
	};

	return words[kind];
}

const char *roamer_with_word(enum roamer_with with)
{
	static const char *const words[] = { "none", "old", "new" };

	return words[with];
}
