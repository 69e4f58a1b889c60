/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Watching a stub come and go at the bank, over a connection of the probe's own. */
#include "client/stub_watch.h"

#include "client/old_sa.h"
#include "gateway/bank_answer.h"

/* Stubs travel apart from the IKE exchange that made them; B02 asks for one second, this only
 * bounds the patience. */
#define PATIENCE_MS 5000
#define PAUSE_MS 50

/* true: the bank has answered, `*code` is what it said. */
static bool ask(struct bank_connection *b, const struct index *ix, uint8_t *code)
{
	struct bank_answer *a = bank_answer_to_get(b, ix);
	const struct bank_item *item = bank_answer_item(a, 0);
	const bool ok = a->came && item;

	if (ok)
		*code = item->code;
	bank_answer_free(a);
	return ok;
}

enum old_sa_stub old_sa_wait_bank(struct probe *p, struct evidence *e, const struct index *ix,
				  bool there)
{
	const uint64_t deadline = probe_now() + PATIENCE_MS;
	enum old_sa_stub seen = OLD_SA_STUB_UNKNOWN;
	char text[INDEX_TEXT_MAX];
	struct bank_connection *b;
	uint8_t code;

	if (!p->target->bank.given || !p->target->bank.certificate)
		return OLD_SA_STUB_UNKNOWN;
	b = bank_connection_open(p, e, BANK_OWNER);
	while (bank_connection_is_up(b) && !probe_interrupted()) {
		if (!ask(b, ix, &code) ||
		    (code != STUB_OK && code != STUB_NOT_FOUND && code != STUB_EXPIRED)) {
			seen = OLD_SA_STUB_UNKNOWN;
			break;
		}
		seen = code == STUB_OK ? OLD_SA_STUB_THERE : OLD_SA_STUB_GONE;
		if (seen == (there ? OLD_SA_STUB_THERE : OLD_SA_STUB_GONE) ||
		    probe_now() >= deadline)
			break;
		probe_pass_time(p, PAUSE_MS);
	}
	bank_connection_close(b);
	evidence_note(e, "the bank %s the stub of %s",
		      seen == OLD_SA_STUB_THERE  ? "has"
		      : seen == OLD_SA_STUB_GONE ? "does not have"
						 : "does not say whether it has",
		      index_text(ix, text));
	return seen;
}
