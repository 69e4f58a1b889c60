/* SPDX-License-Identifier: GPL-2.0-or-later */
/* K05, K07: a confirmation that nobody answers, and gateways that send the client away. */
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"

static bool hit(struct host_sa *sa, const struct host_sa *old)
{
	return host_sa_hit(sa, &old->keys.suite, &old->keys.sk_d);
}

static bool alive(struct roaming *r, struct host_sa *sa)
{
	return host_sa_answered(sa, host_sa_check(sa), r->p->target->timers.answer);
}

/* Answer with HDR, Nr and let message ID 1 lie. The index that the client may think it has. */
static bool unanswered(struct roaming *r, struct index *new)
{
	struct host_opened first;

	if (!hit(&r->asked, &r->old))
		return false;
	if (!roaming_first(r, &r->asked, &first)) {
		evidence_inconclusive(r->e, "no message ID 1 came, see K02");
		return false;
	}
	*new = roaming_index(r, &r->asked);
	return true;
}

/* The next request after `before`: with this index, or NULL without SYN; fresh in all. `out` is
 * filled when it came. */
static bool check_next(struct roaming *r, const struct host_sa *before, const struct index *ix,
		       const char *what, struct host_sa *out)
{
	const struct host_message *m = host_next_init(&r->host, host_patience(&r->host));
	char wanted[INDEX_TEXT_MAX], got[INDEX_TEXT_MAX];
	bool right, fresh;

	memset(out, 0, sizeof(*out));
	if (!evidence_clause(r->e, "13.10", m, what, "an IKE_SA_INIT request", "%s",
			     m ? "it came" : "nothing") ||
	    !host_sa_begin(out, &r->host, m))
		return false;
	right = ix ? out->syn_presence == IKE_SYN_PRESENT && index_equal(&out->syn, ix)
		   : out->syn_presence == IKE_SYN_ABSENT;
	evidence_clause(r->e, "13.10", right, what, ix ? index_text(ix, wanted) : "no SYN", "%s",
			out->syn_presence == IKE_SYN_PRESENT ? index_text(&out->syn, got)
							     : "no SYN");
	fresh = out->header.spi_i != before->header.spi_i && !span_equal(out->ni, before->ni) &&
		!span_equal(out->ke.data, before->ke.data);
	evidence_clause(r->e, "13.10", fresh, what, "fresh SPIi, Ni and KE",
			"%s SPIi, %s Ni, %s KE",
			out->header.spi_i != before->header.spi_i ? "fresh" : "the same",
			!span_equal(out->ni, before->ni) ? "fresh" : "the same",
			!span_equal(out->ke.data, before->ke.data) ? "fresh" : "the same");
	return right;
}

/* The answer to `sa` is a hit under the keys of `old`: does the client have SK_d to go with it? */
static void check_keeps(struct roaming *r, struct host_sa *sa, const struct host_sa *old,
			const char *what)
{
	struct host_opened first;
	bool ok = hit(sa, old) && roaming_first(r, sa, &first) &&
		  roaming_bind(sa, &first) == IKE_BIND_RIGHT;

	if (ok) {
		roaming_confirm(r, sa, &first);
		ok = alive(r, sa);
	}
	evidence_clause(r->e, "13.10", ok, what, "the client resumes by the SK_d that goes with it",
			"%s", ok ? "it does" : "it does not");
}

static void new_resumes(struct roaming *r)
{
	struct index new;
	struct host_sa next;

	if (!unanswered(r, &new))
		return;
	if (check_next(r, &r->asked, &new, "first, with the new index", &next))
		check_keeps(r, &next, &r->asked, "the new index");
	host_sa_clear(&next);
}

static void old_resumes(struct roaming *r)
{
	struct index new;
	struct host_sa next, then = { 0 };

	if (!unanswered(r, &new))
		return;
	if (check_next(r, &r->asked, &new, "first, with the new index", &next) &&
	    check_next(r, &next, &r->index, "then, with the old index", &then))
		check_keeps(r, &then, &r->old, "the old index");
	host_sa_clear(&next);
	host_sa_clear(&then);
}

