/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The send command: hand-made messages, their text form, and their octets. */
#include "cli/cmd_send.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "catalogue/selector.h"
#include "cli/cmd_options.h"
#include "cli/send_run.h"
#include "diagnosis/bind_guess.h"
#include "diagnosis/diagnosis.h"
#include "form/form_names.h"
#include "form/form_octets.h"
#include "form/form_parse.h"
#include "form/form_print.h"
#include "form/form_template.h"
#include "form/form_write.h"
#include "run/run.h"
#include "target/target_files.h"
#include "wire/hex.h"
#include "wire/ike_syn.h"

struct arguments {
	char *target, *template, **files;
	gboolean octets, decode, names;
	gint syn_type;
};

static const char description[] =
    "FILE: a form (docs/send.md), or - for the standard input. Each message is shown\n"
    "as it goes out, and what comes back in the same form.\n\n"
    "Exit codes: 0 each was answered, 1 one was not, 2 usage or a form that cannot\n"
    "be sent, 3 the login or resumption that it starts with failed, 130 interrupted.\n\n"
    "Examples:\n"
    "  ikesync-probe send --template syn >syn.form     something to begin with\n"
    "  ikesync-probe send --target lab.conf syn.form   send it, see the answer\n"
    "  ikesync-probe send --names                      values, BINDs, derivations\n"
    "  ikesync-probe send --decode packet.hex          octets to a form\n"
    "  ikesync-probe send --octets packet.form         and back\n";

static bool parse(struct arguments *a, int argc, char **argv)
{
	const GOptionEntry entries[] = {
		{ "target", 't', 0, G_OPTION_ARG_FILENAME, &a->target, "whose [gateway] it goes to",
		  "FILE" },
		{ "template", 0, 0, G_OPTION_ARG_STRING, &a->template,
		  "print a form: init, login, syn, resume,\n\t\t\t\talive, delete", "NAME" },
		{ "names", 0, 0, G_OPTION_ARG_NONE, &a->names,
		  "list what $NAME can be, and derivations", NULL },
		{ "octets", 0, 0, G_OPTION_ARG_NONE, &a->octets,
		  "print the octets of each message, send nothing", NULL },
		{ "decode", 0, 0, G_OPTION_ARG_NONE, &a->decode,
		  "FILE has hexadecimal digits: print its form", NULL },
		{ "syn-payload-type", 0, 0, G_OPTION_ARG_INT, &a->syn_type,
		  "with --octets and --decode (200)", "N" },
		{ G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &a->files, NULL, "FILE" },
		{ NULL, 0, 0, 0, NULL, NULL, NULL },
	};
	const struct cmd_options options = { "send", "- hand-made messages", description, entries };

	return cmd_options_parse(&options, argc, argv);
}

static bool complain(const char *what, const char *why)
{
	fprintf(stderr, "ikesync-probe send: %s: %s\n", what, why);
	return false;
}

/* All of a file, one octet more than a form may have at most. NULL: told why. */
static GByteArray *read_all(const char *path)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	GByteArray *out = g_byte_array_new();
	uint8_t part[4096];
	size_t n;
	bool ok;

	while (f && out->len <= FORM_TEXT_MAX && (n = fread(part, 1, sizeof(part), f)) > 0)
		g_byte_array_append(out, part, (guint)n);
	ok = f && !ferror(f);
	if (!ok)
		complain(path, g_strerror(errno));
	if (f && f != stdin)
		(void)fclose(f);
	if (ok)
		return out;
	g_byte_array_unref(out);
	return NULL;
}

static void list(const char *(*name)(unsigned i, const char **meaning), const char *before)
{
	const char *meaning, *n;

	for (unsigned i = 0; (n = name(i, &meaning)); i++) {
		char *all = g_strconcat(before, n, NULL);

		printf("  %-26s%s\n", all, meaning);
		g_free(all);
	}
}

static int list_names(void)
{
	puts("Values (octets $NAME):");
	list(form_names_value, "$");
	puts("\nBINDs (octets $bind:NAME):");
	list(bind_guess_name, "$bind:");
	puts("\nDerivations (derivation NAME), as the gateway would be wrong:");
	list(diagnosis_name, "");
	puts("\nTemplates (--template NAME):");
	list(form_template_name, "");
	return RUN_CONFORMS;
}

static int print_template(const char *name)
{
	char *text = form_template(name);

	if (!text) {
		complain("--template", "init, login, syn, resume, alive or delete");
		return RUN_USAGE;
	}
	fputs(text, stdout);
	g_free(text);
	return RUN_CONFORMS;
}

