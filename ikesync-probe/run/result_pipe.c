/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Results as GVariants: both ends are the same program a moment apart. Texts of a peer may be no
 * UTF-8, so all text travels as octets.
 */
#include "run/result_pipe.h"

#include <errno.h>
#include <unistd.h>

#include "run/traces.h"

static GVariant *maybe(const char *s)
{
	return g_variant_new_maybe(G_VARIANT_TYPE_BYTESTRING,
				   s ? g_variant_new_bytestring(s) : NULL);
}

static char *text_of(GVariant *tuple, gsize i)
{
	g_autoptr(GVariant) m = g_variant_get_child_value(tuple, i);
	g_autoptr(GVariant) v = g_variant_get_maybe(m);

	return v ? g_strdup(g_variant_get_bytestring(v)) : NULL;
}

/* What outlives every result, as the pointers of a step must. */
static const char *constant_of(GVariant *tuple, gsize i)
{
	g_autofree char *s = text_of(tuple, i);

	return g_intern_string(s);
}

static guint64 number_of(GVariant *tuple, gsize i)
{
	g_autoptr(GVariant) v = g_variant_get_child_value(tuple, i);

	return g_variant_get_uint64(v);
}

static GVariant *step_variant(const struct evidence_step *s)
{
	GVariant *parts[] = { g_variant_new_uint64(s->kind),
			      maybe(s->text),
			      maybe(s->expected),
			      maybe(s->observed),
			      g_variant_new_uint64(s->ok),
			      g_variant_new_uint64(s->provenance),
			      maybe(s->source),
			      maybe(s->clause),
			      g_variant_new_uint64(s->at_ms),
			      g_variant_new_uint64(s->late),
			      g_variant_new_uint64(s->kept_ms) };

	return g_variant_new_variant(g_variant_new_tuple(parts, G_N_ELEMENTS(parts)));
}

static void step_read(struct evidence *e, GVariant *t)
{
	struct evidence_step *s = g_new0(struct evidence_step, 1);

	s->kind = (enum step_kind)number_of(t, 0);
	s->text = text_of(t, 1);
	s->expected = text_of(t, 2);
	s->observed = text_of(t, 3);
	s->ok = number_of(t, 4) != 0;
	s->provenance = (enum provenance)number_of(t, 5);
	s->source = constant_of(t, 6);
	s->clause = constant_of(t, 7);
	s->at_ms = number_of(t, 8);
	s->late = number_of(t, 9) != 0;
	s->kept_ms = number_of(t, 10);
	g_ptr_array_add(e->steps, s);
}

static GVariant *attachment_variant(const struct evidence_attachment *a)
{
	GVariant *parts[] = { maybe(a->name),
			      g_variant_new_from_bytes(G_VARIANT_TYPE("ay"), a->octets, TRUE) };

	return g_variant_new_variant(g_variant_new_tuple(parts, G_N_ELEMENTS(parts)));
}

static void attachment_read(struct evidence *e, GVariant *t)
{
	g_autoptr(GVariant) octets = g_variant_get_child_value(t, 1);
	struct evidence_attachment *a = g_new0(struct evidence_attachment, 1);

	a->name = text_of(t, 0);
	a->octets = g_variant_get_data_as_bytes(octets);
	g_ptr_array_add(e->attachments, a);
}

static GVariant *capture_variant(const struct capture_result *c)
{
	GVariant *parts[] = { maybe(c->file),
			      maybe(c->tls_keys),
			      maybe(c->ikev2_folder),
			      maybe(c->tshark),
			      maybe(c->tshark_anywhere),
			      maybe(c->how),
			      g_variant_new_uint64(c->packets) };

	return g_variant_new_tuple(parts, G_N_ELEMENTS(parts));
}

static void capture_read(struct capture_result *c, GVariant *t)
{
	c->file = text_of(t, 0);
	c->tls_keys = text_of(t, 1);
	c->ikev2_folder = text_of(t, 2);
	c->tshark = text_of(t, 3);
	c->tshark_anywhere = text_of(t, 4);
	c->how = text_of(t, 5);
	c->packets = (unsigned)number_of(t, 6);
}

