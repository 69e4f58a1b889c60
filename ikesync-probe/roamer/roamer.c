/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state machine of the client: wire profile section 6.1 as a table. */
#include "roamer/roamer.h"

#include <stdlib.h>

#include "roamer/roamer_ask.h"
#include "roamer/roamer_candidate.h"
#include "roamer/roamer_live.h"
#include "wire/ike_notify.h"

#define REPEATS_DOUBLE_UP_TO 10
/* Cookies and other groups in one attempt. */
#define AGAIN_MAX 4

/* What happened. */
enum happening {
	LOGIN,         /* the user wants an SA */
	GONE,          /* the gateway is, or the user says so, or it sends us away */
	COOKIE,        /* the answers to IKE_SA_INIT ... */
	INVALID_KE,    /* ... */
	HIT,           /* HDR, Nr */
	FALLBACK,      /* SA, KE, Nr */
	ERROR,         /* any other error notify, unprotected */
	CONFIRMED,     /* verified answers to message ID 1 ... */
	NOT_COMMITTED, /* ... */
	UNBOUND,       /* BIND missing or wrong */
	REFUSED,       /* a verified error */
	AUTHENTICATED, /* IKE_AUTH succeeded */
	TIMER,         /* the retransmission timer, while attempts are left */
	EXHAUSTED,     /* ... and when they are used up */
	ANSWERED,      /* our request on the SA is */
	DELETED,       /* by the gateway */
	END,           /* the user ends the session */
};

struct input {
	const struct ike_answer *answer;
	struct roamer_candidate *candidate;
	const struct ike_protected *protected;
	uint16_t notify;
	int gateway; /* GONE: where to; -1: the next one */
};

static void tell(struct roamer *r, struct roamer_event e)
{
	r->ops.event(r->ops.user, &e);
}

static void tell_step(struct roamer *r, enum roamer_event_kind kind, uint16_t notify)
{
	tell(r, (struct roamer_event){ .kind = kind,
				       .gateway = r->step.gateway,
				       .with = r->step.with,
				       .has_index = r->step.with != ROAMER_WITH_NONE,
				       .index = r->step.stub.index,
				       .notify = notify });
}

static void tell_sa(struct roamer *r, enum roamer_event_kind kind)
{
	tell(r, (struct roamer_event){ .kind = kind,
				       .gateway = r->gateway,
				       .has_index = r->has_old,
				       .index = r->old.index,
				       .inner = r->inner });
}

static void arm_repeat(struct roamer *r, unsigned times)
{
	const unsigned shift = times < REPEATS_DOUBLE_UP_TO ? times : REPEATS_DOUBLE_UP_TO;

	r->ops.arm(r->ops.user, (uint64_t)r->config->retransmit_ms << shift);
}

static void arm_liveness(struct roamer *r)
{
	r->ops.arm(r->ops.user, r->config->liveness_ms);
}

/* ---- what is done */

static enum roamer_state next_step(struct roamer *r)
{
	while (roamer_plan_next(&r->plan, &r->step)) {
		if (!roamer_ask_begin(r))
			continue;
		tell_step(r, ROAMER_ASKED, 0);
		roamer_ask_send(r);
		arm_repeat(r, 0);
		return ROAMER_ASKING;
	}
	roamer_candidate_forget(r);
	if (r->lives) {
		/* make before break: the old one is still there */
		arm_liveness(r);
		return ROAMER_ESTABLISHED;
	}
	r->ops.arm(r->ops.user, 0);
	tell_sa(r, ROAMER_GAVE_UP);
	return ROAMER_FAILED;
}

static enum roamer_state log_in(struct roamer *r, const struct input *in)
{
	(void)in;
	roamer_plan_clear(&r->plan);
	for (unsigned i = 0; i < r->config->n_gateways; i++)
		roamer_plan_append(&r->plan, i, NULL);
	return next_step(r);
}

/* With SYN first everywhere, then without: a gateway whose policy is silence answers that (rule 8). */
static enum roamer_state go_elsewhere(struct roamer *r, const struct input *in)
{
	const unsigned n = r->config->n_gateways;
	const bool sent = in->gateway >= 0;
	const unsigned first = sent ? (unsigned)in->gateway : (r->gateway + 1) % n;
	const unsigned count = sent ? 1 : n;

	roamer_plan_clear(&r->plan);
	r->retried = false;
	if (r->has_old && r->announced)
		for (unsigned i = 0; i < count; i++)
			roamer_plan_append(&r->plan, (first + i) % n, &r->old);
	for (unsigned i = 0; i < count; i++)
		roamer_plan_append(&r->plan, (first + i) % n, NULL);
	return next_step(r);
}

