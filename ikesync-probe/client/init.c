/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE_SA_INIT with the probe's knobs, asked until it is answered. */
#include "client/init.h"

#include <stdio.h>

#include "client/delete.h"
#include "keys/nat_detection.h"
#include "run/half_open.h"
#include "run/lateness.h"
#include "run/peer.h"

#define MESSAGE_MAX 4096
#define COOKIES_MAX 3
#define KE_RETRIES_MAX 2

const char *init_kind_text(enum ike_answer_kind k)
{
	switch (k) {
	case IKE_ANSWER_NONE:
		return "no answer";
	case IKE_ANSWER_RESUMED:
		return "resumed (HDR, Nr)";
	case IKE_ANSWER_ORDINARY:
		return "ordinary response (HDR, SA, KE, Nr)";
	case IKE_ANSWER_COOKIE:
		return "COOKIE";
	case IKE_ANSWER_INVALID_KE:
		return "INVALID_KE_PAYLOAD";
	case IKE_ANSWER_ERROR:
		return "error notify";
	case IKE_ANSWER_NEITHER:
		return "neither resumption nor ordinary response";
	case IKE_ANSWER_FOREIGN:
		return "no answer to this request";
	}
	return "?";
}

void init_answer_clear(struct init_answer *a)
{
	if (a->octets)
		g_byte_array_unref(a->octets);
	*a = (struct init_answer){ 0 };
}

/* Where a parser stopped, its own words say more than the clause's. */
static const char *broken_text(const struct ike_broken *b)
{
	return b->clause == IKE_CLAUSE_CHAIN ? err_text(b->fault.err) : ike_clause_text(b->clause);
}

const char *init_answer_text(const struct init_answer *a, char *out, size_t cap)
{
	const struct ike_answer *said = &a->said;

	if (said->kind == IKE_ANSWER_ERROR)
		snprintf(out, cap, "error %s (%u)", iana_notify_name(said->notify.type),
			 said->notify.type);
	else if (said->kind == IKE_ANSWER_NEITHER)
		snprintf(out, cap, "%s: %s", init_kind_text(said->kind),
			 broken_text(&said->broken));
	else if (said->kind == IKE_ANSWER_NONE && a->silence[0])
		snprintf(out, cap, "%s", a->silence);
	else
		snprintf(out, cap, "%s", init_kind_text(said->kind));
	return out;
}

struct init_request init_request_of(const struct suite *suite, const struct index *ix)
{
	struct init_request r = { .n_suites = 1 };

	r.suites[0] = *suite;
	if (ix) {
		r.syn = INIT_SYN_INDEX;
		r.index = *ix;
	}
	return r;
}

static void write_syn(struct chain_writer *w, const struct init_request *r, uint8_t type)
{
	uint8_t body[INDEX_BODY_MAX];
	struct wcursor c = wcursor_init(body, sizeof(body));
	const size_t start = wcursor_size(w->c);

	if (r->syn == INIT_SYN_NONE)
		return;
	if (r->syn == INIT_SYN_INDEX)
		index_write(&c, &r->index);
	chain_writer_payload(w, type, r->syn_flags,
			     r->syn == INIT_SYN_RAW ? r->syn_body
						    : span_of(body, wcursor_size(&c)));
	if (r->lie_length)
		wcursor_patch(w->c, start + 2, 2, r->length);
}

static struct nat_ends ends_of(const struct endpoint *source, const struct endpoint *destination)
{
	return (struct nat_ends){ source->address, destination->address, source->port,
				  destination->port };
}

/* The parts of an ordinary request, and between them what the knobs want. */
static enum err write_request(struct wcursor *cursor, const struct init_request *r,
			      const struct ike_init *parts)
{
	struct chain_writer w;

	ike_init_begin(&w, cursor, parts);
	if (r->position == INIT_FIRST)
		write_syn(&w, r, parts->syn_type);
	ike_init_offer(&w, parts);
	if (r->position == INIT_AFTER_NONCE)
		write_syn(&w, r, parts->syn_type);
	ike_init_announce(&w, parts);
	for (unsigned i = 0; i < r->n_extra; i++)
		chain_writer_payload(&w, r->extra[i].type, r->extra[i].flags, r->extra[i].body);
	if (r->position == INIT_LAST)
		write_syn(&w, r, parts->syn_type);
	return chain_writer_finish(&w);
}

