/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From results.json to a run that can be reported again. */
#include "report/results_read.h"

#include <jansson.h>
#include <string.h>

#include "catalogue/catalogue.h"
#include "reader/story.h"
#include "report/limits.h"
#include "report/report_json.h"
#include "run/traces.h"
#include "run/verdict.h"
#include "wire/hex.h"

struct results {
	struct run *run;
	struct probe probe;
	struct target target;
	struct story story;    /* that a capture was judged; empty */
	GStringChunk *strings; /* all text that the run borrows */
	GPtrArray *cases;      /* struct probe_case * */
	GPtrArray *waivers;    /* struct waiver * */
};

/* Where reading is, and what was wrong first. */
struct place {
	struct results *r;
	char where[64];
	GError *error;
};

G_GNUC_PRINTF(3, 4)
static void wrong(struct place *at, const char *key, const char *format, ...)
{
	va_list args;
	char *what;

	if (at->error)
		return;
	va_start(args, format);
	what = g_strdup_vprintf(format, args);
	va_end(args);
	at->error = g_error_new(G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s%s%s: %s", at->where,
				*at->where ? "." : "", key, what);
	g_free(what);
}

/* Interned for the run; NULL where it is null. */
static const char *text_or_null(struct place *at, const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	if (!v || json_is_null(v))
		return NULL;
	if (!json_is_string(v)) {
		wrong(at, key, "must be a string or null");
		return NULL;
	}
	return g_string_chunk_insert(at->r->strings, json_string_value(v));
}

static const char *text(struct place *at, const json_t *o, const char *key)
{
	const char *s = text_or_null(at, o, key);

	if (!s)
		wrong(at, key, "must be a string");
	return s ? s : "";
}

static uint64_t number(struct place *at, const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_integer(v) || json_integer_value(v) < 0) {
		wrong(at, key, "must be a whole number that is not negative");
		return 0;
	}
	return (uint64_t)json_integer_value(v);
}

static bool flag(struct place *at, const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_boolean(v))
		wrong(at, key, "must be true or false");
	return json_is_true(v);
}

static const json_t *array(struct place *at, const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	if (json_is_array(v))
		return v;
	wrong(at, key, "must be an array");
	return NULL;
}

/* The index of a word that `name` gives for one of 0..n-1. */
static unsigned word(struct place *at, const json_t *o, const char *key, unsigned n,
		     const char *(*name)(unsigned))
{
	const char *s = text(at, o, key);

	for (unsigned i = 0; i < n; i++)
		if (strcmp(name(i), s) == 0)
			return i;
	wrong(at, key, "\"%s\" is none of its words", s);
	return 0;
}

static const char *verdict_word(unsigned v)
{
	return verdict_name((enum verdict)v);
}

static const char *level_word(unsigned v)
{
	return level_name((enum level)v);
}

static const char *provenance_word(unsigned v)
{
	return provenance_name((enum provenance)v);
}

static const char *profile_word(unsigned v)
{
	return target_profile_name((enum target_profile)v);
}

static const char *kind_word(unsigned v)
{
	return step_kind_name((enum step_kind)v);
}

/* The strings of an array in one, with `between`. */
static const char *joined(struct place *at, const json_t *o, const char *key, const char *between)
{
	const json_t *all = array(at, o, key), *v;
	GString *s = g_string_new(NULL);
	const char *out;
	size_t i;

	json_array_foreach(all, i, v)
	{
		if (!json_is_string(v))
			wrong(at, key, "must be an array of strings");
		else
			g_string_append_printf(s, "%s%s", s->len ? between : "",
					       json_string_value(v));
	}
	out = s->len ? g_string_chunk_insert(at->r->strings, s->str) : NULL;
	g_string_free(s, TRUE);
	return out;
}

