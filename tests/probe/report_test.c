/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports of a run that was made by hand: counts, exit codes, and formats that foreign parsers
 * read. */
#include "cmocka_all.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/hint.h"
#include "report/limits.h"
#include "report/mend.h"
#include "report/report_text.h"
#include "report/report_json.h"
#include "report/report_junit.h"
#include "run/traces.h"
#include "run/verdict.h"
#include "target/requirement.h"

static const struct probe_case cases[] = {
	{ .id = "S01", .title = "sane", .source = "s", .required = "r", .causes = "c" },
	{ .id = "C01",
	  .title = "first <&> \"title\"",
	  .source = "s",
	  .required = "r",
	  .causes = "one\ntwo",
	  .requires = REQUIRES_GATEWAY },
	{ .id = "G01",
	  .title = "bank",
	  .source = "s",
	  .required = "r",
	  .causes = "c",
	  .requires = REQUIRES_BANK },
};

static struct target target;
static struct probe probe;

static struct result *add(struct run *run, const struct probe_case *c, enum verdict v, bool last)
{
	struct result *r = g_new0(struct result, 1);

	r->c = c;
	r->label = g_strdup_printf("%s%s", c->id, last ? "-last" : "");
	r->last = last;
	r->verdict = v;
	r->reason = v == VERDICT_PASS ? NULL : g_strdup("because\x01");
	r->duration_ms = 1500;
	if (v != VERDICT_SKIP && v != VERDICT_UNSUPPORTED) {
		r->evidence = evidence_new(c, NULL);
		evidence_note(r->evidence, "sent something");
		evidence_check(r->evidence, v == VERDICT_PASS, "the answer", "<this>",
			       "that\xff\x02 & more");
		evidence_octets(r->evidence, "message", span_text("abc"));
		evidence_diagnosis(r->evidence, "fits when nonces are swapped");
		r->capture.file = g_strdup("cases/C01.pcapng");
		r->capture.how = g_strdup("live on lo");
		r->capture.tshark = g_strdup("tshark -r cases/C01.pcapng");
		r->capture.tshark_anywhere = g_strdup("tshark -r '/runs/a b/C01.pcapng'");
	}
	g_ptr_array_add(run->results, r);
	return r;
}

static void free_result(void *data)
{
	struct result *r = data;

	g_free(r->label);
	g_free(r->reason);
	evidence_free(r->evidence);
	capture_result_clear(&r->capture);
	g_free(r);
}

static struct run *new_run(void)
{
	struct run *run = g_new0(struct run, 1);

	target = (struct target){ .path = "/home/me/t.ini",
				  .name = "lab & co",
				  .syn_payload_type = 200 };
	probe = (struct probe){ .target = &target, .folder = g_strdup("/runs/1") };
	run->probe = &probe;
	run->results = g_ptr_array_new_with_free_func(free_result);
	run->began = g_date_time_new_utc(2026, 1, 2, 3, 4, 5);
	run->capture_method = g_strdup("live on lo");
	return run;
}

static void drop(struct run *run)
{
	g_free(probe.folder);
	run_free(run);
}

static void conclude(enum verdict v, bool strict, int expected, const char *begins)
{
	struct run *run = new_run();

	probe.options.strict = strict;
	add(run, &cases[0], VERDICT_PASS, false);
	add(run, &cases[1], v, false);
	add(run, &cases[0], VERDICT_PASS, true);
	run_conclude(run);
	if ((int)run->exit != expected || !g_str_has_prefix(run->conclusion, begins))
		fail_msg("%s%s: exit %d, \"%s\"", verdict_name(v), strict ? " strict" : "",
			 run->exit, run->conclusion);
	drop(run);
}

static void exit_codes(void **state)
{
	struct run *run;

	(void)state;
	conclude(VERDICT_PASS, false, 0, "CONFORMS");
	conclude(VERDICT_FAIL, false, 1, "DOES NOT CONFORM: 1 of 2 cases failed: C01");
	conclude(VERDICT_WARN, false, 0, "CONFORMS");
	conclude(VERDICT_WARN, true, 1, "DOES NOT CONFORM (--strict)");
	conclude(VERDICT_INCONCLUSIVE, false, 1, "NOT SHOWN");
	/* sanity alone shows nothing of what was chosen */
	conclude(VERDICT_SKIP, true, 1, "NOTHING SHOWN");
	conclude(VERDICT_INFO, true, 0, "CONFORMS");
	run = new_run();
	add(run, &cases[1], VERDICT_FAIL, false);
	run->sanity_failure = g_strdup("S01 failed: silence");
	run_conclude(run);
	assert_int_equal(run->exit, 3);
	run->interrupted = true;
	run_conclude(run);
	assert_int_equal(run->exit, 130);
	drop(run);
	run = new_run();
	add(run, &cases[1], VERDICT_SKIP, false);
	run_conclude(run);
	/* nothing asked is nothing shown */
	assert_int_equal(run->exit, 1);
	drop(run);
}

