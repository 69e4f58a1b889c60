/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resuming, with knobs, and asking why it failed. */
#include "client/resume.h"

#include <stdio.h>

#include "diagnosis/bind_guess.h"
#include "diagnosis/diagnosis.h"
#include "client/auth.h"
#include "ike/ike_candidates.h"

void resume_result_clear(struct resume_result *r)
{
	if (r->octets)
		g_byte_array_unref(r->octets);
	if (r->sent)
		g_byte_array_unref(r->sent);
	*r = (struct resume_result){ 0 };
}

enum ike_answer_kind resume_syn(struct client *c, const struct old_sa *old, struct init_answer *a)
{
	const struct init_request r = init_request_of(&old->suite, &old->index);

	if (client_settles(c)) {
		auth_settle(c);
		client_goodbye(c);
	}
	client_fresh(c, CLIENT_NONCE_DEFAULT);
	return init_exchange(c, &r, a);
}

bool resume_derive(struct client *c, const struct old_sa *old)
{
	const struct ike_attempt t = client_attempt(c);
	struct ike_keys keys;
	const enum err err = ike_derive_resumed(&keys, &t, &old->suite, &old->sk_d);

	if (err != ERR_OK)
		return client_fail(c, "keys cannot be derived: %s", err_text(err));
	client_set_keys(c, &keys);
	return true;
}

static void write_bind(struct inner *in, const struct ike_attempt *t, const struct ike_keys *keys,
		       enum ike_bind bind)
{
	uint8_t mac[SECRET_MAX];
	size_t n;

	if (bind == IKE_BIND_ABSENT || ike_bind_make(t, keys, SK_FROM_INITIATOR, mac, &n) != ERR_OK)
		return;
	if (bind == IKE_BIND_WRONG)
		mac[n - 1] ^= 1;
	ike_notify_write_simple(&in->in.w, NOTIFY_IKESYNC_BIND, span_of(mac, n));
}

static uint8_t exchange_of(const struct resume_knobs *knobs)
{
	if (knobs->create_child)
		return EXCHANGE_CREATE_CHILD_SA;
	return knobs->ask ? knobs->ask->exchange : EXCHANGE_INFORMATIONAL;
}

/* Message ID 1 of the SA that is in `c` now. */
static GByteArray *confirmation(struct client *c, const struct ike_attempt *t,
				const struct resume_knobs *knobs, struct ike_child *child)
{
	GByteArray *message;
	struct inner in;

	inner_init(&in);
	if (knobs->create_child)
		child_write_request(c, &in, child, true);
	else if (knobs->ask)
		knobs->ask->write(c, &in, knobs->ask->user);
	write_bind(&in, t, &c->sa.keys, knobs->bind);
	message = protected_seal(c, exchange_of(knobs), 0, 1, &in);
	/* The ICV ends the message (RFC 7296 section 3.14). */
	if (message && knobs->break_icv)
		message->data[message->len - 1] ^= 1;
	return message;
}

GByteArray *resume_confirmation(struct client *c, const struct resume_knobs *knobs,
				struct ike_child *child)
{
	const struct ike_attempt t = client_attempt(c);

	return confirmation(c, &t, knobs, child);
}

/* Message ID 1 under way, for every answer to SYN. */
struct attempt {
	struct client *c;
	const struct old_sa *old;
	const struct resume_knobs *knobs;
	struct ike_child child;
	struct ike_candidates all; /* the first is what `c` was at the beginning */
	GByteArray *response[IKE_CANDIDATES_MAX], *confirmation[IKE_CANDIDATES_MAX];
};

static void send_all(const struct attempt *t)
{
	for (unsigned i = 0; i < t->all.n; i++)
		transport_send(t->c->transport,
			       span_of(t->confirmation[i]->data, t->confirmation[i]->len));
}

/* Seal message ID 1 of candidate `i`, which `c` is meanwhile. */
static bool confirm_candidate(struct attempt *t, unsigned i)
{
	struct ike_candidate *k = &t->all.at[i];
	struct ike_client kept = t->c->sa;

	t->c->sa = k->client;
	t->confirmation[i] = confirmation(t->c, &k->attempt, t->knobs, &t->child);
	k->client = t->c->sa;
	t->c->sa = kept;
	ike_client_clear(&kept);
	return t->confirmation[i] != NULL;
}

