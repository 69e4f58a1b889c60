/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts, sends, listens, tells. */
#include "cli/send_run.h"

#include <signal.h>
#include <stdio.h>

#include "cli/send_values.h"
#include "client/auth.h"
#include "client/delete.h"
#include "client/resume.h"
#include "diagnosis/diagnosis.h"
#include "form/form_octets.h"
#include "form/form_print.h"
#include "form/form_write.h"
#include "keys/seal.h"
#include "report/decode.h"
#include "run/interrupt.h"
#include "run/peer.h"
#include "run/run.h"
#include "wire/ike_payloads.h"

struct talk {
	struct probe probe;
	struct evidence *e;
	const struct form *form;
	const char *name;
	struct client *c;
	struct old_sa *old;   /* NULL: none */
	struct init_answer a; /* the last one to IKE_SA_INIT */
	GByteArray *cookie;   /* NULL: none was asked for */
	bool resuming;        /* the SA is one that a SYN began, and not committed yet */
	bool unanswered;
};

static uint8_t syn_type(const struct talk *t)
{
	return t->probe.target->syn_payload_type;
}

static int complain(const struct talk *t, const struct form_fault *f)
{
	fprintf(stderr, "ikesync-probe send: %s:%u: %s: %s\n", t->name, f->line, f->field, f->rule);
	return RUN_USAGE;
}

/* Why the start did not come off: the last thing that was said about it. */
static int no_start(const struct talk *t)
{
	const char *why = "the start failed";

	for (unsigned i = 0; i < t->e->steps->len; i++) {
		const struct evidence_step *s = g_ptr_array_index(t->e->steps, i);

		if (s->kind == STEP_INCONCLUSIVE)
			why = s->text;
	}
	fprintf(stderr, "ikesync-probe send: %s\n", why);
	return probe_interrupted() ? RUN_INTERRUPTED : RUN_UNREACHABLE;
}

static void say_form(const struct form_message *m, uint8_t syn)
{
	GString *s = g_string_new(NULL);

	form_print(s, m, syn);
	fputs(s->str, stdout);
	g_string_free(s, TRUE);
}

/* A message as it is on the wire; `inner` is what stands under its Encrypted payload. */
static void say(const struct talk *t, struct span octets, struct span inner, uint8_t first,
		bool opened)
{
	char *summary = decode_summary_ike(octets, syn_type(t), opened ? inner : SPAN_NONE, first);
	struct form_message *m = form_octets_read(octets);

	printf(", %zu octets: %s\n", octets.n, summary);
	say_form(m, syn_type(t));
	form_message_free(m);
	g_free(summary);
	if (opened) {
		GString *s = g_string_new(NULL);

		m = form_octets_read_inner(inner, first);
		form_print_inner(s, m, syn_type(t));
		printf("# under it:\n%s", s->str);
		g_string_free(s, TRUE);
		form_message_free(m);
	}
	fflush(stdout);
}

/* ---- keys ---- */

static void swap_secrets(struct secret *a, struct secret *b)
{
	struct secret kept = *a;

	*a = *b;
	*b = kept;
	secret_clear(&kept);
}

static bool derive_resumed(struct talk *t, const char *derivation, char **why)
{
	const struct old_sa *old = t->old;
	const struct diagnosis d = {
		.suite = old->suite,
		.seed = { span_of(t->c->ni, t->c->ni_n), span_of(t->c->nr, t->c->nr_n),
			  t->c->sa.spi_i, t->c->sa.spi_r },
		.sk_d_old = secret_peek(&old->sk_d),
		.old_spi_i = old->spi_i,
		.old_spi_r = old->spi_r,
		.g_ir = span_of(old->g_ir.octets, old->g_ir.n),
		.sk_d_older = secret_peek(&old->sk_d_older),
	};
	struct diagnosis_guess g;
	const enum err err =
	    diagnosis_derive(&d, (unsigned)diagnosis_named(derivation ? derivation : "right"), &g);

	if (err != ERR_OK) {
		*why = g_strdup(err == ERR_NO_MATCH
				    ? "it makes no sense for this SA, or is the right one"
				    : err_text(err));
		return false;
	}
	if (g.roles_swapped) {
		swap_secrets(&g.keys.sk_ai, &g.keys.sk_ar);
		swap_secrets(&g.keys.sk_ei, &g.keys.sk_er);
		swap_secrets(&g.keys.sk_pi, &g.keys.sk_pr);
	}
	client_set_keys(t->c, &g.keys);
	return true;
}