static GBytes *octets(struct place *at, const json_t *o, const char *key)
{
	const char *hex = text(at, o, key);
	const size_t n = strlen(hex);
	uint8_t *out = g_malloc(n / 2 + 1);
	size_t used = 0;

	if (n && hex_read(span_of(hex, n), out, n / 2 + 1, &used) != ERR_OK)
		wrong(at, key, "must be pairs of hexadecimal digits");
	return g_bytes_new_take(out, used);
}

static struct endpoint endpoint(struct place *at, const json_t *o, const char *key)
{
	const char *s = text(at, o, key);
	struct endpoint e = { 0 };

	/* of a connection that never came about */
	if (strcmp(s, "none:0") == 0)
		return e;
	if (endpoint_from_text(s, 0, &e) != ERR_OK)
		wrong(at, key, "\"%s\" is no ADDRESS:PORT", s);
	return e;
}

static void read_step(struct place *at, struct evidence *e, const json_t *o)
{
	struct evidence_step *s = g_new0(struct evidence_step, 1);

	s->kind = (enum step_kind)word(at, o, "kind", STEP_INCONCLUSIVE + 1, kind_word);
	s->at_ms = number(at, o, "at_ms");
	s->text = g_strdup(text(at, o, "text"));
	if (s->kind == STEP_CHECK) {
		s->ok = flag(at, o, "ok");
		s->late = json_is_true(json_object_get(o, "cut_short"));
		s->expected = g_strdup(text(at, o, "expected"));
		s->observed = g_strdup(text(at, o, "observed"));
		s->provenance = (enum provenance)word(at, o, "provenance", PROVENANCE_RULE + 1,
						      provenance_word);
		s->source = text(at, o, "source");
		if (strcmp(s->source, e->c->source) == 0)
			s->source = NULL;
		s->clause = text_or_null(at, o, "clause");
	}
	g_ptr_array_add(e->steps, s);
}

static void read_message(struct place *at, struct evidence *e, const json_t *o)
{
	struct logged_message *m = g_new0(struct logged_message, 1);

	m->at_ms = number(at, o, "at_ms");
	m->sent = flag(at, o, "sent");
	m->stub = strcmp(text(at, o, "protocol"), "stub") == 0;
	m->local = endpoint(at, o, "local");
	m->remote = endpoint(at, o, "remote");
	m->length = (size_t)number(at, o, "length");
	m->octets = octets(at, o, "hex");
	if (json_object_get(o, "inner")) {
		m->inner = octets(at, o, "inner");
		m->inner_first = (uint8_t)number(at, o, "inner_first");
	}
	g_ptr_array_add(e->messages.all, m);
}

static void read_attachment(struct place *at, struct evidence *e, const json_t *o)
{
	struct evidence_attachment *a = g_new0(struct evidence_attachment, 1);

	a->name = g_strdup(text(at, o, "name"));
	a->octets = octets(at, o, "hex");
	g_ptr_array_add(e->attachments, a);
}

static void read_each(struct place *at, struct evidence *e, const json_t *o, const char *key,
		      void (*each)(struct place *at, struct evidence *e, const json_t *o))
{
	const json_t *all = array(at, o, key), *v;
	size_t i;

	json_array_foreach(all, i, v)
	{
		if (at->error)
			return;
		if (json_is_object(v))
			each(at, e, v);
		else
			wrong(at, key, "must hold objects");
	}
}

static struct evidence *read_evidence(struct place *at, const struct probe_case *c, const json_t *o)
{
	struct evidence *e = evidence_new(c, NULL);
	const json_t *diagnoses = array(at, o, "diagnosis"), *v;
	size_t i;

	read_each(at, e, o, "steps", read_step);
	read_each(at, e, o, "octets", read_attachment);
	/* a probe before 0.2 wrote no messages */
	if (json_object_get(o, "messages")) {
		read_each(at, e, o, "messages", read_message);
		e->messages.left_out = (unsigned)number(at, o, "messages_left_out");
	}
	json_array_foreach(diagnoses, i, v) if (json_is_string(v))
	    g_ptr_array_add(e->diagnoses, g_strdup(json_string_value(v)));
	return e;
}

