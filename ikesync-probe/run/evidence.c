/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps what a case states, in order, and hands its octets on to the capture. */
#include "run/evidence.h"

#include "capture/capture.h"
#include "run/clause.h"
#include "run/probe.h"

static void step_free(void *data)
{
	struct evidence_step *s = data;

	g_free(s->text);
	g_free(s->expected);
	g_free(s->observed);
	g_free(s);
}

static void attachment_free(void *data)
{
	struct evidence_attachment *a = data;

	g_free(a->name);
	g_bytes_unref(a->octets);
	g_free(a);
}

struct evidence *evidence_new(const struct probe_case *c, struct capture *capture)
{
	struct evidence *e = g_new0(struct evidence, 1);

	e->c = c;
	e->steps = g_ptr_array_new_with_free_func(step_free);
	e->attachments = g_ptr_array_new_with_free_func(attachment_free);
	e->diagnoses = g_ptr_array_new_with_free_func(g_free);
	message_log_init(&e->messages);
	e->capture = capture;
	e->started_ms = probe_now();
	e->checked = lateness_now();
	e->checked_ms = e->started_ms;
	return e;
}

void evidence_free(struct evidence *e)
{
	if (!e)
		return;
	g_ptr_array_unref(e->steps);
	g_ptr_array_unref(e->attachments);
	g_ptr_array_unref(e->diagnoses);
	message_log_clear(&e->messages);
	g_free(e);
}

/* Who was so late himself may not say that another was: answers come after they were waited for, and timers of the
 * target run out that should not. */
#define KEPT_MAX_MS 150
/* ... and so much of the time in which something was to come. */
#define KEPT_PART 8

static uint64_t kept_too_long(const struct evidence *e)
{
	const uint64_t kept = lateness_since(&e->checked), all = probe_now() - e->checked_ms;

	return kept >= KEPT_MAX_MS && kept * KEPT_PART >= all ? kept : 0;
}

static struct evidence_step *step_add(struct evidence *e, enum step_kind kind, char *text)
{
	struct evidence_step *s = g_new0(struct evidence_step, 1);

	s->kind = kind;
	s->text = text;
	s->at_ms = probe_now() - e->started_ms;
	s->late = probe_interrupted();
	s->kept_ms = kept_too_long(e);
	if (kind == STEP_CHECK) {
		e->checked = lateness_now();
		e->checked_ms = probe_now();
	}
	g_ptr_array_add(e->steps, s);
	return s;
}

void evidence_note(struct evidence *e, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	step_add(e, STEP_NOTE, g_strdup_vprintf(format, args));
	va_end(args);
}

void evidence_info(struct evidence *e, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	step_add(e, STEP_INFO, g_strdup_vprintf(format, args));
	va_end(args);
}

void evidence_inconclusive(struct evidence *e, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	step_add(e, STEP_INCONCLUSIVE, g_strdup_vprintf(format, args));
	va_end(args);
}

static bool check(struct evidence *e, enum provenance p, const char *source, bool ok,
		  const char *what, const char *expected, char *observed)
{
	struct evidence_step *s = step_add(e, STEP_CHECK, g_strdup(what));

	s->ok = ok;
	s->expected = g_strdup(expected);
	s->observed = observed;
	s->provenance = p;
	s->source = source;
	return ok;
}

bool evidence_check(struct evidence *e, bool ok, const char *what, const char *expected,
		    const char *observed_format, ...)
{
	va_list args;
	char *observed;

	va_start(args, observed_format);
	observed = g_strdup_vprintf(observed_format, args);
	va_end(args);
	return check(e, e->c->provenance, NULL, ok, what, expected, observed);
}

bool evidence_clause(struct evidence *e, const char *clause, bool ok, const char *what,
		     const char *expected, const char *observed_format, ...)
{
	const struct clause *c = clause_find(clause);
	struct evidence_step *s;
	va_list args;
	char *observed;

	va_start(args, observed_format);
	observed = g_strdup_vprintf(observed_format, args);
	va_end(args);
	check(e, c ? clause_provenance(c) : e->c->provenance, NULL, ok, what, expected, observed);
	s = g_ptr_array_index(e->steps, e->steps->len - 1);
	/* a clause that the document does not have is a fault of the case, and tests look for it */
	s->clause = clause;
	return ok;
}

bool evidence_check_as(struct evidence *e, enum provenance p, const char *source, bool ok,
		       const char *what, const char *expected, const char *observed_format, ...)
{
	va_list args;
	char *observed;

	va_start(args, observed_format);
	observed = g_strdup_vprintf(observed_format, args);
	va_end(args);
	return check(e, p, source, ok, what, expected, observed);
}

void evidence_octets(struct evidence *e, const char *name, struct span octets)
{
	struct evidence_attachment *a = g_new0(struct evidence_attachment, 1);

	a->name = g_strdup(name);
	a->octets = g_bytes_new(octets.p, octets.n);
	g_ptr_array_add(e->attachments, a);
}

/* A case that fails twice for one reason says it once. */
static void add_diagnosis(struct evidence *e, char *text)
{
	if (g_ptr_array_find_with_equal_func(e->diagnoses, text, g_str_equal, NULL))
		g_free(text);
	else
		g_ptr_array_add(e->diagnoses, text);
}

void evidence_diagnosis(struct evidence *e, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_diagnosis(e, g_strdup_vprintf(format, args));
	va_end(args);
	e->diagnosed = true;
}

void evidence_undiagnosed(struct evidence *e, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_diagnosis(e, g_strdup_vprintf(format, args));
	va_end(args);
}

bool evidence_failed(const struct evidence *e)
{
	for (unsigned i = 0; i < e->steps->len; i++) {
		const struct evidence_step *s = g_ptr_array_index(e->steps, i);

		if (s->kind == STEP_CHECK && !s->ok)
			return true;
	}
	return false;
}

void evidence_udp(struct evidence *e, bool sent, const struct endpoint *local,
		  const struct endpoint *remote, struct span datagram)
{
	message_log_add(&e->messages, probe_now() - e->started_ms, sent, false, local, remote,
			datagram);
	if (e->capture)
		capture_udp(e->capture, sent, local, remote, datagram);
}

void evidence_stub(struct evidence *e, bool sent, const struct endpoint *local,
		   const struct endpoint *remote, struct span message)
{
	message_log_add(&e->messages, probe_now() - e->started_ms, sent, true, local, remote,
			message);
}

void evidence_sealed(struct evidence *e, struct span chain, uint8_t first)
{
	message_log_sealed(&e->messages, chain, first);
}

void evidence_opened(struct evidence *e, struct span chain, uint8_t first)
{
	message_log_opened(&e->messages, chain, first);
}

void evidence_ikev2_keys(struct evidence *e, const char *line)
{
	if (e->capture)
		capture_ikev2_keys(e->capture, line);
}

void evidence_sa_keys(struct evidence *e, const char *line)
{
	if (e->capture)
		capture_sa_keys(e->capture, line);
}

void evidence_tcp(struct evidence *e, uint64_t id, bool sent, const struct endpoint *local,
		  const struct endpoint *remote, struct span octets)
{
	if (e->capture)
		capture_tcp(e->capture, id, sent, local, remote, octets);
}

const char *evidence_tls_key_log(struct evidence *e)
{
	return e->capture ? capture_tls_key_log(e->capture) : NULL;
}
