/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/resume.h"

#include <stdio.h>

#include "diagnosis/diagnosis.h"
#include "client/auth.h"
#include "keys/auth.h"

/* One answer to SYN: what of a client belongs to it. Swapped in and out of the client. */
struct candidate {
	uint64_t spi_r;
	uint8_t nr[CLIENT_NONCE_MAX];
	size_t nr_n;
	GByteArray *response;
	struct ike_keys keys;
	struct sk_iv iv;
	GByteArray *confirmation;
};

void resume_result_clear(struct resume_result *r)
{
	if (r->octets)
		g_byte_array_unref(r->octets);
	*r = (struct resume_result){ 0 };
}

enum init_kind resume_syn(struct client *c, const struct old_sa *old, struct init_answer *a)
{
	const struct init_request r = init_request_of(&old->suite, &old->index);

	client_fresh(c, CLIENT_NONCE_DEFAULT);
	return init_exchange(c, &r, a);
}

bool resume_derive(struct client *c, const struct old_sa *old)
{
	const struct ike_seed seed = client_seed(c);
	struct ike_keys keys;
	const enum err err = ike_keys_resume(&keys, &old->suite, &seed, secret_peek(&old->sk_d));

	if (err != ERR_OK)
		return client_fail(c, "keys cannot be derived: %s", err_text(err));
	client_set_keys(c, &keys);
	return true;
}

static void write_bind(struct client *c, struct inner *in, enum resume_bind bind)
{
	const size_t n = suite_prf_size(c->suite.prf);
	uint8_t mac[SECRET_MAX];

	if (bind == RESUME_BIND_ABSENT ||
	    auth_bind(c->suite.prf, secret_peek(&c->keys.sk_pi),
		      span_of(c->request->data, c->request->len),
		      span_of(c->response->data, c->response->len), mac) != ERR_OK)
		return;
	if (bind == RESUME_BIND_WRONG)
		mac[n - 1] ^= 1;
	ike_notify_write_simple(&in->w, NOTIFY_IKESYNC_BIND, span_of(mac, n));
}

GByteArray *resume_confirmation(struct client *c, const struct resume_knobs *knobs,
				struct child *child)
{
	GByteArray *message;
	struct inner in;

	inner_init(&in);
	if (knobs->create_child)
		child_write_request(c, &in, child, true);
	write_bind(c, &in, knobs->bind);
	message = protected_seal(
	    c, knobs->create_child ? EXCHANGE_CREATE_CHILD_SA : EXCHANGE_INFORMATIONAL, 0, 1, &in);
	/* The ICV ends the message (RFC 7296 section 3.14). */
	if (message && knobs->break_icv)
		message->data[message->len - 1] ^= 1;
	return message;
}

static void swap(struct client *c, struct candidate *k)
{
	struct candidate was = { .spi_r = c->spi_r,
				 .nr_n = c->nr_n,
				 .response = c->response,
				 .keys = c->keys,
				 .iv = c->iv,
				 .confirmation = k->confirmation };

	memcpy(was.nr, c->nr, sizeof(was.nr));
	c->spi_r = k->spi_r;
	memcpy(c->nr, k->nr, sizeof(c->nr));
	c->nr_n = k->nr_n;
	c->response = k->response;
	c->keys = k->keys;
	c->iv = k->iv;
	*k = was;
}

static void candidate_clear(struct candidate *k)
{
	if (k->response)
		g_byte_array_unref(k->response);
	if (k->confirmation)
		g_byte_array_unref(k->confirmation);
	ike_keys_clear(&k->keys);
	*k = (struct candidate){ 0 };
}

struct attempt {
	struct client *c;
	const struct old_sa *old;
	const struct resume_knobs *knobs;
	struct child child;
	unsigned n; /* further ones; the first is the client itself */
	struct candidate at[RESUME_CANDIDATES_MAX - 1];
	GByteArray *confirmation; /* of the first */
};

static void send_all(struct attempt *t)
{
	transport_send(t->c->transport, span_of(t->confirmation->data, t->confirmation->len));
	for (unsigned i = 0; i < t->n; i++)
		transport_send(t->c->transport,
			       span_of(t->at[i].confirmation->data, t->at[i].confirmation->len));
}

/* A further answer to SYN (rule 7): keys and a confirmation of its own. */
static void add_candidate(struct attempt *t, const struct init_answer *a)
{
	struct client *c = t->c;
	struct candidate *k;

	if (t->n == RESUME_CANDIDATES_MAX - 1 ||
	    (a->octets->len == c->response->len &&
	     memcmp(a->octets->data, c->response->data, a->octets->len) == 0))
		return;
	for (unsigned i = 0; i < t->n; i++)
		if (t->at[i].response->len == a->octets->len &&
		    memcmp(t->at[i].response->data, a->octets->data, a->octets->len) == 0)
			return;
	k = &t->at[t->n];
	k->response = g_byte_array_new();
	swap(c, k);
	init_take(c, a);
	if (resume_derive(c, t->old))
		k->confirmation = resume_confirmation(c, t->knobs, &t->child);
	swap(c, k);
	if (!k->confirmation) {
		candidate_clear(k);
		return;
	}
	evidence_note(c->evidence,
		      "another answer to SYN came (SPIr %016" G_GINT64_MODIFIER
		      "x): going on with both",
		      k->spi_r);
	t->n++;
	transport_send(c->transport, span_of(k->confirmation->data, k->confirmation->len));
}