static enum roamer_state ask_again(struct roamer *r, const struct input *in)
{
	/* a forged one must not make the attempt endless */
	if (r->again < AGAIN_MAX && roamer_ask_again(r, in->answer)) {
		r->again++;
		roamer_ask_send(r);
	}
	return ROAMER_ASKING;
}

static enum roamer_state one_more_candidate(struct roamer *r, const struct input *in)
{
	const struct roamer_candidate *k;

	/* HDR, Nr answers a SYN alone */
	if (in->answer->kind == IKE_ANSWER_RESUMED && r->step.with == ROAMER_WITH_NONE)
		return r->state;
	k = roamer_candidate_add(r, in->answer);
	if (!k)
		return r->state;
	tell_step(r, ROAMER_CANDIDATE, 0);
	roamer_candidate_send(r, k);
	if (r->state == ROAMER_ASKING) {
		r->tries = 0;
		arm_repeat(r, 0);
	}
	return ROAMER_CONFIRMING;
}

static enum roamer_state remember(struct roamer *r, const struct input *in)
{
	if (!r->remembered)
		r->remembered = in->notify;
	return r->state;
}

/* The request, too: the right answer to it may have been lost behind a forged one. */
static enum roamer_state repeat(struct roamer *r, const struct input *in)
{
	(void)in;
	if (r->n_candidates < IKE_CANDIDATES_MAX)
		roamer_ask_send(r);
	for (unsigned i = 0; i < r->n_candidates; i++)
		if (!r->candidates[i].dropped)
			roamer_candidate_send(r, &r->candidates[i]);
	r->tries++;
	arm_repeat(r, r->tries);
	return r->state;
}

static enum roamer_state nobody_answered(struct roamer *r, const struct input *in)
{
	(void)in;
	tell_step(r, ROAMER_UNANSWERED, r->remembered);
	return next_step(r);
}

/* Rule 13: whether it was committed nobody knows: the new index, then the old one, then none. */
static enum roamer_state nobody_confirmed(struct roamer *r, const struct input *in)
{
	struct roamer_step here = r->step;

	(void)in;
	tell_step(r, ROAMER_UNANSWERED, r->remembered);
	if (here.with != ROAMER_WITH_NONE && !r->retried && roamer_candidate_left(r)) {
		struct roamer_step step = { .gateway = here.gateway, .with = ROAMER_WITH_NONE };

		r->retried = true;
		roamer_plan_insert(&r->plan, &step);
		roamer_plan_insert(&r->plan, &here);
		step.with = ROAMER_WITH_NEW;
		for (unsigned i = r->n_candidates; i-- > 0;) {
			const struct roamer_candidate *k = &r->candidates[i];

			if (k->dropped || !k->resumed)
				continue;
			step.stub = roamer_candidate_resumable(r, k);
			roamer_plan_insert(&r->plan, &step);
		}
		secret_wipe(&step, sizeof(step));
	}
	secret_wipe(&here, sizeof(here));
	return next_step(r);
}

static enum roamer_state settle(struct roamer *r, const struct input *in)
{
	const bool resumed = in->candidate->resumed;

	roamer_live_take(r, in->candidate, &in->protected->inner);
	tell_sa(r, resumed ? ROAMER_RESUMED : ROAMER_LOGGED_IN);
	arm_liveness(r);
	return ROAMER_ESTABLISHED;
}

/* It was the right gateway who said so: no other candidate can be it. */
static enum roamer_state not_committed(struct roamer *r, const struct input *in)
{
	(void)in;
	tell_step(r, ROAMER_NOT_COMMITTED, 0);
	return next_step(r);
}

static enum roamer_state drop(struct roamer *r, const struct input *in)
{
	in->candidate->dropped = true;
	tell_step(r, ROAMER_UNBOUND, 0);
	return ROAMER_CONFIRMING;
}

static enum roamer_state refused(struct roamer *r, const struct input *in)
{
	struct roamer_step step = { .gateway = r->step.gateway, .with = ROAMER_WITH_NONE };

	in->candidate->dropped = true;
	tell_step(r, ROAMER_REFUSED, in->notify);
	if (roamer_candidate_left(r))
		return ROAMER_CONFIRMING;
	if (in->candidate->resumed)
		roamer_plan_insert(&r->plan, &step);
	return next_step(r);
}

static enum roamer_state check(struct roamer *r, const struct input *in)
{
	(void)in;
	if (r->checking)
		roamer_live_repeat(r);
	else
		roamer_live_ask(r, false);
	arm_repeat(r, r->sent - 1);
	return r->state;
}

static enum roamer_state declare_dead(struct roamer *r, const struct input *in)
{
	const struct input next = { .gateway = -1 };

	(void)in;
	tell_sa(r, ROAMER_GATEWAY_DEAD);
	r->lives = false;
	return go_elsewhere(r, &next);
}

