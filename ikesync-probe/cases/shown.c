/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clauses that many exchanges show. */
#include "cases/shown.h"

#include "client/stub_watch.h"
#include "keys/nat_detection.h"

/* IP and UDP in front of a message; rule 23.3 speaks of the packet. */
#define HEADERS_IPV4 28
#define PACKET_MAX 1280
/* Two octets in eight are the same by chance once in 2,000 pairs, four once in 10^8. */
#define SPI_SAME_MAX 3

unsigned shown_same_octets(struct span a, struct span b)
{
	unsigned same = 0;

	for (size_t i = 0; i < a.n && i < b.n; i++)
		same += a.p[i] == b.p[i];
	return same;
}

bool shown_spis_differ(uint64_t a, uint64_t b)
{
	unsigned same = 0;

	for (unsigned i = 0; i < 64; i += 8)
		same += (a >> i & 0xff) == (b >> i & 0xff);
	return same <= SPI_SAME_MAX;
}

static void header_of(struct evidence *e, const char *clause, const struct ike_header *h)
{
	evidence_clause(e, clause, h->exchange == EXCHANGE_IKE_SA_INIT,
			"exchange type of the answer", "34 (IKE_SA_INIT)", "%u", h->exchange);
	evidence_clause(e, clause,
			(h->flags & (IKE_FLAG_RESPONSE | IKE_FLAG_INITIATOR)) == IKE_FLAG_RESPONSE,
			"flags of the answer", "R alone (0x20)", "0x%02x", h->flags);
	evidence_clause(e, clause, h->message_id == 0, "message ID of the answer", "0", "%u",
			h->message_id);
	evidence_clause(e, clause, h->spi_r != 0, "SPIr of the answer", "not zero",
			"%016" G_GINT64_MODIFIER "x", h->spi_r);
}

static void nonce_of(struct evidence *e, const struct ike_answer *said, uint16_t prf)
{
	const size_t least = MAX((size_t)IKE_NONCE_MIN, suite_prf_size(prf) / 2);
	char expected[48];

	g_snprintf(expected, sizeof(expected), "%zu to %u octets", least, IKE_NONCE_MAX);
	evidence_clause(e, "9.5", said->nr.n >= least && said->nr.n <= IKE_NONCE_MAX,
			"length of Nr", expected, "%zu octets", said->nr.n);
}

static void beside_nonce(struct evidence *e, const struct chain *chain)
{
	unsigned nonces = 0;
	uint8_t other = 0;

	for (unsigned i = 0; i < chain->n; i++) {
		const uint8_t t = chain->at[i].type;

		nonces += t == PAYLOAD_NONCE;
		if (t != PAYLOAD_NONCE && t != PAYLOAD_NOTIFY && t != PAYLOAD_VENDOR)
			other = t;
	}
	evidence_clause(e, "7.1", nonces == 1, "Nr in the answer", "one Nonce payload", "%u",
			nonces);
	evidence_clause(e, "7.8", other == 0, "payloads beside Nr", "Notify and Vendor ID at most",
			"%s", other ? iana_payload_name(other) : "no others");
}

static void vendor_of(struct evidence *e, const struct ike_answer *said, const char *where)
{
	evidence_clause(e, "6.2", said->announced, where,
			"Vendor ID \"ikesync profile 1\", 17 octets", "%s",
			said->announced ? "there" : "not there");
}

static void spi_is_new(struct steps *s, uint64_t spi)
{
	const struct {
		const char *name;
		uint64_t spi;
	} others[] = { { "the old SA's SPIr", s->old->spi_r },
		       { "the SPI of the index", s->old->index.spi },
		       { "the old SA's SPIi", s->old->spi_i },
		       { "the request's SPIi", s->c->sa.spi_i } };

	for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
		if (!shown_spis_differ(spi, others[i].spi)) {
			evidence_clause(
			    s->e, "7.2", false, "SPIr is new", "another one in most octets",
			    "%016" G_GINT64_MODIFIER "x; %s is %016" G_GINT64_MODIFIER "x", spi,
			    others[i].name, others[i].spi);
			return;
		}
	evidence_clause(s->e, "7.2", true, "SPIr is new", "another one in most octets",
			"%016" G_GINT64_MODIFIER "x", spi);
}