static enum resume_bind judge_bind(const struct client *c, const struct chain *inner)
{
	struct ike_notify n;
	uint8_t mac[SECRET_MAX];
	bool right;

	if (!ike_notify_find(inner, NOTIFY_IKESYNC_BIND, &n))
		return RESUME_BIND_ABSENT;
	if (auth_bind(c->suite.prf, secret_peek(&c->keys.sk_pr),
		      span_of(c->request->data, c->request->len),
		      span_of(c->response->data, c->response->len), mac) != ERR_OK)
		return RESUME_BIND_WRONG;
	right = secret_equal(n.data, span_of(mac, suite_prf_size(c->suite.prf)));
	secret_wipe(mac, sizeof(mac));
	return right ? RESUME_BIND_RIGHT : RESUME_BIND_WRONG;
}

/* A response to message ID 1 of the SA that is in `c` now. true: it verifies. */
static bool judge(struct attempt *t, struct span message, const struct ike_header *h,
		  struct resume_result *out)
{
	struct client *c = t->c;
	struct protected_answer a;
	bool verified;

	verified = protected_open(&c->keys, SK_FROM_RESPONDER, message, &a) == ERR_OK;
	protected_answer_text(&a, out->text, sizeof(out->text));
	if (out->octets)
		g_byte_array_unref(out->octets);
	out->octets = g_byte_array_ref(a.octets);
	if (verified) {
		out->error = protected_error(&a);
		out->bind = judge_bind(c, &a.inner);
		c->has_index = false;
		out->has_index = auth_read_index(c, &a.inner);
		out->index = c->index;
		out->outcome = out->error == 0                              ? RESUME_COMMITTED
			       : out->error == NOTIFY_IKESYNC_NOT_COMMITTED ? RESUME_NOT_COMMITTED
									    : RESUME_REFUSED;
		c->live = out->outcome == RESUME_COMMITTED;
		out->has_child = c->live && t->knobs->create_child &&
				 child_read_answer(c, &a.inner, &t->child, true);
		c->refused = out->error;
		c->next_id = h->message_id + 1;
	} else {
		out->outcome = a.kind == PROTECTED_CLEAR ? RESUME_CLEAR : RESUME_UNVERIFIED;
	}
	protected_answer_clear(&a);
	return verified;
}

/* true: something has verified. */
static bool handle(struct attempt *t, struct span message, struct resume_result *out)
{
	struct client *c = t->c;
	struct init_answer a;
	struct ike_header h;
	struct fault fault;

	if (init_parse(message, c->spi_i, &a)) {
		if (a.kind == INIT_RESUMED)
			add_candidate(t, &a);
		init_answer_clear(&a);
		return false;
	}
	if (ike_header_parse(message, &h, &fault) != ERR_OK || h.spi_i != c->spi_i ||
	    h.exchange == EXCHANGE_IKE_SA_INIT)
		return false;
	if (!(h.flags & IKE_FLAG_RESPONSE)) {
		protected_handle_request(c, message);
		return false;
	}
	if (h.message_id != 1)
		return false;
	if (h.spi_r == c->spi_r && judge(t, message, &h, out))
		return true;
	/* A forger may have copied SPIr: every candidate with that SPIr is tried. */
	for (unsigned i = 0; i < t->n; i++) {
		if (h.spi_r != t->at[i].spi_r)
			continue;
		swap(c, &t->at[i]);
		if (judge(t, message, &h, out))
			return true;
		swap(c, &t->at[i]);
	}
	return false;
}

static void wait_for_answer(struct attempt *t, struct resume_result *out)
{
	struct client *c = t->c;
	const struct target_timers *timers = &c->probe->target->timers;
	const uint64_t start = probe_now(),
		       deadline =
			   start + (t->knobs->answer_ms ? t->knobs->answer_ms : timers->answer);
	uint64_t wait = timers->retransmit,
		 next = t->knobs->once ? deadline : MIN(start + wait, deadline);
	bool midway = t->knobs->midway != NULL;

	send_all(t);
	while (probe_now() < deadline && !probe_interrupted()) {
		struct span message;

		if (midway && probe_now() >= start + t->knobs->midway_ms) {
			midway = false;
			t->knobs->midway(t->knobs->midway_user);
		}
		if (transport_receive(c->transport,
				      midway ? MIN(next, start + t->knobs->midway_ms) : next,
				      &message)) {
			if (handle(t, message, out))
				break;
		} else if (probe_now() >= next && next < deadline && !probe_interrupted()) {
			send_all(t);
			wait *= 2;
			next = MIN(probe_now() + wait, deadline);
		}
	}
	out->ms = probe_now() - start;
}

