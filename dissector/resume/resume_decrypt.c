/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Protected messages of resumed SAs: opened on the first pass, shown on every one. */
#include "resume/resume_decrypt.h"

#include <epan/exceptions.h>
#include <epan/show_exception.h>

#include "base/shown.h"
#include "ike/ike_locate.h"
#include "ike/ikesync_fields.h"
#include "ike/ikesync_notify.h"
#include "ike/ikesync_syn.h"
#include "resume/export_keys.h"
#include "resume/resume_bind.h"
#include "resume/resume_child.h"
#include "resume/resume_diagnosis.h"
#include "resume/resume_session.h"
#include "story/story.h"

#define MORE_DROPPED \
	"; of this index only the first " G_STRINGIFY(RESUME_SECRETS_MAX) " secrets are kept"

struct resume_message {
	const struct ike_resumed *sa;
	const struct resume_secret *secret; /* that its keys come from, or that was tried */
	enum sk_verdict verdict;
	bool from_initiator;
	enum resume_found found; /* what became of the search for a secret, if there was one */
	bool dropped;            /* not all of the capture's secrets were kept */
	bool diagnosed;
	const char *diagnosis; /* NULL: nothing fits, or nothing was tried */
	bool fragment;
	const struct resume_set *set;     /* this fragment completed it */
	bool proves;                      /* the first one that leaves no doubt about the keys */
	const struct resume_child *child; /* this message completed it */
};

static dissector_handle_t isakmp_handle;

static int hf_decrypted = -1, hf_source = -1, hf_source_frame = -1, hf_suite = -1, hf_sender = -1,
	   hf_bind_correct = -1, hf_fragment = -1;
static int ett_decrypted = -1;
static expert_field ei_icv = EI_INIT, ei_untried = EI_INIT, ei_padding = EI_INIT,
		    ei_bind_wrong = EI_INIT, ei_inner = EI_INIT;

static const true_false_string sender_names = { "client (initiator)", "gateway (responder)" };
static const true_false_string bind_names = { "correct", "wrong" };

/* --- first pass --- */

/* The Encrypted payload and the message up to its end. False: not there, or the capture cut it. */
static bool find_sealed(const struct ike_message *m, struct resume_sealed *out)
{
	const struct ike_payload *p = m->chain.n ? &m->chain.at[m->chain.n - 1] : NULL;

	if (!p || p->cut || p->over || (p->type != IKE_PAYLOAD_SK && p->type != IKE_PAYLOAD_SKF))
		return false;
	*out = (struct resume_sealed){ .body = p->offset - m->offset + PAYLOAD_HEADER_SIZE,
				       .first = p->next,
				       .from_initiator = m->flags & IKE_FLAG_INITIATOR,
				       .fragment = p->type == IKE_PAYLOAD_SKF };
	if (out->fragment)
		out->body += 4; /* fragment number, total */
	out->message.n = p->offset - m->offset + p->length;
	if (out->body > out->message.n)
		return false;
	if (out->fragment) {
		out->number = tvb_get_ntohs(m->tvb, (int)p->offset + 4);
		out->total = tvb_get_ntohs(m->tvb, (int)p->offset + 6);
	}
	out->message.p = tvb_get_ptr(m->tvb, (int)m->offset, (int)out->message.n);
	return true;
}

static void learn(const struct ike_resumed *sa, const struct index_body *idx, uint32_t frame)
{
	struct resume_session *session = sa->session;
	struct resume_secret s = {
		.idx = *idx,
		.suite = session->keys->suite,
		.sk_d = session->keys->key[RESUME_D],
		.has_pair = true,
		.older = session->secret,
		.source = RESUME_SOURCE_SESSION,
		.frame = frame,
	};

	memcpy(s.spii, sa->key.spii, 8);
	memcpy(s.spir, sa->key.spir, 8);
	resume_secrets_add(&s);
}

