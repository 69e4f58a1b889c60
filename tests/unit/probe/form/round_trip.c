/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Both ways, and once more. */
#include "unit/probe/form/round_trip.h"

#include <stdio.h>
#include <stdlib.h>

#include "form/form_octets.h"
#include "form/form_parse.h"
#include "form/form_print.h"
#include "form/form_write.h"

static void need(bool ok, const char *what, const char *text)
{
	if (ok)
		return;
	fprintf(stderr, "%s:\n%s\n", what, text);
	abort();
}

static char *printed(struct span octets)
{
	struct form_message *m = form_octets_read(octets);
	GString *s = g_string_new(NULL);

	form_print(s, m, ROUND_TRIP_SYN);
	form_message_free(m);
	return g_string_free(s, FALSE);
}

char *round_trip_octets(struct span octets)
{
	const struct form_source nobody = { 0 };
	struct form_fault fault = { 0 };
	char *text = printed(octets), *again;
	struct form *f = form_parse(span_text(text), ROUND_TRIP_SYN, &fault);
	GByteArray *back;

	need(f != NULL || !octets.n, fault.rule, text);
	if (!f)
		return text; /* no octets, no message */
	need(f->messages->len == 1, "not one message", text);
	back = form_write(g_ptr_array_index(f->messages, 0), &nobody, NULL, NULL, &fault);
	need(back != NULL, fault.rule, text);
	need(span_equal(span_of(back->data, back->len), octets), "other octets", text);
	again = printed(span_of(back->data, back->len));
	need(g_str_equal(again, text), "another text", text);
	g_free(again);
	g_byte_array_unref(back);
	form_free(f);
	return text;
}

/* Seven octets for each name. */
static bool value(void *user, const char *name, uint16_t group, GByteArray *out, char **why)
{
	(void)user;
	(void)why;
	need(*name != '\0', "a value without a name", name);
	g_byte_array_append(out, (const uint8_t *)"\1\2\3\4\5\6\7", group ? 7 : 6);
	return true;
}

GByteArray *round_trip_text(struct span text, struct form_fault *fault)
{
	struct rng_fixed state;
	const struct rng rng = rng_fixed(&state, "forms");
	struct ike_keys keys;
	struct sk_iv iv = { 0 };
	const struct suite suite = { ENCR_AES_CBC, 128, PRF_HMAC_SHA2_256, INTEG_HMAC_SHA2_256_128,
				     0 };
	const struct ike_seed seed = { span_text("ni"), span_text("nr"), 1, 2 };
	const struct form_source source = {
		.rng = &rng, .spi_i = 1, .value = value, .keys = &keys, .iv = &iv
	};
	struct form *f = form_parse(text, ROUND_TRIP_SYN, fault);
	GByteArray *first = NULL;

	if (ike_keys_resume(&keys, &suite, &seed, span_text("secret")) != ERR_OK)
		abort();
	for (unsigned i = 0; f && i < f->messages->len; i++) {
		GByteArray *octets =
		    form_write(g_ptr_array_index(f->messages, i), &source, NULL, NULL, fault);

		if (octets)
			g_free(round_trip_octets(span_of(octets->data, octets->len)));
		if (i == 0)
			first = octets;
		else if (octets)
			g_byte_array_unref(octets);
	}
	need(first != NULL || fault->rule[0], "no reason", "");
	form_free(f);
	ike_keys_clear(&keys);
	return first;
}
