/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the file of known failures. */
#include "target/waiver.h"

#include <string.h>

#include "target/case_pattern.h"
#include "tool/config.h"

struct waivers {
	struct config *config; /* owns the strings */
	GArray *all;           /* struct waiver */
};

/* YYYY-MM-DD and a day that exists. */
static bool is_day(const char *s)
{
	char *end;
	guint64 year, month, day;

	if (strlen(s) != 10 || s[4] != '-' || s[7] != '-' || strspn(s, "0123456789-") != 10)
		return false;
	year = g_ascii_strtoull(s, &end, 10);
	if (end != s + 4)
		return false;
	month = g_ascii_strtoull(s + 5, &end, 10);
	if (end != s + 7)
		return false;
	day = g_ascii_strtoull(s + 8, &end, 10);
	return end == s + 10 && g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year);
}

static void read_one(struct waivers *w, const char *group, bool (*names_case)(const char *pattern),
		     GError **error)
{
	const char *cases = group + strlen("waive ");
	struct waiver one = { .cases = cases,
			      .reason = config_string(w->config, group, "reason", NULL, error),
			      .until = config_string(w->config, group, "until", NULL, error) };

	if (!names_case(cases))
		config_complain(w->config, group, "reason", error,
				"\"%s\" matches no case; see ikesync-probe list", cases);
	else if (case_pattern_matches(cases, "S01") || case_pattern_matches(cases, "S02"))
		config_complain(w->config, group, "reason", error,
				"sanity cannot be waived: without it no verdict proves anything");
	else if (!one.reason || !*one.reason)
		config_complain(w->config, group, "reason", error,
				"is missing: say why this failure is borne");
	else if (!one.until)
		config_complain(w->config, group, "until", error,
				"is missing: the last day, as 2027-03-31; a waiver without an end "
				"is forgotten");
	else if (!is_day(one.until))
		config_complain(w->config, group, "until", error,
				"\"%s\" is no day; write it as 2027-03-31", one.until);
	else
		g_array_append_val(w->all, one);
}

struct waivers *waivers_load(const char *path, bool (*names_case)(const char *pattern),
			     GError **error)
{
	struct waivers *w = g_new0(struct waivers, 1);
	GError *wrong = NULL;

	w->all = g_array_new(FALSE, FALSE, sizeof(struct waiver));
	w->config = config_load(path, &wrong);
	if (w->config) {
		char **groups = config_groups(w->config, "waive");

		for (char **g = groups; *g && !wrong; g++)
			read_one(w, *g, names_case, &wrong);
		if (!wrong)
			(void)config_check_unknown(w->config, &wrong);
	}
	if (!wrong)
		return w;
	g_propagate_error(error, wrong);
	waivers_free(w);
	return NULL;
}

void waivers_free(struct waivers *w)
{
	if (!w)
		return;
	config_free(w->config);
	g_array_unref(w->all);
	g_free(w);
}

const struct waiver *waivers_for(const struct waivers *w, const char *id)
{
	for (guint i = 0; w && i < w->all->len; i++) {
		const struct waiver *one = &g_array_index(w->all, struct waiver, i);

		if (case_pattern_matches(one->cases, id))
			return one;
	}
	return NULL;
}

bool waiver_is_over(const struct waiver *waiver, GDateTime *when)
{
	char *day = g_date_time_format(when, "%Y-%m-%d");
	/* both are YYYY-MM-DD: the order of the text is that of time */
	const bool over = strcmp(day, waiver->until) > 0;

	g_free(day);
	return over;
}
