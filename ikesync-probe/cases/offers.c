/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C09, C22, C23, C26, C30, C38: what a request may look like, and what follows from it. */
#include "cases/cases.h"
#include "cases/shown.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "client/auth.h"
#include "client/stub_seen.h"
#include "client/stub_watch.h"
#include "ike/ike_psk.h"

static void write_auth(struct client *c, struct inner *in, void *user)
{
	const struct target_client *t = &c->probe->target->client;
	const struct ike_attempt attempt = client_attempt(c);

	(void)user;
	ike_psk_write(&in->in, &attempt, &c->sa.keys, &t->id.id, span_of(t->psk.octets, t->psk.n));
}

static void c09(struct steps *s)
{
	const struct resume_ask ask = { .name = "IKE_AUTH",
					.exchange = EXCHANGE_IKE_AUTH,
					.write = write_auth };
	const struct resume_knobs knobs = { .ask = &ask };

	if (!steps_hit_and_derive(s))
		return;
	steps_confirm(s, &knobs);
	evidence_info(s->e, "IKE_AUTH as message ID 1 of a resumed SA: %s", s->r.text);
	if (s->r.outcome == RESUME_COMMITTED)
		shown_alive(s->e, s->c, "46.1", "the SA after that");
}

const struct probe_case case_c09 = {
	.id = "C09",
	.title = "IKE_AUTH is sent all the same",
	.level = LEVEL_INFO,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 4 (2)",
	.required = "The draft has no IKE_AUTH after a resumption. What a gateway makes of one is "
		    "reported.",
	.causes = "none: no answer is wrong",
	.clauses = "46.1",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01 C03",
	.run = stage_resumption,
	.resuming = c09,
};

/* An error comes at once, or none does. */
#define SHORT_KE_MS 300

/* KE of a group that is nobody's, with data that is no value. A proposal offers it, as it must (RFC 7296
 * section 3.4); another one has the right group. */
static struct init_request odd_ke(const struct suite *suite, const struct index *ix)
{
	static const uint8_t data[7] = { 1, 2, 3, 4, 5, 6, 7 };
	struct init_request r = init_request_of(suite, ix);

	r.suites[r.n_suites++] = r.suites[0];
	r.suites[0].dh = r.ke_group = 60000;
	r.ke_data = SPAN_OF(data);
	r.stop_at_error = true;
	return r;
}

/*
 * A value that is not as long as the group's are (RFC 7296 section 3.4 asks it of who sends it). Whoever computes with it
 * no sooner than for IKE_AUTH finds out then.
 */
static void short_ke(struct steps *s)
{
	static const uint8_t data[5] = { 1, 2, 3, 4, 5 };
	struct init_request r = init_request_of(&s->old->suite, NULL);
	char text[240];

	r.ke_data = SPAN_OF(data);
	r.answer_ms = SHORT_KE_MS;
	r.stop_at_error = true;
	client_fresh(s->c, CLIENT_NONCE_DEFAULT);
	init_answer_clear(&s->a);
	init_exchange(s->c, &r, &s->a);
	evidence_info(s->e, "without SYN, a KE of 5 octets for a group that the gateway takes: %s",
		      init_answer_text(&s->a, text, sizeof(text)));
	s->c->half_open = false; /* nobody could go on with it */
}

