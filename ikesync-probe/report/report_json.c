/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The format is described in docs/probe-results.md; docs/probe-results.jq is the same for a test.
 */
#include "report/report_json.h"

#include <jansson.h>

#include "capture/bytes.h"
#include "catalogue/catalogue.h"
#include "report/hint.h"
#include "report/json_text.h"
#include "report/limits.h"
#include "report/mend.h"
#include "run/traces.h"
#include "run/waived.h"
#include "run/verdict.h"
#include "target/requirement.h"
#include "wire/hex.h"

static void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

static void set_endpoint(json_t *object, const char *key, bool given, const struct endpoint *e)
{
	char out[ENDPOINT_TEXT_MAX];

	if (given)
		set(object, key, json_text(endpoint_text(e, out)));
}

static json_t *lines(const char *s)
{
	json_t *array = json_array();
	char **all = g_strsplit(s ? s : "", "\n", -1);

	for (char **l = all; *l; l++)
		if (**l)
			json_array_append_new(array, json_text(*l));
	g_strfreev(all);
	return array;
}

static json_t *words(const char *s)
{
	json_t *array = json_array();
	char **all = g_strsplit(s ? s : "", " ", -1);

	for (char **w = all; *w; w++)
		if (**w)
			json_array_append_new(array, json_text(*w));
	g_strfreev(all);
	return array;
}

static json_t *case_json(const struct probe_case *c)
{
	json_t *o = json_object();
	char *requires = requirement_text(c->requires);

	set(o, "id", json_text(c->id));
	set(o, "title", json_text(c->title));
	set(o, "level", json_text(level_name(c->level)));
	set(o, "provenance", json_text(provenance_name(c->provenance)));
	set(o, "source", json_text(c->source));
	set(o, "required", json_text(c->required));
	set(o, "causes", lines(c->causes));
	set(o, "requires", json_text(requires));
	set(o, "clauses", words(c->clauses));
	set(o, "needs", words(c->needs));
	set(o, "defect", json_null()); /* promised: no field goes away */
	g_free(requires);
	return o;
}

static json_t *step_json(const struct probe_case *c, const struct evidence_step *s)
{
	json_t *o = json_object();

	set(o, "kind", json_text(step_kind_name(s->kind)));
	set(o, "at_ms", json_integer((json_int_t)s->at_ms));
	set(o, "text", json_text(s->text));
	if (s->kind == STEP_CHECK) {
		set(o, "ok", json_boolean(s->ok));
		if (s->late)
			set(o, "cut_short", json_true());
		set(o, "expected", json_text(s->expected));
		set(o, "observed", json_text(s->observed));
		set(o, "provenance", json_text(provenance_name(s->provenance)));
		set(o, "source", json_text(s->source ? s->source : c->source));
		set(o, "clause", json_text(s->clause));
	}
	return o;
}

static json_t *hex_of(GBytes *octets)
{
	const struct span s = bytes_span(octets);
	g_autofree char *hex = g_malloc(2 * s.n + 1);

	return json_text(hex_write(s, hex));
}

static json_t *octets_json(const struct evidence *e)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < e->attachments->len; i++) {
		const struct evidence_attachment *a = g_ptr_array_index(e->attachments, i);
		json_t *o = json_object();

		set(o, "name", json_text(a->name));
		set(o, "hex", hex_of(a->octets));
		json_array_append_new(array, o);
	}
	return array;
}

static json_t *messages_json(const struct message_log *log)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < log->all->len; i++) {
		const struct logged_message *m = g_ptr_array_index(log->all, i);
		json_t *o = json_object();

		set(o, "at_ms", json_integer((json_int_t)m->at_ms));
		set(o, "sent", json_boolean(m->sent));
		set(o, "protocol", json_text(m->stub ? "stub" : "IKE"));
		set_endpoint(o, "local", true, &m->local);
		set_endpoint(o, "remote", true, &m->remote);
		set(o, "length", json_integer((json_int_t)m->length));
		set(o, "hex", hex_of(m->octets));
		if (m->inner) {
			set(o, "inner_first", json_integer(m->inner_first));
			set(o, "inner", hex_of(m->inner));
		}
		json_array_append_new(array, o);
	}
	return array;
}