/* The new SA may be resumed in its turn, at the address where the gateway was (rules 5 and 9). */
static void learn_session(packet_info *pinfo, const struct ike_resumed *sa, bool from_initiator)
{
	struct index_body idx =
	    index_body_at(sa->key.spir, from_initiator ? &pinfo->dst : &pinfo->src);

	learn(sa, &idx, pinfo->num);
}

/* What the gateway itself says the index is counts, too (rule 5). */
static void learn_index(packet_info *pinfo, const struct ike_resumed *sa, tvbuff_t *clear)
{
	struct ike_chain chain;

	ike_chain_read(clear, IKE_HEADER_SIZE, tvb_captured_length(clear), false,
		       ws_get_u8(clear, 16), &chain);
	for (unsigned i = 0; i < chain.n; i++) {
		struct index_body idx;
		struct ike_notify n;

		if (chain.at[i].type != IKE_PAYLOAD_NOTIFY ||
		    !ike_notify_read(clear, &chain.at[i], &n) || n.type != IKE_NOTIFY_SYN_INDEX)
			continue;
		index_body_read(clear, n.data, n.data_length, &idx);
		if (!idx.faults && memcmp(idx.spi, sa->key.spir, 8) == 0)
			learn(sa, &idx, pinfo->num);
	}
}

static void diagnose(const struct ike_resumed *sa, struct resume_message *r,
		     const struct resume_sealed *m)
{
	const struct resume_secret *s = r->secret;
	const struct ike_sa *h = story_handshake(&sa->attempt->idx);
	struct resume_diagnosis d = { .message = m->message,
				      .body = m->body,
				      .first = m->fragment ? 0 : m->first,
				      .from_initiator = r->from_initiator,
				      .has_pair = s->has_pair,
				      .g_ir = s->g_ir,
				      .request = { sa->request->p, sa->request->n },
				      .response = { sa->response->p, sa->response->n } };
	struct resume_fits *fits = &sa->session->fits[r->from_initiator ? 0 : 1];

	resume_session_seed(&d.seed, sa, s);
	memcpy(d.old_spii, s->spii, 8);
	memcpy(d.old_spir, s->spir, 8);
	if (!s->has_pair && h) {
		d.has_pair = true;
		memcpy(d.old_spii, h->spii, 8);
		memcpy(d.old_spir, h->spir, 8);
	}
	if (s->older)
		d.older_sk_d = (struct octets){ s->older->sk_d.octets, s->older->sk_d.n };
	/* Once diagnosed, an SA is not diagnosed anew by whatever comes first in a list. */
	r->diagnosis = resume_diagnose_known(&d, fits, wmem_file_scope());
	r->diagnosed = r->diagnosis || resume_may_diagnose(m->message.n);
	if (r->diagnosed && !r->diagnosis)
		r->diagnosis = resume_diagnose(&d, fits, wmem_file_scope());
}

/* The session's keys are those of one secret. False: what they make of the message is nothing. */
static bool open_settled(packet_info *pinfo, struct resume_session *session,
			 struct resume_message *r, const struct resume_sealed *m,
			 struct octets *plain)
{
	r->secret = session->secret;
	r->verdict =
	    sk_open(m->message, m->body, session->keys, r->from_initiator, pinfo->pool, plain);
	/* An HMAC says nothing about SK_e: the plaintext must have a shape, too. */
	if (r->verdict != SK_OPENED || !resume_sealed_sound(m, *plain))
		return false;
	if (!m->fragment && m->first)
		session->proven = true;
	return true;
}

/* With the first secret that opens it, which then is the session's. */
static bool open_first(packet_info *pinfo, struct ike_resumed *sa, struct resume_message *r,
		       const struct resume_sealed *m, struct octets *plain)
{
	struct resume_session *session = sa->session;

	r->found = resume_session_find(sa, m, pinfo->pool, plain);
	for (unsigned i = 0; i < ike_state_variants(sa) && r->found == RESUME_NONE_FITS; i++) {
		struct ike_octets *before = sa->response, *variant = ike_state_variant(sa, i);

		if (variant == before)
			continue;
		sa->response = variant;
		r->found = resume_session_find(sa, m, pinfo->pool, plain);
		if (r->found != RESUME_FOUND)
			sa->response = before;
	}
	if (r->found != RESUME_FOUND)
		return false;
	r->secret = session->secret;
	r->verdict = SK_OPENED;
	resume_bind_calculate(sa);
	learn_session(pinfo, sa, r->from_initiator);
	return true;
}

