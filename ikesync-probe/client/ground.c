/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the target file right, and is there anything to resume? Asked once, before the cases. */
#include "client/ground.h"

#include "client/auth.h"
#include "client/child.h"
#include "client/old_sa.h"
#include "client/resume.h"
#include "client/stub_watch.h"

/* Before the first SYN: stubs travel apart from the exchange that made them. */
#define FIRST_PAUSE_MS 250
/* Before the second: longer than the 2 s for which a miss may be remembered (rule 15). */
#define SECOND_PAUSE_MS 2150

static bool no_child(struct client *c, uint16_t error)
{
	if (error != NOTIFY_NO_PROPOSAL_CHOSEN)
		return false;
	evidence_inconclusive(c->evidence, "the client logs in but gets no child SA: the gateway "
					   "accepts none of [client] esp (N(NO_PROPOSAL_CHOSEN))");
	return true;
}

bool ground_login(struct client *c, const struct init_request *r, const struct init_answer *a)
{
	const bool childless = a->said.childless;
	struct ike_child child;

	if (!init_keys(c, r, a) || !auth_exchange(c)) {
		evidence_inconclusive(c->evidence, "the client cannot log in: %s", c->why);
		return false;
	}
	evidence_note(c->evidence, "the client logs in by IKE_AUTH");
	if (no_child(c, c->child_refused))
		return false;
	return !childless || child_make(c, &child) || !no_child(c, c->refused);
}

/* The SA that is to be resumed: at the old gateway where there is one. false: stated why. */
static bool own_session(struct client *c, struct old_sa *made, struct old_sa **old)
{
	struct probe *p = c->probe;

	if (p->target->old_gateway.given) {
		*old = old_sa_at(p, c->evidence, &p->target->old_gateway, NULL, false);
		return *old != NULL;
	}
	old_sa_of_client(made, c, NULL);
	*old = made;
	return true;
}

/* true: SYN for `old` is answered as if it were not there. */
static bool not_seen(struct client *c, const struct old_sa *old, uint64_t pause_ms)
{
	struct client *fresh;
	struct init_answer a;
	char text[200];
	bool unseen;

	probe_pass_time(c->probe, pause_ms);
	fresh = client_new(c->probe, c->evidence, c->gateway, NULL);
	if (!fresh)
		return false;
	unseen = resume_syn(fresh, old, &a) == IKE_ANSWER_ORDINARY;
	evidence_note(c->evidence, "SYN for a session of the gateway's own: %s",
		      init_answer_text(&a, text, sizeof(text)));
	init_answer_clear(&a);
	fresh->end = CLIENT_END_SETTLES;
	client_free(fresh);
	return unseen;
}

static bool ask(struct client *c, const struct old_sa *old)
{
	return old_sa_wait_bank(c->probe, c->evidence, &old->index, true) != OLD_SA_STUB_THERE &&
	       not_seen(c, old, FIRST_PAUSE_MS) && not_seen(c, old, SECOND_PAUSE_MS);
}

void ground_ask_syn(struct client *c)
{
	struct probe *p = c->probe;
	struct old_sa made = { 0 }, *old = NULL;

	if (p->syn_asked || c->gateway_announced || c->sa.has_index)
		return;
	p->syn_asked = true;
	if (!own_session(c, &made, &old))
		return;
	p->syn_unknown = ask(c, old) && !probe_interrupted();
	if (p->syn_unknown)
		evidence_info(c->evidence, "%s", PROBE_SYN_UNKNOWN);
	if (old == &made)
		old_sa_clear(&made);
	else
		old_sa_free(old);
}
