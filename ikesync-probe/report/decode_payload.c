/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The content of IKE payloads as lines for people. */
#include "report/decode_payload.h"

#include "report/decode_line.h"
#include "wire/ike_payloads.h"

char *decode_payload_name(const struct chain_payload *p, unsigned syn_type)
{
	struct ike_notify n;
	struct fault f;

	if (syn_type && p->type == syn_type)
		return g_strdup("IKE_SA_SYN");
	if (p->type == PAYLOAD_NOTIFY && ike_notify_parse(p, &n, &f) == ERR_OK)
		return g_strdup_printf("N(%s)", iana_notify_name(n.type));
	return g_strdup(iana_payload_name(p->type));
}

static size_t body_at(const struct chain_payload *p, size_t shift)
{
	return p->offset + shift + CHAIN_PAYLOAD_HEADER_SIZE;
}

static enum err sa_lines(GPtrArray *out, const struct chain_payload *p, size_t at, unsigned depth,
			 struct fault *f)
{
	struct ike_sa *sa = g_new0(struct ike_sa, 1);
	const enum err err = ike_sa_parse(p, sa, f);

	for (unsigned i = 0; err == ERR_OK && i < sa->n_proposals; i++) {
		const struct ike_proposal *o = &sa->proposals[i];
		GString *s = g_string_new(NULL);

		for (unsigned k = o->first; k < o->first + o->count; k++) {
			const struct ike_transform *t = &sa->transforms[k];

			g_string_append_printf(s, "%s%s", k > o->first ? ", " : "",
					       iana_transform_name(t->type, t->id));
			if (t->key_bits)
				g_string_append_printf(s, "-%u", t->key_bits);
		}
		decode_line(out, at, p->body.n, depth, "proposal %u, %s: %s", o->number,
			    iana_protocol_name(o->protocol), s->str);
		g_string_free(s, TRUE);
	}
	g_free(sa);
	return err;
}

static enum err notify_lines(GPtrArray *out, const struct chain_payload *p, size_t at,
			     unsigned depth, struct fault *f)
{
	struct ike_notify n;
	const enum err err = ike_notify_parse(p, &n, f);
	struct index ix;
	struct fault ignored;
	char *hex, text[INDEX_TEXT_MAX];

	if (err != ERR_OK)
		return err;
	decode_line(out, at + 2, 2, depth, "type %u (%s)", n.type, iana_notify_name(n.type));
	if (!n.data.n)
		return err;
	hex = decode_hex(n.data);
	if (n.type == NOTIFY_IKESYNC_INDEX &&
	    index_parse(n.data, false, 0, &ix, &ignored) == ERR_OK)
		decode_line(out, at + 4 + n.spi.n, n.data.n, depth, "index %s",
			    index_text(&ix, text));
	else
		decode_line(out, at + 4 + n.spi.n, n.data.n, depth, "%zu octets of data: %s",
			    n.data.n, hex);
	g_free(hex);
	return err;
}

static enum err id_lines(GPtrArray *out, const struct chain_payload *p, size_t at, unsigned depth,
			 struct fault *f)
{
	struct ike_id id;
	const enum err err = ike_id_parse(p, &id, f);
	char text[200];

	if (err == ERR_OK)
		decode_line(out, at, p->body.n, depth, "%s %s", iana_id_type_name(id.type),
			    ike_id_text(&id, text, sizeof(text)));
	return err;
}

static enum err ke_lines(GPtrArray *out, const struct chain_payload *p, size_t at, unsigned depth,
			 struct fault *f)
{
	struct ike_ke ke;
	const enum err err = ike_ke_parse(p, &ke, f);

	if (err == ERR_OK) {
		decode_line(out, at, 2, depth, "group %u (%s)", ke.group,
			    iana_transform_name(TRANSFORM_DH, ke.group));
		decode_line(out, at + 4, ke.data.n, depth, "public value, %zu octets", ke.data.n);
	}
	return err;
}

static enum err nonce_lines(GPtrArray *out, const struct chain_payload *p, size_t at,
			    unsigned depth, struct fault *f)
{
	struct span nonce;
	const enum err err = ike_nonce_parse(p, &nonce, f);
	char *hex = decode_hex(nonce);

	if (err == ERR_OK)
		decode_line(out, at, nonce.n, depth, "%zu octets: %s", nonce.n, hex);
	g_free(hex);
	return err;
}

static enum err delete_lines(GPtrArray *out, const struct chain_payload *p, size_t at,
			     unsigned depth, struct fault *f)
{
	struct ike_delete d;
	const enum err err = ike_delete_parse(p, &d, f);

	if (err == ERR_OK)
		decode_line(out, at, p->body.n, depth, "%s, %u SPIs",
			    iana_protocol_name(d.protocol), d.n);
	return err;
}

void decode_payload_body(GPtrArray *out, const struct chain_payload *p, size_t shift,
			 unsigned depth)
{
	const size_t at = body_at(p, shift);
	struct fault f = { .err = ERR_OK };
	enum err err = ERR_OK;

	switch (p->type) {
	case PAYLOAD_SA:
		err = sa_lines(out, p, at, depth, &f);
		break;
	case PAYLOAD_KE:
		err = ke_lines(out, p, at, depth, &f);
		break;
	case PAYLOAD_NONCE:
		err = nonce_lines(out, p, at, depth, &f);
		break;
	case PAYLOAD_NOTIFY:
		err = notify_lines(out, p, at, depth, &f);
		break;
	case PAYLOAD_IDI:
	case PAYLOAD_IDR:
		err = id_lines(out, p, at, depth, &f);
		break;
	case PAYLOAD_DELETE:
		err = delete_lines(out, p, at, depth, &f);
		break;
	default: {
		char *hex = decode_hex(p->body);

		if (p->body.n)
			decode_line(out, at, p->body.n, depth, "%zu octets: %s", p->body.n, hex);
		g_free(hex);
	}
	}
	if (err != ERR_OK)
		decode_broken(out, at, p->body.n, depth, "%s: %s", f.field, err_text(f.err));
}

static void syn_lines(GPtrArray *out, const struct chain_payload *p, size_t at)
{
	char text[INDEX_TEXT_MAX];
	struct index ix;
	struct fault f = { .err = ERR_OK };

	if (index_parse(p->body, false, at, &ix, &f) == ERR_OK)
		decode_line(out, at, p->body.n, 1, "index %s", index_text(&ix, text));
	else
		decode_broken(out, at, p->body.n, 1, "%s: %s", f.field, err_text(f.err));
}

void decode_payload(GPtrArray *out, const struct chain_payload *p, size_t shift, unsigned syn_type)
{
	char *name = decode_payload_name(p, syn_type);

	decode_line(out, p->offset + shift, CHAIN_PAYLOAD_HEADER_SIZE + p->body.n, 0,
		    "payload %u, %s, %zu octets%s", p->type, name,
		    CHAIN_PAYLOAD_HEADER_SIZE + p->body.n,
		    p->flags & CHAIN_CRITICAL ? ", critical" : "");
	if (syn_type && p->type == syn_type)
		syn_lines(out, p, body_at(p, shift));
	else
		decode_payload_body(out, p, shift, 1);
	g_free(name);
}
