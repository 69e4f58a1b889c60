/* SPDX-License-Identifier: GPL-2.0-or-later */
/* B23: a gateway is told that the stub of an SA of its own has moved. */
#include <inttypes.h>

#include "cases/banked.h"
#include "cases/cases.h"
#include "cases/shown.h"

#define NEEDS (REQUIRES_GATEWAY | REQUIRES_VARIANT_BANKED | REQUIRES_BANKED_SEAL_KEYS)
#define NOTICE_TRANSACTION (STUB_TRANSACTION_PUSH | 0x00002301u)
/* Section 10: a client that stays silent for so long is gone. */
#define SILENT_MS 10000
/* Late, and soon enough. */
#define LATE_MS 6000
/* By then it is gone, on any machine. */
#define GONE_MS 12000

/* Of the notice, in this order. */
enum named { SILENT, ALIVE, UNKNOWN, ELSEWHERE, NAMED };

struct notice {
	struct banked *b;
	struct client
	    *c[NAMED]; /* UNKNOWN: none; ELSEWHERE: named by another address than its own */
	struct index ix[NAMED];
	unsigned mark;
	uint64_t sent_ms;
};

static bool log_in(struct notice *n)
{
	for (unsigned i = 0; i < NAMED; i++) {
		const unsigned mark = bank_role_mark(n->b->role);

		if (i == UNKNOWN)
			continue;
		n->c[i] = banked_login(n->b, NULL);
		if (!n->c[i] || !banked_init_of(n->b, n->c[i], mark))
			return false;
		n->ix[i] = banked_index(n->b, n->c[i]);
	}
	n->ix[UNKNOWN] = (struct index){ rng_spi(&rng_system), n->ix[SILENT].address };
	n->ix[ELSEWHERE].address.octets[address_size(&n->ix[ELSEWHERE].address) - 1] ^= 1;
	return true;
}

/* Each item has a status of its own; those of the two SAs are ok. */
static void check_statuses(struct notice *n)
{
	struct evidence *e = n->b->e;
	unsigned count = 0, right = 0, ok = 0;
	uint64_t message = 0;

	for (unsigned i = n->mark; i < bank_role_mark(n->b->role); i++) {
		const struct bank_asked *a = bank_role_entry(n->b->role, i);

		if (a->type != STUB_DELETE || a->transaction != NOTICE_TRANSACTION)
			continue;
		message = message ? message : a->message;
		right += a->message == message && a->has_status && !a->has_index && !a->container &&
			 a->item == count;
		ok += count <= ALIVE && a->has_status && a->status == STUB_OK;
		count++;
	}
	evidence_clause(e, "33.3", count == NAMED && right == NAMED,
			"statuses of the acknowledgement",
			"one message with one status for each of four items, and nothing else",
			"%u, of which %u are right", count, right);
	evidence_clause(e, "33.3", ok == ALIVE + 1,
			"statuses of the two SAs of this gateway, which its own bank named", "ok",
			"%u of 2 are", ok);
}

static bool acknowledged(struct notice *n)
{
	const struct bank_asked *a =
	    bank_role_await(n->b->role, STUB_DELETE, NULL, n->mark, BANKED_PATIENCE_MS);

	evidence_clause(n->b->e, "33.3", a != NULL, "a move notice is acknowledged", "a delete",
			"%s", a ? "a delete" : "none within 5 s");
	if (!a)
		return false;
	evidence_clause(n->b->e, "33.3", a->transaction == NOTICE_TRANSACTION,
			"transaction of the acknowledgement", "that of the notice",
			"0x%08" PRIx32 " for 0x%08x", a->transaction, NOTICE_TRANSACTION);
	check_statuses(n);
	return true;
}

/* What the gateway asks of `c` until then is answered. How often did it ask? */
static unsigned answer_until(struct client *c, uint64_t until_ms)
{
	struct span message;
	unsigned asked = 0;

	while (probe_now() < until_ms && !probe_interrupted())
		if (transport_receive(c->transport, until_ms, &message)) {
			const uint32_t next = c->sa.window.peer_next;

			protected_handle_request(c, message);
			asked += c->sa.window.peer_next != next;
		}
	return asked;
}

