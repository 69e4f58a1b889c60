/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/init.h"

#include <stdio.h>

#include "keys/nat_detection.h"

#define MESSAGE_MAX 4096
#define COOKIES_MAX 3
#define KE_RETRIES_MAX 2

const char *init_kind_text(enum init_kind k)
{
	switch (k) {
	case INIT_SILENCE:
		return "no answer";
	case INIT_RESUMED:
		return "resumed (HDR, Nr)";
	case INIT_FALLBACK:
		return "ordinary response (HDR, SA, KE, Nr)";
	case INIT_COOKIE:
		return "COOKIE";
	case INIT_INVALID_KE:
		return "INVALID_KE_PAYLOAD";
	case INIT_ERROR:
		return "error notify";
	case INIT_OTHER:
		return "neither resumption nor ordinary response";
	}
	return "?";
}

void init_answer_clear(struct init_answer *a)
{
	if (a->octets)
		g_byte_array_unref(a->octets);
	*a = (struct init_answer){ 0 };
}

const char *init_answer_text(const struct init_answer *a, char *out, size_t cap)
{
	if (a->kind == INIT_ERROR)
		snprintf(out, cap, "error %s (%u)", iana_notify_name(a->notify.type),
			 a->notify.type);
	else if (a->kind == INIT_OTHER)
		snprintf(out, cap, "%s: %s", init_kind_text(a->kind), a->why);
	else
		snprintf(out, cap, "%s", init_kind_text(a->kind));
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

static void write_nat_detection(struct chain_writer *w, const struct client *c)
{
	const struct nat_ends ends =
	    ends_of(transport_local(c->transport), transport_remote(c->transport));

	nat_detection_write(w, c->spi_i, 0, &ends);
}

bool init_build(struct client *c, const struct init_request *r)
{
	const uint16_t group = r->ke_group ? r->ke_group : r->suites[0].dh;
	const struct dh *dh = client_dh(c->probe, group);
	const uint8_t syn_type = c->probe->target->syn_payload_type;
	const struct ike_header h = { .spi_i = c->spi_i,
				      .version = IKE_VERSION_2,
				      .exchange = EXCHANGE_IKE_SA_INIT,
				      .flags = IKE_FLAG_INITIATOR };
	uint8_t message[MESSAGE_MAX], ke[DH_PUBLIC_MAX];
	struct wcursor cursor = wcursor_init(message, sizeof(message));
	g_autofree struct ike_sa *sa = g_new0(struct ike_sa, 1);
	struct chain_writer w;

	if (!dh || dh_public(dh, ke) != ERR_OK)
		return client_fail(c, "key exchange group %u is not supported by the probe", group);
	for (unsigned i = 0; i < r->n_suites; i++)
		suite_add_proposal(sa, &r->suites[i], SPAN_NONE);
	chain_writer_message(&w, &cursor, &h);
	if (r->cookie.n) /* RFC 7296 section 2.6: first of all */
		ike_notify_write_simple(&w, NOTIFY_COOKIE, r->cookie);
	if (r->position == INIT_FIRST)
		write_syn(&w, r, syn_type);
	ike_sa_write(&w, sa);
	ike_ke_write(&w, group, span_of(ke, dh_public_size(group)));
	ike_nonce_write(&w, span_of(c->ni, c->ni_n));
	if (r->position == INIT_AFTER_NONCE)
		write_syn(&w, r, syn_type);
	if (!r->no_vendor_id)
		ike_vendor_write_profile_1(&w);
	if (c->transport)
		write_nat_detection(&w, c);
	for (unsigned i = 0; i < r->n_extra; i++)
		chain_writer_payload(&w, r->extra[i].type, r->extra[i].flags, r->extra[i].body);
	if (r->position == INIT_LAST)
		write_syn(&w, r, syn_type);
	if (chain_writer_finish(&w) != ERR_OK)
		return client_fail(c, "the IKE_SA_INIT request does not fit %u octets",
				   MESSAGE_MAX);
	g_byte_array_set_size(c->request, 0);
	g_byte_array_append(c->request, message, (guint)wcursor_size(&cursor));
	c->ke_group = group;
	return true;
}

/* The notify that decides: COOKIE, or else the first error. */
static void find_notify(struct init_answer *a)
{
	for (unsigned i = 0; i < a->chain.n && !a->has_notify; i++) {
		struct fault fault;

		if (a->chain.at[i].type == PAYLOAD_NOTIFY &&
		    ike_notify_parse(&a->chain.at[i], &a->notify, &fault) == ERR_OK)
			a->has_notify =
			    a->notify.type == NOTIFY_COOKIE || ike_notify_is_error(a->notify.type);
	}
}

/* Rule 7: Nr with Notify and Vendor ID payloads alone. */
static bool only_beside_nonce(const struct chain *chain)
{
	for (unsigned i = 0; i < chain->n; i++) {
		const uint8_t t = chain->at[i].type;

		if (t != PAYLOAD_NONCE && t != PAYLOAD_NOTIFY && t != PAYLOAD_VENDOR)
			return false;
	}
	return true;
}

static void classify(struct init_answer *a)
{
	a->kind = INIT_OTHER;
	if (a->has_notify && a->notify.type == NOTIFY_COOKIE)
		a->kind = INIT_COOKIE;
	else if (a->has_notify)
		a->kind =
		    a->notify.type == NOTIFY_INVALID_KE_PAYLOAD ? INIT_INVALID_KE : INIT_ERROR;
	else if (!a->has_nr)
		a->why = "no Nonce payload";
	else if (a->header.spi_r == 0)
		a->why = "SPIr is zero";
	else if (a->has_sa && a->has_ke)
		a->kind = INIT_FALLBACK;
	else if (a->has_sa || a->has_ke)
		a->why = a->has_sa ? "Nr with SA but without KE" : "Nr with KE but without SA";
	else if (!only_beside_nonce(&a->chain))
		a->why = "Nr with payloads other than Notify and Vendor ID";
	else
		a->kind = INIT_RESUMED;
}

bool init_parse(struct span message, uint64_t spi_i, struct init_answer *out)
{
	struct ike_header h;
	struct fault fault;
	const struct chain_payload *p;
	enum err err;

	*out = (struct init_answer){ 0 };
	if (ike_header_parse(message, &h, &fault) != ERR_OK || h.exchange != EXCHANGE_IKE_SA_INIT ||
	    h.spi_i != spi_i || !(h.flags & IKE_FLAG_RESPONSE) || (h.flags & IKE_FLAG_INITIATOR))
		return false;
	out->octets = g_byte_array_append(g_byte_array_sized_new((guint)message.n), message.p,
					  (guint)message.n);
	err = chain_parse_message(span_of(out->octets->data, out->octets->len), &out->header,
				  &out->chain, &fault);
	if (err != ERR_OK || out->header.message_id != 0) {
		out->header = h;
		out->kind = INIT_OTHER;
		out->why = err != ERR_OK ? err_text(err) : "its message ID is not 0";
		return true;
	}
	p = chain_find(&out->chain, PAYLOAD_NONCE);
	out->has_nr = p != NULL;
	out->nr = p ? p->body : SPAN_NONE;
	out->has_sa = chain_find(&out->chain, PAYLOAD_SA) != NULL;
	p = chain_find(&out->chain, PAYLOAD_KE);
	out->has_ke = p && ike_ke_parse(p, &out->ke, &fault) == ERR_OK;
	out->announced = ike_vendor_find_profile_1(&out->chain);
	find_notify(out);
	classify(out);
	return true;
}

/* Our own view of the addresses against the gateway's hashes (RFC 7296 section 2.23). */
static bool nat_between(const struct client *c, const struct init_answer *a)
{
	const struct nat_ends ends =
	    ends_of(transport_remote(c->transport), transport_local(c->transport));

	return nat_detection_differs(&a->chain, a->header.spi_i, a->header.spi_r, &ends);
}

void init_take(struct client *c, const struct init_answer *a)
{
	struct ike_notify n;

	c->spi_r = a->header.spi_r;
	c->nr_n = MIN(a->nr.n, sizeof(c->nr));
	memcpy(c->nr, a->nr.p, c->nr_n);
	g_byte_array_set_size(c->response, 0);
	g_byte_array_append(c->response, a->octets->data, a->octets->len);
	c->childless_supported = ike_notify_find(&a->chain, NOTIFY_CHILDLESS_IKEV2_SUPPORTED, &n);
	c->nat_detected = nat_between(c, a);
	if (a->announced) {
		c->gateway_announced = true;
		probe_saw_vendor_id(c->probe);
	}
}

static bool offers_group(const struct init_request *r, uint16_t group)
{
	for (unsigned i = 0; i < r->n_suites; i++)
		if (r->suites[i].dh == group)
			return true;
	return false;
}

/* After COOKIE and INVALID_KE_PAYLOAD: the same request with what was asked for. false: that is the
 * answer. */
static bool go_on(struct client *c, struct init_request *r, struct init_answer *a,
		  unsigned *cookies, unsigned *groups, uint8_t *cookie)
{
	if (a->kind == INIT_COOKIE && !r->stop_at_cookie && *cookies < COOKIES_MAX &&
	    a->notify.data.n >= 1 && a->notify.data.n <= 64) {
		memcpy(cookie, a->notify.data.p, a->notify.data.n);
		r->cookie = span_of(cookie, a->notify.data.n);
		++*cookies;
		return init_build(c, r);
	}
	if (a->kind == INIT_INVALID_KE && *groups < KE_RETRIES_MAX) {
		uint16_t group;

		if (ike_ke_wanted_parse(a->notify.data, &group) || !offers_group(r, group))
			return false;
		r->ke_group = group;
		++*groups;
		return init_build(c, r);
	}
	return false;
}

enum init_kind init_exchange(struct client *c, const struct init_request *request,
			     struct init_answer *out)
{
	const struct target_timers *timers = &c->probe->target->timers;
	struct init_request r = *request;
	unsigned cookies = 0, groups = 0;
	uint64_t deadline, wait, next;
	uint8_t cookie[64];

	*out = (struct init_answer){ 0 };
	if (!init_build(c, &r)) {
		evidence_inconclusive(c->evidence, "%s", c->why);
		return INIT_SILENCE;
	}
again:
	transport_send(c->transport, span_of(c->request->data, c->request->len));
	deadline = probe_now() + timers->answer;
	wait = timers->retransmit;
	next = r.once ? deadline : MIN(probe_now() + wait, deadline);
	while (probe_now() < deadline && !probe_interrupted()) {
		struct init_answer a;
		struct span message;

		if (!transport_receive(c->transport, next, &message)) {
			if (next < deadline && !probe_interrupted()) {
				transport_send(c->transport,
					       span_of(c->request->data, c->request->len));
				wait *= 2;
				next = MIN(probe_now() + wait, deadline);
			}
			continue;
		}
		if (!init_parse(message, c->spi_i, &a))
			continue;
		if (go_on(c, &r, &a, &cookies, &groups, cookie)) {
			init_answer_clear(&a);
			init_answer_clear(out);
			goto again;
		}
		init_answer_clear(out);
		*out = a;
		out->cookies = cookies;
		if (a.kind == INIT_RESUMED || a.kind == INIT_FALLBACK) {
			init_take(c, out);
			break;
		}
		if (a.kind == INIT_COOKIE ||
		    ((a.kind == INIT_ERROR || a.kind == INIT_INVALID_KE) && r.stop_at_error))
			break;
	}
	return out->kind;
}

/* The offered suite that the gateway's SA payload names; it must be one of ours, unchanged (RFC
 * 7296 section 2.7). */
static bool accepted_suite(struct client *c, const struct init_request *r,
			   const struct init_answer *a, struct suite *out)
{
	g_autofree struct ike_sa *sa = g_new0(struct ike_sa, 1);
	struct fault fault;
	uint8_t number;

	if (ike_sa_parse(chain_find(&a->chain, PAYLOAD_SA), sa, &fault) != ERR_OK)
		return client_fail(c, "the SA payload of the response is broken: %s (%s)",
				   err_text(fault.err), fault.field);
	if (sa->n_proposals != 1)
		return client_fail(c, "the response holds %u proposals instead of one",
				   sa->n_proposals);
	if (suite_choose(sa, r->suites, r->n_suites, out, &number) != ERR_OK)
		return client_fail(c, "the response's proposal is none of those offered");
	return true;
}

bool init_keys(struct client *c, const struct init_request *r, const struct init_answer *a)
{
	const struct ike_seed seed = client_seed(c);
	struct ike_keys keys;
	struct suite suite = { 0 };
	enum err err;

	if (!accepted_suite(c, r, a, &suite))
		return false;
	if (suite.dh != c->ke_group || a->ke.group != c->ke_group)
		return client_fail(c, "the response's KE is of group %u, the request's of %u",
				   a->ke.group, c->ke_group);
	err = dh_shared(client_dh(c->probe, c->ke_group), a->ke.data, c->g_ir, &c->g_ir_n);
	if (err != ERR_OK)
		return client_fail(c, "the gateway's KE data is unusable: %s", err_text(err));
	err = ike_keys_initial(&keys, &suite, &seed, span_of(c->g_ir, c->g_ir_n));
	if (err != ERR_OK)
		return client_fail(c, "keys cannot be derived: %s", err_text(err));
	client_set_keys(c, &keys);
	return true;
}
