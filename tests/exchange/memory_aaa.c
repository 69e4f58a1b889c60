/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One open question, kept as octets. */
#include "memory_aaa.h"

#include <glib.h>

static size_t keep(uint8_t *to, size_t cap, struct span s)
{
	if (s.n > cap)
		g_error("more than a AAA server is ever sent");
	if (s.n)
		memcpy(to, s.p, s.n);
	return s.n;
}

static struct aaa_ticket *ask(void *self, const struct aaa_question *q, aaa_answered *done,
			      void *user)
{
	struct memory_aaa *m = self;

	if (m->full)
		return NULL;
	m->asked++;
	m->done = done;
	m->user = user;
	m->eap_n = keep(m->eap, sizeof(m->eap), q->eap);
	m->state_n = keep(m->state, sizeof(m->state), q->state);
	m->identity_n = keep(m->identity, sizeof(m->identity), q->identity);
	return self;
}

static void forget(void *self, struct aaa_ticket *ticket)
{
	struct memory_aaa *m = self;

	(void)ticket;
	m->forgotten++;
	m->done = NULL;
}

struct aaa_service memory_aaa_service(struct memory_aaa *m)
{
	static const struct aaa_ops ops = { ask, forget };

	return (struct aaa_service){ &ops, m };
}

bool memory_aaa_answer(struct memory_aaa *m, const struct aaa_answer *a)
{
	aaa_answered *done = m->done;

	m->done = NULL;
	if (done)
		done(a, m->user);
	return done != NULL;
}