bool shown_hit(struct steps *s)
{
	const struct ike_answer *said = &s->a.said;
	char text[240];
	bool hit;

	if (!evidence_clause(s->e, "7.1", s->a.octets != NULL, "SYN for a live stub is answered",
			     init_kind_text(IKE_ANSWER_RESUMED), "%s",
			     init_answer_text(&s->a, text, sizeof(text))))
		return false;
	header_of(s->e, "7.1", &said->header);
	evidence_clause(s->e, "7.1", !said->has_sa, "no SA payload", "none", "%s",
			said->has_sa ? "there is one" : "none");
	evidence_clause(s->e, "7.1", !said->has_ke, "no KE payload", "none", "%s",
			said->has_ke ? "there is one" : "none");
	hit = evidence_clause(s->e, "7.1", said->kind == IKE_ANSWER_RESUMED,
			      "the answer as a whole", init_kind_text(IKE_ANSWER_RESUMED), "%s",
			      init_answer_text(&s->a, text, sizeof(text)));
	beside_nonce(s->e, &said->chain);
	if (!said->has_nr)
		return hit;
	nonce_of(s->e, said, s->old->suite.prf);
	vendor_of(s->e, said, "Vendor ID in the hit");
	spi_is_new(s, said->header.spi_r);
	evidence_clause(s->e, "23.3", s->a.octets->len + HEADERS_IPV4 <= PACKET_MAX,
			"size of the answer", "an IP packet of at most 1280 octets",
			"%u octets of IKE", s->a.octets->len);
	return hit;
}

bool shown_fallback(struct evidence *e, const struct init_answer *a, const char *what,
		    bool vendor_id)
{
	char text[240];

	if (!evidence_clause(e, "8.1", a->said.kind == IKE_ANSWER_ORDINARY, what,
			     init_kind_text(IKE_ANSWER_ORDINARY), "%s",
			     init_answer_text(a, text, sizeof(text))))
		return false;
	header_of(e, "8.1", &a->said.header);
	if (vendor_id)
		vendor_of(e, &a->said, "Vendor ID in the ordinary answer");
	return true;
}

static int by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char *shown_shape(const struct init_answer *a)
{
	GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
	char *out;

	for (unsigned i = 0; i < a->said.chain.n; i++) {
		const struct chain_payload *p = &a->said.chain.at[i];
		GString *s = g_string_new(iana_payload_name(p->type));
		struct ike_notify n;
		struct fault fault;

		if (p->type == PAYLOAD_NOTIFY && ike_notify_parse(p, &n, &fault) == ERR_OK)
			g_string_append_printf(s, "(%s)", iana_notify_name(n.type));
		/* nonces and Vendor IDs may have any length at any time */
		if (p->type != PAYLOAD_NONCE && p->type != PAYLOAD_VENDOR)
			g_string_append_printf(s, " %zu", p->body.n);
		g_ptr_array_add(all, g_string_free(s, FALSE));
	}
	/* and all of them may stand in any order */
	g_ptr_array_sort(all, by_text);
	g_ptr_array_add(all, NULL);
	out = g_strjoinv(", ", (char **)all->pdata);
	g_ptr_array_unref(all);
	return out;
}

bool shown_committed(struct steps *s, const char *clause, const char *what)
{
	if (evidence_clause(s->e, clause, s->r.outcome == RESUME_COMMITTED, what,
			    "a verified answer without an error notify", "%s", s->r.text))
		return true;
	if (s->r.outcome == RESUME_UNVERIFIED)
		resume_diagnose(s->c, s->old, s->syn, s->r.octets);
	else if (s->r.outcome == RESUME_SILENCE || s->r.outcome == RESUME_CLEAR)
		resume_diagnose(s->c, s->old, s->syn, NULL);
	return false;
}

bool shown_bind(struct steps *s, const char *where)
{
	/* one that is there and wrong breaks the form (12.3) or the key (12.2); both are named */
	const char *clause = s->r.bind == IKE_BIND_WRONG ? "12.3" : "12.2";

	return evidence_clause(s->e, clause, s->r.bind == IKE_BIND_RIGHT, where,
			       "prf(SK_pr, \"ikesync bind\" | request | response)", "%s",
			       s->r.bind == IKE_BIND_RIGHT   ? "right"
			       : s->r.bind == IKE_BIND_WRONG ? "wrong"
							     : "missing");
}