static struct run *mixed(void)
{
	struct run *run = new_run();

	add(run, &cases[0], VERDICT_PASS, false);
	add(run, &cases[1], VERDICT_FAIL, false);
	add(run, &cases[2], VERDICT_SKIP, false);
	add(run, &cases[0], VERDICT_PASS, true);
	run_conclude(run);
	return run;
}

static void json_can_be_read_back(void **state)
{
	struct run *run = mixed();
	char *text = report_json(run);
	json_error_t error;
	json_t *o = json_loads(text, 0, &error), *one, *step;

	(void)state;
	if (!o)
		fail_msg("%s", error.text);
	assert_string_equal(json_string_value(json_object_get(o, "format")), REPORT_JSON_FORMAT);
	assert_int_equal(json_integer_value(json_object_get(o, "exit")), 1);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(o, "counts"), "pass")),
			 1);
	assert_int_equal(json_array_size(json_object_get(o, "cases")), 4);
	one = json_array_get(json_object_get(o, "cases"), 1);
	assert_string_equal(json_string_value(json_object_get(one, "id")), "C01");
	assert_string_equal(json_string_value(json_object_get(one, "verdict")), "fail");
	/* a diagnosis names the mistake: nothing else may be it */
	assert_int_equal(json_array_size(json_object_get(one, "causes")), 0);
	assert_int_equal(json_integer_value(json_object_get(one, "duration_ms")), 1500);
	step = json_array_get(json_object_get(one, "steps"), 1);
	assert_true(json_is_false(json_object_get(step, "ok")));
	assert_string_equal(json_string_value(json_object_get(step, "expected")), "<this>");
	assert_string_equal(json_string_value(json_object_get(
				json_array_get(json_object_get(one, "octets"), 0), "hex")),
			    "616263");
	assert_string_equal(
	    json_string_value(json_object_get(json_object_get(one, "capture"), "tshark")),
	    "tshark -r cases/C01.pcapng");
	/* carried away, a path says nothing but whose machine it was */
	assert_null(strstr(text, "/runs/"));
	assert_null(strstr(text, "/home/"));
	one = json_array_get(json_object_get(o, "cases"), 3);
	assert_string_equal(json_string_value(json_object_get(one, "round")), "last");
	json_decref(o);
	free(text);
	drop(run);
}

/* Limits and what is left behind, in both forms; a silence counts where its case did not pass. */
static void what_the_target_bears(void **state)
{
	const struct trace left = {
		.index = { 0x1234, { .family = 4, .octets = { 192, 0, 2, 1 } } }, .case_id = "C01"
	};
	struct run *run = new_run();
	GPtrArray *met;
	char *text;
	json_t *o;

	(void)state;
	add(run, &cases[0], VERDICT_PASS, false)->evidence->limits = LIMIT_SILENCE | LIMIT_COOKIE;
	add(run, &cases[1], VERDICT_FAIL, false)->evidence->limits = LIMIT_SILENCE;
	run->left_behind = g_array_new(FALSE, FALSE, sizeof(left));
	g_array_append_val(run->left_behind, left);
	met = limits_met(run);
	assert_int_equal(met->len, 2);
	g_ptr_array_unref(met);
	run_conclude(run);
	text = report_json(run);
	o = json_loads(text, 0, NULL);
	assert_non_null(o);
	free(text);
	text = json_dumps(json_object_get(o, "limits_met"), JSON_COMPACT);
	assert_string_equal(
	    text, "[{\"limit\":\"a cookie was asked for without a SYN\",\"cases\":[\"S01\"]},"
		  "{\"limit\":\"an address that had answered shortly before was silent\","
		  "\"cases\":[\"C01\"]}]");
	free(text);
	text = json_dumps(json_object_get(o, "left_behind"), JSON_COMPACT);
	assert_string_equal(text, "[{\"case\":\"C01\",\"index\":\"0000000000001234@192.0.2.1\"}]");
	free(text);
	json_decref(o);
	g_array_unref(run->left_behind);
	run->left_behind = NULL;
	drop(run);
}