static GVariant *diagnosis_variant(const char *text)
{
	GVariant *parts[] = { maybe(text) };

	return g_variant_new_variant(g_variant_new_tuple(parts, 1));
}

static GVariant *endpoint_variant(const struct endpoint *e)
{
	char text[ENDPOINT_TEXT_MAX];

	return g_variant_new_bytestring(endpoint_text(e, text));
}

static struct endpoint endpoint_of(GVariant *t, gsize i)
{
	g_autoptr(GVariant) v = g_variant_get_child_value(t, i);
	struct endpoint e = { 0 };

	/* written by endpoint_text() a moment ago */
	(void)!endpoint_from_text(g_variant_get_bytestring(v), 0, &e);
	return e;
}

static GVariant *octets_variant(GBytes *octets)
{
	return g_variant_new_maybe(
	    G_VARIANT_TYPE("ay"),
	    octets ? g_variant_new_from_bytes(G_VARIANT_TYPE("ay"), octets, TRUE) : NULL);
}

static GBytes *octets_of(GVariant *t, gsize i)
{
	g_autoptr(GVariant) m = g_variant_get_child_value(t, i);
	g_autoptr(GVariant) v = g_variant_get_maybe(m);

	return v ? g_variant_get_data_as_bytes(v) : NULL;
}

static GVariant *message_variant(const struct logged_message *m)
{
	GVariant *parts[] = { g_variant_new_uint64(m->at_ms),
			      g_variant_new_uint64(m->sent),
			      g_variant_new_uint64(m->stub),
			      g_variant_new_uint64(m->length),
			      g_variant_new_uint64(m->inner_first),
			      endpoint_variant(&m->local),
			      endpoint_variant(&m->remote),
			      octets_variant(m->octets),
			      octets_variant(m->inner) };

	return g_variant_new_variant(g_variant_new_tuple(parts, G_N_ELEMENTS(parts)));
}

static void message_read(struct evidence *e, GVariant *t)
{
	struct logged_message *m = g_new0(struct logged_message, 1);

	m->at_ms = number_of(t, 0);
	m->sent = number_of(t, 1) != 0;
	m->stub = number_of(t, 2) != 0;
	m->length = (size_t)number_of(t, 3);
	m->inner_first = (uint8_t)number_of(t, 4);
	m->local = endpoint_of(t, 5);
	m->remote = endpoint_of(t, 6);
	m->octets = octets_of(t, 7);
	m->inner = octets_of(t, 8);
	g_ptr_array_add(e->messages.all, m);
}

static GVariant *traces_variant(const struct probe *p)
{
	const GArray *t = traces_of(p);

	return g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, t ? t->data : NULL,
					 t ? t->len * sizeof(struct trace) : 0, 1);
}

static GVariant *whole(const struct probe *p, const struct result *r)
{
	GVariantBuilder steps, attachments, diagnoses, messages;

	g_variant_builder_init(&steps, G_VARIANT_TYPE("av"));
	g_variant_builder_init(&attachments, G_VARIANT_TYPE("av"));
	g_variant_builder_init(&diagnoses, G_VARIANT_TYPE("av"));
	g_variant_builder_init(&messages, G_VARIANT_TYPE("av"));
	for (unsigned i = 0; i < r->evidence->steps->len; i++)
		g_variant_builder_add_value(&steps,
					    step_variant(g_ptr_array_index(r->evidence->steps, i)));
	for (unsigned i = 0; i < r->evidence->attachments->len; i++)
		g_variant_builder_add_value(&attachments, attachment_variant(g_ptr_array_index(
							      r->evidence->attachments, i)));
	for (unsigned i = 0; i < r->evidence->diagnoses->len; i++)
		g_variant_builder_add_value(
		    &diagnoses, diagnosis_variant(g_ptr_array_index(r->evidence->diagnoses, i)));
	for (unsigned i = 0; i < r->evidence->messages.all->len; i++)
		g_variant_builder_add_value(
		    &messages, message_variant(g_ptr_array_index(r->evidence->messages.all, i)));

	GVariant *parts[] = { g_variant_new_uint64(r->verdict),
			      maybe(r->reason),
			      g_variant_new_uint64(r->rules_bind),
			      g_variant_new_uint64(r->duration_ms),
			      g_variant_builder_end(&steps),
			      g_variant_builder_end(&attachments),
			      g_variant_builder_end(&diagnoses),
			      capture_variant(&r->capture),
			      maybe(r->death.text),
			      g_variant_new_uint64(p->gateway_announced),
			      g_variant_new_uint64(p->bank_announced),
			      g_variant_new_uint64(r->death.bank),
			      g_variant_new_uint64(r->death.owed_ms),
			      g_variant_builder_end(&messages),
			      g_variant_new_uint64(r->evidence->messages.left_out),
			      traces_variant(p),
			      g_variant_new_uint64(r->evidence->limits),
			      g_variant_new_uint64(r->evidence->diagnosed) };

	return g_variant_ref_sink(g_variant_new_tuple(parts, G_N_ELEMENTS(parts)));
}