static void read_capture(struct place *at, struct capture_result *c, const json_t *o)
{
	if (!json_is_object(o))
		return;
	c->file = g_strdup(text_or_null(at, o, "file"));
	c->how = g_strdup(text(at, o, "how"));
	c->tls_keys = g_strdup(text_or_null(at, o, "tls_keys"));
	c->ikev2_folder = g_strdup(text_or_null(at, o, "ikev2_keys_folder"));
	c->tshark = g_strdup(text_or_null(at, o, "tshark"));
	c->tshark_anywhere = g_strdup(c->tshark);
}

static const struct probe_case *read_case(struct place *at, const json_t *o)
{
	const char *id = text(at, o, "id");
	const struct probe_case *known = catalogue_find(id);
	struct probe_case *c;

	/* the two rounds of a sanity case are one case */
	for (unsigned i = 0; i < at->r->cases->len; i++) {
		c = g_ptr_array_index(at->r->cases, i);
		if (strcmp(c->id, id) == 0)
			return c;
	}
	c = g_new0(struct probe_case, 1);
	g_ptr_array_add(at->r->cases, c);
	c->id = id;
	c->requires = known ? known->requires : 0;
	if (!g_ascii_isupper(c->id[0]) || !g_ascii_isdigit(c->id[1]))
		wrong(at, "id", "\"%s\" is no ID of a case", c->id);
	c->title = text(at, o, "title");
	c->level = (enum level)word(at, o, "level", LEVEL_INFO + 1, level_word);
	c->provenance =
	    (enum provenance)word(at, o, "provenance", PROVENANCE_RULE + 1, provenance_word);
	c->source = text(at, o, "source");
	c->required = text(at, o, "required");
	c->causes = joined(at, o, "causes", "\n");
	c->clauses = joined(at, o, "clauses", " ");
	c->needs = joined(at, o, "needs", " ");
	return c;
}

static void read_waiver(struct place *at, struct result *r, const json_t *o)
{
	struct waiver *w;

	/* a probe before 0.2 wrote none */
	if (!o || json_is_null(o))
		return;
	w = g_new0(struct waiver, 1);
	g_ptr_array_add(at->r->waivers, w);
	w->cases = text(at, o, "cases");
	w->reason = text(at, o, "reason");
	w->until = text(at, o, "until");
	r->waiver = w;
}

static void read_result(struct place *at, const json_t *o)
{
	struct result *r = g_new0(struct result, 1);

	r->c = read_case(at, o);
	r->last = strcmp(text(at, o, "round"), "last") == 0;
	if (r->c->id[0] == 'P')
		at->r->probe.story = &at->r->story;
	r->label = g_strdup_printf("%s%s", r->c->id, r->last ? "-last" : "");
	r->verdict = (enum verdict)word(at, o, "verdict", VERDICT_UNSUPPORTED + 1, verdict_word);
	r->reason = g_strdup(text_or_null(at, o, "reason"));
	if (!r->reason && r->verdict != VERDICT_PASS && r->verdict != VERDICT_INFO)
		wrong(at, "reason", "must be there for what is no pass");
	r->rules_bind = flag(at, o, "rules_bind");
	r->duration_ms = number(at, o, "duration_ms");
	if (flag(at, o, "ran"))
		r->evidence = read_evidence(at, r->c, o);
	read_capture(at, &r->capture, json_object_get(o, "capture"));
	read_waiver(at, r, json_object_get(o, "waiver"));
	g_ptr_array_add(at->r->run->results, r);
}

static const struct result *by_label(const struct run *run, const char *label)
{
	for (unsigned i = 0; label && i < run->results->len; i++) {
		const struct result *r = g_ptr_array_index(run->results, i);

		if (strcmp(r->label, label) == 0)
			return r;
	}
	return NULL;
}