/* One cause on top with what hangs on it, and the sentence about a gateway without SYN. */
static void what_to_mend_first(void **state)
{
	struct run *run = new_run();
	struct result *root;
	const struct mend *m;
	GPtrArray *all;

	(void)state;
	add(run, &cases[2], VERDICT_FAIL, false);
	root = add(run, &cases[1], VERDICT_FAIL, false);
	add(run, &cases[0], VERDICT_INCONCLUSIVE, false)->see = root;
	evidence_free(((struct result *)g_ptr_array_index(run->results, 2))->evidence);
	((struct result *)g_ptr_array_index(run->results, 2))->evidence = NULL;
	all = mend_of(run);
	assert_int_equal(all->len, 2);
	m = g_ptr_array_index(all, 0);
	assert_ptr_equal(m->r, root);
	assert_int_equal(m->follow->len, 1);
	assert_string_equal(g_ptr_array_index(m->follow, 0), "S01");
	assert_non_null(strstr(m->text, "Diagnosis: fits when nonces are swapped"));
	m = g_ptr_array_index(all, 1);
	assert_string_equal(m->r->label, "G01");
	assert_int_equal(m->follow->len, 0);
	g_ptr_array_unref(all);
	probe.syn_unknown = true;
	all = mend_of(run);
	m = g_ptr_array_index(all, 0);
	assert_null(m->r);
	assert_string_equal(m->text, PROBE_SYN_UNKNOWN);
	g_ptr_array_unref(all);
	run_conclude(run);
	assert_int_equal(run->exit, 1);
	assert_true(g_str_has_prefix(run->conclusion, "NO SYN, AND DOES NOT CONFORM"));
	drop(run);
}

static unsigned elements, failures, skips;

static void on_element(GMarkupParseContext *c, const char *name, const char **names,
		       const char **values, gpointer user, GError **error)
{
	(void)c;
	(void)names;
	(void)values;
	(void)user;
	(void)error;
	elements += strcmp(name, "testcase") == 0;
	failures += strcmp(name, "failure") == 0;
	skips += strcmp(name, "skipped") == 0;
}

static void junit_is_well_formed(void **state)
{
	static const GMarkupParser parser = { .start_element = on_element };
	GMarkupParseContext *context = g_markup_parse_context_new(&parser, 0, NULL, NULL);
	struct run *run = mixed();
	GError *error = NULL;
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	assert_true(report_junit(run, f));
	fclose(f);
	if (!g_markup_parse_context_parse(context, text, (gssize)n, &error) ||
	    !g_markup_parse_context_end_parse(context, &error))
		fail_msg("%s", error->message);
	assert_int_equal(elements, 4);
	assert_int_equal(failures, 1);
	assert_int_equal(skips, 1);
	assert_non_null(strstr(text, "tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"1\""));
	/* XML 1.0 has no place for these */
	for (size_t i = 0; i < n; i++)
		assert_true((unsigned char)text[i] >= 0x20 || text[i] == '\n' || text[i] == '\t');
	g_markup_parse_context_free(context);
	free(text);
	drop(run);
}

static void text_names_all_that_a_decision_needs(void **state)
{
	static const char *const words[] = { "fail",
					     "C01",
					     "required",
					     "expected",
					     "<this>",
					     "observed",
					     "nonces are swapped",
					     "tshark -r '/runs/a b/C01.pcapng'",
					     "DOES NOT CONFORM",
					     "lab & co",
					     "live on lo" };
	const struct report_text_style style = { .list = true };
	struct run *run = mixed();
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	report_text(run, &style, f);
	fclose(f);
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (!strstr(text, words[i]))
			fail_msg("the report has no \"%s\":\n%s", words[i], text);
	/* no colour unless asked for, and no guess beside what is known */
	assert_null(strchr(text, '\033'));
	assert_null(strstr(text, "may be"));
	free(text);
	/* where nothing is named, what it may be */
	for (unsigned i = 0; i < run->results->len; i++) {
		struct result *r = g_ptr_array_index(run->results, i);

		if (r->evidence)
			r->evidence->diagnosed = false;
	}
	f = open_memstream(&text, &n);
	report_text(run, &style, f);
	fclose(f);
	assert_non_null(strstr(text, "may be       - one"));
	assert_non_null(strstr(text, "- two"));
	free(text);
	drop(run);
}

