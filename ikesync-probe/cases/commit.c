/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C36: the answer to message ID 1 and the move of the stub in the bank. */
#include "cases/cases.h"
#include "cases/shown.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "client/recovery.h"
#include "client/stub_watch.h"
#include "gateway/bank_answer.h"
#include "wire/stub_container.h"

/* Patience with the gateway behind the relay, whose bank connection the case before may have cut. */
#define RELAY_BANK_MS 10000

struct held {
	struct steps *s;
	uint64_t octets; /* that waited in the relay when it was looked at */
	bool cut;
	uint64_t hold_ms;  /* so long, from when the first ones came */
	uint64_t until_ms; /* when they are let go; 0: none have come */
	uint64_t began_ms, released_ms;
};

/* What is held is the move: it is asked for when message ID 1 has come, which the way there may delay. */
static bool release_midway(void *user)
{
	struct held *h = user;
	struct relay *relay = h->s->p->relay;

	if (!h->until_ms && relay_held(relay, RELAY_TO_BANK) > 0)
		h->until_ms = probe_now() + h->hold_ms;
	if (!h->until_ms || probe_now() < h->until_ms)
		return false;
	h->released_ms = probe_now() - h->began_ms;
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
	return true;
}

/* SYN at the gateway behind the relay, hit; from then on its bank traffic waits. */
static bool hit_and_hold(struct steps *s)
{
	/* a TCP connection is not yet a bank: TLS and the gateway's reconnection take their time */
	(void)recovery_until_hit(s->p, s->e, s->old, &s->p->target->relay, RELAY_BANK_MS);
	if (!steps_hit_and_derive(s))
		return false;
	relay_hold(s->p->relay, RELAY_BOTH);
	evidence_note(s->e, "from here on the relay holds what gateway and bank say to each other");
	return true;
}

/* No answer while the move waits; the answer when it has gone through. */
static void answer_waits_for_commit(struct steps *s)
{
	const struct target_timers *t = &s->p->target->timers;
	struct held held = { .s = s, .hold_ms = t->commit / 2 };
	const struct resume_knobs knobs = { .midway = release_midway,
					    .midway_user = &held,
					    .answer_ms =
						t->commit / 2 + MAX(t->answer, t->commit) };

	if (!hit_and_hold(s))
		return;
	held.began_ms = probe_now();
	steps_confirm(s, &knobs);
	evidence_clause(
	    s->e, "13.2",
	    s->r.outcome == RESUME_SILENCE || (held.released_ms && s->r.ms >= held.released_ms),
	    "while the move waits, message ID 1 is not answered", "no answer before the bank's ok",
	    "an answer after %u ms", (unsigned)s->r.ms);
	if (!evidence_failed(s->e)) {
		evidence_clause(s->e, "13.2", held.octets > 0, "the gateway asks for the move",
				"octets to the bank before the answer", "%" G_GUINT64_FORMAT,
				held.octets);
		/* it was retransmitted while it waited: one move, one answer, one SA */
		if (shown_commit(s, "13.3", "when the move has gone through"))
			shown_alive(s->e, s->c, "13.3",
				    "the SA works, whatever was repeated meanwhile");
	}
	relay_reset(s->p->relay);
}

static void check_not_committed(struct steps *s, const char *what)
{
	if (!evidence_clause(s->e, "13.4", s->r.outcome == RESUME_NOT_COMMITTED, what,
			     "N(IKESYNC_NOT_COMMITTED), protected", "%s", s->r.text))
		return;
	shown_bind(s, "BIND beside NOT_COMMITTED");
	shown_gone(s->e, s->c, "13.5", "the new SA after NOT_COMMITTED");
	shown_repeated(s, "47.1", "the same message ID 1 again, a moment after NOT_COMMITTED");
}

/* The move is lost: NOT_COMMITTED, and the old index still works. */
static void lost_move(struct steps *s)
{
	const struct target_timers *t = &s->p->target->timers;
	struct held held = { .s = s, .cut = true, .hold_ms = t->commit / 4 };
	const struct resume_knobs knobs = { .midway = release_midway,
					    .midway_user = &held,
					    .answer_ms = t->commit + MAX(t->answer, 2000) };

	if (!hit_and_hold(s))
		return;
	held.began_ms = probe_now();
	steps_confirm(s, &knobs);
	check_not_committed(s, "the move did not reach the bank: answer to message ID 1");
	relay_reset(s->p->relay);
	if (s->r.outcome == RESUME_NOT_COMMITTED)
		steps_check_untouched(s, "13.7", "the old index works after NOT_COMMITTED");
}