void shown_guess(struct evidence *e, const char *what, struct span got,
		 const struct known_octets *known, unsigned n)
{
	GPtrArray *fits = octets_guess(what, got, known, n);

	for (unsigned i = 0; i < fits->len; i++)
		evidence_diagnosis(e, "%s", (const char *)g_ptr_array_index(fits, i));
	g_ptr_array_unref(fits);
}

static struct span address_span(const struct address *a)
{
	return span_of(a->octets, a->family == 0 ? 0 : a->family == 4 ? 4 : 16);
}

static void spi_octets(uint64_t spi, uint8_t out[8])
{
	struct wcursor c = wcursor_init(out, 8);

	wcursor_u64(&c, spi);
}

/* What stands in an INDEX that is not this SA's. */
static void diagnose_index(struct evidence *e, const struct index *ix, uint64_t spi_r,
			   const struct client *c)
{
	uint8_t got[8], right[8], spi_i[8], before[8];
	const struct known_octets spis[] = { { "SPIr of the SA", SPAN_OF(right) },
					     { "SPIi of the SA", SPAN_OF(spi_i) },
					     { "SPIi of the attempt before", SPAN_OF(before) } };
	const struct known_octets addresses[] = {
		{ "the client's own address",
		  address_span(&transport_local(c->transport)->address) },
		{ "the gateway's address", address_span(&transport_remote(c->transport)->address) },
	};

	spi_octets(ix->spi, got);
	spi_octets(spi_r, right);
	spi_octets(c->sa.spi_i, spi_i);
	spi_octets(c->spi_i_before, before);
	if (ix->spi != spi_r)
		shown_guess(e, "the SPI in INDEX", SPAN_OF(got), spis, G_N_ELEMENTS(spis));
	if (!address_is_unicast(&ix->address))
		shown_guess(e, "the address in INDEX", address_span(&ix->address), addresses,
			    G_N_ELEMENTS(addresses));
}

bool shown_index(struct evidence *e, const char *clause, const char *where, bool told,
		 const struct index *ix, uint64_t spi_r, const struct client *c)
{
	char text[INDEX_TEXT_MAX], expected[96];

	g_snprintf(expected, sizeof(expected),
		   "SPI %016" G_GINT64_MODIFIER "x with a unicast address", spi_r);
	if (told && c && ix->spi != spi_r)
		diagnose_index(e, ix, spi_r, c);
	return evidence_clause(e, clause, told && ix->spi == spi_r, where, expected, "%s",
			       told ? index_text(ix, text) : "no well-formed N(IKESYNC_INDEX)");
}

void shown_detection(struct evidence *e, const struct client *c, const struct init_answer *a,
		     const char *where)
{
	const struct endpoint *mine = transport_local(c->transport),
			      *its = transport_remote(c->transport);
	uint8_t us[NAT_DETECTION_SIZE], them[NAT_DETECTION_SIZE];
	const struct ike_header *h = &a->said.header;
	struct ike_notify source, destination;
	bool swapped;

	if (!ike_notify_find(&a->said.chain, NOTIFY_NAT_DETECTION_SOURCE_IP, &source) ||
	    !ike_notify_find(&a->said.chain, NOTIFY_NAT_DETECTION_DESTINATION_IP, &destination) ||
	    nat_detection_hash(h->spi_i, h->spi_r, &mine->address, mine->port, us) != ERR_OK ||
	    nat_detection_hash(h->spi_i, h->spi_r, &its->address, its->port, them) != ERR_OK)
		return;
	/* a NAT makes them fit nothing, and not the other end */
	swapped =
	    span_equal(source.data, SPAN_OF(us)) || span_equal(destination.data, SPAN_OF(them));
	evidence_clause(e, "23.1", !swapped, where,
			"its source is the gateway, its destination the client", "%s",
			swapped ? "source and destination are swapped" : "not swapped");
}

bool shown_commit(struct steps *s, const char *clause, const char *what)
{
	if (!shown_committed(s, clause, what))
		return false;
	shown_bind(s, "BIND in the answer to message ID 1");
	shown_index(s->e, "5.4", "N(IKESYNC_INDEX) in the answer to message ID 1", s->r.has_index,
		    &s->r.index, s->c->sa.spi_r, s->c);
	return true;
}

