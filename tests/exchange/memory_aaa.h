/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A AAA server in memory: remembers one question at a time, and answers when the test says so. */
#ifndef IKESYNC_TESTS_MEMORY_AAA_H
#define IKESYNC_TESTS_MEMORY_AAA_H

#include "aaa/aaa_service.h"

struct memory_aaa {
	unsigned asked, forgotten;
	bool full;          /* nobody may ask */
	aaa_answered *done; /* NULL: no question is open */
	void *user;
	size_t eap_n, state_n, identity_n;
	uint8_t eap[AAA_EAP_MAX], state[AAA_STATE_MAX], identity[253];
};

struct aaa_service memory_aaa_service(struct memory_aaa *m);
/* Answer the open question; false: there is none. */
bool memory_aaa_answer(struct memory_aaa *m, const struct aaa_answer *a);

#endif