bool init_build(struct client *c, const struct init_request *r)
{
	const uint16_t group = r->ke_group ? r->ke_group : r->suites[0].dh;
	const struct dh *dh = client_dh(c->probe, group);
	const struct nat_ends nat =
	    ends_of(transport_local(c->transport), transport_remote(c->transport));
	uint8_t message[MESSAGE_MAX], ke[DH_PUBLIC_MAX];
	struct ike_init parts = { .spi_i = c->sa.spi_i,
				  .cookie = r->cookie,
				  .n_suites = r->n_suites,
				  .suites = r->suites,
				  .group = group,
				  .ke = span_of(ke, dh_public_size(group)),
				  .ni = span_of(c->ni, c->ni_n),
				  .syn_type = c->probe->target->syn_payload_type,
				  .vendor_id = !r->no_vendor_id,
				  .nat = &nat };
	struct wcursor cursor = wcursor_init(message, sizeof(message));

	c->goodbye = delete_goodbye;
	if (r->ke_data.n)
		parts.ke = r->ke_data;
	else if (!dh || dh_public(dh, ke) != ERR_OK)
		return client_fail(c, "key exchange group %u is not supported by the probe", group);
	if (write_request(&cursor, r, &parts) != ERR_OK)
		return client_fail(c, "the IKE_SA_INIT request does not fit %u octets",
				   MESSAGE_MAX);
	g_byte_array_set_size(c->request, 0);
	g_byte_array_append(c->request, message, (guint)wcursor_size(&cursor));
	c->ke_group = group;
	return true;
}

bool init_read(struct span message, uint64_t spi_i, struct init_answer *out)
{
	*out = (struct init_answer){ 0 };
	if (ike_answer_read(message, spi_i, &out->said) == IKE_ANSWER_FOREIGN)
		return false;
	out->octets = g_byte_array_append(g_byte_array_sized_new((guint)message.n), message.p,
					  (guint)message.n);
	ike_answer_read(span_of(out->octets->data, out->octets->len), spi_i, &out->said);
	return true;
}

void init_learn(struct client *c, const struct init_answer *a)
{
	const struct ike_answer *said = &a->said;
	/* our own view of the addresses against the gateway's hashes (RFC 7296 section 2.23) */
	const struct nat_ends ends =
	    ends_of(transport_remote(c->transport), transport_local(c->transport));

	c->childless_supported = said->childless;
	c->nat_detected =
	    nat_detection_differs(&said->chain, said->header.spi_i, said->header.spi_r, &ends);
	if (said->announced) {
		c->gateway_announced = true;
		probe_saw_vendor_id(c->probe);
	}
}

void init_take(struct client *c, const struct init_answer *a)
{
	c->sa.spi_r = a->said.header.spi_r;
	c->nr_n = MIN(a->said.nr.n, sizeof(c->nr));
	memcpy(c->nr, a->said.nr.p, c->nr_n);
	g_byte_array_set_size(c->response, 0);
	g_byte_array_append(c->response, a->octets->data, a->octets->len);
	init_learn(c, a);
}

/* How often it was gone on with, and the cookie of the last time. */
struct retries {
	unsigned cookies, groups;
	uint8_t cookie[64];
};

/* After COOKIE and INVALID_KE_PAYLOAD: the same request with what was asked for. false: that is the
 * answer. */
static bool go_on(struct client *c, struct init_request *r, struct init_answer *a,
		  struct retries *n)
{
	struct ike_init again = { .n_suites = r->n_suites,
				  .suites = r->suites,
				  .group = r->ke_group };

