/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A gateway reconnects to its bank in its own time: nobody may be asked before it has. */
#include "client/recovery.h"

#include "client/auth.h"
#include "client/resume.h"
#include "client/stub_watch.h"

#define FIRST_PAUSE_MS 100
#define LONGEST_PAUSE_MS 1000
/* A gateway that resumes does so at once; one that is still connecting gets this long. */
#define BEFORE_MS 5000
#define AFTER_MS 60000
/* No new IKE SA is made for the question more often than this. */
#define ROUND_MS 5000

bool recovery_until_hit(struct probe *p, struct evidence *e, const struct old_sa *old,
			const struct target_gateway *gateway, uint64_t patience_ms)
{
	const uint64_t deadline = probe_now() + patience_ms;
	uint64_t pause = FIRST_PAUSE_MS;
	bool hit = false;

	for (;;) {
		struct client *c = client_new(p, e, gateway, NULL);
		struct init_answer a;

		if (!c)
			return false;
		hit = resume_syn(c, old, &a) == IKE_ANSWER_RESUMED;
		init_answer_clear(&a);
		c->end = CLIENT_END_SETTLES;
		client_free(c);
		if (hit || probe_interrupted() || probe_now() + pause > deadline)
			return hit;
		probe_pass_time(p, pause);
		pause = MIN(2 * pause, LONGEST_PAUSE_MS);
	}
}

/* Those that may have a bank: all but [variant syn-off]. */
static unsigned gateways(const struct probe *p, const struct target_gateway *out[5])
{
	const struct target *t = p->target;
	const struct target_gateway *all[] = { &t->gateway, &t->old_gateway, &t->silence,
					       &t->cookie, &t->relay };
	unsigned n = 0;

	for (unsigned i = 0; i < G_N_ELEMENTS(all); i++)
		if (all[i]->given && (all[i] != &t->old_gateway || !p->old_gateway_failed))
			out[n++] = all[i];
	return n;
}

/* An SA to ask with. NULL: none to be had now, which is no fault of the case that asks. */
static struct old_sa *ground(struct probe *p, struct evidence *e)
{
	struct client *c = client_new(p, e, &p->target->old_gateway, NULL);
	struct old_sa *old;

	if (!c)
		return NULL;
	if (!auth_full_handshake(c, &p->target->client.suites[0])) {
		evidence_note(e, "no IKE SA at [old-gateway]: %s", c->why);
		client_vanish(c);
		return NULL;
	}
	old = g_new0(struct old_sa, 1);
	old_sa_of_client(old, c, NULL);
	old->client = c;
	(void)old_sa_wait_bank(p, e, &old->index, true);
	return old;
}

/* Which of the gateways `wanted` resume now? Each is given `patience_ms`. */
static unsigned ask(struct probe *p, struct evidence *e, unsigned wanted, uint64_t patience_ms)
{
	const struct target_gateway *list[5];
	const unsigned n = gateways(p, list);
	struct old_sa *old = ground(p, e);
	unsigned hits = 0;

	for (unsigned i = 0; old && i < n && !probe_interrupted(); i++)
		if (wanted & 1U << i && recovery_until_hit(p, e, old, list[i], patience_ms))
			hits |= 1U << i;
	old_sa_free(old);
	return hits;
}

void recovery_begin(struct recovery *r, struct probe *p, struct evidence *e)
{
	*r = (struct recovery){ .p = p, .e = e };
	if (!p->target->gateway.given || p->old_gateway_failed || !p->target->client.id.given)
		return;
	evidence_note(e, "which gateways of the target resume before the bank is restarted?");
	r->resumed = ask(p, e, ~0U, BEFORE_MS);
	evidence_note(e, "%u of them do", (unsigned)__builtin_popcount(r->resumed));
}

void recovery_wait(struct recovery *r)
{
	const uint64_t deadline = probe_now() + AFTER_MS;
	unsigned missing = r->resumed;

	if (!missing)
		return;
	evidence_note(r->e, "waiting until they have found the restarted bank");
	while (missing && probe_now() < deadline && !probe_interrupted()) {
		const uint64_t round = probe_now();

		missing &= ~ask(r->p, r->e, missing, ROUND_MS);
		/* where not even an SA could be had, ask() came back at once */
		if (missing && probe_now() - round < LONGEST_PAUSE_MS)
			probe_pass_time(r->p, LONGEST_PAUSE_MS);
	}
	if (missing)
		evidence_note(r->e,
			      "%u gateways do not resume %u s after the restart: cases that follow "
			      "will fail for that reason",
			      (unsigned)__builtin_popcount(missing), AFTER_MS / 1000);
	else
		evidence_note(r->e, "all of them resume again");
}