/* The answer that `c` has taken over already. */
static bool first_candidate(struct attempt *t)
{
	t->all.at[0].attempt = client_attempt(t->c);
	t->all.at[0].client = t->c->sa;
	t->all.n = 1;
	return confirm_candidate(t, 0);
}

/* A further answer to SYN (rule 7): keys and a confirmation of its own. */
static void add_candidate(struct attempt *t, const struct init_answer *a)
{
	const struct ike_attempt request = client_attempt(t->c);
	const unsigned i = t->all.n;
	struct client *c = t->c;
	struct ike_candidate *k =
	    ike_candidates_add(&t->all, &request, &a->said, &t->old->suite, &t->old->sk_d);

	if (!k)
		return;
	/* the candidate borrows from the answer */
	t->response[i] = g_byte_array_ref(a->octets);
	init_learn(c, a);
	client_show_keys(c->evidence, &k->client.keys, k->client.spi_i, k->client.spi_r);
	if (!confirm_candidate(t, i)) {
		t->all.n--;
		return;
	}
	evidence_note(c->evidence,
		      "another answer to SYN came (SPIr %016" G_GINT64_MODIFIER
		      "x): going on with both",
		      k->client.spi_r);
	transport_send(c->transport, span_of(t->confirmation[i]->data, t->confirmation[i]->len));
}

/* From now on `c` is this candidate. */
static void become(struct client *c, const struct ike_candidate *k)
{
	const struct ike_window window = c->sa.window;

	c->sa = k->client;
	c->sa.window = window;
	c->nr_n = MIN(k->attempt.nr.n, sizeof(c->nr));
	memmove(c->nr, k->attempt.nr.p, c->nr_n);
	if (k->attempt.response.p != c->response->data) {
		g_byte_array_set_size(c->response, 0);
		g_byte_array_append(c->response, k->attempt.response.p,
				    (guint)k->attempt.response.n);
	}
}

/* The keys are right, BIND is not: what is it then? */
static void diagnose_bind(struct client *c, const struct ike_candidate *k,
			  const struct chain *inner)
{
	const struct bind_guess b = {
		.keys = &k->client.keys,
		.sender = SK_FROM_RESPONDER,
		.request = k->attempt.request,
		.response = k->attempt.response,
		.first_request = span_of(c->first_request->data, c->first_request->len),
	};
	struct ike_notify notify;
	GPtrArray *fits;

	if (!ike_notify_find(inner, NOTIFY_IKESYNC_BIND, &notify))
		return;
	fits = bind_guess(&b, notify.data);
	for (unsigned i = 0; i < fits->len; i++)
		evidence_diagnosis(c->evidence, "the keys are right, for the answer verifies; %s",
				   (const char *)g_ptr_array_index(fits, i));
	if (!fits->len)
		evidence_undiagnosed(
		    c->evidence,
		    "the keys are right, for the answer verifies; BIND (%zu octets) is "
		    "none of the mistakes that the probe knows",
		    notify.data.n);
	g_ptr_array_unref(fits);
}

/* The answer has verified under `k`'s keys. */
static void take_answer(struct attempt *t, struct ike_candidate *k,
			const struct protected_answer *a, struct resume_result *out)
{
	struct client *c = t->c;

	out->error = protected_error(a);
	out->n_payloads = a->inner.n;
	out->exchange = a->header.exchange;
	if (out->sent)
		g_byte_array_unref(out->sent);
	out->sent = g_byte_array_ref(t->confirmation[k - t->all.at]);
	out->bind = ike_bind_judge(&a->inner, &k->attempt, &k->client.keys, SK_FROM_RESPONDER);
	if (out->bind == IKE_BIND_WRONG)
		diagnose_bind(c, k, &a->inner);
	become(c, k);
	client_heard(c);
	c->sa.has_index = false;
	out->has_index = auth_read_index(c, &a->inner);
	out->index = c->sa.index;
	out->outcome = out->error == 0                              ? RESUME_COMMITTED
		       : out->error == NOTIFY_IKESYNC_NOT_COMMITTED ? RESUME_NOT_COMMITTED
								    : RESUME_REFUSED;
	c->live = out->outcome == RESUME_COMMITTED;
	out->has_child =
	    c->live && t->knobs->create_child && child_read_answer(c, &a->inner, &t->child, true);
	c->refused = out->error;
	c->sa.window.next = a->header.message_id + 1;
	if (t->knobs->ask && t->knobs->ask->answered)
		t->knobs->ask->answered(c, a, t->knobs->ask->user);
}

