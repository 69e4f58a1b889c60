/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tries keys, labels and contents of a BIND. */
#include "diagnosis/bind_guess.h"

#include <string.h>

#include "keys/prf.h"
#include "wire/ike_header.h"

#define MARKER SPAN_OF(marker)
static const uint8_t marker[IKE_NON_ESP_MARKER_SIZE];
static const char label[] = "ikesync bind";

enum { CONTENT_PARTS = 4 };

/* One of each kind; the first is right. */
enum key { KEY_RIGHT, KEY_OTHER_SIDE, KEY_SK_D, KEYS };
enum tag { TAG_RIGHT, TAG_NONE, TAG_ZERO, TAGS };
enum content {
	CONTENT_RIGHT,
	CONTENT_REQUEST,
	CONTENT_RESPONSE,
	CONTENT_SWAPPED,
	CONTENT_HEADLESS,
	CONTENT_MARKED,
	CONTENT_MARKED_REQUEST,
	CONTENT_MARKED_RESPONSE,
	CONTENT_FIRST,
	CONTENTS
};

static const char *const key_texts[KEYS] = { NULL, "BIND is made with the other side's SK_p",
					     "BIND is made with SK_d" };
static const char *const tag_texts[TAGS] = { NULL, "BIND lacks the label \"ikesync bind\"",
					     "BIND's label has a zero octet behind it" };
static const char *const content_texts[CONTENTS] = {
	NULL,
	"BIND covers the request alone",
	"BIND covers the response alone",
	"BIND covers the response before the request",
	"BIND covers the messages without their IKE headers",
	"BIND covers the messages with the non-ESP marker in front",
	"BIND covers the request with the non-ESP marker in front",
	"BIND covers the response with the non-ESP marker in front",
	("BIND covers the first request instead of the last one (after the cookie, or with the "
	 "other group)"),
};

static struct span without_header(struct span m)
{
	return m.n < IKE_HEADER_SIZE ? SPAN_NONE
				     : span_of(m.p + IKE_HEADER_SIZE, m.n - IKE_HEADER_SIZE);
}

/* false: that content makes no sense here. */
static bool contents(const struct bind_guess *b, enum content c, struct span out[CONTENT_PARTS])
{
	const struct span q = b->request, r = b->response;
	const struct span sets[CONTENTS][CONTENT_PARTS] = {
		[CONTENT_RIGHT] = { q, r },
		[CONTENT_REQUEST] = { q },
		[CONTENT_RESPONSE] = { r },
		[CONTENT_SWAPPED] = { r, q },
		[CONTENT_HEADLESS] = { without_header(q), without_header(r) },
		[CONTENT_MARKED] = { MARKER, q, MARKER, r },
		[CONTENT_MARKED_REQUEST] = { MARKER, q, r },
		[CONTENT_MARKED_RESPONSE] = { q, MARKER, r },
		[CONTENT_FIRST] = { b->first_request, r },
	};

	memcpy(out, sets[c], sizeof(sets[c]));
	return c != CONTENT_FIRST || (b->first_request.n && !span_equal(b->first_request, q));
}

static bool make(const struct bind_guess *b, enum key k, enum tag t, enum content c,
		 uint8_t mac[SECRET_MAX])
{
	const bool initiator = (b->sender == SK_FROM_INITIATOR) == (k != KEY_OTHER_SIDE);
	const struct secret *key = k == KEY_SK_D ? &b->keys->sk_d
				   : initiator   ? &b->keys->sk_pi
						 : &b->keys->sk_pr;
	struct span parts[CONTENT_PARTS + 1];

	parts[0] = t == TAG_NONE   ? SPAN_NONE
		   : t == TAG_ZERO ? span_of((const uint8_t *)label, sizeof(label))
				   : span_text(label);
	return contents(b, c, &parts[1]) &&
	       prf(b->keys->suite.prf, secret_peek(key), parts, G_N_ELEMENTS(parts), mac) == ERR_OK;
}

/* Beside equality: the right octets with something cut off, added or flipped. */
static const char *likeness(struct span mac, struct span bind)
{
	unsigned bits = 0;

	if (span_equal(mac, bind))
		return "";
	if (bind.n && bind.n < mac.n && memcmp(mac.p, bind.p, bind.n) == 0)
		return "BIND is cut short";
	if (bind.n > mac.n && memcmp(mac.p, bind.p, mac.n) == 0)
		return "BIND has octets behind its end";
	for (size_t i = 0; bind.n == mac.n && i < mac.n; i++)
		bits += (unsigned)__builtin_popcount(mac.p[i] ^ bind.p[i]);
	return bits && bits <= 2 ? "BIND is right but for a flipped bit" : NULL;
}