/* Hexadecimal digits with blanks between them, as dumps have them. */
static int decode(const char *path, const GByteArray *text, uint8_t syn_type)
{
	GString *digits = g_string_new(NULL), *out = g_string_new(NULL);
	uint8_t *octets = g_malloc(text->len / 2 + 1);
	struct form_message *m = NULL;
	size_t n;

	for (guint i = 0; i < text->len; i++)
		if (!g_ascii_isspace(text->data[i]))
			g_string_append_c(digits, (char)text->data[i]);
	if (hex_read(span_of(digits->str, digits->len), octets, text->len / 2 + 1, &n) != ERR_OK ||
	    n > IKE_MESSAGE_MAX) {
		complain(path, "pairs of hexadecimal digits are wanted, of one message");
	} else {
		m = form_octets_read(span_of(octets, n));
		form_print(out, m, syn_type);
		fputs(out->str, stdout);
		form_message_free(m);
	}
	g_string_free(digits, TRUE);
	g_string_free(out, TRUE);
	g_free(octets);
	return m ? RUN_CONFORMS : RUN_USAGE;
}

static int print_octets(const struct form *f, const char *path)
{
	const struct form_source source = { .rng = &rng_system };

	for (unsigned i = 0; i < f->messages->len; i++) {
		struct form_fault fault = { 0 };
		GByteArray *octets =
		    form_write(g_ptr_array_index(f->messages, i), &source, NULL, NULL, &fault);
		char *digits;

		if (!octets) {
			fprintf(stderr, "ikesync-probe send: %s:%u: %s: %s\n", path, fault.line,
				fault.field, fault.rule);
			return RUN_USAGE;
		}
		digits = g_malloc(2 * (gsize)octets->len + 1);
		puts(hex_write(span_of(octets->data, octets->len), digits));
		g_free(digits);
		g_byte_array_unref(octets);
	}
	return RUN_CONFORMS;
}

/* NULL: told why. */
static struct target *load(const char *path)
{
	GError *error = NULL;
	struct target *t = target_load(path, selector_matches_any, &error);

	if (t && !target_files_check(t, &error))
		g_clear_pointer(&t, target_free);
	if (error)
		complain("--target", error->message);
	g_clear_error(&error);
	if (t && !t->gateway.given) {
		complain(path, "no [gateway] to send to");
		g_clear_pointer(&t, target_free);
	}
	return t;
}

static int send_form(const struct arguments *a, const GByteArray *text, const char *path)
{
	struct target *t = a->octets ? NULL : load(a->target);
	struct form_fault fault = { 0 };
	struct form *f;
	int code = RUN_USAGE;

	if (!a->octets && !t)
		return code;
	f = form_parse(span_of(text->data, text->len),
		       t ? t->syn_payload_type : (uint8_t)a->syn_type, &fault);
	if (!f)
		fprintf(stderr, "ikesync-probe send: %s:%u: %s: %s\n", path, fault.line,
			fault.field, fault.rule);
	else
		code = t ? send_run(t, f, path) : print_octets(f, path);
	form_free(f);
	target_free(t);
	return code;
}

static int run(const struct arguments *a)
{
	const char *path = a->files ? a->files[0] : NULL;
	GByteArray *text;
	int code;

	if (a->names)
		return list_names();
	if (a->template)
		return print_template(a->template);
	if (!path || a->files[1]) {
		complain("FILE", path ? "one is enough" : "missing; see --help");
		return RUN_USAGE;
	}
	if (a->syn_type < 0 || !ike_syn_type_allowed((unsigned)a->syn_type)) {
		complain("--syn-payload-type", "129, 133 to 200 or 210 to 254");
		return RUN_USAGE;
	}
	if (a->octets + a->decode + (a->target != NULL) != 1) {
		complain("what to do", "one of --target FILE, --octets, --decode");
		return RUN_USAGE;
	}
	text = read_all(path);
	if (!text)
		return RUN_USAGE;
	code = a->decode ? decode(path, text, (uint8_t)a->syn_type) : send_form(a, text, path);
	g_byte_array_unref(text);
	return code;
}

int cmd_send(int argc, char **argv)
{
	struct arguments a = { .syn_type = 200 };
	int code = parse(&a, argc, argv) ? run(&a) : RUN_USAGE;

	g_free(a.target);
	g_free(a.template);
	g_strfreev(a.files);
	return code;
}