/* A response to message ID 1. true: it verifies. */
static bool judge(struct attempt *t, struct span message, struct resume_result *out)
{
	GByteArray *plain = protected_room(message);
	struct protected_answer a;
	struct ike_candidate *k;
	struct ike_protected m;

	k = ike_candidates_open(&t->all, message, plain->data, plain->len, &m);
	if (!k && m.broken.clause == IKE_CLAUSE_NONE) { /* of no candidate's SPIr */
		g_byte_array_unref(plain);
		return false;
	}
	protected_fill(&a, message, plain, &m);
	protected_show(t->c, &a);
	protected_answer_text(&a, out->text, sizeof(out->text));
	if (out->octets)
		g_byte_array_unref(out->octets);
	out->octets = g_byte_array_ref(a.octets);
	if (k)
		take_answer(t, k, &a, out);
	else
		out->outcome = a.kind == PROTECTED_CLEAR ? RESUME_CLEAR : RESUME_UNVERIFIED;
	protected_answer_clear(&a);
	return k != NULL;
}

/* Keep what is no answer to message ID 1, with the reason; a late answer to SYN is no offence. */
static void discard(struct client *c, struct span message)
{
	struct ike_broken b = { .clause = IKE_CLAUSE_MESSAGE_ID };
	struct ike_header h;

	if (ike_protected_belongs(message, c->sa.spi_i, c->sa.spi_r, &h, &b)) {
		if (h.message_id == 1)
			return; /* judged */
		b.clause = IKE_CLAUSE_MESSAGE_ID;
	} else if (b.clause == IKE_CLAUSE_EXCHANGE) {
		return;
	}
	client_discard(c, message, &b);
}

/* true: something has verified. */
static bool handle(struct attempt *t, struct span message, struct resume_result *out)
{
	struct client *c = t->c;
	struct init_answer a;
	struct ike_header h;
	struct fault fault;

	if (init_read(message, c->sa.spi_i, &a)) {
		if (a.said.kind == IKE_ANSWER_RESUMED)
			add_candidate(t, &a);
		init_answer_clear(&a);
		return false;
	}
	if (ike_header_parse(message, &h, &fault) != ERR_OK || h.spi_i != c->sa.spi_i ||
	    h.exchange == EXCHANGE_IKE_SA_INIT) {
		discard(c, message);
		return false;
	}
	if (!(h.flags & IKE_FLAG_RESPONSE)) {
		/* answered as the first, with an IV that must not be used again */
		protected_handle_request(c, message);
		t->all.at[0].client.iv = c->sa.iv;
		return false;
	}
	if (h.message_id == 1 && judge(t, message, out))
		return true;
	discard(c, message);
	return false;
}

#define MIDWAY_STEP_MS 50

static void wait_for_answer(struct attempt *t, struct resume_result *out)
{
	struct client *c = t->c;
	const struct target_timers *timers = &c->probe->target->timers;
	const uint64_t start = probe_now(),
		       deadline =
			   start + (t->knobs->answer_ms ? t->knobs->answer_ms : timers->answer);
	uint64_t wait = timers->retransmit, look = start + t->knobs->midway_ms,
		 next = t->knobs->once ? deadline : MIN(start + wait, deadline);
	bool midway = t->knobs->midway != NULL;

	transport_forget(c->transport);
	send_all(t);
	while (probe_now() < deadline && !probe_interrupted()) {
		struct span message;

		if (midway && probe_now() >= look) {
			midway = !t->knobs->midway(t->knobs->midway_user);
			look = probe_now() + MIDWAY_STEP_MS;
		}
		if (transport_receive(c->transport, midway ? MIN(next, look) : next, &message)) {
			if (handle(t, message, out))
				break;
		} else if (probe_now() >= next && next < deadline && !probe_interrupted()) {
			send_all(t);
			wait *= 2;
			next = MIN(probe_now() + wait, deadline);
		}
	}
	out->ms = probe_now() - start;
	if (out->outcome == RESUME_SILENCE) {
		char silence[TRANSPORT_SILENCE_MAX];

		g_strlcpy(out->text, transport_silence(c->transport, silence), sizeof(out->text));
	}
}