bool shown_alive(struct evidence *e, struct client *c, const char *clause, const char *what)
{
	struct protected_answer a;
	struct inner in;
	char text[200];
	bool ok;

	inner_init(&in);
	protected_exchange(c, EXCHANGE_INFORMATIONAL, &in, &a);
	ok = evidence_clause(e, clause, a.kind == PROTECTED_ANSWER && protected_error(&a) == 0,
			     what, "a verified answer without an error notify", "%s",
			     protected_answer_text(&a, text, sizeof(text)));
	protected_answer_clear(&a);
	return ok;
}

bool shown_gone(struct evidence *e, struct client *c, const char *clause, const char *what)
{
	struct protected_answer a;
	char text[200];
	bool ok;

	evidence_note(e, "is the SA gone? INFORMATIONAL with message ID %u", c->sa.window.next);
	if (!protected_ask_gone(c, &a))
		return false;
	ok =
	    evidence_clause(e, clause, a.kind != PROTECTED_ANSWER && a.kind != PROTECTED_UNVERIFIED,
			    what, "no protected answer: the SA is gone", "%s",
			    protected_answer_text(&a, text, sizeof(text)));
	protected_answer_clear(&a);
	return ok;
}

bool shown_repeated(struct steps *s, const char *clause, const char *what)
{
	GByteArray *again;
	bool same;

	if (!s->r.sent || !s->r.octets)
		return false;
	again = protected_raw(s->c, s->r.sent, 1, s->p->target->timers.answer);
	same = again && again->len == s->r.octets->len &&
	       memcmp(again->data, s->r.octets->data, again->len) == 0;
	evidence_clause(s->e, clause, same, what, "the identical answer, octet for octet", "%s",
			same    ? "identical"
			: again ? "another answer"
				: "no answer");
	if (again)
		g_byte_array_unref(again);
	return same;
}

bool shown_miss(struct steps *s, const struct index *ix, const char *clause, const char *what)
{
	struct client *c = client_new(s->p, s->e, &s->p->target->gateway, NULL);
	const struct init_request r = init_request_of(&s->old->suite, ix);
	char text[240], name[INDEX_TEXT_MAX];
	struct init_answer a;
	bool ok;

	if (!c)
		return false;
	evidence_note(s->e, "SYN for %s", index_text(ix, name));
	init_exchange(c, &r, &a);
	ok = evidence_clause(s->e, clause,
			     a.said.kind == IKE_ANSWER_ORDINARY || a.said.kind == IKE_ANSWER_NONE,
			     what, "an ordinary response, or silence where policy says so", "%s",
			     init_answer_text(&a, text, sizeof(text)));
	init_answer_clear(&a);
	client_free(c);
	return ok;
}

/* A gateway may hold a lineage down for a while after a commit (rule 18): asked again within that
 * time. */
static bool hit_in_time(struct steps *s)
{
	for (unsigned i = 0; i < 6 && !probe_interrupted(); i++) {
		if (i)
			probe_pass_time(s->p, 600);
		if (steps_syn(s) == IKE_ANSWER_RESUMED)
			return resume_derive(s->c, s->old);
	}
	return false;
}

enum resume_outcome shown_resume_on(struct steps *s, const struct target_gateway *gateway)
{
	struct old_sa *next = g_new0(struct old_sa, 1);
	char text[INDEX_TEXT_MAX];

	old_sa_of_client(next, s->c, s->old);
	old_sa_free(s->old);
	s->old = next;
	evidence_note(s->e, "a further resumption, of %s", index_text(&next->index, text));
	(void)old_sa_wait_bank(s->p, s->e, &next->index, true);
	/* its Delete at the end of the case, unless it is resumed */
	next->client = s->c;
	s->c = client_new(s->p, s->e, gateway ? gateway : &s->p->target->gateway, s->from);
	resume_result_clear(&s->r);
	s->r.outcome = RESUME_NO_HIT;
	if (s->c && hit_in_time(s))
		steps_confirm(s, NULL);
	return s->r.outcome;
}

bool shown_resumes_on(struct steps *s, const struct target_gateway *gateway, const char *clause,
		      const char *what)
{
	char text[240];

	shown_resume_on(s, gateway);
	return s->c &&
	       evidence_clause(s->e, clause, s->a.said.kind == IKE_ANSWER_RESUMED, what,
			       init_kind_text(IKE_ANSWER_RESUMED), "%s",
			       init_answer_text(&s->a, text, sizeof(text))) &&
	       shown_commit(s, "9.1", "the keys of the further resumption");
}