/* Returns whether there is a plaintext; the verdict of the message is in `r`. */
static bool open_message(packet_info *pinfo, struct ike_resumed *sa, struct resume_message *r,
			 const struct resume_sealed *m, struct octets *plain)
{
	struct resume_session *session = sa->session;

	if (session->secret) {
		if (open_settled(pinfo, session, r, m, plain))
			return true;
		/* Fragments do not tell for sure which of two secrets with one SK_a it is. */
		if (!session->proven && r->verdict != SK_BAD_ICV &&
		    open_first(pinfo, sa, r, m, plain))
			return true;
		r->found = RESUME_FOUND;
		diagnose(sa, r, m);
		if (r->diagnosis)
			r->verdict = SK_BAD_ICV;
		else if (!session->proven)
			session->failures++;
		return r->verdict == SK_OPENED;
	}
	if (open_first(pinfo, sa, r, m, plain))
		return true;
	r->secret = resume_secrets_find(&sa->attempt->idx, NULL);
	r->verdict = SK_BAD_ICV;
	r->dropped = resume_secrets_dropped(&sa->attempt->idx);
	if (r->found != RESUME_UNTRIED)
		diagnose(sa, r, m);
	if (!r->diagnosis)
		session->failures++;
	return false;
}

/* The message as it would be without encryption. NULL: nothing to show. */
static tvbuff_t *clear_message(packet_info *pinfo, const struct ike_message *m,
			       const struct resume_message *r, const struct octets *opened)
{
	struct resume_sealed sealed;
	struct octets plain;
	uint8_t first, *clear;

	if (r->verdict != SK_OPENED || (r->fragment && !r->set) || !find_sealed(m, &sealed))
		return NULL;
	first = sealed.first;
	if (r->fragment)
		plain = resume_fragments_join(r->set, pinfo->pool, &first);
	else if (opened)
		plain = *opened;
	else if (sk_open(sealed.message, sealed.body, r->sa->session->keys, r->from_initiator,
			 pinfo->pool, &plain) != SK_OPENED)
		return NULL;
	clear = wmem_alloc(pinfo->pool, IKE_HEADER_SIZE + plain.n);
	memcpy(clear, sealed.message.p, IKE_HEADER_SIZE);
	clear[16] = first;
	clear[24] = 0; /* UDP and TCP carry no more than 16 bits of it */
	clear[25] = (uint8_t)((IKE_HEADER_SIZE + plain.n) >> 16);
	clear[26] = (uint8_t)((IKE_HEADER_SIZE + plain.n) >> 8);
	clear[27] = (uint8_t)(IKE_HEADER_SIZE + plain.n);
	if (plain.n)
		memcpy(clear + IKE_HEADER_SIZE, plain.p, plain.n);
	return tvb_new_child_real_data(m->tvb, clear, IKE_HEADER_SIZE + plain.n,
				       (int)(IKE_HEADER_SIZE + plain.n));
}