static void attempt_clear(struct attempt *t)
{
	for (unsigned i = 0; i < IKE_CANDIDATES_MAX; i++) {
		if (t->response[i])
			g_byte_array_unref(t->response[i]);
		if (t->confirmation[i])
			g_byte_array_unref(t->confirmation[i]);
	}
	ike_candidates_clear(&t->all);
}

enum resume_outcome resume_confirm(struct client *c, const struct old_sa *old,
				   const struct resume_knobs *knobs, struct resume_result *out)
{
	static const struct resume_knobs right;
	struct attempt t = { .c = c, .old = old, .knobs = knobs ? knobs : &right };

	*out = (struct resume_result){ .outcome = RESUME_SILENCE, .bind = IKE_BIND_ABSENT };
	snprintf(out->text, sizeof(out->text), "no answer");
	if (!first_candidate(&t))
		return out->outcome;
	/* the IV that message ID 1 used is used */
	c->sa.iv = t.all.at[0].client.iv;
	evidence_note(c->evidence, "sent message ID 1 (%s%s%s)",
		      t.knobs->create_child ? "CREATE_CHILD_SA"
		      : t.knobs->ask        ? t.knobs->ask->name
					    : "INFORMATIONAL",
		      t.knobs->bind == IKE_BIND_RIGHT   ? " with BIND"
		      : t.knobs->bind == IKE_BIND_WRONG ? " with a wrong BIND"
							: " without BIND",
		      t.knobs->break_icv ? ", one bit of the ICV wrong" : "");
	wait_for_answer(&t, out);
	out->candidates = t.all.n;
	attempt_clear(&t);
	return out->outcome;
}

enum resume_outcome resume_whole(struct client *c, struct old_sa *old,
				 const struct resume_knobs *knobs, struct resume_result *out)
{
	struct init_answer a;
	char text[160];

	*out = (struct resume_result){ .outcome = RESUME_NO_HIT, .bind = IKE_BIND_ABSENT };
	resume_syn(c, old, &a);
	snprintf(out->text, sizeof(out->text), "SYN: %s", init_answer_text(&a, text, sizeof(text)));
	if (a.said.kind == IKE_ANSWER_RESUMED && resume_derive(c, old)) {
		resume_confirm(c, old, knobs, out);
		old->moved |= out->outcome == RESUME_COMMITTED;
	}
	init_answer_clear(&a);
	auth_settle(c);
	return out->outcome;
}

static struct diagnosis diagnosis_of(const struct client *c, const struct old_sa *old)
{
	const struct ike_attempt t = client_attempt(c);

	return (struct diagnosis){
		.suite = old->suite,
		.seed = ike_attempt_seed(&t),
		.sk_d_old = secret_peek(&old->sk_d),
		.old_spi_i = old->spi_i,
		.old_spi_r = old->spi_r,
		.g_ir = span_of(old->g_ir.octets, old->g_ir.n),
		.sk_d_older = secret_peek(&old->sk_d_older),
	};
}

/* The confirmation under a guess's keys. */
static void send_guess(struct client *c, const struct diagnosis_guess *g)
{
	static const struct resume_knobs right;
	struct ike_client kept = c->sa;
	GByteArray *message;

	c->sa.keys = g->keys;
	c->sa.iv = (struct sk_iv){ 0 };
	if (g->roles_swapped) {
		c->sa.keys.sk_ei = g->keys.sk_er;
		c->sa.keys.sk_er = g->keys.sk_ei;
		c->sa.keys.sk_ai = g->keys.sk_ar;
		c->sa.keys.sk_ar = g->keys.sk_ai;
	}
	message = resume_confirmation(c, &right, NULL);
	if (message) {
		transport_send(c->transport, span_of(message->data, message->len));
		g_byte_array_unref(message);
	}
	c->sa = kept;
	ike_client_clear(&kept);
}