static json_t *capture_json(const struct capture_result *c)
{
	json_t *o;

	if (!c->how)
		return json_null();
	o = json_object();
	set(o, "file", json_text(c->file));
	set(o, "how", json_text(c->how));
	set(o, "tls_keys", json_text(c->tls_keys));
	set(o, "ikev2_keys_folder", json_text(c->ikev2_folder));
	set(o, "tshark", json_text(c->tshark));
	return o;
}

static json_t *waiver_json(const struct result *r)
{
	json_t *o;

	if (!r->waiver)
		return json_null();
	o = json_object();
	set(o, "cases", json_text(r->waiver->cases));
	set(o, "reason", json_text(r->waiver->reason));
	set(o, "until", json_text(r->waiver->until));
	set(o, "state", json_text(r->waived == WAIVED_NOT ? NULL : waived_name(r->waived)));
	return o;
}

static json_t *result_json(const struct result *r)
{
	json_t *o = case_json(r->c), *steps = json_array(), *diagnoses = json_array();

	set(o, "round", json_text(r->c->id[0] != 'S' ? "once" : r->last ? "last" : "first"));
	set(o, "verdict", json_text(verdict_name(r->verdict)));
	set(o, "reason", json_text(r->reason));
	set(o, "see", json_text(r->see ? r->see->label : NULL));
	set(o, "hint",
	    json_text(r->verdict == VERDICT_PASS ? NULL : hint_for(r->reason, r->c->id)));
	set(o, "ran", json_boolean(r->evidence != NULL));
	set(o, "rules_bind", json_boolean(r->rules_bind));
	set(o, "duration_ms", json_integer((json_int_t)r->duration_ms));
	/* possible causes belong to what went wrong, where it is not known better */
	if ((r->verdict != VERDICT_FAIL && r->verdict != VERDICT_WARN &&
	     r->verdict != VERDICT_INCONCLUSIVE) ||
	    (r->evidence && r->evidence->diagnosed))
		set(o, "causes", json_array());
	if (r->evidence) {
		set(o, "octets", octets_json(r->evidence));
		for (unsigned i = 0; i < r->evidence->steps->len; i++)
			json_array_append_new(
			    steps, step_json(r->c, g_ptr_array_index(r->evidence->steps, i)));
		for (unsigned i = 0; i < r->evidence->diagnoses->len; i++)
			json_array_append_new(
			    diagnoses, json_text(g_ptr_array_index(r->evidence->diagnoses, i)));
		set(o, "messages", messages_json(&r->evidence->messages));
		set(o, "messages_left_out",
		    json_integer((json_int_t)r->evidence->messages.left_out));
	} else {
		set(o, "octets", json_array());
		set(o, "messages", json_array());
		set(o, "messages_left_out", json_integer(0));
	}
	set(o, "waiver", waiver_json(r));
	set(o, "steps", steps);
	set(o, "diagnosis", diagnoses);
	set(o, "capture", capture_json(&r->capture));
	return o;
}

static json_t *mend_json(const struct run *run)
{
	GPtrArray *all = mend_of(run);
	json_t *array = json_array();

	for (unsigned i = 0; i < all->len; i++) {
		const struct mend *m = g_ptr_array_index(all, i);
		json_t *o = json_object(), *follow = json_array();

		set(o, "case", json_text(m->r ? m->r->c->id : NULL));
		set(o, "text", json_text(m->text));
		set(o, "todo", json_text(m->todo));
		for (unsigned k = 0; k < m->follow->len; k++)
			json_array_append_new(follow, json_text(g_ptr_array_index(m->follow, k)));
		set(o, "not_asked", follow);
		json_array_append_new(array, o);
	}
	g_ptr_array_unref(all);
	return array;
}

static json_t *limits_json(const struct run *run)
{
	GPtrArray *all = limits_met(run);
	json_t *array = json_array();

	for (unsigned i = 0; i < all->len; i++) {
		const struct limit_met *m = g_ptr_array_index(all, i);
		json_t *o = json_object(), *cases = json_array();

		for (unsigned k = 0; k < m->cases->len; k++)
			json_array_append_new(cases, json_text(g_ptr_array_index(m->cases, k)));
		set(o, "limit", json_text(m->text));
		set(o, "cases", cases);
		json_array_append_new(array, o);
	}
	g_ptr_array_unref(all);
	return array;
}