struct resume_message *resume_decrypt_add(packet_info *pinfo, const struct ike_message *m,
					  const struct ike_sa *known, struct ike_contents *c,
					  tvbuff_t **clear)
{
	struct ike_resumed *sa;
	struct resume_message *r;
	struct resume_sealed sealed;
	struct octets plain;
	bool proven;

	*clear = NULL;
	if (m->exchange == IKE_EXCHANGE_SA_INIT)
		return NULL;
	sa = ike_state_resumed(known, m->spir);
	if (!sa || !sa->request || !sa->response || !find_sealed(m, &sealed) ||
	    !resume_secrets_find(&sa->attempt->idx, NULL))
		return NULL;
	if (!sa->session)
		sa->session = resume_session_new();
	r = wmem_new0(wmem_file_scope(), struct resume_message);
	r->sa = sa;
	r->from_initiator = sealed.from_initiator;
	r->fragment = sealed.fragment;
	proven = sa->session->proven;
	if (!open_message(pinfo, sa, r, &sealed, &plain)) {
		c->unverified = sa->session->proven && r->verdict == SK_BAD_ICV;
		return r;
	}
	if (r->fragment) {
		struct resume_fragment f = { m->mid,       r->from_initiator, sealed.number,
					     sealed.total, sealed.first,      plain };

		r->set = resume_fragments_add(&sa->session->sets, &f);
	}
	c->verified = true;
	r->proves = sa->session->proven && !proven;
	*clear = clear_message(pinfo, m, r, &plain);
	if (*clear) {
		resume_bind_judge(sa, r->from_initiator, *clear, c);
		r->child =
		    resume_child_add(pinfo, m, *clear, sa->session->keys, &sa->session->children);
	}
	if (*clear && !r->from_initiator)
		learn_index(pinfo, sa, *clear);
	return r;
}

void resume_decrypt_export(packet_info *pinfo, const struct resume_message *r)
{
	struct export_keys *k;

	if (!r || (!r->proves && !r->child) || !export_keys_wanted())
		return;
	k = wmem_new0(pinfo->pool, struct export_keys);
	k->sa = r->proves ? r->sa : NULL;
	k->child = r->child;
	export_keys_offer(pinfo, k);
}

/* --- showing --- */

static void show_bind(packet_info *pinfo, proto_tree *tree, tvbuff_t *clear,
		      const struct ike_notify *n, const struct resume_message *r)
{
	proto_item *item;
	bool correct;

	if (!resume_bind_known(r->sa))
		return;
	correct = resume_bind_correct(r->sa, r->from_initiator, clear, n);
	item = generated(proto_tree_add_boolean(tree, hf_bind_correct, clear, (int)n->data,
						(int)n->data_length, correct));
	if (!correct)
		expert_add_info(pinfo, item, &ei_bind_wrong);
}

static void show_notifies(packet_info *pinfo, proto_tree *tree, tvbuff_t *clear,
			  const struct ike_message *m, const struct resume_message *r,
			  bool isakmp_did_it)
{
	struct ike_chain chain;
	struct index_body sa = ike_message_index(pinfo, m);

	ike_chain_read(clear, IKE_HEADER_SIZE, tvb_captured_length(clear), false,
		       ws_get_u8(clear, 16), &chain);
	for (unsigned i = 0; i < chain.n; i++) {
		struct ike_notify n;

		if (chain.at[i].type != IKE_PAYLOAD_NOTIFY)
			continue;
		if (!isakmp_did_it)
			ikesync_notify_show(pinfo, tree, clear, &chain.at[i], true, true, &sa);
		if (ike_notify_read(clear, &chain.at[i], &n) && n.type == IKE_NOTIFY_SYN_BIND)
			show_bind(pinfo, tree, clear, &n, r);
	}
}

/* isakmp shows it as any payload of a private number. */
static void show_syns(packet_info *pinfo, proto_tree *tree, tvbuff_t *clear, uint8_t syn_type)
{
	unsigned end = tvb_captured_length(clear);
	struct ike_chain chain;

	ike_chain_read(clear, IKE_HEADER_SIZE, end, false, ws_get_u8(clear, 16), &chain);
	for (unsigned i = 0; i < chain.n; i++) {
		if (chain.at[i].type != syn_type)
			continue;
		ikesync_syn_show(pinfo, tree, clear, end, &chain.at[i], 0);
		expert_add_info(pinfo, tree, &ei_syn_exchange);
	}
}