static void read_cases(struct place *at, const json_t *top)
{
	const json_t *all = array(at, top, "cases"), *v;
	size_t i;

	json_array_foreach(all, i, v)
	{
		if (at->error)
			return;
		g_snprintf(at->where, sizeof(at->where), "cases[%zu]", i);
		if (json_is_object(v))
			read_result(at, v);
		else
			wrong(at, "", "must be an object");
	}
	at->where[0] = '\0';
	json_array_foreach(all, i, v)
	{
		struct result *r;

		if (at->error || i >= at->r->run->results->len)
			return;
		r = g_ptr_array_index(at->r->run->results, i);
		r->see = by_label(at->r->run, text_or_null(at, v, "see"));
	}
}

static void read_endpoint(struct place *at, const json_t *o, const char *key, bool *given,
			  struct endpoint *e)
{
	*given = json_object_get(o, key) != NULL;
	if (*given)
		*e = endpoint(at, o, key);
}

static void read_target(struct place *at, const json_t *top)
{
	const json_t *o = json_object_get(top, "target");
	struct target *t = &at->r->target;
	struct probe *p = &at->r->probe;

	if (!json_is_object(o)) {
		wrong(at, "target", "must be an object");
		return;
	}
	g_snprintf(at->where, sizeof(at->where), "target");
	t->path = text(at, o, "file");
	t->name = text(at, o, "name");
	t->profile =
	    (enum target_profile)word(at, o, "profile", TARGET_PROFILE_DRAFT + 1, profile_word);
	t->syn_payload_type = (uint8_t)number(at, o, "syn_payload_type");
	p->gateway_announced = flag(at, o, "gateway_announced_profile_1");
	p->bank_announced = flag(at, o, "bank_agreed_to_alpn");
	p->syn_unknown = flag(at, o, "gateway_knows_no_syn");
	read_endpoint(at, o, "gateway", &t->gateway.given, &t->gateway.ike);
	read_endpoint(at, o, "old_gateway", &t->old_gateway.given, &t->old_gateway.ike);
	read_endpoint(at, o, "bank", &t->bank.given, &t->bank.address);
	at->where[0] = '\0';
}

static void read_death(struct place *at, const json_t *top)
{
	const char *in = text_or_null(at, top, "died_in");
	struct run *run = at->r->run;

	for (unsigned i = 0; in && i < run->results->len; i++) {
		struct result *r = g_ptr_array_index(run->results, i);

		if (strcmp(r->label, in) != 0)
			continue;
		r->death.text = g_strdup(text(at, top, "death"));
		run->died_in = r;
	}
}

static void read_limits(struct place *at, const json_t *top)
{
	const json_t *all = array(at, top, "limits_met"), *o, *label;
	size_t i, k;

	json_array_foreach(all, i, o)
	{
		const unsigned bit = limits_bit(text(at, o, "limit"));

		json_array_foreach(json_object_get(o, "cases"), k, label)
		{
			for (unsigned n = 0; n < at->r->run->results->len; n++) {
				struct result *r = g_ptr_array_index(at->r->run->results, n);

				if (r->evidence &&
				    g_strcmp0(json_string_value(label), r->label) == 0)
					r->evidence->limits |= bit;
			}
		}
	}
}

/* "0123456789abcdef@192.0.2.1" */
static bool read_index(const char *s, struct index *out)
{
	const char *end = strchr(s, '@');
	char *after;

	out->spi = g_ascii_strtoull(s, &after, 16);
	return end && after == end && address_from_text(end + 1, &out->address) == ERR_OK;
}