static enum roamer_state alive(struct roamer *r, const struct input *in)
{
	(void)in;
	arm_liveness(r);
	return r->state;
}

static enum roamer_state gone_by_itself(struct roamer *r, const struct input *in)
{
	(void)in;
	r->lives = r->has_old = false;
	secret_wipe(&r->old, sizeof(r->old));
	tell_sa(r, ROAMER_DELETED);
	r->ops.arm(r->ops.user, 0);
	return ROAMER_IDLE;
}

static enum roamer_state lost_meanwhile(struct roamer *r, const struct input *in)
{
	(void)in;
	r->lives = false;
	tell_sa(r, ROAMER_DELETED);
	return r->state;
}

static enum roamer_state rest(struct roamer *r, const struct input *in)
{
	(void)in;
	r->lives = r->has_old = false;
	secret_wipe(&r->old, sizeof(r->old));
	roamer_plan_clear(&r->plan);
	roamer_candidate_forget(r);
	r->ops.arm(r->ops.user, 0);
	tell_sa(r, ROAMER_ENDED);
	return ROAMER_IDLE;
}

static enum roamer_state say_goodbye(struct roamer *r, const struct input *in)
{
	if (!r->lives)
		return rest(r, in);
	roamer_plan_clear(&r->plan);
	roamer_live_ask(r, true);
	arm_repeat(r, 0);
	return ROAMER_ENDING;
}

static enum roamer_state stay(struct roamer *r, const struct input *in)
{
	(void)in;
	return r->state;
}

/* ---- the table: what is not in it is ignored */

static const struct transition {
	enum roamer_state state;
	enum happening happening;
	enum roamer_state (*act)(struct roamer *r, const struct input *in); /* the next state */
} table[] = {
	{ ROAMER_IDLE, LOGIN, log_in },

	{ ROAMER_ASKING, COOKIE, ask_again },
	{ ROAMER_ASKING, INVALID_KE, ask_again },
	{ ROAMER_ASKING, HIT, one_more_candidate },
	{ ROAMER_ASKING, FALLBACK, one_more_candidate },
	{ ROAMER_ASKING, ERROR, remember },
	{ ROAMER_ASKING, TIMER, repeat },
	{ ROAMER_ASKING, EXHAUSTED, nobody_answered },
	{ ROAMER_ASKING, DELETED, lost_meanwhile },
	{ ROAMER_ASKING, END, say_goodbye },

	{ ROAMER_CONFIRMING, HIT, one_more_candidate },
	{ ROAMER_CONFIRMING, FALLBACK, one_more_candidate },
	{ ROAMER_CONFIRMING, ERROR, remember },
	{ ROAMER_CONFIRMING, CONFIRMED, settle },
	{ ROAMER_CONFIRMING, AUTHENTICATED, settle },
	{ ROAMER_CONFIRMING, NOT_COMMITTED, not_committed },
	{ ROAMER_CONFIRMING, UNBOUND, drop },
	{ ROAMER_CONFIRMING, REFUSED, refused },
	{ ROAMER_CONFIRMING, TIMER, repeat },
	{ ROAMER_CONFIRMING, EXHAUSTED, nobody_confirmed },
	{ ROAMER_CONFIRMING, DELETED, lost_meanwhile },
	{ ROAMER_CONFIRMING, END, say_goodbye },

	{ ROAMER_ESTABLISHED, GONE, go_elsewhere },
	{ ROAMER_ESTABLISHED, ANSWERED, alive },
	{ ROAMER_ESTABLISHED, TIMER, check },
	{ ROAMER_ESTABLISHED, EXHAUSTED, declare_dead },
	{ ROAMER_ESTABLISHED, DELETED, gone_by_itself },
	{ ROAMER_ESTABLISHED, END, say_goodbye },

	{ ROAMER_ENDING, ANSWERED, rest },
	{ ROAMER_ENDING, DELETED, rest },
	{ ROAMER_ENDING, TIMER, check },
	{ ROAMER_ENDING, EXHAUSTED, rest },
	{ ROAMER_ENDING, END, stay },
};

static void happen(struct roamer *r, enum happening what, const struct input *in)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].state == r->state && table[i].happening == what) {
			r->state = table[i].act(r, in);
			return;
		}
}

/* ---- from messages to what happened */