/* isakmp shows the payloads; our frame keeps its own columns. */
static void call_isakmp(packet_info *pinfo, proto_tree *tree, tvbuff_t *clear)
{
	bool writable = col_get_writable(pinfo->cinfo, -1);
	const char *proto = pinfo->current_proto;
	int depth = pinfo->dissection_depth;

	if (!isakmp_handle)
		return;
	col_set_writable(pinfo->cinfo, -1, FALSE);
	TRY
	{
		call_dissector_only(isakmp_handle, clear, pinfo, tree, NULL);
	}
	CATCH_NONFATAL_ERRORS
	{
		show_exception(clear, pinfo, tree, EXCEPT_CODE, GET_MESSAGE);
	}
	ENDTRY;
	/* isakmp counts depth up and never back (docs/upstream.md); an exception leaves its name. */
	pinfo->current_proto = proto;
	pinfo->dissection_depth = depth;
	col_set_writable(pinfo->cinfo, -1, writable);
}

static void show_failure(packet_info *pinfo, proto_item *item, const struct resume_message *r)
{
	const char *from = r->from_initiator ? "the client" : "the gateway";
	const char *more = r->dropped ? MORE_DROPPED : "";

	if (r->verdict == SK_BAD_SHAPE && !r->diagnosis) {
		expert_add_info(pinfo, item, &ei_padding);
	} else if (r->diagnosis) {
		expert_add_info_format(pinfo, item, &ei_icv,
				       "does not open with the draft's keys, but does with those "
				       "of another derivation: %s (wire profile 9.1 to 9.3)",
				       r->diagnosis);
	} else if (r->found == RESUME_UNTRIED) {
		expert_add_info_format(
		    pinfo, item, &ei_untried,
		    "nothing more was tried: no secret known for this index has opened any "
		    "of " G_STRINGIFY(
			SESSION_FAILURES) " messages of this SA before (wire profile 9.1)%s",
		    more);
	} else if (r->found == RESUME_NOT_ALL) {
		expert_add_info_format(pinfo, item, &ei_untried,
				       "the ICV does not verify with the first of the secrets "
				       "known for this index, and nothing more was tried: this "
				       "file has cost enough tries (wire profile 9.1)%s",
				       more);
	} else if (r->diagnosed) {
		expert_add_info_format(pinfo, item, &ei_icv,
				       "the ICV does not verify, nor with any of the likely wrong "
				       "derivations: the message was altered, or %s has another "
				       "SK_d or derives otherwise (unknown g^ir) "
				       "(wire profile 9.1)%s",
				       from, more);
	} else {
		expert_add_info(pinfo, item, &ei_icv);
	}
}

void resume_decrypt_show(packet_info *pinfo, proto_tree *tree, const struct ike_message *m,
			 const struct resume_message *r, uint8_t syn_type, bool isakmp_did_it)
{
	bool opened = r->verdict == SK_OPENED;
	struct octets inner = { NULL, 0 };
	proto_item *item;
	proto_tree *sub;
	tvbuff_t *clear;

	item = generated(proto_tree_add_boolean(tree, hf_decrypted, m->tvb, 0, 0, opened));
	sub = proto_item_add_subtree(item, ett_decrypted);
	generated(proto_tree_add_boolean(sub, hf_sender, m->tvb, 0, 0, r->from_initiator));
	generated(proto_tree_add_uint(sub, hf_source, m->tvb, 0, 0, r->secret->source));
	if (r->secret->frame)
		generated(
		    proto_tree_add_uint(sub, hf_source_frame, m->tvb, 0, 0, r->secret->frame));
	generated(proto_tree_add_string(sub, hf_suite, m->tvb, 0, 0,
					resume_suite_text(pinfo->pool, &r->secret->suite)));
	if (!opened) {
		show_failure(pinfo, item, r);
		return;
	}
	if (r->fragment)
		generated(proto_tree_add_boolean(sub, hf_fragment, m->tvb, 0, 0, r->set != NULL));
	clear = clear_message(pinfo, m, r, NULL);
	if (!clear)
		return;
	if (!isakmp_did_it) {
		add_new_data_source(pinfo, clear, "IKE message of a resumed SA, decrypted");
		call_isakmp(pinfo, sub, clear);
	}
	inner.n = tvb_captured_length(clear) - IKE_HEADER_SIZE;
	if (inner.n)
		inner.p = tvb_get_ptr(clear, IKE_HEADER_SIZE, (int)inner.n);
	if (!payload_chain_sound(inner, ws_get_u8(clear, 16)))
		expert_add_info(pinfo, item, &ei_inner);
	show_notifies(pinfo, sub, clear, m, r, isakmp_did_it);
	if (!isakmp_did_it)
		show_syns(pinfo, sub, clear, syn_type);
}