static void c22(struct steps *s)
{
	const struct index unknown = steps_unknown_index(s->p);
	struct init_request r = odd_ke(&s->old->suite, &unknown);
	char text[240];

	client_fresh(s->c, CLIENT_NONCE_DEFAULT);
	init_answer_clear(&s->a);
	init_exchange(s->c, &r, &s->a);
	evidence_clause(s->e, "10.3", s->a.said.kind == IKE_ANSWER_INVALID_KE,
			"on a miss, a group that the gateway does not take",
			"N(INVALID_KE_PAYLOAD)", "%s", init_answer_text(&s->a, text, sizeof(text)));
	if (s->a.said.kind == IKE_ANSWER_INVALID_KE)
		evidence_clause(s->e, "10.3", s->a.said.notify.data.n == 2, "what it wants instead",
				"the number of a group, 2 octets", "%zu octets",
				s->a.said.notify.data.n);
	if (s->a.said.kind == IKE_ANSWER_INVALID_KE && s->a.said.notify.data.n == 2) {
		uint16_t wanted = 0;
		const enum err err = ike_ke_wanted_parse(s->a.said.notify.data, &wanted);

		evidence_clause(s->e, "10.3", err == ERR_OK && wanted == s->old->suite.dh,
				"that group", "the one that was offered", "%u", wanted);
	}
	short_ke(s);
	r = odd_ke(&s->old->suite, &s->old->index);
	client_fresh(s->c, CLIENT_NONCE_DEFAULT);
	init_answer_clear(&s->a);
	init_exchange(s->c, &r, &s->a);
	if (evidence_clause(s->e, "10.1", s->a.said.kind == IKE_ANSWER_RESUMED,
			    "on a hit, the same group", init_kind_text(IKE_ANSWER_RESUMED), "%s",
			    init_answer_text(&s->a, text, sizeof(text))) &&
	    resume_derive(s->c, s->old)) {
		steps_confirm(s, NULL);
		shown_commit(s, "10.1", "and it is resumed");
	}
}

const struct probe_case case_c22 = {
	.id = "C22",
	.title = "A KE group that the gateway does not take: ignored on a hit, refused on a miss",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = RULE(10),
	.required =
	    "On a hit no Diffie-Hellman is done and KEi is not looked at. On a miss the request "
	    "is an ordinary one, and a group that the gateway does not take is answered with "
	    "INVALID_KE_PAYLOAD.",
	.causes = "KEi is judged before the bank is asked\na miss with a wrong group is dropped",
	.clauses = "10.1 10.3 12.2 12.3 5.4",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01 C03",
	.run = stage_resumption,
	.resuming = c22,
};

#define LATENCY_ROUNDS 5

static void c23(struct probe *p, struct evidence *e)
{
	gint64 full = 0, resumed = 0;
	unsigned n = 0;

	for (unsigned i = 0; i < LATENCY_ROUNDS && !probe_interrupted(); i++) {
		struct steps s = { .p = p, .e = e };
		struct client *c = client_new(p, e, &p->target->gateway, NULL);
		gint64 start = g_get_monotonic_time();

		if (!c)
			return;
		if (auth_full_handshake(c, &p->target->client.suites[0]))
			full += g_get_monotonic_time() - start;
		client_free(c);
		if (steps_begin(&s, p, e, NULL, NULL)) {
			start = g_get_monotonic_time();
			resume_whole(s.c, s.old, NULL, &s.r);
			if (s.r.outcome == RESUME_COMMITTED) {
				resumed += g_get_monotonic_time() - start;
				n++;
			}
		}
		steps_end(&s);
	}
	if (n == LATENCY_ROUNDS)
		evidence_info(e,
			      "from the first datagram to the established SA, mean of %u: %.1f ms "
			      "resumed, %.1f ms with a full handshake",
			      n, (double)resumed / n / 1000, (double)full / n / 1000);
	else
		evidence_inconclusive(e, "%u of %u resumptions came to an end; see C01, C03", n,
				      LATENCY_ROUNDS);
}

const struct probe_case case_c23 = {
	.id = "C23",
	.title = "Latency of a hit, beside a full handshake",
	.level = LEVEL_INFO,
	.provenance = PROVENANCE_PROBLEM,
	.source = PROBLEM "section 6",
	.required = "Reported: how long a resumption takes, and a full handshake in the same run.",
	.causes = "none: no time is wrong",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01 C03",
	.run = c23,
};

static void at_position(struct steps *s, enum init_position position, const char *what)
{
	struct init_request r = init_request_of(&s->old->suite, &s->old->index);
	char text[240];

	r.position = position;
	client_fresh(s->c, CLIENT_NONCE_DEFAULT);
	init_answer_clear(&s->a);
	init_exchange(s->c, &r, &s->a);
	evidence_check_as(s->e, PROVENANCE_BASE, "RFC 7296 section 2.5",
			  s->a.said.kind == IKE_ANSWER_RESUMED, what,
			  init_kind_text(IKE_ANSWER_RESUMED), "%s",
			  init_answer_text(&s->a, text, sizeof(text)));
}