static void receive_answer(struct roamer *r, struct span message)
{
	static const enum happening happenings[] = {
		[IKE_ANSWER_COOKIE] = COOKIE, [IKE_ANSWER_INVALID_KE] = INVALID_KE,
		[IKE_ANSWER_RESUMED] = HIT,   [IKE_ANSWER_ORDINARY] = FALLBACK,
		[IKE_ANSWER_ERROR] = ERROR,
	};
	struct ike_answer a;
	struct ike_notify redirect;
	struct input in = { .answer = &a, .gateway = -1 };

	switch (ike_answer_read(message, r->spi_i, &a)) {
	case IKE_ANSWER_COOKIE:
	case IKE_ANSWER_INVALID_KE:
	case IKE_ANSWER_RESUMED:
	case IKE_ANSWER_ORDINARY:
	case IKE_ANSWER_ERROR:
		in.notify = a.has_notify ? a.notify.type : 0;
		happen(r, happenings[a.kind], &in);
		break;
	case IKE_ANSWER_NEITHER:
		/* rule 19: whoever answers a SYN so is not yet known to belong to the pool */
		if (ike_notify_find(&a.chain, NOTIFY_REDIRECT, &redirect))
			tell_step(r, ROAMER_REDIRECT_IGNORED, 0);
		break;
	default:
		break;
	}
}

static void receive_protected(struct roamer *r, struct span message)
{
	static const enum happening happenings[] = {
		[ROAMER_SAID_CONFIRMED] = CONFIRMED,
		[ROAMER_SAID_AUTHENTICATED] = AUTHENTICATED,
		[ROAMER_SAID_NOT_COMMITTED] = NOT_COMMITTED,
		[ROAMER_SAID_UNBOUND] = UNBOUND,
		[ROAMER_SAID_REFUSED] = REFUSED,
	};
	uint8_t plain[ROAMER_MESSAGE_MAX];
	struct ike_protected m;
	struct input in = { .protected = &m, .gateway = -1 };
	enum roamer_said said;

	if (message.n > sizeof(plain))
		return;
	said =
	    roamer_candidate_read(r, message, plain, sizeof(plain), &in.candidate, &m, &in.notify);
	if (said != ROAMER_SAID_NOTHING)
		happen(r, happenings[said], &in);
	secret_wipe(plain, sizeof(plain));
}

static void receive_new(struct roamer *r, unsigned gateway, struct span message)
{
	struct ike_header h;
	struct fault fault;

	if ((r->state != ROAMER_ASKING && r->state != ROAMER_CONFIRMING) ||
	    gateway != r->step.gateway || ike_header_parse(message, &h, &fault) != ERR_OK)
		return;
	if (h.exchange == EXCHANGE_IKE_SA_INIT)
		receive_answer(r, message);
	else
		receive_protected(r, message);
}

void roamer_receive(struct roamer *r, unsigned gateway, struct span message)
{
	struct input in = { .gateway = -1 };
	unsigned to = 0;

	switch (roamer_live_receive(r, gateway, message, &to)) {
	case ROAMER_LIVE_FOREIGN:
		receive_new(r, gateway, message);
		break;
	case ROAMER_LIVE_ANSWERED:
	case ROAMER_LIVE_SPOKE:
		if (!r->checking)
			happen(r, ANSWERED, &in);
		break;
	case ROAMER_LIVE_DELETED:
		happen(r, DELETED, &in);
		break;
	case ROAMER_LIVE_REDIRECTED:
		if (r->state != ROAMER_ESTABLISHED)
			break;
		in.gateway = (int)to;
		tell(r, (struct roamer_event){ .kind = ROAMER_REDIRECTED, .gateway = to });
		happen(r, GONE, &in);
		break;
	case ROAMER_LIVE_LURED:
		tell_sa(r, ROAMER_REDIRECT_IGNORED);
		break;
	case ROAMER_LIVE_DROPPED:
		break;
	}
}

void roamer_time_out(struct roamer *r)
{
	const struct input in = { .gateway = -1 };
	const bool standing = r->state == ROAMER_ESTABLISHED || r->state == ROAMER_ENDING;
	const unsigned done = standing ? (r->checking ? r->sent : 0) : r->tries + 1;

	happen(r, done < r->config->attempts ? TIMER : EXHAUSTED, &in);
}

/* ---- what the user wants */

void roamer_login(struct roamer *r)
{
	const struct input in = { .gateway = -1 };

	happen(r, LOGIN, &in);
}

void roamer_resume(struct roamer *r, int gateway)
{
	const struct input in = { .gateway = gateway };

	happen(r, GONE, &in);
}

void roamer_end(struct roamer *r)
{
	const struct input in = { .gateway = -1 };

	happen(r, END, &in);
}

enum roamer_state roamer_state(const struct roamer *r)
{
	return r->state;
}

struct roamer *roamer_new(const struct roamer_config *config, const struct roamer_ops *ops,
			  const struct rng *rng)
{
	struct roamer *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->config = config;
	r->ops = *ops;
	r->rng = *rng;
	return r;
}

void roamer_free(struct roamer *r)
{
	if (!r)
		return;
	dh_free(r->dh);
	secret_wipe(r, sizeof(*r));
	free(r);
}