static bool derive_full(struct talk *t, char **why)
{
	const struct target_client *client = &t->probe.target->client;
	struct init_request r = { .n_suites = client->n_suites };

	memcpy(r.suites, client->suites, sizeof(r.suites));
	if (init_keys(t->c, &r, &t->a))
		return true;
	*why = g_strdup(t->c->why);
	return false;
}

/* Keys for what is sealed: those there are, unless the message wants them derived (again). */
static bool need_keys(struct talk *t, const struct form_message *m, struct form_fault *f)
{
	const bool began =
	    t->a.said.kind == IKE_ANSWER_RESUMED || t->a.said.kind == IKE_ANSWER_ORDINARY;
	g_autofree char *why = NULL;

	if (!m->derivation && t->c->sa.keys.sk_d.n)
		return true;
	if (!began)
		return form_wrong(
		    f, m->sealed_line, "sealed",
		    "no IKE_SA_INIT was answered with a nonce: nothing to derive keys from");
	if (t->a.said.kind == IKE_ANSWER_RESUMED && !t->old)
		return form_wrong(f, m->sealed_line, "sealed",
				  "no SA is resumed: begin with \"start stub\"");
	if (t->a.said.kind == IKE_ANSWER_ORDINARY && m->derivation)
		return form_wrong(f, m->derivation_line, "derivation",
				  "is for resumed SAs; the answer was an ordinary one");
	if (t->a.said.kind == IKE_ANSWER_RESUMED ? derive_resumed(t, m->derivation, &why)
						 : derive_full(t, &why))
		return true;
	return form_wrong(f, m->derivation ? m->derivation_line : m->sealed_line,
			  m->derivation ? "derivation" : "sealed", "%s", why);
}

/* ---- sending ---- */

/* What was sent is the attempt from now on, whatever it looks like. */
static void take_request(struct talk *t, struct span octets)
{
	struct chain *chain = g_new0(struct chain, 1);
	struct client *c = t->c;
	const struct chain_payload *p;
	struct ike_header h;
	struct ike_ke ke;
	enum err err = ike_header_parse(octets, &h, NULL);

	err = chain_parse_body(octets, &h, chain, NULL);
	(void)err; /* hand-made: as far as it can be read */
	if (h.spi_i != c->sa.spi_i || c->sa.keys.sk_d.n || !c->request->len) {
		ike_client_clear(&c->sa);
		g_byte_array_set_size(c->first_request, 0);
		g_byte_array_append(c->first_request, octets.p, (guint)octets.n);
	}
	c->sa.spi_i = h.spi_i;
	g_byte_array_set_size(c->request, 0);
	g_byte_array_append(c->request, octets.p, (guint)octets.n);
	g_byte_array_set_size(c->response, 0);
	c->nr_n = 0;
	p = chain_find(chain, PAYLOAD_NONCE);
	if (p) {
		c->ni_n = MIN(p->body.n, sizeof(c->ni));
		memcpy(c->ni, p->body.p, c->ni_n);
	}
	p = chain_find(chain, PAYLOAD_KE);
	if (p && ike_ke_parse(p, &ke, NULL) == ERR_OK)
		c->ke_group = ke.group;
	t->resuming = chain_find(chain, syn_type(t)) != NULL;
	c->live = false;
	init_answer_clear(&t->a);
	g_free(chain);
}

static bool is_init(struct span octets)
{
	struct ike_header h;
	const enum err err = ike_header_parse(octets, &h, NULL);

	(void)err;
	return octets.n >= IKE_HEADER_SIZE && h.exchange == EXCHANGE_IKE_SA_INIT;
}

/* ---- answers ---- */

/* An answer to IKE_SA_INIT; false: it is none. */
static bool take_init_answer(struct talk *t, struct span message)
{
	struct init_answer a;
	char text[200];

	if (!init_read(message, t->c->sa.spi_i, &a))
		return false;
	init_answer_clear(&t->a);
	t->a = a;
	printf("# this is: %s\n", init_answer_text(&a, text, sizeof(text)));
	if (a.said.kind == IKE_ANSWER_RESUMED || a.said.kind == IKE_ANSWER_ORDINARY)
		init_take(t->c, &t->a);
	g_clear_pointer(&t->cookie, g_byte_array_unref);
	if (a.said.kind == IKE_ANSWER_COOKIE)
		t->cookie = g_byte_array_append(g_byte_array_new(), a.said.notify.data.p,
						(guint)a.said.notify.data.n);
	return true;
}