static hf_register_info fields[] = {
	{ &hf_decrypted,
	  { "Verified with keys derived from the old SA", "ikesync.decrypted", FT_BOOLEAN,
	    BASE_NONE, NULL, 0x0,
	    "SKEYSEED = prf(SK_d, Ni | Nr), prf+(SKEYSEED, Ni | Nr | SPIi | SPIr) (wire profile "
	    "9.1, 9.2)",
	    HFILL } },
	{ &hf_sender,
	  { "Sender", "ikesync.decrypted.sender", FT_BOOLEAN, BASE_NONE, TFS(&sender_names), 0x0,
	    NULL, HFILL } },
	{ &hf_source,
	  { "Old SK_d from", "ikesync.decrypted.source", FT_UINT8, BASE_DEC,
	    VALS(resume_source_names), 0x0, NULL, HFILL } },
	{ &hf_source_frame,
	  { "Old SK_d in", "ikesync.decrypted.source_frame", FT_FRAMENUM, BASE_NONE,
	    FRAMENUM_TYPE(FT_FRAMENUM_NONE), 0x0, NULL, HFILL } },
	{ &hf_suite,
	  { "Algorithms", "ikesync.decrypted.suite", FT_STRING, BASE_NONE, NULL, 0x0,
	    "Those of the old SA", HFILL } },
	{ &hf_fragment,
	  { "Fragment completes its message", "ikesync.decrypted.complete", FT_BOOLEAN, BASE_NONE,
	    NULL, 0x0, "RFC 7383", HFILL } },
	{ &hf_bind_correct,
	  { "BIND", "ikesync.bind.correct", FT_BOOLEAN, BASE_NONE, TFS(&bind_names), 0x0,
	    "prf(SK_pi or SK_pr, \"ikesync bind\" | request | response) (wire profile 12.3)",
	    HFILL } },
};

static ei_register_info experts[] = {
	{ &ei_icv,
	  { "ikesync.decrypted.icv", PI_SECURITY, PI_ERROR,
	    "the ICV does not verify with keys derived from the old SA (wire profile 9.1, 9.2)",
	    EXPFILL } },
	{ &ei_untried,
	  { "ikesync.decrypted.untried", PI_SECURITY, PI_WARN,
	    "not all secrets known for this index were tried (wire profile 9.1)", EXPFILL } },
	{ &ei_padding,
	  { "ikesync.decrypted.padding", PI_MALFORMED, PI_ERROR,
	    "lengths or padding of the Encrypted payload cannot be (RFC 7296 section 3.14)",
	    EXPFILL } },
	{ &ei_inner,
	  { "ikesync.decrypted.inner", PI_MALFORMED, PI_ERROR,
	    "what was encrypted is no chain of payloads (RFC 7296 section 3.2)", EXPFILL } },
	{ &ei_bind_wrong,
	  { "ikesync.bind.wrong", PI_SECURITY, PI_ERROR,
	    "IKESYNC_BIND does not fit the IKE_SA_INIT messages of this capture: one of them was "
	    "altered, or the key is another (wire profile 12.3)",
	    EXPFILL } },
};

void resume_decrypt_register(int proto)
{
	static int *subtrees[] = { &ett_decrypted };
	expert_module_t *expert;

	proto_register_field_array(proto, fields, array_length(fields));
	proto_register_subtree_array(subtrees, array_length(subtrees));
	expert = expert_register_protocol(proto);
	expert_register_field_array(expert, experts, array_length(experts));
	resume_session_register();
	resume_fragments_register();
}

void resume_decrypt_handoff(void)
{
	isakmp_handle = find_dissector("isakmp");
}