/* What came to the silent client meanwhile is read, and not answered. */
static void read_unanswered(struct client *c, unsigned *asked, bool *deleted)
{
	struct span message;

	while (transport_receive(c->transport, probe_now(), &message)) {
		struct protected_answer a;

		if (protected_open(&c->sa.keys, SK_FROM_RESPONDER, message, &a) == ERR_OK &&
		    !(a.header.flags & IKE_FLAG_RESPONSE)) {
			protected_show(c, &a);
			++*asked;
			for (unsigned i = 0; i < a.inner.n; i++)
				*deleted |= a.inner.at[i].type == PAYLOAD_DELETE;
		}
		protected_answer_clear(&a);
	}
}

static void check_silent(struct notice *n)
{
	struct evidence *e = n->b->e;
	struct client *c = n->c[SILENT];
	unsigned asked = 0, deletes;
	bool deleted = false;

	read_unanswered(c, &asked, &deleted);
	evidence_clause(e, "33.4", asked > 0, "requests to the client that stays silent",
			"at least one", "%u", asked);
	shown_gone(e, c, "33.4", "its SA, 10 s after the notice and some");
	read_unanswered(c, &asked, &deleted);
	evidence_clause(e, "33.4", !deleted, "a Delete to that client", "none", "%s",
			deleted ? "one came" : "none");
	deletes = bank_role_count(n->b->role, STUB_DELETE, &n->ix[SILENT], n->mark);
	evidence_clause(e, "33.4", deletes == 0, "deletes of its stub at the bank", "none", "%u",
			deletes);
}

static void b23_told(struct notice *n)
{
	struct evidence *e = n->b->e;
	GBytes *octets = bank_play_notice(NOTICE_TRANSACTION, n->ix, NAMED);
	unsigned asked;

	evidence_note(e, "the bank says that the stubs of two SAs have moved, one that nobody "
			 "knows, and one at another address");
	n->mark = bank_role_mark(n->b->role);
	n->sent_ms = probe_now();
	bank_role_send(n->b->role, octets);
	g_bytes_unref(octets);
	if (!acknowledged(n))
		return;
	/* nothing is read before: what came meanwhile is answered then */
	probe_pass_time(n->b->p, n->sent_ms + LATE_MS - MIN(probe_now(), n->sent_ms + LATE_MS));
	asked = answer_until(n->c[ALIVE], n->sent_ms + SILENT_MS);
	evidence_clause(e, "33.4", asked > 0,
			"requests to the client that answers, within 10 s of the notice",
			"at least one", "%u", asked);
	answer_until(n->c[ALIVE], n->sent_ms + GONE_MS);
	shown_alive(e, n->c[ALIVE], "33.4", "the SA whose client answered after 6 s");
	shown_alive(e, n->c[ELSEWHERE], "33.4",
		    "an SA whose SPI was named with an address that is not its gateway's");
	check_silent(n);
}

static void b23(struct banked *b)
{
	struct notice n = { .b = b };

	if (log_in(&n))
		b23_told(&n);
	for (unsigned i = 0; i < NAMED; i++)
		client_free(n.c[i]);
}

const struct probe_case case_b23 = {
	.id = "B23",
	.lasts = 14,
	.title = "A gateway that is told of a move asks its client, and drops an SA that is silent",
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rule 33",
	.required =
	    "A notice of the stub's own bank is acknowledged with a status for each item. The "
	    "gateway then asks on the old SA whether its client is still there, and drops it "
	    "after 10 s of silence, without a Delete to client or bank; one that answers stays.",
	.causes = "a message that answers nothing is dropped, whoever sent it\n"
		  "one status answers the whole notice\n"
		  "the SA is dropped without being asked\n"
		  "the end of an SA always deletes its stub\n"
		  "the SA is found by its SPI alone",
	.asks = ASKS_GATEWAY,
	.requires = NEEDS,
	.clauses = "33.3 33.4 36.7",
	.needs = "B02",
	.alone = true,
	.run = stage_banked,
	.at_bank = b23,
};