static void c30(struct steps *s)
{
	at_position(s, INIT_FIRST, "SYN as the first payload");
	at_position(s, INIT_LAST, "SYN as the last payload");
	evidence_info(s->e, "SYN first and last in the chain of payloads: asked");
}

const struct probe_case case_c30 = {
	.id = "C30",
	.title = "SYN first or last in the chain of payloads",
	.level = LEVEL_INFO,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 section 2.5; wire profile section 3.2",
	.required =
	    "Payloads may come in any order. Reported: whether SYN is found in front of SA and "
	    "behind all others.",
	.causes = "payloads are expected at fixed places",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01",
	.run = stage_resumption,
	.resuming = c30,
};

static void announced_in(struct steps *s, const struct init_request *r, const char *what)
{
	char text[240];

	client_fresh(s->c, CLIENT_NONCE_DEFAULT);
	init_answer_clear(&s->a);
	init_exchange(s->c, r, &s->a);
	if (s->a.said.kind == IKE_ANSWER_ORDINARY || s->a.said.kind == IKE_ANSWER_RESUMED)
		evidence_clause(s->e, "6.2", s->a.said.announced, what,
				"Vendor ID \"ikesync profile 1\", 17 octets", "%s",
				s->a.said.announced ? "there" : "not there");
	else
		evidence_inconclusive(s->e, "%s: no positive response but %s", what,
				      init_answer_text(&s->a, text, sizeof(text)));
}

/* Vendor IDs of a login, in their order. */
struct vendors {
	const char *what;
	const char *ids[2];
};

/* A login with these Vendor IDs and no others. false: it did not come about. */
static bool told_an_index(struct steps *s, const struct vendors *v, bool *told)
{
	const struct suite *suite = &s->p->target->client.suites[0];
	struct client *c = client_new(s->p, s->e, &s->p->target->gateway, NULL);
	struct init_request r = init_request_of(suite, NULL);
	struct init_answer a = { 0 };
	bool ok;

	if (!c)
		return false;
	r.no_vendor_id = true;
	for (unsigned i = 0; i < G_N_ELEMENTS(v->ids) && v->ids[i]; i++)
		r.extra[r.n_extra++] =
		    (struct init_extra){ .type = PAYLOAD_VENDOR, .body = span_text(v->ids[i]) };
	ok = init_exchange(c, &r, &a) == IKE_ANSWER_ORDINARY && init_keys(c, &r, &a) &&
	     auth_exchange(c);
	*told = ok && c->sa.has_index;
	evidence_note(s->e, "a login with %s: %s", v->what,
		      !ok     ? "it did not come about"
		      : *told ? "INDEX is told"
			      : "no INDEX is told");
	init_answer_clear(&a);
	client_free(c);
	return ok;
}

/* Whom the gateway takes for one that announced the profile. */
static void announcements(struct steps *s)
{
	static const struct vendors none = { "no Vendor ID", { NULL } },
				    right = { "profile 1's Vendor ID", { "ikesync profile 1" } },
				    second = { "profile 1's Vendor ID behind another's",
					       { "probe.example", "ikesync profile 1" } },
				    near[] = { { "the Vendor ID of a profile 12",
						 { "ikesync profile 12" } },
					       { "a Vendor ID that is cut short",
						 { "ikesync profile" } } };
	bool to_all, to_right, told;

	/* the operator may want stubs for all clients, or for none (6.3) */
	if (!told_an_index(s, &none, &to_all) || !told_an_index(s, &right, &to_right) || to_all ||
	    !to_right)
		return;
	if (told_an_index(s, &second, &told))
		evidence_clause(s->e, "6.3", told, second.what, "announced: INDEX is told", "%s",
				told ? "told" : "not told");
	for (size_t i = 0; i < G_N_ELEMENTS(near); i++)
		if (told_an_index(s, &near[i], &told))
			evidence_clause(s->e, "6.3", !told, near[i].what,
					"another announcement: no INDEX", "%s",
					told ? "INDEX is told" : "none");
}