static json_t *left_json(const struct run *run)
{
	json_t *array = run->left_behind ? json_array() : json_null();

	for (unsigned i = 0; run->left_behind && i < run->left_behind->len; i++) {
		const struct trace *t = &g_array_index(run->left_behind, struct trace, i);
		char index[INDEX_TEXT_MAX];
		json_t *o = json_object();

		set(o, "case", json_text(t->case_id));
		set(o, "index", json_text(index_text(&t->index, index)));
		json_array_append_new(array, o);
	}
	return array;
}

static json_t *target_json(const struct probe *p)
{
	const struct target *t = p->target;
	json_t *o = json_object();
	char *file = g_path_get_basename(t->path);

	/* names without folders: results are carried away */
	set(o, "file", json_text(file));
	g_free(file);
	set(o, "name", json_text(t->name));
	set(o, "profile", json_text(target_profile_name(t->profile)));
	set(o, "gateway_announced_profile_1", json_boolean(p->gateway_announced));
	set(o, "bank_agreed_to_alpn", json_boolean(p->bank_announced));
	set(o, "gateway_knows_no_syn", json_boolean(p->syn_unknown));
	set(o, "syn_payload_type", json_integer(t->syn_payload_type));
	set_endpoint(o, "gateway", t->gateway.given, &t->gateway.ike);
	set_endpoint(o, "old_gateway", t->old_gateway.given, &t->old_gateway.ike);
	set_endpoint(o, "bank", t->bank.given, &t->bank.address);
	return o;
}

char *report_json(const struct run *run)
{
	json_t *o = json_object(), *counts = json_object(), *cases = json_array();
	char *when = g_date_time_format(run->began, "%Y-%m-%dT%H:%M:%SZ");
	char *folder = run->probe->folder ? g_path_get_basename(run->probe->folder) : NULL;
	char *out;

	set(o, "format", json_text(REPORT_JSON_FORMAT));
	set(o, "version", json_text(IKESYNC_VERSION));
	set(o, "began", json_text(when));
	set(o, "duration_ms", json_integer((json_int_t)run->duration_ms));
	set(o, "target", target_json(run->probe));
	set(o, "strict", json_boolean(run->probe->options.strict));
	set(o, "capture", json_text(run->capture_method));
	set(o, "folder", json_text(folder));
	g_free(folder);
	set(o, "interrupted", json_boolean(run->interrupted));
	set(o, "sanity_failure", json_text(run->sanity_failure));
	set(o, "exit", json_integer(run->exit));
	set(o, "conclusion", json_text(run->conclusion));
	set(o, "mend_first", mend_json(run));
	set(o, "died_in", json_text(run->died_in ? run->died_in->label : NULL));
	set(o, "death", json_text(run->died_in ? run->died_in->death.text : NULL));
	set(o, "limits_met", limits_json(run));
	set(o, "left_behind", left_json(run));
	for (int v = 0; v < VERDICTS; v++)
		set(counts, verdict_name((enum verdict)v), json_integer(run->counts[v]));
	set(o, "counts", counts);
	for (unsigned i = 0; i < run->results->len; i++)
		json_array_append_new(cases, result_json(g_ptr_array_index(run->results, i)));
	set(o, "cases", cases);
	out = json_dumps(o, JSON_INDENT(2));
	json_decref(o);
	g_free(when);
	return out;
}

char *report_json_result(const struct result *r)
{
	json_t *o = result_json(r);
	char *out = json_dumps(o, JSON_COMPACT);

	json_decref(o);
	return out;
}

char *report_json_catalogue(const GPtrArray *cases)
{
	json_t *array = json_array();
	char *out;

	for (unsigned i = 0; i < cases->len; i++)
		json_array_append_new(array, case_json(g_ptr_array_index(cases, i)));
	out = json_dumps(array, JSON_INDENT(2));
	json_decref(array);
	return out;
}
