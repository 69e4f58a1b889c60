/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C19, C34-C36: from the provisional SA to the committed one. */
#include "gateway/bank_connection.h"
#include "client/auth.h"
#include "client/recovery.h"
#include "client/rekey.h"
#include "client/steps.h"
#include "wire/stub_container.h"

#define DRAFT "draft-xu-ike-sa-sync-01 "
/* Patience with the gateway behind the relay, whose bank connection the case before may have cut. */
#define RELAY_BANK_MS 10000

static void c19(struct probe *p, struct evidence *e)
{
	const uint64_t life = p->target->timers.provisional;
	struct steps s;

	if (steps_begin(&s, p, e, NULL, NULL) && steps_hit_and_derive(&s)) {
		/* A margin of a quarter, and a second for a gateway that sweeps once in a while. */
		const uint64_t wait = life + life / 4 + 1000;

		evidence_note(
		    e, "waiting %u ms; the target file says that a provisional SA lives %u ms",
		    (unsigned)wait, (unsigned)life);
		probe_pass_time(p, wait);
		steps_confirm(&s, NULL);
		evidence_check(e, s.r.outcome == RESUME_SILENCE || s.r.outcome == RESUME_CLEAR,
			       "message ID 1 after the provisional SA's time",
			       "no answer under the keys of that SA", "%s", s.r.text);
		if (!evidence_failed(e))
			steps_check_still_resumes(
			    &s, "the stub is untouched: the client resumes with another SYN");
	}
	steps_end(&s);
}

/* A confirmation that must end the provisional SA and leave the stub alone. */
static void refused_bind(struct steps *s, enum resume_bind bind, const char *what)
{
	const struct resume_knobs wrong = { .bind = bind }, right = { .bind = RESUME_BIND_RIGHT };

	if (!steps_hit_and_derive(s))
		return;
	steps_confirm(s, &wrong);
	if (!evidence_check(s->e, s->r.outcome != RESUME_COMMITTED, what,
			    "not accepted: an error, or silence", "%s", s->r.text))
		return;
	evidence_note(s->e, "now the right message ID 1 on the same SA");
	steps_confirm(s, &right);
	evidence_check(s->e, s->r.outcome != RESUME_COMMITTED,
		       "the SA was deleted: a right message ID 1 comes too late",
		       "no answer, or an error", "%s", s->r.text);
}

static void c34(struct probe *p, struct evidence *e)
{
	struct steps s;

	if (steps_begin(&s, p, e, NULL, NULL)) {
		refused_bind(&s, RESUME_BIND_WRONG, "message ID 1 with a wrong BIND");
		if (!evidence_failed(e))
			refused_bind(&s, RESUME_BIND_ABSENT, "message ID 1 without BIND");
		if (!evidence_failed(e) &&
		    steps_check_still_resumes(
			&s, "the stub was not touched: the client resumes with a right BIND"))
			evidence_check(e, s.r.bind == RESUME_BIND_RIGHT,
				       "BIND in the gateway's answer",
				       "prf(SK_pr, \"ikesync bind\" | request | response)", "%s",
				       s.r.bind == RESUME_BIND_RIGHT   ? "right"
				       : s.r.bind == RESUME_BIND_WRONG ? "wrong"
								       : "missing");
	}
	steps_end(&s);
}

static bool check_index(struct evidence *e, const char *where, bool told, const struct index *ix,
			uint64_t spi_r, const char *why)
{
	char text[INDEX_TEXT_MAX], expected[80];

	g_snprintf(expected, sizeof(expected),
		   "SPI %016" G_GINT64_MODIFIER "x with a unicast address", spi_r);
	return evidence_check(e, told && ix->spi == spi_r, where, expected, "%s",
			      told ? index_text(ix, text) : why);
}

static void c35(struct probe *p, struct evidence *e)
{
	struct steps s;

	if (steps_begin(&s, p, e, NULL, NULL)) {
		check_index(e, "N(IKESYNC_INDEX) in the last IKE_AUTH response", s.old->index_told,
			    &s.old->index, s.old->spi_r, "no well-formed N(IKESYNC_INDEX)");
		if (steps_hit_and_derive(&s)) {
			steps_confirm(&s, NULL);
			if (s.r.outcome != RESUME_COMMITTED) {
				evidence_inconclusive(e, "the resumption was not confirmed: %s",
						      s.r.text);
			} else {
				check_index(e, "N(IKESYNC_INDEX) in the confirmation",
					    s.r.has_index, &s.r.index, s.c->spi_r,
					    "no well-formed N(IKESYNC_INDEX)");
				evidence_note(e, "the client rekeys the resumed IKE SA with KE");
				if (rekey_ike(s.c))
					check_index(e, "N(IKESYNC_INDEX) in the IKE rekey response",
						    s.c->has_index, &s.c->index, s.c->spi_r,
						    "no well-formed N(IKESYNC_INDEX)");
				else
					evidence_inconclusive(e, "%s", s.c->why);
			}
		}
	}
	steps_end(&s);
}

struct held {
	struct steps *s;
	uint64_t octets; /* that waited in the relay when it was looked at */
	bool cut;
};

