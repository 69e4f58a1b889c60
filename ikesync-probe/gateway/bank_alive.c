/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking whether the bank still lives, and which message was its last. */
#include "gateway/bank_alive.h"

#include <errno.h>
#include <string.h>

#include "gateway/bank_answer.h"
#include "gateway/made_stub.h"
#include "run/peer.h"

#define TRIES 3
#define PAUSE_MS 1000

/* Anything at all is an answer. `refused`: nothing listens there. */
static bool answers(struct probe *p, struct evidence *e, bool *refused)
{
	struct bank_connection *b = bank_connection_open(p, e, BANK_OWNER);
	const struct index unknown = made_stub_index(&p->target->bank.owns);
	bool ok = false;

	*refused = strstr(bank_connection_why(b), g_strerror(ECONNREFUSED)) != NULL;
	if (bank_connection_is_up(b)) {
		struct bank_answer *a = bank_answer_to_get(b, &unknown);

		ok = a->came || a->messages;
		evidence_note(e, "a get: %s", ok ? "answered" : a->problem);
		bank_answer_free(a);
	} else {
		evidence_note(e, "no connection: %s", bank_connection_why(b));
	}
	bank_connection_close(b);
	return ok;
}

static char *last_message(const struct peer *r)
{
	struct stub_message m;
	struct fault fault;

	if (!r)
		return g_strdup("none of the probe's: a gateway's, or it ended by itself");
	if (stub_message_parse(span_of(r->unanswered->data, r->unanswered->len), &m, &fault) !=
	    ERR_OK)
		return g_strdup_printf("%u octets that are no sound stub message",
				       r->unanswered->len);
	return g_strdup_printf("%s with transaction 0x%08x, %u octets",
			       iana_stub_message_name(m.header.type), m.transaction,
			       r->unanswered->len);
}

/* `r`: the bank, which owes the probe an answer; NULL: it owes none. */
static char *state(struct evidence *e, const struct endpoint *bank, const struct peer *r,
		   bool refused)
{
	char at[ENDPOINT_TEXT_MAX], *last = last_message(r), *text;

	text = g_strdup_printf("the stub bank at %s fell silent in %s%s; the first message that it "
			       "did not answer: %s",
			       endpoint_text(bank, at), e->c->id,
			       refused ? ", and nothing listens there any more"
				       : ": it died, or it limits this gateway",
			       last);
	if (r)
		evidence_octets(e, "the first message that was not answered",
				span_of(r->unanswered->data, r->unanswered->len));
	if (refused)
		evidence_check_as(e, PROVENANCE_DRAFT, "draft-xu-ike-sa-sync-01 section 3.4", false,
				  "the stub bank lives on after what this case sent",
				  "a connection, and an answer to a get", "%s", text);
	else
		evidence_inconclusive(e, "%s", text);
	g_free(last);
	return text;
}

char *bank_fell_silent(struct probe *p, struct evidence *e, uint64_t *owed_ms)
{
	const struct target_bank *t = &p->target->bank;
	const struct peer *r = peer_find(p, &t->address);
	/* asked now: whether it lives is a question of its own */
	const bool owes = r && r->n_unanswered;
	const uint64_t since = owes ? r->unanswered_ms : UINT64_MAX;
	bool refused = false;

	if (!t->given || !t->certificate || !p->bank_announced)
		return NULL;
	evidence_note(e, "does the stub bank still live?");
	for (unsigned i = 0; i < TRIES && !probe_interrupted(); i++) {
		if (i)
			probe_pass_time(p, PAUSE_MS);
		if (answers(p, e, &refused))
			return NULL;
	}
	*owed_ms = since;
	return probe_interrupted() ? NULL : state(e, &t->address, owes ? r : NULL, refused);
}