static void read_left(struct place *at, const json_t *top)
{
	const json_t *all = json_object_get(top, "left_behind"), *o;
	size_t i;

	if (!all || json_is_null(all))
		return;
	at->r->run->left_behind = g_array_new(FALSE, FALSE, sizeof(struct trace));
	json_array_foreach(all, i, o)
	{
		struct trace t = { 0 };

		g_strlcpy(t.case_id, text(at, o, "case"), sizeof(t.case_id));
		if (read_index(text(at, o, "index"), &t.index))
			g_array_append_val(at->r->run->left_behind, t);
		else
			wrong(at, "left_behind", "holds what is no index");
	}
}

static void read_top(struct place *at, const json_t *top)
{
	struct run *run = at->r->run;
	const char *format = text(at, top, "format"), *folder, *began;
	GTimeZone *utc = g_time_zone_new_utc();

	if (strcmp(format, REPORT_JSON_FORMAT) != 0)
		wrong(at, "format", "\"%s\" is not \"%s\"", format, REPORT_JSON_FORMAT);
	began = text(at, top, "began");
	run->began = g_date_time_new_from_iso8601(began, utc);
	g_time_zone_unref(utc);
	if (!run->began) {
		wrong(at, "began", "\"%s\" is no time", began);
		run->began = g_date_time_new_from_unix_utc(0);
	}
	run->duration_ms = number(at, top, "duration_ms");
	run->capture_method = g_strdup(text(at, top, "capture"));
	run->sanity_failure = g_strdup(text_or_null(at, top, "sanity_failure"));
	run->interrupted = flag(at, top, "interrupted");
	at->r->probe.options.strict = flag(at, top, "strict");
	folder = text_or_null(at, top, "folder");
	at->r->probe.folder = g_strdup(folder);
	read_target(at, top);
	read_cases(at, top);
	read_death(at, top);
	/* a probe before 0.2 wrote neither */
	if (json_object_get(top, "limits_met"))
		read_limits(at, top);
	read_left(at, top);
	/* counts are counted again; the conclusion is the run's own */
	run_conclude(run);
	g_free(run->conclusion);
	run->conclusion = g_strdup(text(at, top, "conclusion"));
	run->exit = (enum run_exit)number(at, top, "exit");
}

static json_t *load(const char *path, GError **error)
{
	char *file = g_file_test(path, G_FILE_TEST_IS_DIR)
			 ? g_build_filename(path, "results.json", NULL)
			 : g_strdup(path);
	json_error_t e;
	json_t *top;

	if (strcmp(path, "-") == 0)
		top = json_loadf(stdin, JSON_REJECT_DUPLICATES, &e);
	else
		top = json_load_file(file, JSON_REJECT_DUPLICATES, &e);
	if (!top)
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s:%d: %s", file, e.line,
			    e.text);
	else if (!json_is_object(top)) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
			    "%s: must be an object, as results.json is", file);
		g_clear_pointer(&top, json_decref);
	}
	g_free(file);
	return top;
}

struct results *results_read(const char *path, GError **error)
{
	json_t *top = load(path, error);
	struct place at = { .where = "" };

	if (!top)
		return NULL;
	at.r = g_new0(struct results, 1);
	at.r->strings = g_string_chunk_new(4096);
	at.r->cases = g_ptr_array_new_with_free_func(g_free);
	at.r->waivers = g_ptr_array_new_with_free_func(g_free);
	at.r->probe.target = &at.r->target;
	at.r->run = g_new0(struct run, 1);
	at.r->run->probe = &at.r->probe;
	at.r->run->results = g_ptr_array_new_with_free_func(run_result_free);
	read_top(&at, top);
	json_decref(top);
	if (!at.error)
		return at.r;
	g_propagate_prefixed_error(error, at.error, "%s: ", path);
	results_free(at.r);
	return NULL;
}

void results_free(struct results *r)
{
	if (!r)
		return;
	run_free(r->run);
	g_ptr_array_unref(r->cases);
	g_ptr_array_unref(r->waivers);
	g_string_chunk_free(r->strings);
	g_free(r->probe.folder);
	g_free(r);
}

const struct run *results_run(const struct results *r)
{
	return r->run;
}