/* What a verified answer means for the SA. */
static void take_verified(struct talk *t, const struct protected_answer *a)
{
	const uint16_t error = protected_error(a);
	const struct ike_attempt at = client_attempt(t->c);
	static const char *const binds[] = { "right", "WRONG", "absent" };

	if (error)
		printf("# this is: refused with N(%s)\n", iana_notify_name(error));
	if (t->resuming && !t->c->live)
		printf("# its BIND: %s\n",
		       binds[ike_bind_judge(&a->inner, &at, &t->c->sa.keys, SK_FROM_RESPONDER)]);
	if (!error && t->resuming && !t->c->live && t->old)
		t->old->moved = true;
	t->c->live |= !error && (t->resuming || a->header.exchange == EXCHANGE_IKE_AUTH);
	t->c->sa.window.next = a->header.message_id + 1;
}

static void diagnose(struct talk *t, const struct protected_answer *a)
{
	const unsigned before = t->e->diagnoses->len;

	if (!t->old || !t->resuming)
		return;
	resume_diagnose(t->c, t->old, NULL, a->octets);
	for (unsigned i = before; i < t->e->diagnoses->len; i++)
		printf("# diagnosis: %s\n", (const char *)g_ptr_array_index(t->e->diagnoses, i));
}

/* A message of this SA; true: it is a response that verifies. */
static bool take_protected(struct talk *t, struct span message, uint32_t id)
{
	struct protected_answer a = { 0 };
	struct ike_header h;
	bool verified = false;
	enum err err;

	if (!t->c->sa.keys.sk_d.n ||
	    !ike_protected_belongs(message, t->c->sa.spi_i, t->c->sa.spi_r, &h, NULL)) {
		say(t, message, SPAN_NONE, 0, false);
		return false;
	}
	err = protected_open(&t->c->sa.keys, SK_FROM_RESPONDER, message, &a);
	if (err == ERR_OK) {
		const struct chain_payload *first = a.inner.at, *last = first + a.inner.n - 1;
		const struct span inner =
		    a.inner.n ? span_of(first->body.p - CHAIN_PAYLOAD_HEADER_SIZE,
					(size_t)(last->body.p + last->body.n - first->body.p) +
					    CHAIN_PAYLOAD_HEADER_SIZE)
			      : span_of("", 0);

		say(t, message, inner, a.inner.n ? first->type : PAYLOAD_NONE, true);
		verified = (h.flags & IKE_FLAG_RESPONSE) && h.message_id == id;
		if (verified)
			take_verified(t, &a);
	} else {
		say(t, message, SPAN_NONE, 0, false);
		printf("# this is: %s\n", protected_kind_text(a.kind));
		if (a.kind == PROTECTED_UNVERIFIED)
			diagnose(t, &a);
	}
	if (!(h.flags & IKE_FLAG_RESPONSE))
		protected_handle_request(t->c, message);
	protected_answer_clear(&a);
	return verified;
}

/* Until an answer counts, or [timers] answer is over. */
static void listen_for(struct talk *t, bool init, uint32_t id)
{
	const uint64_t began = probe_now(), deadline = began + t->probe.target->timers.answer;
	char silence[TRANSPORT_SILENCE_MAX];
	struct span message;
	bool any = false;

	while (transport_receive(t->c->transport, deadline, &message)) {
		/* opening and answering may need the transport's buffer */
		GByteArray *copy =
		    g_byte_array_append(g_byte_array_new(), message.p, (guint)message.n);
		const struct span m = span_of(copy->data, copy->len);
		bool counts;

		printf("\n# came after %" G_GUINT64_FORMAT " ms", probe_now() - began);
		if (init && is_init(m)) {
			say(t, m, SPAN_NONE, 0, false);
			counts = take_init_answer(t, m);
		} else {
			counts = take_protected(t, m, id);
		}
		fflush(stdout);
		g_byte_array_unref(copy);
		any = true;
		if (counts)
			return;
	}
	if (!probe_interrupted())
		printf("\n# %s\n",
		       any ? "nothing else came" : transport_silence(t->c->transport, silence));
	fflush(stdout);
	t->unanswered = true;
}