	if (a->said.kind == IKE_ANSWER_COOKIE && (r->stop_at_cookie || n->cookies == COOKIES_MAX))
		return false;
	if (a->said.kind == IKE_ANSWER_INVALID_KE && (r->ke_data.n || n->groups == KE_RETRIES_MAX))
		return false;
	if (!ike_init_retry(&again, &a->said))
		return false;
	if (again.cookie.n) {
		if (r->syn == INIT_SYN_NONE && c->gateway != &c->probe->target->cookie)
			c->evidence->limits |= LIMIT_COOKIE;
		memcpy(n->cookie, again.cookie.p, again.cookie.n);
		r->cookie = span_of(n->cookie, again.cookie.n);
		n->cookies++;
	} else {
		r->ke_group = again.group;
		n->groups++;
	}
	return init_build(c, r);
}

/* Others can be forged, and the right one may still come (rule 7). */
static bool is_definite(enum ike_answer_kind k, bool errors_are)
{
	switch (k) {
	case IKE_ANSWER_RESUMED:
	case IKE_ANSWER_ORDINARY:
	case IKE_ANSWER_COOKIE:
		return true;
	case IKE_ANSWER_ERROR:
	case IKE_ANSWER_INVALID_KE:
		return errors_are;
	default:
		return false;
	}
}

/* For auth_settle(). */
static void note_half_open(struct client *c, const struct init_request *r,
			   const struct init_answer *a)
{
	c->half_open = a->said.kind == IKE_ANSWER_ORDINARY;
	c->named_stub = r->syn != INIT_SYN_NONE && !c->probe->syn_unknown;
	c->n_offered = r->n_suites;
	memcpy(c->offered, r->suites, sizeof(c->offered));
	c->half_open_place =
	    half_open_begin(c->probe, &transport_local(c->transport)->address, &c->gateway->ike);
}

/* `most_ms`: retransmissions are no further apart. */
static void ask(struct client *c, struct init_request *r, struct retries *n, uint64_t answer_ms,
		uint64_t most_ms, struct init_answer *out)
{
	const struct target_timers *timers = &c->probe->target->timers;
	uint64_t deadline, wait, next;

again:
	transport_send(c->transport, span_of(c->request->data, c->request->len));
	deadline = probe_now() + answer_ms;
	wait = timers->retransmit;
	next = r->once ? deadline : MIN(probe_now() + wait, deadline);
	while (probe_now() < deadline && !probe_interrupted()) {
		struct init_answer a;
		struct span message;

		if (!transport_receive(c->transport, next, &message)) {
			if (next < deadline && !probe_interrupted()) {
				transport_send(c->transport,
					       span_of(c->request->data, c->request->len));
				wait = MIN(2 * wait, most_ms);
				next = MIN(probe_now() + wait, deadline);
			}
			continue;
		}
		if (!init_read(message, c->sa.spi_i, &a)) {
			client_discard(c, message, &a.said.broken);
			continue;
		}
		if (go_on(c, r, &a, n)) {
			init_answer_clear(&a);
			init_answer_clear(out);
			goto again;
		}
		init_answer_clear(out);
		*out = a;
		out->cookies = n->cookies;
		if (is_definite(a.said.kind, r->stop_at_error))
			break;
	}
}

static unsigned half_open_of(const struct client *c)
{
	return half_open_count(c->probe, &transport_local(c->transport)->address, &c->gateway->ike);
}

/*
 * Silence of a gateway at which this run has SAs half open may be a limit per address, and is no fault then: those are
 * over after a while. false: nothing speaks for that.
 */
static bool may_be_a_limit(const struct client *c, const struct init_request *r)
{
	const struct endpoint *at = &c->gateway->ike;
	const struct peer *peer = peer_find(c->probe, at);

	return !r->once && !r->answer_ms && !c->evidence->impatient && peer && peer->heard_ms &&
	       !peer->refused && !peer->in_vain && half_open_of(c) >= HALF_OPEN_FEW &&
	       !probe_interrupted();
}

#define PATIENT_MS 1000