static void release_midway(void *user)
{
	struct held *h = user;
	struct relay *relay = h->s->p->relay;

	h->octets = relay_held(relay, RELAY_TO_BANK);
	if (h->cut) {
		evidence_note(h->s->e,
			      "cutting the gateway's bank connection, %" G_GUINT64_FORMAT
			      " octets of it lost",
			      h->octets);
		relay_cut(relay, true);
	} else {
		evidence_note(h->s->e,
			      "letting the gateway's move through to the bank (%" G_GUINT64_FORMAT
			      " octets waited)",
			      h->octets);
		relay_release(relay, RELAY_BOTH);
	}
}

/* Old SA, SYN at the gateway behind the relay, hit; from then on its bank traffic waits. */
static bool hit_and_hold(struct steps *s, struct probe *p, struct evidence *e)
{
	if (!relay_wait_connected(p->relay, RELAY_BANK_MS)) {
		evidence_inconclusive(
		    e, "no gateway is connected to the relay at [variant relay] listen");
		return false;
	}
	if (!steps_begin(s, p, e, NULL, &p->target->relay))
		return false;
	/* a TCP connection is not yet a bank: TLS and the gateway's reconnection take their time */
	(void)recovery_until_hit(p, e, s->old, &p->target->relay, RELAY_BANK_MS);
	if (!steps_hit_and_derive(s))
		return false;
	relay_hold(p->relay, RELAY_BOTH);
	evidence_note(e, "from here on the relay holds what gateway and bank say to each other");
	return true;
}

/* No answer while the move waits; the answer when it has gone through. */
static void answer_waits_for_commit(struct probe *p, struct evidence *e)
{
	const uint64_t commit = p->target->timers.commit;
	struct steps s = { 0 };
	struct held held = { .s = &s };
	const struct resume_knobs knobs = { .midway = release_midway,
					    .midway_user = &held,
					    .midway_ms = commit / 2,
					    .answer_ms = commit / 2 +
							 MAX(p->target->timers.answer, commit) };

	if (hit_and_hold(&s, p, e)) {
		steps_confirm(&s, &knobs);
		evidence_check(e, s.r.outcome == RESUME_SILENCE || s.r.ms >= commit / 2,
			       "while the move waits, message ID 1 is not answered",
			       "no answer before the bank's ok", "an answer after %u ms",
			       (unsigned)s.r.ms);
		if (!evidence_failed(e)) {
			evidence_check(e, held.octets > 0, "the gateway asks for the move",
				       "octets to the bank before the answer", "%" G_GUINT64_FORMAT,
				       held.octets);
			evidence_check(e, s.r.outcome == RESUME_COMMITTED,
				       "when the move has gone through",
				       "a verified answer without an error notify", "%s", s.r.text);
		}
	}
	relay_reset(p->relay);
	steps_end(&s);
}

static void check_not_committed(struct steps *s, const char *what)
{
	if (!evidence_check(s->e, s->r.outcome == RESUME_NOT_COMMITTED, what,
			    "N(IKESYNC_NOT_COMMITTED), protected", "%s", s->r.text))
		return;
	evidence_check(s->e, s->r.bind == RESUME_BIND_RIGHT, "BIND beside NOT_COMMITTED", "right",
		       "%s",
		       s->r.bind == RESUME_BIND_RIGHT   ? "right"
		       : s->r.bind == RESUME_BIND_WRONG ? "wrong"
							: "missing");
}

/* The move is lost: NOT_COMMITTED, and the old index still works. */
static void lost_move(struct probe *p, struct evidence *e)
{
	const uint64_t commit = p->target->timers.commit;
	struct steps s = { 0 };
	struct held held = { .s = &s, .cut = true };
	const struct resume_knobs knobs = { .midway = release_midway,
					    .midway_user = &held,
					    .midway_ms = commit / 4,
					    .answer_ms =
						commit + MAX(p->target->timers.answer, 2000) };

	if (hit_and_hold(&s, p, e)) {
		steps_confirm(&s, &knobs);
		check_not_committed(&s, "the move did not reach the bank: answer to message ID 1");
		relay_reset(p->relay);
		if (!evidence_failed(e))
			steps_check_still_resumes(&s, "the old index works after NOT_COMMITTED");
	}
	relay_reset(p->relay);
	steps_end(&s);
}

/* The stub's container under a new index. Sealed ones only: the bank cannot look inside. NULL: not
 * possible; said why. */
static GBytes *moved_container(struct evidence *e, GBytes *container, const struct index *to)
{
	const struct chain_payload p = { .type = STUB_PAYLOAD_STUB,
					 .body = span_of(g_bytes_get_data(container, NULL),
							 g_bytes_get_size(container)) };
	uint8_t body[STUB_MESSAGE_MAX / 4];
	struct wcursor c = wcursor_init(body, sizeof(body));
	struct stub_container parsed;
	struct fault fault;

	if (stub_container_parse(&p, &parsed, &fault) != ERR_OK || !parsed.is_sealed) {
		evidence_note(e, "the stub is not a sealed one: the conflict is left out");
		return NULL;
	}
	stub_container_write_sealed(&c, to, parsed.lifetime, parsed.sealed.body);
	return c.err == ERR_OK ? g_bytes_new(body, wcursor_size(&c)) : NULL;
}

