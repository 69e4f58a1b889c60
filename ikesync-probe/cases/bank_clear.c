/* SPDX-License-Identifier: GPL-2.0-or-later */
/* G45: stubs in clear, at a bank whose operator wants them. */
#include <glib/gstdio.h>
#include <string.h>

#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "gateway/bank_request.h"

/* So much of a file is looked at, and so many of a folder: a bank for tests has no more. */
#define FILE_MAX (64 << 20)
#define FILES_MAX 1000
#define CONTAINER_MAX 4096

/* The stub of `m` as it is, and not sealed. */
static GBytes *in_clear(const struct made_stub *m)
{
	uint8_t buf[CONTAINER_MAX];
	struct wcursor c = wcursor_init(buf, sizeof(buf));

	stub_write_container(&c, &m->index, m->lifetime, &m->stub);
	return g_bytes_new(buf, c.err == ERR_OK ? wcursor_size(&c) : 0);
}

static void expect_clear(struct desk *d, struct bank_connection *b, const struct made_stub *m,
			 GBytes *container, const char *what)
{
	struct bank_answer *a = bank_answer_to_get(b, &m->index);
	const struct bank_item *it = bank_answer_item(a, 0);
	char *why = NULL;
	bool same = false;

	if (desk_expect(d, "30.1", a, 0, STUB_OK, what) && it && it->stub)
		same = made_stub_same(container, it->stub, &why);
	evidence_clause(d->e, "29.5", same, what, "every octet as it was given", "%s",
			why    ? why
			: same ? "so it is"
			       : "no stub");
	g_free(why);
	bank_answer_free(a);
}

struct search {
	struct span wanted;
	unsigned files, found;
};

static void search_file(struct search *s, const char *path)
{
	GStatBuf st;
	char *octets;
	size_t n;

	if (g_stat(path, &st) != 0 || st.st_size > FILE_MAX ||
	    !g_file_get_contents(path, &octets, &n, NULL))
		return;
	s->files++;
	s->found += memmem(octets, n, s->wanted.p, s->wanted.n) != NULL;
	g_free(octets);
}

static void search_folder(struct search *s, const char *path)
{
	GDir *dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && s->files < FILES_MAX && (name = g_dir_read_name(dir))) {
		char *whole = g_build_filename(path, name, NULL);

		if (g_file_test(whole, G_FILE_TEST_IS_REGULAR))
			search_file(s, whole);
		g_free(whole);
	}
	if (dir)
		g_dir_close(dir);
}

/* What is in the stub must not be in the files of the bank. */
static void look_at_the_disk(struct desk *d, const struct made_stub *m)
{
	const char *store = d->p->target->clear_bank_store;
	struct search s = { .wanted = SPAN_OF(m->sk_d) };

	if (store)
		search_folder(&s, store);
	if (s.files == 0)
		evidence_info(d->e, "the bank's files were not looked at: no [clear-bank] store "
				    "that can be read here");
	else
		evidence_clause(
		    d->e, "35.9", s.found == 0, "files of the bank that hold the SK_d of that stub",
		    "none: stubs in clear are encrypted at rest", "%u of %u", s.found, s.files);
}

static void at_clear_bank(struct desk *d, struct bank_connection *b)
{
	struct made_stub *m = desk_make(d, desk_own(d)), *later = desk_make_at(d, &m->index);
	struct made_stub *sealed = desk_make(d, desk_own(d));
	GBytes *first = in_clear(m), *second = in_clear(later);

	if (desk_expect_of(d, "35.9", bank_answer_to_init(b, first), STUB_OK,
			   "init of a stub in clear, where its operator allows it")) {
		expect_clear(d, b, m, first, "get of that stub");
		look_at_the_disk(d, m);
		desk_expect_of(d, "30.3", bank_answer_to_init(b, first), STUB_OK,
			       "the same init again");
		desk_expect_of(d, "30.3", bank_answer_to_init(b, second), STUB_EXISTS,
			       "another stub at its index");
		desk_expect_of(d, "30.4", bank_answer_to_update(b, &m->index, second), STUB_OK,
			       "update of it");
		expect_clear(d, b, later, second, "get of the updated stub");
		desk_expect_of(d, "34.1", desk_init(b, sealed), STUB_OK,
			       "init of a sealed stub beside it");
		desk_expect_stub(d, "35.5", b, &sealed->index, sealed, "get of the sealed stub");
		desk_expect_of(d, "30.10", bank_answer_to_delete(b, &m->index), STUB_OK,
			       "delete of the stub in clear");
		desk_expect_nothing(d, "30.10", b, &m->index, "get of the deleted stub");
		desk_expect_of(d, "30.8", bank_answer_to_init(b, second), STUB_CONFLICT,
			       "its init, replayed");
		desk_expect_of(d, "30.10", bank_answer_to_delete(b, &sealed->index), STUB_OK,
			       "delete of the sealed stub");
	}
	g_bytes_unref(first);
	g_bytes_unref(second);
}

static void g45(struct desk *d)
{
	struct bank_connection *b = desk_dial(d, BANK_CLEAR);

	if (!b)
		return;
	at_clear_bank(d, b);
	desk_hang_up(d, b);
}

const struct probe_case case_g45 = {
	.id = "G45",
	.title = "Stubs in clear, where they are allowed: taken, returned, encrypted at rest",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = RULE(35),
	.clauses = "29.5 30.1 30.3 30.4 30.8 30.10 34.1 35.5 35.9 43.5 " REPLY_FORM_CLAUSES,
	.required = "A bank whose operator wants stubs in clear keeps them as it keeps sealed "
		    "ones, and encrypts them on its disk.",
	.causes = "stubs in clear are compared, or cut, as sealed ones are\n"
		  "they are written as they come\n"
		  "[clear-bank] of the target file does not allow them",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK | REQUIRES_CLEAR_BANK,
	.run = stage_desk,
	.at_desk = g45,
};