static char *joined(const char *a, const char *b, const char *c, const char *d)
{
	const char *all[] = { a, b, c, d };
	GString *s = g_string_new(NULL);

	for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
		if (all[i] && *all[i])
			g_string_append_printf(s, "%s%s", s->len ? ", and " : "", all[i]);
	return g_string_free(s, FALSE);
}

/* All combinations of `faults` mistakes. */
static void try_all(const struct bind_guess *b, struct span bind, unsigned faults, GPtrArray *out)
{
	const size_t n = suite_prf_size(b->keys->suite.prf);

	for (unsigned i = 0; i < KEYS * TAGS * CONTENTS; i++) {
		const enum key k = (enum key)(i % KEYS);
		const enum tag t = (enum tag)(i / KEYS % TAGS);
		const enum content c = (enum content)(i / KEYS / TAGS);
		const unsigned here = (k != 0) + (t != 0) + (c != 0);
		uint8_t mac[SECRET_MAX];
		const char *like;

		if (here > faults || !make(b, k, t, c, mac))
			continue;
		like = likeness(span_of(mac, n), bind);
		if (like && here + (*like != '\0') == faults)
			g_ptr_array_add(out,
					joined(key_texts[k], tag_texts[t], content_texts[c], like));
		secret_wipe(mac, sizeof(mac));
	}
}

GPtrArray *bind_guess(const struct bind_guess *b, struct span bind)
{
	GPtrArray *out = g_ptr_array_new_with_free_func(g_free);

	if (bind.n == 0)
		g_ptr_array_add(out, g_strdup("BIND is empty"));
	for (unsigned faults = 1; faults <= 2 && !out->len; faults++)
		try_all(b, bind, faults, out);
	return out;
}

static const struct {
	const char *name, *text; /* NULL: that of the mistake */
	enum key key;
	enum tag tag;
	enum content content;
	enum likeness_made { AS_MADE, FLIPPED, CUT } after;
} named[] = {
	{ "right", "as rule 12 has it", KEY_RIGHT, TAG_RIGHT, CONTENT_RIGHT, AS_MADE },
	{ "flipped", "right but for its last bit", KEY_RIGHT, TAG_RIGHT, CONTENT_RIGHT, FLIPPED },
	{ "cut", "without its last octet", KEY_RIGHT, TAG_RIGHT, CONTENT_RIGHT, CUT },
	{ "other-key", NULL, KEY_OTHER_SIDE, TAG_RIGHT, CONTENT_RIGHT, AS_MADE },
	{ "sk-d", NULL, KEY_SK_D, TAG_RIGHT, CONTENT_RIGHT, AS_MADE },
	{ "no-label", NULL, KEY_RIGHT, TAG_NONE, CONTENT_RIGHT, AS_MADE },
	{ "zero-label", NULL, KEY_RIGHT, TAG_ZERO, CONTENT_RIGHT, AS_MADE },
	{ "request", NULL, KEY_RIGHT, TAG_RIGHT, CONTENT_REQUEST, AS_MADE },
	{ "response", NULL, KEY_RIGHT, TAG_RIGHT, CONTENT_RESPONSE, AS_MADE },
	{ "swapped", NULL, KEY_RIGHT, TAG_RIGHT, CONTENT_SWAPPED, AS_MADE },
	{ "headless", NULL, KEY_RIGHT, TAG_RIGHT, CONTENT_HEADLESS, AS_MADE },
	{ "marked", NULL, KEY_RIGHT, TAG_RIGHT, CONTENT_MARKED, AS_MADE },
	{ "first-request", NULL, KEY_RIGHT, TAG_RIGHT, CONTENT_FIRST, AS_MADE },
};

const char *bind_guess_name(unsigned i, const char **text)
{
	if (i >= G_N_ELEMENTS(named))
		return NULL;
	*text = named[i].text               ? named[i].text
		: named[i].key != KEY_RIGHT ? key_texts[named[i].key]
		: named[i].tag != TAG_RIGHT ? tag_texts[named[i].tag]
					    : content_texts[named[i].content];
	return named[i].name;
}

static int find_named(const char *name)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(named); i++)
		if (strcmp(named[i].name, name) == 0)
			return (int)i;
	return -1;
}

bool bind_guess_is_name(const char *name)
{
	return find_named(name) >= 0;
}

bool bind_guess_make(const struct bind_guess *b, const char *name, uint8_t mac[SECRET_MAX],
		     size_t *n)
{
	const int i = find_named(name);

	if (i < 0 || !make(b, named[i].key, named[i].tag, named[i].content, mac))
		return false;
	*n = suite_prf_size(b->keys->suite.prf);
	if (named[i].after == FLIPPED)
		mac[*n - 1] ^= 1;
	*n -= named[i].after == CUT;
	return true;
}
