/* SPDX-License-Identifier: GPL-2.0-or-later */
/* K06: a confirmation whose BIND is missing or wrong. */
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

enum bad_bind {
	BAD_ABSENT,
	BAD_EMPTY,
	BAD_SHORT,
	BAD_LONG,
	BAD_HIGH_BIT,
	BAD_LOW_BIT,
	BAD_KEY, /* made with SK_pi: the client's own, sent back */
	BAD_BINDS
};

static const char *const bad_texts[BAD_BINDS] = {
	"no BIND",
	"an empty BIND",
	"a BIND that lacks the last octet",
	"a BIND with an octet more",
	"a BIND with its first bit flipped",
	"a BIND with its last bit flipped",
	"the client's own BIND",
};

static void confirm_badly(struct roaming *r, struct host_sa *sa, const struct host_opened *first,
			  enum bad_bind bad)
{
	const struct ike_attempt t = host_sa_attempt(sa);
	uint8_t mac[SECRET_MAX + 1] = { 0 };
	struct host_inner in;
	size_t n = 0;

	if (ike_bind_make(&t, &sa->keys, bad == BAD_KEY ? SK_FROM_INITIATOR : SK_FROM_RESPONDER,
			  mac, &n) != ERR_OK)
		return;
	if (bad == BAD_HIGH_BIT)
		mac[0] ^= 0x80;
	if (bad == BAD_LOW_BIT)
		mac[n - 1] ^= 1;
	n = bad == BAD_EMPTY ? 0 : bad == BAD_SHORT ? n - 1 : bad == BAD_LONG ? n + 1 : n;
	host_inner_begin(&in);
	roaming_write_child(r, &in, first);
	if (bad != BAD_ABSENT)
		ike_notify_write_simple(&in.in.w, NOTIFY_IKESYNC_BIND, span_of(mac, n));
	host_sa_send(sa, first->p.header.exchange, false, first->p.header.message_id, &in);
	/* whoever took it for a confirmation answers this */
	(void)host_sa_check(sa);
}

static bool check_dropped(struct roaming *r, const struct host_sa *sa, const char *what)
{
	/* an answer to our request, or a request of its own after message ID 1 */
	const unsigned spoke =
	    host_count(&r->host, sa->header.spi_i, sa->spi_r,
		       IKE_FLAG_INITIATOR | IKE_FLAG_RESPONSE, 0) +
	    host_count(&r->host, sa->header.spi_i, sa->spi_r, IKE_FLAG_INITIATOR, 2);

	return evidence_clause(r->e, "12.8", spoke == 0, what,
			       "the client drops this SA, in silence", "%s",
			       spoke ? "it speaks on it" : "silence");
}

static void k06(struct roaming *r)
{
	struct host_sa bad[BAD_BINDS];
	struct host_opened first;
	bool right = false, dropped = true;
	unsigned n;

	for (n = 0; n < BAD_BINDS; n++) {
		host_sa_again(&bad[n], &r->asked);
		if (!hit(&bad[n], &r->old) || !roaming_first(r, &bad[n], &first))
			break;
		confirm_badly(r, &bad[n], &first, (enum bad_bind)n);
	}
	if (n == BAD_BINDS && hit(&r->asked, &r->old) && roaming_first(r, &r->asked, &first)) {
		roaming_confirm(r, &r->asked, &first);
		/* messages come in order: what was before this is over */
		right = alive(r, &r->asked);
	}
	for (unsigned i = 0; i < n; i++)
		dropped &= check_dropped(r, &bad[i], bad_texts[i]);
	if (dropped)
		evidence_clause(r->e, "7.6", right, "a right BIND after wrong ones",
				"the client resumes by that answer", "%s",
				right ? "it does" : "it does not");
	for (unsigned i = 0; i <= n && i < BAD_BINDS; i++)
		host_sa_clear(&bad[i]);
}

const struct probe_case case_k06 = {
	.id = "K06",
	.title = "The client demands BIND: missing or wrong, it drops the SA in silence",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rule 12",
	.required = "A client drops a resumed SA whose confirmation has no BIND or a wrong one, "
		    "without a word on it, and goes on with the other answers.",
	.causes = "the client does not look at BIND\na prefix of it is compared only\nit takes its "
		  "own BIND, sent back to it",
	.asks = ASKS_CLIENT,
	.requires = REQUIRES_CLIENT,
	.clauses = "7.6 12.8",
	.needs = "K01 K02",
	.run = stage_roaming,
	.roaming = k06,
};