static void c38(struct steps *s)
{
	const struct index unknown = steps_unknown_index(s->p);
	struct init_request r = init_request_of(&s->old->suite, NULL);

	announced_in(s, &r, "the response to a request without SYN");
	r.no_vendor_id = true;
	announced_in(s, &r, "the response to a client that does not announce itself");
	r = init_request_of(&s->old->suite, &unknown);
	announced_in(s, &r, "the response to a SYN that missed");
	r = init_request_of(&s->old->suite, &s->old->index);
	announced_in(s, &r, "the hit");
	announcements(s);
}

const struct probe_case case_c38 = {
	.id = "C38",
	.title = "The gateway announces profile 1 in every positive IKE_SA_INIT response",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = RULE(6),
	.required =
	    "The Vendor ID stands in every positive IKE_SA_INIT response, ordinary or hit, "
	    "whatever the request announced: clients learn from it where they may send SYN. A "
	    "client has announced itself by the whole Vendor ID, wherever it stands.",
	.causes =
	    "the Vendor ID is sent in hits alone, or in ordinary answers alone, or only to who "
	    "sent it\nits octets are others, or end with a zero\nthe first of several Vendor IDs "
	    "is "
	    "looked at, or a part of one",
	.clauses = "6.2 6.3",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.run = stage_resumption,
	.resuming = c38,
};

/* The seal covers all 24 octets of the index. */
static void sealed_for_ip6(struct probe *p, struct evidence *e, const struct index *ix)
{
	struct stub_seen seen;
	char *why = NULL;
	bool ok;

	if (!p->target->bank.given || !p->target->bank.seal_keys)
		return;
	ok = stub_seen_read(p, e, ix, &seen, &why);
	evidence_clause(e, "35.3", ok, "the stub under an IPv6 index",
			"it opens with the pool's keys under that index", "%s",
			ok ? "it does" : why);
	g_free(why);
	stub_seen_clear(&seen);
}

/* An SA of the gateway at an IPv6 address, resumed over IPv4, and back again. */
static void c26(struct probe *p, struct evidence *e)
{
	struct steps s = { .p = p, .e = e };
	char text[240], address[ADDRESS_TEXT_MAX];

	/* where the stub does not lie under what was told, that is the finding, and not waited for */
	s.old = old_sa_at(p, e, &p->target->ipv6, NULL, false);
	if (s.old && old_sa_wait_bank(p, e, &s.old->index, true) == OLD_SA_STUB_UNKNOWN)
		probe_pass_time(p, 250);
	s.c = s.old ? client_new(p, e, &p->target->gateway, NULL) : NULL;
	if (s.c) {
		sealed_for_ip6(p, e, &s.old->index);
		evidence_clause(e, "5.1", s.old->index.address.family == 6,
				"address of the index told at an IPv6 gateway", "its IPv6 address",
				"%s", address_text(&s.old->index.address, address));
		steps_syn(&s);
		if (evidence_clause(e, "5.1", s.a.said.kind == IKE_ANSWER_RESUMED,
				    "SYN of 28 octets, for an IPv6 index",
				    init_kind_text(IKE_ANSWER_RESUMED), "%s",
				    init_answer_text(&s.a, text, sizeof(text))) &&
		    resume_derive(s.c, s.old)) {
			steps_confirm(&s, NULL);
			if (shown_commit(&s, "9.1", "it is resumed over IPv4") &&
			    shown_resumes_on(&s, &p->target->ipv6, "23.4",
					     "and back at the IPv6 gateway")) {
				shown_detection(e, s.c, &s.a,
						"the ends in NAT detection over IPv6");
				evidence_clause(e, "5.1", s.r.index.address.family == 6,
						"address of the index told there",
						"its IPv6 address", "%s",
						address_text(&s.r.index.address, address));
			}
		}
	}
	steps_end(&s);
}

const struct probe_case case_c26 = {
	.id = "C26",
	.title = "An index with an IPv6 address",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 4, 5 and 23",
	.required =
	    "A SYN of 28 octets names an index with an IPv6 address. It resumes at a gateway "
	    "with an IPv4 address, and the other way round.",
	.causes =
	    "the index is cut to 4 octets of address\nthe address family of the request is taken "
	    "for that of the index",
	.clauses = "5.1 5.4 9.1 12.2 12.3 23.1 23.4 35.3",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_IPV6,
	.needs = "C01 C03",
	.run = c26,
};
