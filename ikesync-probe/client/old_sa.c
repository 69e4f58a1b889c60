/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Coming by an IKE SA that can be resumed. */
#include "client/old_sa.h"

#include "run/hook.h"

#include "client/auth.h"
#include "client/resume.h"
#include "client/stub_watch.h"

/* Without a bank to ask: how often SYN is tried, and how long apart. Longer than the 2 s a gateway
 * may keep a miss (rule 15). */
#define SYN_TRIES 4
#define SYN_PAUSE_MS 2200
/* Before the first: stubs travel apart from the exchange that made them, and a SYN that comes too
 * early is a miss to be waited out. */
#define SYN_HEAD_START_MS 250

void old_sa_of_client(struct old_sa *out, const struct client *c, const struct old_sa *before)
{
	*out = (struct old_sa){
		.suite = c->sa.keys.suite,
		.index_told = c->sa.has_index,
		.spi_i = c->sa.spi_i,
		.spi_r = c->sa.spi_r,
		.sk_d = c->sa.keys.sk_d,
		.g_ir = c->g_ir,
		.gateway_announced = c->gateway_announced || (before && before->gateway_announced),
	};
	out->index = c->sa.has_index ? c->sa.index
				     : (struct index){ c->sa.spi_r, c->gateway->index_address };
	if (before)
		out->sk_d_older = before->sk_d;
}

void old_sa_clear(struct old_sa *old)
{
	secret_wipe(old, sizeof(*old));
}

/* Where an SA was resumed the new one has taken its place; elsewhere it stands until it is deleted. */
static bool is_gone(const struct client *c)
{
	return !c || c->probe->old_gateway_failed ||
	       endpoint_equal(&c->gateway->ike, &c->probe->target->gateway.ike);
}

void old_sa_free(struct old_sa *old)
{
	if (!old)
		return;
	if (old->undo && !old->moved)
		old->undo(old);
	if (old->moved && is_gone(old->client))
		client_vanish(old->client);
	else
		client_free(old->client);
	old_sa_clear(old);
	g_free(old);
}

/* A SYN that is never confirmed asks whether the gateway finds the stub, without consuming it (rule
 * 13). */
static bool wait_by_syn(struct probe *p, struct evidence *e, const struct old_sa *old)
{
	struct client *c[SYN_TRIES] = { NULL };
	bool there = false;

	for (unsigned i = 0; i < SYN_TRIES && !there && !probe_interrupted(); i++) {
		struct init_answer a;

		c[i] = client_new(p, e, &p->target->gateway, NULL);
		if (!c[i])
			break;
		probe_pass_time(p, i ? SYN_PAUSE_MS : SYN_HEAD_START_MS);
		evidence_note(e, "is the stub there? SYN that will not be confirmed (%u of %u)",
			      i + 1, SYN_TRIES);
		there = resume_syn(c[i], old, &a) == IKE_ANSWER_RESUMED;
		init_answer_clear(&a);
	}
	/* a stub that came late would be retired by those who asked before */
	for (unsigned i = 0; i < SYN_TRIES; i++) {
		if (c[i] && !there)
			c[i]->end = CLIENT_END_SETTLES;
		client_free(c[i]);
	}
	return there;
}

static bool wait_for_stub(struct probe *p, struct evidence *e, const struct old_sa *old)
{
	if (p->syn_unknown)
		return true; /* there will never be one */
	switch (old_sa_wait_bank(p, e, &old->index, true)) {
	case OLD_SA_STUB_THERE:
		return true;
	case OLD_SA_STUB_GONE:
		evidence_inconclusive(e, "the bank has no stub for the new IKE SA: the old gateway "
					 "did not deliver it (S02, B01, B02 are about that)");
		return false;
	case OLD_SA_STUB_UNKNOWN:
		break;
	}
	if (!wait_by_syn(p, e, old))
		evidence_note(
		    e,
		    "no unconfirmed SYN was answered with HDR, Nr; going on, the case will tell");
	return true;
}

struct old_sa *old_sa_at(struct probe *p, struct evidence *e, const struct target_gateway *gateway,
			 const struct suite *suite, bool wait)
{
	struct client *c = client_new(p, e, gateway, NULL);
	char suite_name[96], index_name[INDEX_TEXT_MAX];
	struct old_sa *old;

	if (!c)
		return NULL;
	if (!suite)
		suite = &p->target->client.suites[0];
	if (!auth_full_handshake(c, suite)) {
		evidence_inconclusive(e, "no IKE SA to resume: %s", c->why);
		client_vanish(c);
		return NULL;
	}
	old = g_new0(struct old_sa, 1);
	old_sa_of_client(old, c, NULL);
	old->client = c;
	evidence_note(
	    e, "full handshake (%s): the index is %s%s",
	    suite_text(&old->suite, suite_name, sizeof(suite_name)),
	    index_text(&old->index, index_name),
	    old->index_told ? "" : " (INDEX was not told: SPIr and the target file's address)");
	if (wait && !wait_for_stub(p, e, old)) {
		old_sa_free(old);
		return NULL;
	}
	return old;
}

static bool same_suite(const struct suite *a, const struct suite *b)
{
	return a->encr == b->encr && a->encr_key_bits == b->encr_key_bits && a->prf == b->prf &&
	       a->integ == b->integ;
}

/* The one that the target file describes, made by another client. */
static struct old_sa *described(struct probe *p, struct evidence *e)
{
	const struct target_old_sa *t = &p->target->old_sa;
	struct old_sa *old = g_new0(struct old_sa, 1);
	char text[INDEX_TEXT_MAX];

	old->suite = t->suite;
	old->index = (struct index){ t->spi_r, t->address };
	old->spi_i = t->spi_i;
	old->spi_r = t->spi_r;
	old->sk_d = t->sk_d;
	evidence_note(e, "the old SA is the target file's [old-sa], another client's: %s",
		      index_text(&old->index, text));
	if (wait_for_stub(p, e, old))
		return old;
	old_sa_free(old);
	return NULL;
}

struct old_sa *probe_old_sa(struct probe *p, struct evidence *e, const struct suite *suite)
{
	const struct target_old_sa *t = &p->target->old_sa;
	struct old_sa *old;

	if (t->given && (!suite || same_suite(suite, &t->suite)) && client_claim_old_sa(p)) {
		old = described(p, e);
	} else if (p->old_gateway_failed) {
		evidence_note(
		    e, "[old-gateway] is dead by now: the next old SA is one with [gateway]");
		old = old_sa_at(p, e, &p->target->gateway, suite, true);
	} else {
		old = old_sa_at(p, e, &p->target->old_gateway, suite, true);
	}

	/* where the target file can make it die, it dies now: from here on its client has to resume
	 * elsewhere */
	if (old && !hook_old_gateway_fail(p, e)) {
		old_sa_free(old);
		return NULL;
	}
	return old;
}
