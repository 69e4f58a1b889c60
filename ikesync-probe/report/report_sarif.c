/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes SARIF: a rule for each case, a result for each that did not pass. */
#include "report/report_sarif.h"

#include <stdlib.h>

#include "report/json_text.h"
#include "run/verdict.h"

static json_t *message(const char *s)
{
	json_t *o = json_object();

	json_object_set_new(o, "text", json_text(s));
	return o;
}

/* SARIF's words; NULL: nothing to tell. */
static const char *level_of(enum verdict v)
{
	switch (v) {
	case VERDICT_FAIL:
		return "error";
	case VERDICT_WARN:
		return "warning";
	case VERDICT_INCONCLUSIVE:
		return "note";
	default:
		return NULL;
	}
}

static json_t *rule(const struct probe_case *c)
{
	json_t *o = json_object();

	json_object_set_new(o, "id", json_text(c->id));
	json_object_set_new(o, "shortDescription", message(c->title));
	json_object_set_new(o, "fullDescription", message(c->required));
	json_object_set_new(o, "help", message(c->source));
	return o;
}

/* What was tested stands where other tools name a file: a target has no line. */
static json_t *location(const struct run *run)
{
	json_t *o = json_object(), *logical = json_array(), *one = json_object();

	json_object_set_new(one, "fullyQualifiedName", json_text(run->probe->target->name));
	json_object_set_new(one, "kind", json_text("resource"));
	json_array_append_new(logical, one);
	json_object_set_new(o, "logicalLocations", logical);
	return o;
}

static json_t *suppressions(const struct waiver *w)
{
	json_t *all = json_array(), *one = json_object();

	json_object_set_new(one, "kind", json_text("external"));
	json_object_set_new(one, "status", json_text("accepted"));
	json_object_set_new(one, "justification", json_text(w->reason));
	json_array_append_new(all, one);
	return all;
}

static json_t *finding(const struct run *run, const struct result *r)
{
	json_t *o = json_object(), *locations = json_array();

	json_object_set_new(o, "ruleId", json_text(r->c->id));
	json_object_set_new(o, "level", json_text(level_of(r->verdict)));
	json_object_set_new(o, "message", message(r->reason));
	json_array_append_new(locations, location(run));
	json_object_set_new(o, "locations", locations);
	if (r->waived == WAIVED)
		json_object_set_new(o, "suppressions", suppressions(r->waiver));
	return o;
}

bool report_sarif(const struct run *run, FILE *out)
{
	json_t *top = json_object(), *runs = json_array(), *one = json_object(),
	       *tool = json_object(), *driver = json_object(), *rules = json_array(),
	       *results = json_array();
	char *all;
	bool ok;

	for (unsigned i = 0; i < run->results->len; i++) {
		const struct result *r = g_ptr_array_index(run->results, i);

		if (!r->last)
			json_array_append_new(rules, rule(r->c));
		if (level_of(r->verdict))
			json_array_append_new(results, finding(run, r));
	}
	json_object_set_new(driver, "name", json_text("ikesync-probe"));
	json_object_set_new(driver, "version", json_text(IKESYNC_VERSION));
	json_object_set_new(driver, "rules", rules);
	json_object_set_new(tool, "driver", driver);
	json_object_set_new(one, "tool", tool);
	json_object_set_new(one, "results", results);
	json_array_append_new(runs, one);
	json_object_set_new(top, "version", json_text("2.1.0"));
	json_object_set_new(top, "$schema",
			    json_text("https://json.schemastore.org/sarif-2.1.0.json"));
	json_object_set_new(top, "runs", runs);
	all = json_dumps(top, JSON_INDENT(2));
	ok = all && fputs(all, out) >= 0 && fputc('\n', out) != EOF;
	free(all);
	json_decref(top);
	return ok;
}