static int send_one(struct talk *t, unsigned i)
{
	const struct form_message *m = g_ptr_array_index(t->form->messages, i);
	struct send_values values = { t->c, t->old, t->cookie };
	struct form_source source = {
		.rng = t->c->rng, .value = send_values_get, .user = &values, .iv = &t->c->sa.iv
	};
	GByteArray *inner = g_byte_array_new(), *octets = NULL;
	char to[ENDPOINT_TEXT_MAX];
	struct form_fault fault = { 0 };
	uint8_t first = 0;

	if (m->fresh_spi_i)
		client_fresh(t->c, CLIENT_NONCE_DEFAULT);
	if (m->sealed_from < 0 || need_keys(t, m, &fault)) {
		source.spi_i = t->c->sa.spi_i;
		source.keys = t->c->sa.keys.sk_d.n ? &t->c->sa.keys : NULL;
		if (m->raw || m->header.exchange != EXCHANGE_IKE_SA_INIT) {
			source.spi_r = t->c->sa.spi_r;
			source.message_id = t->c->sa.window.next;
		}
		octets = form_write(m, &source, inner, &first, &fault);
	}
	if (octets) {
		const struct span out = span_of(octets->data, octets->len);

		printf("%s# message %u of %u, to %s", i ? "\n" : "", i + 1, t->form->messages->len,
		       endpoint_text(transport_remote(t->c->transport), to));
		say(t, out, span_of(inner->data ? inner->data : (const uint8_t *)"", inner->len),
		    first, m->sealed_from >= 0);
		if (is_init(out) && m->sealed_from < 0)
			take_request(t, out);
		transport_forget(t->c->transport);
		transport_send(t->c->transport, out);
		listen_for(t, is_init(out), m->has_id ? m->header.message_id : source.message_id);
		g_byte_array_unref(octets);
	}
	g_byte_array_unref(inner);
	return octets ? RUN_CONFORMS : complain(t, &fault);
}

/* ---- the whole ---- */

/* What the form begins with. */
static bool start(struct talk *t)
{
	const struct target *target = t->probe.target;
	struct resume_result r = { 0 };
	bool ok = true;

	if (t->form->start == FORM_START_STUB || t->form->start == FORM_START_RESUMPTION)
		t->old = probe_old_sa(&t->probe, t->e, NULL);
	if ((t->form->start == FORM_START_STUB || t->form->start == FORM_START_RESUMPTION) &&
	    !t->old)
		return false;
	t->c = client_new(&t->probe, t->e, &target->gateway, NULL);
	if (!t->c)
		return false;
	t->c->goodbye = delete_goodbye;
	if (t->form->start == FORM_START_LOGIN) {
		ok = auth_full_handshake(t->c, &target->client.suites[0]);
		if (!ok)
			evidence_inconclusive(t->e, "the login failed: %s", t->c->why);
	} else if (t->form->start == FORM_START_RESUMPTION) {
		ok = resume_whole(t->c, t->old, NULL, &r) == RESUME_COMMITTED;
		if (!ok)
			evidence_inconclusive(t->e, "the resumption failed: %s", r.text);
		resume_result_clear(&r);
	}
	return ok;
}

static int talk_whole(struct talk *t)
{
	int code = RUN_CONFORMS;

	if (!start(t))
		return no_start(t);
	for (unsigned i = 0; i < t->form->messages->len && code == RUN_CONFORMS; i++) {
		if (probe_interrupted())
			break;
		code = send_one(t, i);
	}
	if (probe_interrupted())
		return RUN_INTERRUPTED;
	return code == RUN_CONFORMS && t->unanswered ? RUN_DOES_NOT_CONFORM : code;
}

static void end(struct talk *t)
{
	client_free(t->c);
	old_sa_free(t->old);
	init_answer_clear(&t->a);
	if (t->cookie)
		g_byte_array_unref(t->cookie);
	evidence_free(t->e);
	if (t->probe.ike_free)
		t->probe.ike_free(t->probe.ike);
	peers_free(&t->probe);
	if (t->probe.seal_keys) {
		seal_keys_clear(t->probe.seal_keys);
		g_free(t->probe.seal_keys);
	}
}

int send_run(const struct target *target, const struct form *f, const char *name)
{
	static const struct probe_case asked = { .id = "send",
						 .title = "hand-made messages",
						 .source = "",
						 .required = "",
						 .causes = "" };
	struct talk t = { .probe = { .target = target }, .form = f, .name = name };
	int code;

	signal(SIGPIPE, SIG_IGN);
	t.probe.context = g_main_context_new();
	g_main_context_push_thread_default(t.probe.context);
	interrupt_watch(t.probe.context);
	t.e = evidence_new(&asked, NULL);
	code = talk_whole(&t);
	end(&t);
	interrupt_unwatch();
	g_main_context_pop_thread_default(t.probe.context);
	g_main_context_unref(t.probe.context);
	return code;
}
