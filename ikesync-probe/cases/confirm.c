/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C19, C34, C35: message ID 1 and its answer. */
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "client/rekey.h"

static void c19(struct steps *s)
{
	const uint64_t life = s->p->target->timers.provisional;

	if (!steps_hit_and_derive(s))
		return;
	/* A margin of a quarter, and a second for a gateway that sweeps once in a while. */
	const uint64_t wait = life + life / 4 + 1000;

	evidence_note(s->e, "waiting %u ms; the target file says that a provisional SA lives %u ms",
		      (unsigned)wait, (unsigned)life);
	probe_pass_time(s->p, wait);
	steps_confirm(s, NULL);
	evidence_check(s->e, s->r.outcome == RESUME_SILENCE || s->r.outcome == RESUME_CLEAR,
		       "message ID 1 after the provisional SA's time",
		       "no answer under the keys of that SA", "%s", s->r.text);
	if (!evidence_failed(s->e))
		steps_check_still_resumes(
		    s, "the stub is untouched: the client resumes with another SYN");
}

const struct probe_case case_c19 = {
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
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01 C03",
	.run = stage_resumption,
	.resuming = c19,
};

/* A confirmation that must end the provisional SA and leave the stub alone. */
static void refused_bind(struct steps *s, enum ike_bind bind, const char *what)
{
	const struct resume_knobs wrong = { .bind = bind }, right = { .bind = IKE_BIND_RIGHT };

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

static void c34(struct steps *s)
{
	refused_bind(s, IKE_BIND_WRONG, "message ID 1 with a wrong BIND");
	if (!evidence_failed(s->e))
		refused_bind(s, IKE_BIND_ABSENT, "message ID 1 without BIND");
	if (!evidence_failed(s->e) &&
	    steps_check_still_resumes(
		s, "the stub was not touched: the client resumes with a right BIND"))
		evidence_check(s->e, s->r.bind == IKE_BIND_RIGHT, "BIND in the gateway's answer",
			       "prf(SK_pr, \"ikesync bind\" | request | response)", "%s",
			       s->r.bind == IKE_BIND_RIGHT   ? "right"
			       : s->r.bind == IKE_BIND_WRONG ? "wrong"
							     : "missing");
}

const struct probe_case case_c34 = {
	.id = "C34",
	.title = "BIND is sent, right, and demanded",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = RULE(12),
	.required = "Message ID 1 and its response each carry N(IKESYNC_BIND) over the IKE_SA_INIT "
		    "pair. A missing or wrong one deletes the SA; the stub is not touched.",
	.causes = "BIND is computed over messages with the non-ESP marker, or over the first "
		  "request where a cookie followed\n"
		  "SK_pi and SK_pr are mixed up\nthe gateway does not look at BIND, or only "
		  "when it is there",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01 C03",
	.run = stage_resumption,
	.resuming = c34,
};

static bool check_index(struct evidence *e, const char *where, bool told, const struct index *ix,
			uint64_t spi_r, const char *why)
{
	char text[INDEX_TEXT_MAX], expected[80];

	g_snprintf(expected, sizeof(expected),
		   "SPI %016" G_GINT64_MODIFIER "x with a unicast address", spi_r);
	return evidence_check(e, told && ix->spi == spi_r, where, expected, "%s",
			      told ? index_text(ix, text) : why);
}

static void c35(struct steps *s)
{
	check_index(s->e, "N(IKESYNC_INDEX) in the last IKE_AUTH response", s->old->index_told,
		    &s->old->index, s->old->spi_r, "no well-formed N(IKESYNC_INDEX)");
	if (steps_hit_and_derive(s)) {
		steps_confirm(s, NULL);
		if (s->r.outcome != RESUME_COMMITTED) {
			evidence_inconclusive(s->e, "the resumption was not confirmed: %s",
					      s->r.text);
		} else {
			check_index(s->e, "N(IKESYNC_INDEX) in the confirmation", s->r.has_index,
				    &s->r.index, s->c->sa.spi_r, "no well-formed N(IKESYNC_INDEX)");
			evidence_note(s->e, "the client rekeys the resumed IKE SA with KE");
			if (rekey_ike(s->c))
				check_index(s->e, "N(IKESYNC_INDEX) in the IKE rekey response",
					    s->c->sa.has_index, &s->c->sa.index, s->c->sa.spi_r,
					    "no well-formed N(IKESYNC_INDEX)");
			else
				evidence_inconclusive(s->e, "%s", s->c->why);
		}
	}
}

const struct probe_case case_c35 = {
	.id = "C35",
	.title = "INDEX is told in IKE_AUTH, in the confirmation and in an IKE rekey",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = RULE(5),
	.required = "The gateway tells the client its index, protected, in the last IKE_AUTH "
		    "response, in IKE rekeys and in the answer to message ID 1.",
	.causes = "INDEX is sent only to clients whose Vendor ID came in this exchange\nthe "
		  "index of the SA before is told after a move or a rekey",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01 C03",
	.run = stage_resumption,
	.resuming = c35,
};