static void none_logs_in(struct roaming *r)
{
	const char *why = "";
	struct index new;
	struct host_sa at[3] = { { 0 } };

	if (!unanswered(r, &new))
		return;
	if (check_next(r, &r->asked, &new, "first, with the new index", &at[0]) &&
	    check_next(r, &at[0], &r->index, "then, with the old index", &at[1]) &&
	    check_next(r, &at[1], NULL, "at last, without SYN", &at[2]) &&
	    host_sa_ordinary(&at[2], true)) {
		const struct index ix = roaming_index(r, &at[2]);
		const bool ok = roaming_authenticate(r, &at[2], &ix, &why) && alive(r, &at[2]);

		evidence_clause(r->e, "13.10", ok, "the request without SYN",
				"the client logs in with it", "%s", ok ? "it does" : why);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(at); i++)
		host_sa_clear(&at[i]);
}

static void not_committed(struct roaming *r)
{
	const struct host_message *m;
	struct host_opened first;
	struct host_inner in;
	struct host_sa next = { 0 };
	struct ike_attempt t;
	unsigned spoke;
	bool old;

	if (!hit(&r->asked, &r->old) || !roaming_first(r, &r->asked, &first))
		return;
	t = host_sa_attempt(&r->asked);
	host_inner_begin(&in);
	ike_notify_write_simple(&in.in.w, NOTIFY_IKESYNC_NOT_COMMITTED, SPAN_NONE);
	ike_bind_write(&in.in, &t, &r->asked.keys, SK_FROM_RESPONDER);
	host_sa_send(&r->asked, first.p.header.exchange, false, 1, &in);
	(void)host_sa_check(&r->asked);
	m = host_next_init(&r->host, host_patience(&r->host));
	if (!evidence_clause(r->e, "13.10", m, "after NOT_COMMITTED", "an IKE_SA_INIT request",
			     "%s", m ? "it came" : "nothing") ||
	    !host_sa_begin(&next, &r->host, m)) {
		host_sa_clear(&next);
		return;
	}
	old = next.syn_presence == IKE_SYN_ABSENT || index_equal(&next.syn, &r->index);
	evidence_clause(r->e, "13.10", old, "after NOT_COMMITTED", "the old index, or no SYN", "%s",
			old ? "so" : "another index");
	if (next.syn_presence == IKE_SYN_PRESENT)
		check_keeps(r, &next, &r->old, "the old index after NOT_COMMITTED");
	spoke = host_count(&r->host, r->asked.header.spi_i, r->asked.spi_r,
			   IKE_FLAG_INITIATOR | IKE_FLAG_RESPONSE, 0);
	evidence_clause(r->e, "13.10", spoke == 0, "the SA that was not committed",
			"the client does not use it", "%s", spoke ? "it speaks on it" : "silence");
	host_sa_clear(&next);
}

/* The gateway did not like our BIND: to ask it the same again is of no use. */
static void refused(struct roaming *r)
{
	const struct host_message *m;
	struct host_opened first;
	struct host_inner in;
	struct host_sa next = { 0 };

	if (!hit(&r->asked, &r->old) || !roaming_first(r, &r->asked, &first))
		return;
	host_inner_begin(&in);
	ike_notify_write_simple(&in.in.w, NOTIFY_AUTHENTICATION_FAILED, SPAN_NONE);
	host_sa_send(&r->asked, first.p.header.exchange, false, 1, &in);
	m = host_next_init(&r->host, host_patience(&r->host));
	if (m && host_sa_begin(&next, &r->host, m))
		evidence_check_as(r->e, PROVENANCE_RULE, "wire profile section 6.1",
				  next.syn_presence == IKE_SYN_ABSENT,
				  "after a verified AUTHENTICATION_FAILED", "a request without SYN",
				  "%s", next.syn_presence == IKE_SYN_ABSENT ? "so" : "SYN again");
	else
		evidence_note(r->e, "after a verified AUTHENTICATION_FAILED the client asks no "
				    "more");
	host_sa_clear(&next);
}

static void k05(struct probe *p, struct evidence *e)
{
	stage_roaming_with(p, e, NULL, new_resumes);
	stage_roaming_with(p, e, NULL, old_resumes);
	stage_roaming_with(p, e, NULL, none_logs_in);
	stage_roaming_with(p, e, NULL, not_committed);
	stage_roaming_with(p, e, NULL, refused);
}

const struct probe_case case_k05 = {
	.id = "K05",
	.title = "Its confirmation unanswered, the client tries the new index, the old one, none",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rule 13",
	.required =
	    "From sending message ID 1 until a protected answer has verified the client keeps "
	    "the old and the new index with their SK_d. Unanswered, it tries new, old and "
	    "none, each with fresh SPIi, Ni and KE.",
	.causes =
	    "the old index is forgotten when message ID 1 is sent\nthe new index is tried with "
	    "the old SK_d\nnonce or key pair are used again\nthe client takes longer than "
	    "[host] patience",
	.asks = ASKS_CLIENT,
	.requires = REQUIRES_CLIENT,
	.clauses = "13.10",
	.needs = "K01 K02",
	.run = k05,
};