static void state_finding(struct client *c, struct diagnosis_guess *g)
{
	if (g->right)
		evidence_undiagnosed(c->evidence,
				     "a second attempt was understood with the draft's "
				     "own derivation: the failure does not repeat");
	else
		evidence_diagnosis(c->evidence, "fits when %s", g->text);
	ike_keys_clear(&g->keys);
}

/* Which of the guesses that were sent is answered? */
static bool wait_for_guess(struct client *c, const struct diagnosis *d,
			   struct diagnosis_guess *guess)
{
	const uint64_t deadline = probe_now() + c->probe->target->timers.answer;
	bool found = false;

	while (!found && probe_now() < deadline && !probe_interrupted()) {
		struct ike_header h;
		struct fault fault;
		struct span message;

		if (!transport_receive(c->transport, deadline, &message))
			break;
		if (ike_header_parse(message, &h, &fault) != ERR_OK || h.spi_i != c->sa.spi_i ||
		    h.message_id != 1)
			continue;
		found = diagnosis_find(d, message, SK_FROM_RESPONDER, guess);
	}
	return found;
}

/* The right keys and BIND, but under another message ID than 1. */
static bool understands_id(struct client *c, uint32_t id)
{
	const struct ike_attempt t = client_attempt(c);
	struct protected_answer a = { 0 };
	GByteArray *message;
	struct inner in;
	bool understood;

	inner_init(&in);
	write_bind(&in, &t, &c->sa.keys, IKE_BIND_RIGHT);
	message = protected_seal(c, EXCHANGE_INFORMATIONAL, 0, id, &in);
	if (!message)
		return false;
	understood = protected_send(c, message, EXCHANGE_INFORMATIONAL, id, probe_moment(c->probe),
				    false, &a) == PROTECTED_ANSWER;
	if (understood)
		evidence_diagnosis(
		    c->evidence,
		    "the keys are right, but the first message ID is taken to be %u, "
		    "not 1",
		    id);
	c->live = understood;
	c->sa.window.next = id + 1;
	protected_answer_clear(&a);
	g_byte_array_unref(message);
	return understood;
}

/* Ask a silent gateway: which of the guesses does it understand? */
static void diagnose_actively(struct client *c, const struct old_sa *old,
			      const struct init_request *syn)
{
	const struct init_request ordinary = init_request_of(&old->suite, &old->index);
	struct diagnosis d;
	struct diagnosis_guess guess;
	struct init_answer a;
	bool found;

	evidence_note(c->evidence,
		      "diagnosis: another SYN, confirmed under every likely derivation");
	client_fresh(c, CLIENT_NONCE_DEFAULT);
	if (init_exchange(c, syn ? syn : &ordinary, &a) != IKE_ANSWER_RESUMED ||
	    !resume_derive(c, old)) {
		evidence_undiagnosed(
		    c->evidence,
		    "nothing came that could be examined, and a second attempt was not resumed");
		init_answer_clear(&a);
		return;
	}
	init_answer_clear(&a);
	d = diagnosis_of(c, old);
	for (unsigned i = 0; i < diagnosis_count(); i++) {
		if (diagnosis_derive(&d, i, &guess) != ERR_OK)
			continue;
		send_guess(c, &guess);
		ike_keys_clear(&guess.keys);
	}
	found = wait_for_guess(c, &d, &guess);
	if (found) {
		state_finding(c, &guess);
	} else if (!understands_id(c, 2) && !understands_id(c, 0)) {
		evidence_undiagnosed(
		    c->evidence,
		    "the gateway understands none of the %u derivations that were tried",
		    diagnosis_count());
	}
}

void resume_diagnose(struct client *c, const struct old_sa *old, const struct init_request *syn,
		     const GByteArray *unverified)
{
	const struct diagnosis d = diagnosis_of(c, old);
	struct diagnosis_guess guess;

	if (!unverified) {
		diagnose_actively(c, old, syn);
		return;
	}
	if (diagnosis_find(&d, span_of(unverified->data, unverified->len), SK_FROM_RESPONDER,
			   &guess)) {
		state_finding(c, &guess);
	} else {
		evidence_undiagnosed(
		    c->evidence,
		    "none of the %u derivations that were tried, nor a pair of them, fits",
		    diagnosis_count());
	}
}