/* The move is made and nobody hears of it: what the gateway cannot know it undoes. */
static void lost_answer(struct steps *s)
{
	const struct target_timers *t = &s->p->target->timers;
	const struct resume_knobs knobs = { .answer_ms = t->commit + MAX(t->answer, 2000) };
	struct index made;
	enum old_sa_stub seen;

	(void)recovery_until_hit(s->p, s->e, s->old, &s->p->target->relay, RELAY_BANK_MS);
	if (!steps_hit_and_derive(s))
		return;
	made = (struct index){ s->c->sa.spi_r, s->p->target->relay.index_address };
	relay_hold(s->p->relay, RELAY_TO_GATEWAY);
	evidence_note(s->e, "from here on the relay holds what the bank says to the gateway");
	steps_confirm(s, &knobs);
	check_not_committed(s, "the bank's ok did not come: answer to message ID 1");
	relay_reset(s->p->relay);
	s->old->moved = true;
	if (s->r.outcome != RESUME_NOT_COMMITTED)
		return;
	seen = old_sa_wait_bank(s->p, s->e, &made, false);
	if (seen != OLD_SA_STUB_UNKNOWN)
		evidence_clause(s->e, "13.6", seen == OLD_SA_STUB_GONE,
				"the new index, after a move whose ok came too late",
				"the gateway has deleted it, and not the old index", "%s",
				seen == OLD_SA_STUB_GONE ? "gone" : "the stub is still there");
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
	struct bank_connection *b = bank_connection_open(s->p, s->e, BANK_OWNER);
	struct bank_answer *got = bank_answer_to_get(b, &s->old->index), *moved = NULL;
	const struct bank_item *item = bank_answer_item(got, 0);
	GBytes *container = item && item->stub ? moved_container(s->e, item->stub, &to) : NULL;
	bool ok = false;

	if (container) {
		char text[INDEX_TEXT_MAX];
		char *status;

		moved = bank_answer_to_update(b, &s->old->index, container);
		status = bank_answer_text(moved, 0);
		item = bank_answer_item(moved, 0);
		ok = moved->came && item && item->code == STUB_OK;
		evidence_note(s->e, "the probe moves the stub to %s: %s", index_text(&to, text),
			      status);
		if (ok) /* and leaves nothing behind */
			bank_answer_free(bank_answer_to_delete(b, &to));
		g_free(status);
		bank_answer_free(moved);
		g_bytes_unref(container);
	}
	bank_answer_free(got);
	bank_connection_close(b);
	return ok;
}

static void lost_race(struct steps *s)
{
	if (!steps_hit_and_derive(s))
		return;
	if (move_away(s)) {
		steps_confirm(s, NULL);
		evidence_clause(s->e, "13.12", s->r.outcome != RESUME_COMMITTED,
				"another gateway has moved the stub meanwhile",
				"not a second winner", "%s", s->r.text);
		check_not_committed(
		    s, "another gateway has moved the stub meanwhile: answer to message ID 1");
	} else {
		evidence_note(s->e, "the stub could not be moved away: the conflict is left out");
	}
	s->old->moved = true;
}

/* At the gateway whose bank connection the probe relays. */
static void behind_relay(struct probe *p, struct evidence *e, void (*resuming)(struct steps *s))
{
	if (relay_wait_connected(p->relay, RELAY_BANK_MS))
		stage_resumption_with(p, e, NULL, &p->target->relay, resuming);
	else
		evidence_inconclusive(
		    e, "no gateway is connected to the relay at [variant relay] listen");
}

static void c36(struct probe *p, struct evidence *e)
{
	behind_relay(p, e, answer_waits_for_commit);
	if (!evidence_failed(e))
		behind_relay(p, e, lost_move);
	if (!evidence_failed(e))
		behind_relay(p, e, lost_answer);
	if (!p->target->bank.given)
		evidence_note(e, "no [bank]: the conflict with another gateway is left out");
	else if (!evidence_failed(e))
		stage_resumption_with(p, e, NULL, NULL, lost_race);
}

const struct probe_case case_c36 = {
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
	.clauses = "13.2 13.3 13.4 13.5 13.6 13.7 13.12 12.2 12.3 47.1 5.4",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_RELAY,
	.needs = "C01 C03",
	.run = c36,
};