/* The probe, as a gateway of the pool, moves the stub to itself. */
static bool move_away(struct steps *s)
{
	const struct index to = { rng_spi(&rng_system), s->p->target->bank.owns };
	struct bank *b = bank_connect(s->p, s->e, BANK_OWNER);
	struct bank_answer *got = bank_await(b, bank_post_get(b, &s->old->index, 1)), *moved = NULL;
	const struct bank_item *item = bank_answer_item(got, 0);
	GBytes *container = item && item->stub ? moved_container(s->e, item->stub, &to) : NULL;
	bool ok = false;

	if (container) {
		char text[INDEX_TEXT_MAX];
		char *status;

		moved = bank_await(b, bank_post_update(b, &s->old->index, &container, 1));
		status = bank_answer_text(moved, 0);
		item = bank_answer_item(moved, 0);
		ok = moved->came && item && item->code == STUB_OK;
		evidence_note(s->e, "the probe moves the stub to %s: %s", index_text(&to, text),
			      status);
		if (ok) /* and leaves nothing behind */
			bank_answer_free(bank_await(b, bank_post_delete(b, &to, 1)));
		g_free(status);
		bank_answer_free(moved);
		g_bytes_unref(container);
	}
	bank_answer_free(got);
	bank_close(b);
	return ok;
}

static void lost_race(struct probe *p, struct evidence *e)
{
	struct steps s;

	if (steps_begin(&s, p, e, NULL, NULL) && steps_hit_and_derive(&s)) {
		if (move_away(&s)) {
			steps_confirm(&s, NULL);
			check_not_committed(
			    &s,
			    "another gateway has moved the stub meanwhile: answer to message ID 1");
		} else {
			evidence_note(e,
				      "the stub could not be moved away: the conflict is left out");
		}
		s.old->moved = true;
	}
	steps_end(&s);
}

static void c36(struct probe *p, struct evidence *e)
{
	answer_waits_for_commit(p, e);
	if (!evidence_failed(e))
		lost_move(p, e);
	if (!p->target->bank.given)
		evidence_note(e, "no [bank]: the conflict with another gateway is left out");
	else if (!evidence_failed(e))
		lost_race(p, e);
}

const struct probe_case cases_commit[] = {
	{
	    .id = "C19",
	    .title = "An unconfirmed SA is gone after its time",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_DRAFT,
	    .source = DRAFT "section 5 (3); wire profile rule 11",
	    .required = "A re-built IKE SA that the client never confirms is deleted after some "
			"time; the stub is not consumed.",
	    .causes = "the gateway takes HDR, Nr for the end of the exchange\n[timers] provisional "
		      "of the target file is shorter than the target's\n"
		      "the stub was consumed by the SYN",
	    .requires = REQUIRES_GATEWAY,
	    .defect = "gateway:provisional-forever",
	    .run = c19,
	},
	{
	    .id = "C34",
	    .title = "BIND is sent, right, and demanded",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_RULE,
	    .source = "wire profile rule 12",
	    .required =
		"Message ID 1 and its response each carry N(IKESYNC_BIND) over the IKE_SA_INIT "
		"pair. A missing or wrong one deletes the SA; the stub is not touched.",
	    .causes = "BIND is computed over messages with the non-ESP marker, or over the first "
		      "request where a cookie followed\n"
		      "SK_pi and SK_pr are mixed up\nthe gateway does not look at BIND, or only "
		      "when it is there",
	    .requires = REQUIRES_GATEWAY,
	    .defect = "gateway:bind-unchecked",
	    .run = c34,
	},
	{
	    .id = "C35",
	    .title = "INDEX is told in IKE_AUTH, in the confirmation and in an IKE rekey",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_RULE,
	    .source = "wire profile rule 5",
	    .required = "The gateway tells the client its index, protected, in the last IKE_AUTH "
			"response, in IKE rekeys and in the answer to message ID 1.",
	    .causes = "INDEX is sent only to clients whose Vendor ID came in this exchange\nthe "
		      "index of the SA before is told after a move or a rekey",
	    .requires = REQUIRES_GATEWAY,
	    .defect = "gateway:index-untold",
	    .run = c35,
	},
	{
	    .id = "C36",
	    .title = "The confirmation is not answered before the commit; NOT_COMMITTED otherwise",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_RULE,
	    .source = "wire profile rules 13 and 30",
	    .required = "The gateway answers message ID 1 only after the bank's ok to the move. On "
			"conflict, or without ok in time, it answers N(IKESYNC_NOT_COMMITTED), "
			"protected, and deletes the SA; without a move the old index still works.",
	    .causes = "the move is sent after the answer, or its result is not waited for\nthe "
		      "gateway gives up without an answer\n"
		      "[timers] commit of the target file is shorter than the target's",
	    .requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_RELAY,
	    .defect = "gateway:answer-before-commit",
	    .run = c36,
	},
	{ .id = NULL },
};
