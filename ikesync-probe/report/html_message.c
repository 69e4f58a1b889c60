/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of a report's page. */
#include "report/html_message.h"

#include "capture/bytes.h"
#include "report/decode.h"
#include "report/decode_stub.h"
#include "report/html.h"
#include "wire/stub_message.h"

#define ROW 16

/* Is octet `at` in a line that says what is broken? */
static bool is_broken(const GPtrArray *lines, size_t at)
{
	for (unsigned i = 0; i < lines->len; i++) {
		const struct decoded_line *l = g_ptr_array_index(lines, i);

		if (l->broken && at >= l->offset && at < l->offset + l->n)
			return true;
	}
	return false;
}

static void octets(FILE *out, struct span s, const GPtrArray *lines)
{
	bool marked = false;

	fputs("<pre class=\"hex\">", out);
	for (size_t i = 0; i < s.n; i++) {
		const bool broken = is_broken(lines, i);

		if (marked && (!broken || i % ROW == 0))
			fputs("</mark>", out);
		if (i % ROW == 0) {
			fprintf(out, "%s%04zx ", i ? "\n" : "", i);
			marked = false;
		}
		fputc(' ', out);
		if (broken && !marked)
			fputs("<mark>", out);
		marked = broken;
		fprintf(out, "%02x", s.p[i]);
	}
	fputs(marked ? "</mark></pre>\n" : "</pre>\n", out);
}

static void decoded(FILE *out, const GPtrArray *lines)
{
	fputs("<ul class=\"lines\">\n", out);
	for (unsigned i = 0; i < lines->len; i++) {
		const struct decoded_line *l = g_ptr_array_index(lines, i);

		/* short tags: there are tens of thousands of them */
		if (l->depth)
			fprintf(out, "<li class=d%u><i>%zu</i>", MIN(l->depth, 3u), l->offset);
		else
			fprintf(out, "<li><i>%zu</i>", l->offset);
		if (l->broken)
			html_element(out, "mark", NULL, l->text);
		else
			html_text(out, l->text);
		fputc('\n', out);
	}
	fputs("</ul>\n", out);
}

/* What finds it in Wireshark. */
static char *display_filter(const struct logged_message *m, struct span s)
{
	struct stub_message stub;
	struct ike_header h = { 0 };
	struct fault f;

	if (m->stub) {
		const bool whole = stub_message_parse(s, &stub, &f) == ERR_OK;

		return whole || stub.has_transaction
			   ? g_strdup_printf("ikestub.transaction == 0x%08x", stub.transaction)
			   : g_strdup("ikestub");
	}
	if (s.n > IKE_NON_ESP_MARKER_SIZE && memcmp(s.p, "\0\0\0", IKE_NON_ESP_MARKER_SIZE) == 0)
		s = span_of(s.p + IKE_NON_ESP_MARKER_SIZE, s.n - IKE_NON_ESP_MARKER_SIZE);
	if (s.n < IKE_HEADER_SIZE)
		return g_strdup_printf("udp.length == %zu", m->length + 8);
	/* filled in also where the length is wrong */
	(void)!ike_header_parse(s, &h, &f);
	return g_strdup_printf("isakmp.ispi == %02x:%02x:%02x:%02x:%02x:%02x:%02x:%02x && "
			       "isakmp.messageid == 0x%08x",
			       s.p[0], s.p[1], s.p[2], s.p[3], s.p[4], s.p[5], s.p[6], s.p[7],
			       h.message_id);
}

static void head(FILE *out, const struct logged_message *m, const char *summary)
{
	char remote[ENDPOINT_TEXT_MAX];

	/* the arrow is for eyes, the words behind it for ears */
	fprintf(out, "<summary><span class=\"arrow\" aria-hidden=\"true\">%s</span> ",
		m->sent ? "&rarr;" : "&larr;");
	html_format(out, "span", NULL, "%s %s: ", m->sent ? "to" : "from",
		    endpoint_text(&m->remote, remote));
	html_element(out, "code", NULL, summary);
	html_format(out, "span", "at", " %zu octets", m->length);
	fputs("</summary>\n", out);
}

void html_message(FILE *out, const struct logged_message *m, unsigned syn_type, bool with_octets)
{
	const struct span s = bytes_span(m->octets),
			  inner = m->inner ? bytes_span(m->inner) : SPAN_NONE;
	GPtrArray *lines = m->stub ? decode_stub(s) : decode_ike(s, syn_type);
	char *summary = m->stub ? decode_summary_stub(s)
				: decode_summary_ike(s, syn_type, inner, m->inner_first);
	char *filter = display_filter(m, s);

	fputs("<details class=\"message\">", out);
	head(out, m, summary);
	decoded(out, lines);
	if (m->inner) {
		GPtrArray *inside = decode_payloads(inner, m->inner_first);

		html_element(out, "p", NULL, "Under the Encrypted payload:");
		decoded(out, inside);
		g_ptr_array_unref(inside);
	}
	if (with_octets)
		octets(out, s, lines);
	if (with_octets && m->length > s.n)
		html_format(out, "p", NULL, "The first %zu of %zu octets.", s.n, m->length);
	fputs("<p>In Wireshark: ", out);
	html_element(out, "code", NULL, filter);
	fputs("</p></details>\n", out);
	g_ptr_array_unref(lines);
	g_free(summary);
	g_free(filter);
}