/* ---- K07 */

/* RFC 5685 section 6.2: type and length of the new gateway's identity, the identity. */
static size_t redirect_to(const struct address *a, uint8_t out[static 18])
{
	const size_t n = address_size(a);

	out[0] = a->family == 6 ? 2 : 1;
	out[1] = (uint8_t)n;
	memcpy(out + 2, a->octets, n);
	return n + 2;
}

static uint32_t redirect(struct host_sa *sa, const struct address *to)
{
	const uint32_t id = sa->next++;
	uint8_t data[18];
	struct host_inner in;

	host_inner_begin(&in);
	ike_notify_write_simple(&in.in.w, NOTIFY_REDIRECT, span_of(data, redirect_to(to, data)));
	host_sa_send(sa, EXCHANGE_INFORMATIONAL, true, id, &in);
	return id;
}

static void answer_redirect(struct roaming *r)
{
	uint8_t data[18 + 32];
	struct host_answer a;
	size_t n = redirect_to(&r->host.local[HOST_A][0].address, data);

	/* in IKE_SA_INIT the nonce follows */
	memcpy(data + n, r->asked.ni.p, MIN(r->asked.ni.n, 32));
	n += MIN(r->asked.ni.n, 32);
	host_answer_begin(&a, r->asked.header.spi_i, 0);
	ike_notify_write_simple(&a.w, NOTIFY_REDIRECT, span_of(data, n));
	host_answer_send(&a, &r->asked, false);
}

static void check_lured(struct roaming *r, const struct address *to, const char *what)
{
	const unsigned before = r->host.taken;
	const bool answered =
	    host_sa_answered(&r->asked, redirect(&r->asked, to), r->p->target->timers.answer);
	const bool stays = alive(r, &r->asked);
	unsigned inits = 0;

	for (unsigned i = before; i < r->host.seen->len; i++) {
		const struct host_message *m = g_ptr_array_index(r->host.seen, i);

		inits += m->is_ike && !m->again && m->header.exchange == EXCHANGE_IKE_SA_INIT;
	}
	evidence_clause(r->e, "19.4", stays && inits == 0, what, "the client stays where it is",
			"%s, %u IKE_SA_INIT requests",
			stays ? "it lives" : (answered ? "silence after it" : "silence"), inits);
}

static void k07(struct roaming *r)
{
	const struct address outside = { 4, { 198, 51, 100, 99 } };
	const struct host_message *m;
	struct host_opened first;
	bool came;

	answer_redirect(r);
	if (!hit(&r->asked, &r->old))
		return;
	came = roaming_first(r, &r->asked, &first) &&
	       roaming_bind(&r->asked, &first) == IKE_BIND_RIGHT;
	if (came) {
		roaming_confirm(r, &r->asked, &first);
		came = alive(r, &r->asked);
	}
	if (!evidence_clause(r->e, "19.3", came, "REDIRECT in answer to SYN, before HDR, Nr",
			     "ignored: the client resumes here", "%s",
			     came ? "it does" : "it does not"))
		return;
	check_lured(r, &outside, "REDIRECT on the live SA to an address outside of the pool");
	(void)redirect(&r->asked, &r->host.local[HOST_A][0].address);
	m = host_next_init(&r->host, r->p->target->timers.answer);
	evidence_note(r->e, "REDIRECT on the live SA to the other gateway of the pool: %s",
		      !m                     ? "the client stays, as it may"
		      : m->gateway == HOST_A ? "followed"
					     : "the client asks the same gateway");
}

const struct probe_case case_k07 = {
	.id = "K07",
	.title = "REDIRECT is ignored in answer to a SYN, and followed within the pool alone",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rule 19",
	.required =
	    "A client ignores REDIRECT in answer to a SYN, which anybody can forge; on a live "
	    "SA it follows it only to gateways of its pool.",
	.causes = "the client follows RFC 5685 in IKE_SA_INIT as without SYN\nthe address is not "
		  "compared with the pool",
	.asks = ASKS_CLIENT,
	.requires = REQUIRES_CLIENT,
	.clauses = "19.3 19.4",
	.needs = "K01 K02",
	.run = stage_roaming,
	.roaming = k07,
};