static bool write_all(int fd, const uint8_t *at, size_t n)
{
	while (n) {
		const ssize_t done = write(fd, at, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		at += done;
		n -= (size_t)done;
	}
	return true;
}

bool result_pipe_write(int fd, const struct probe *p, const struct result *r)
{
	g_autoptr(GVariant) all = whole(p, r);
	const uint64_t n = g_variant_get_size(all);

	return write_all(fd, (const uint8_t *)&n, sizeof(n)) &&
	       write_all(fd, g_variant_get_data(all), n);
}

#define TYPE                    \
	"(tmaytt"               \
	"avavav"                \
	"(maymaymaymaymaymayt)" \
	"maytttt"               \
	"avtaytt)"

static void read_list(struct evidence *e, GVariant *all, gsize at,
		      void (*each)(struct evidence *e, GVariant *t))
{
	g_autoptr(GVariant) list = g_variant_get_child_value(all, at);

	for (gsize i = 0; i < g_variant_n_children(list); i++) {
		g_autoptr(GVariant) boxed = g_variant_get_child_value(list, i);
		g_autoptr(GVariant) t = g_variant_get_variant(boxed);

		each(e, t);
	}
}

static void diagnosis_read(struct evidence *e, GVariant *t)
{
	g_ptr_array_add(e->diagnoses, text_of(t, 0));
}

bool result_pipe_read(const GByteArray *octets, struct probe *p, struct run *run, struct result *r)
{
	g_autoptr(GVariant) all = NULL, capture = NULL, traces = NULL;
	g_autoptr(GBytes) body = NULL;
	uint64_t n = 0;

	if (octets->len < sizeof(n))
		return false;
	memcpy(&n, octets->data, sizeof(n));
	if (octets->len - sizeof(n) != n)
		return false;
	/* a copy: GVariant wants it aligned */
	body = g_bytes_new(octets->data + sizeof(n), n);
	all = g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(TYPE), body, FALSE));
	r->evidence = evidence_new(r->c, NULL);
	r->verdict = (enum verdict)number_of(all, 0);
	r->reason = text_of(all, 1);
	r->rules_bind = number_of(all, 2) != 0;
	r->duration_ms = number_of(all, 3);
	read_list(r->evidence, all, 4, step_read);
	read_list(r->evidence, all, 5, attachment_read);
	read_list(r->evidence, all, 6, diagnosis_read);
	capture = g_variant_get_child_value(all, 7);
	capture_read(&r->capture, capture);
	r->death.text = text_of(all, 8);
	r->death.bank = number_of(all, 11) != 0;
	r->death.owed_ms = number_of(all, 12);
	if (r->death.text)
		run_died_in(run, r);
	r->evidence->limits = (unsigned)number_of(all, 16);
	r->evidence->diagnosed = number_of(all, 17) != 0;
	traces = g_variant_get_child_value(all, 15);
	traces_add(p, g_variant_get_data(traces), g_variant_get_size(traces));
	p->gateway_announced |= number_of(all, 9) != 0;
	p->bank_announced |= number_of(all, 10) != 0;
	read_list(r->evidence, all, 13, message_read);
	r->evidence->messages.left_out = (unsigned)number_of(all, 14);
	return true;
}