enum resume_outcome resume_confirm(struct client *c, const struct old_sa *old,
				   const struct resume_knobs *knobs, struct resume_result *out)
{
	static const struct resume_knobs right;
	struct attempt t = { .c = c, .old = old, .knobs = knobs ? knobs : &right };

	*out = (struct resume_result){ .outcome = RESUME_SILENCE, .bind = RESUME_BIND_ABSENT };
	snprintf(out->text, sizeof(out->text), "no answer");
	t.confirmation = resume_confirmation(c, t.knobs, &t.child);
	if (!t.confirmation)
		return out->outcome;
	evidence_note(c->evidence, "sent message ID 1 (%s%s%s)",
		      t.knobs->create_child ? "CREATE_CHILD_SA" : "INFORMATIONAL",
		      t.knobs->bind == RESUME_BIND_RIGHT   ? " with BIND"
		      : t.knobs->bind == RESUME_BIND_WRONG ? " with a wrong BIND"
							   : " without BIND",
		      t.knobs->break_icv ? ", one bit of the ICV wrong" : "");
	wait_for_answer(&t, out);
	out->candidates = t.n + 1;
	for (unsigned i = 0; i < t.n; i++)
		candidate_clear(&t.at[i]);
	g_byte_array_unref(t.confirmation);
	return out->outcome;
}

enum resume_outcome resume_whole(struct client *c, struct old_sa *old,
				 const struct resume_knobs *knobs, struct resume_result *out)
{
	struct init_answer a;
	char text[160];

	*out = (struct resume_result){ .outcome = RESUME_NO_HIT, .bind = RESUME_BIND_ABSENT };
	resume_syn(c, old, &a);
	snprintf(out->text, sizeof(out->text), "SYN: %s", init_answer_text(&a, text, sizeof(text)));
	if (a.kind == INIT_RESUMED && resume_derive(c, old)) {
		resume_confirm(c, old, knobs, out);
		old->moved |= out->outcome == RESUME_COMMITTED;
	}
	init_answer_clear(&a);
	return out->outcome;
}

static struct diagnosis diagnosis_of(const struct client *c, const struct old_sa *old)
{
	return (struct diagnosis){
		.suite = old->suite,
		.seed = client_seed(c),
		.sk_d_old = secret_peek(&old->sk_d),
		.old_spi_i = old->spi_i,
		.old_spi_r = old->spi_r,
		.g_ir = span_of(old->g_ir, old->g_ir_n),
		.sk_d_older = secret_peek(&old->sk_d_older),
	};
}

/* The confirmation under a guess's keys. */
static void send_guess(struct client *c, const struct diagnosis_guess *g)
{
	static const struct resume_knobs right;
	struct ike_keys kept = c->keys;
	const struct sk_iv kept_iv = c->iv;
	GByteArray *message;

	c->keys = g->keys;
	c->suite = g->keys.suite;
	c->iv = (struct sk_iv){ 0 };
	if (g->roles_swapped) {
		c->keys.sk_ei = g->keys.sk_er;
		c->keys.sk_er = g->keys.sk_ei;
		c->keys.sk_ai = g->keys.sk_ar;
		c->keys.sk_ar = g->keys.sk_ai;
	}
	message = resume_confirmation(c, &right, NULL);
	if (message) {
		transport_send(c->transport, span_of(message->data, message->len));
		g_byte_array_unref(message);
	}
	c->keys = kept;
	c->suite = kept.suite;
	ike_keys_clear(&kept);
	c->iv = kept_iv;
}

static void state_finding(struct client *c, struct diagnosis_guess *g)
{
	if (g->right)
		evidence_diagnosis(c->evidence, "a second attempt was understood with the draft's "
						"own derivation: the failure does not repeat");
	else
		evidence_diagnosis(c->evidence, "fits when %s", g->text);
	ike_keys_clear(&g->keys);
}

/* Ask a silent gateway: which of the guesses does it understand? */
static void diagnose_actively(struct client *c, const struct old_sa *old,
			      const struct init_request *syn)
{
	const struct init_request ordinary = init_request_of(&old->suite, &old->index);
	struct diagnosis d;
	struct diagnosis_guess guess;
	struct init_answer a;
	uint64_t deadline;
	bool found = false;

	evidence_note(c->evidence,
		      "diagnosis: another SYN, confirmed under every likely derivation");
	client_fresh(c, CLIENT_NONCE_DEFAULT);
	if (init_exchange(c, syn ? syn : &ordinary, &a) != INIT_RESUMED || !resume_derive(c, old)) {
		evidence_diagnosis(
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
	deadline = probe_now() + c->probe->target->timers.answer;
	while (!found && probe_now() < deadline && !probe_interrupted()) {
		struct ike_header h;
		struct fault fault;
		struct span message;

		if (!transport_receive(c->transport, deadline, &message))
			break;
		if (ike_header_parse(message, &h, &fault) != ERR_OK || h.spi_i != c->spi_i ||
		    h.message_id != 1)
			continue;
		found = diagnosis_find(&d, message, SK_FROM_RESPONDER, &guess);
	}
	if (found) {
		state_finding(c, &guess);
	} else {
		evidence_diagnosis(
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
		evidence_diagnosis(
		    c->evidence,
		    "none of the %u derivations that were tried, nor a pair of them, fits",
		    diagnosis_count());
	}
}