/* The same report for its folder: no path of the machine it was made on. */
static void text_for_the_folder_is_relative(void **state)
{
	const struct report_text_style style = { .list = true, .steps = true, .in_folder = true };
	struct run *run = mixed();
	char *text = NULL, *line;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	report_text(run, &style, f);
	fclose(f);
	assert_null(strstr(text, "/runs/"));
	assert_non_null(strstr(text, "tshark -r cases/C01.pcapng\n"));
	/* the reason of what was not asked, once, and its cases */
	assert_non_null(strstr(text, "not asked\n    skip          G01\n"));
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (g_utf8_strlen(line, -1) > 80)
			fail_msg("more than 80 columns: %s", line);
	free(text);
	drop(run);
}

static bool hints_at(const char *reason, const char *id, const char *word)
{
	const char *hint = hint_for(reason, id);

	return hint && strstr(hint, word);
}

static void hints_are_found(void **state)
{
	static const char refused[] = "IKE_AUTH: refused with N(AUTHENTICATION_FAILED) (24)",
			  child[] = "the client logs in but gets no child SA: the gateway accepts "
				    "none of [client] esp (N(NO_PROPOSAL_CHOSEN))",
			  init[] = "IKE_SA_INIT is answered: expected an ordinary response, "
				   "observed error NO_PROPOSAL_CHOSEN (14)";

	(void)state;
	assert_true(hints_at("no connection to the bank 127.0.0.1:1 with [bank] certificate: "
			     "Connection refused",
			     "S02", "[bank] address"));
	/* keys that verify were no matter of the client's password */
	assert_true(hints_at("message ID 1: expected it is accepted, observed verified answer: "
			     "N(AUTHENTICATION_FAILED)",
			     "C03", "BIND"));
	/* nor is BIND one of a login */
	assert_false(hints_at("the right IKE_AUTH after it: expected both sides authenticate, "
			      "observed verified answer: N(AUTHENTICATION_FAILED)",
			      "N17", "BIND"));
	/* nobody says what was wrong: each thing that it may be is named */
	assert_true(hints_at(refused, "S01", "psk"));
	assert_true(hints_at(refused, "S01", "type"));
	assert_true(hints_at(refused, "S01", "EAP"));
	/* where the client has logged in, the key is right */
	assert_true(hints_at(refused, "C12", "SYN and cookie"));
	assert_true(hints_at("no IKE SA to resume: IKE_AUTH: refused with "
			     "N(AUTHENTICATION_FAILED) (24)",
			     "C01", "[old-gateway]"));
	assert_true(hints_at("the gateway's AUTH does not verify", "S01", "psk is not"));
	assert_true(hints_at("the gateway's AUTH does not verify", "C12", "SYN and cookie"));
	assert_true(hints_at("the gateway authenticates by digital signature, not by shared key",
			     "S01", "shared keys alone"));
	assert_true(hints_at("the client cannot log in: the gateway wants EAP of this client",
			     "S01", "shared keys alone"));
	assert_true(hints_at(child, "S01", "[client] esp"));
	assert_false(hints_at(child, "S01", "[client] ike"));
	assert_true(hints_at(init, "S01", "[client] ike"));
	assert_false(hints_at(init, "S01", "esp"));
	/* what was expected did not happen */
	assert_true(hints_at("message ID 1 with a wrong BIND: expected N(AUTHENTICATION_FAILED), "
			     "protected, observed no answer: the network says port unreachable "
			     "(ICMP), though it answered before: did it die?",
			     "C34", "crash"));
	assert_null(hint_for("Connection refused", "S02"));
	assert_null(hint_for(NULL, "C01"));
}

static void counts(void **state)
{
	struct run *run = mixed();
	char *text = report_text_counts(run);

	(void)state;
	assert_string_equal(text, "1 passed, 1 failed, 1 skipped");
	g_free(text);
	drop(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_codes),
		cmocka_unit_test(json_can_be_read_back),
		cmocka_unit_test(what_to_mend_first),
		cmocka_unit_test(what_the_target_bears),
		cmocka_unit_test(junit_is_well_formed),
		cmocka_unit_test(text_names_all_that_a_decision_needs),
		cmocka_unit_test(text_for_the_folder_is_relative),
		cmocka_unit_test(hints_are_found),
		cmocka_unit_test(counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