static void ask_patiently(struct client *c, struct init_request *r, struct retries *n,
			  struct init_answer *out)
{
	const uint64_t began = probe_now();
	char text[200];

	evidence_note(c->evidence,
		      "no answer, and %u SAs of this run are half open or unconfirmed there, which "
		      "may be as many as one address may have: asking on until they are over",
		      half_open_of(c));
	c->evidence->limits |= LIMIT_SILENCE;
	ask(c, r, n, HALF_OPEN_MS, PATIENT_MS, out);
	if (out->said.kind == IKE_ANSWER_NONE)
		peer_in_vain(c->probe, &c->gateway->ike);
	else /* what is over meanwhile is nobody's fault: the case is asked again */
		lateness_waited(began, probe_now());
	evidence_note(c->evidence, "after %u ms: %s", (unsigned)(probe_now() - began),
		      init_answer_text(out, text, sizeof(text)));
}

enum ike_answer_kind init_exchange(struct client *c, const struct init_request *request,
				   struct init_answer *out)
{
	const struct target_timers *timers = &c->probe->target->timers;
	struct init_request r = *request;
	struct retries n = { 0 };

	*out = (struct init_answer){ 0 };
	if (!init_build(c, &r)) {
		evidence_inconclusive(c->evidence, "%s", c->why);
		return IKE_ANSWER_NONE;
	}
	transport_forget(c->transport);
	g_byte_array_set_size(c->first_request, 0);
	g_byte_array_append(c->first_request, c->request->data, c->request->len);
	ask(c, &r, &n, r.answer_ms ? r.answer_ms : timers->answer, UINT64_MAX, out);
	if (out->said.kind == IKE_ANSWER_NONE && may_be_a_limit(c, &r))
		ask_patiently(c, &r, &n, out);
	if (out->said.kind == IKE_ANSWER_RESUMED || out->said.kind == IKE_ANSWER_ORDINARY) {
		init_take(c, out);
		note_half_open(c, &r, out);
	}
	if (out->said.kind == IKE_ANSWER_NONE)
		transport_silence(c->transport, out->silence);
	return out->said.kind;
}

/* Why no keys follow from an answer. */
static bool say_why(struct client *c, const struct init_answer *a, const struct ike_broken *b)
{
	const struct chain_payload *p = chain_find(&a->said.chain, PAYLOAD_SA);
	struct ike_sa sa;
	struct fault fault;

	switch (b->clause) {
	case IKE_CLAUSE_SA:
		return client_fail(c, "the SA payload of the response is broken: %s (%s)",
				   err_text(b->fault.err), b->fault.field);
	case IKE_CLAUSE_PROPOSALS:
		if (!p || ike_sa_parse(p, &sa, &fault) != ERR_OK)
			sa.n_proposals = 0;
		return client_fail(c, "the response holds %u proposals instead of one",
				   sa.n_proposals);
	case IKE_CLAUSE_PROPOSAL:
		return client_fail(c, "the response's proposal is none of those offered");
	case IKE_CLAUSE_KE_GROUP:
		return client_fail(c, "the response's KE is of group %u, the request's of %u",
				   a->said.ke.group, c->ke_group);
	case IKE_CLAUSE_KE:
		return client_fail(c, "the gateway's KE data is unusable: %s",
				   err_text(b->fault.err));
	default:
		return client_fail(c, "keys cannot be derived: %s", err_text(b->fault.err));
	}
}

bool init_keys(struct client *c, const struct init_request *r, const struct init_answer *a)
{
	const struct ike_offer offer = { r->n_suites, r->suites, c->ke_group,
					 client_dh(c->probe, c->ke_group) };
	const struct ike_attempt t = client_attempt(c);
	struct ike_broken broken;
	struct ike_keys keys;

	c->half_open = false;
	if (!ike_derive_full(&keys, &t, &a->said, &offer, &c->g_ir, &broken))
		return say_why(c, a, &broken);
	client_set_keys(c, &keys);
	return true;
}
