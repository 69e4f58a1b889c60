/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SK_d by index and seal keys by ID: what is known in this file, and where it is told. */
#include "secrets/resume_secrets.h"

#include <epan/secrets.h>
#include <epan/uat.h>
#include <wsutil/inet_addr.h>
#include <wsutil/report_message.h>

#include "base/wipe.h"

/* pcapng decryption secrets block: ASCII "IKSY", not registered with anybody. */
#define SECRETS_TYPE 0x494b5359u
#define KEYS_MAX (64u << 20) /* octets of a key file or secrets block */

/* 4.0 does not export it: NULL there, and the block is passed over. */
#pragma weak secrets_register_type

struct sa_row {
	char *spi, *address, *sk_d;
	unsigned prf, encr, integ;
};

struct seal_row {
	char *id, *key;
};

const value_string resume_source_names[] = {
	{ RESUME_SOURCE_TABLE, "table of the preferences" },
	{ RESUME_SOURCE_FILE, "key file" },
	{ RESUME_SOURCE_BLOCK, "secrets block of the capture" },
	{ RESUME_SOURCE_STUB, "stub in the capture" },
	{ RESUME_SOURCE_SESSION, "resumption in the capture" },
	{ 0, NULL },
};

/* The secrets of one SPI at one address, or at any. */
struct place {
	struct index_body idx;
	struct resume_secret *first, *last;
	unsigned from_capture;
	bool dropped;
};

struct ring {
	struct seal_key *first, *last;
	unsigned n;
};

static wmem_map_t *places;    /* struct index_body -> struct place */
static wmem_map_t *known;     /* struct resume_secret, by itself: what is there already */
static wmem_map_t *seal_keys; /* key ID -> struct ring */
static unsigned told;
static bool seal_keys_said;
static struct sa_row *sa_rows;
static struct seal_row *seal_rows;
static unsigned n_sa_rows, n_seal_rows;
static const char *pref_key_file = "";

static bool same_suite(const struct resume_suite *a, const struct resume_suite *b)
{
	return a->prf == b->prf && a->encr == b->encr && a->encr_bits == b->encr_bits &&
	       a->integ == b->integ;
}

static unsigned secret_hash(gconstpointer p)
{
	const struct resume_secret *s = p;
	uint8_t all[INDEX_IP6_SIZE + RESUME_KEY_MAX] = { 0 };
	unsigned hash;

	index_body_octets(&s->idx, all);
	memcpy(all + INDEX_IP6_SIZE, s->sk_d.octets, s->sk_d.n);
	hash = wmem_strong_hash(all, INDEX_IP6_SIZE + s->sk_d.n);
	wipe(all, sizeof(all));
	/* One SK_d with many suites: the few numbers there are need no strong hash. */
	return hash + 31 * (31 * (31u * s->suite.encr + s->suite.encr_bits) + s->suite.prf) +
	       s->suite.integ;
}

static gboolean secret_equal(gconstpointer a, gconstpointer b)
{
	const struct resume_secret *x = a, *y = b;

	return index_body_equal(&x->idx, &y->idx) && x->sk_d.n == y->sk_d.n &&
	       memcmp(x->sk_d.octets, y->sk_d.octets, x->sk_d.n) == 0 &&
	       same_suite(&x->suite, &y->suite);
}

bool resume_secrets_any(void)
{
	return wmem_map_size(places) || wmem_map_size(seal_keys);
}

bool resume_seal_keys_any(void)
{
	return wmem_map_size(seal_keys) != 0;
}

static struct index_body place_of(const struct index_body *idx, bool any_address)
{
	struct index_body key = { .address_size = any_address ? 0 : idx->address_size };

	memcpy(key.spi, idx->spi, INDEX_SPI_SIZE);
	memcpy(key.address, idx->address, key.address_size);
	return key;
}

static struct place *find_place(const struct index_body *idx, bool any_address)
{
	struct index_body key = place_of(idx, any_address);

	return wmem_map_lookup(places, &key);
}

/* What the user gave is never too much. */
static bool from_capture(enum resume_source source)
{
	return source != RESUME_SOURCE_TABLE && source != RESUME_SOURCE_FILE;
}

static void complete_known(struct resume_secret *kept, const struct resume_secret *s)
{
	if (!kept->has_pair && s->has_pair) {
		kept->has_pair = true;
		memcpy(kept->spii, s->spii, 8);
		memcpy(kept->spir, s->spir, 8);
	}
	if (!kept->older)
		kept->older = s->older;
}

void resume_secrets_add(const struct resume_secret *s)
{
	struct resume_secret *kept = wmem_map_lookup(known, s);
	struct place *p;

	if (kept) {
		complete_known(kept, s);
		return;
	}
	p = find_place(&s->idx, false);
	if (!p) {
		p = wmem_new0(wmem_file_scope(), struct place);
		p->idx = place_of(&s->idx, false);
		wmem_map_insert(places, &p->idx, p);
	}
	if (from_capture(s->source)) {
		p->dropped = p->from_capture == RESUME_SECRETS_MAX;
		if (p->dropped)
			return;
		p->from_capture++;
	}
	kept = wiped_new(sizeof(*kept));
	*kept = *s;
	kept->idx.faults = 0;
	kept->order = ++told;
	kept->next = NULL;
	kept->g_ir = (struct octets){ NULL, 0 };
	if (s->g_ir.n && s->g_ir.n <= RESUME_G_IR_MAX) {
		uint8_t *copy = wiped_new(s->g_ir.n);

		memcpy(copy, s->g_ir.p, s->g_ir.n);
		kept->g_ir = (struct octets){ copy, s->g_ir.n };
	}
	if (p->last)
		p->last->next = kept;
	else
		p->first = kept;
	p->last = kept;
	wmem_map_insert(known, kept, kept);
}

/* The first in `p` that was told later than `after`. */
static struct resume_secret *later(const struct place *p, const struct index_body *of,
				   const struct resume_secret *after)
{
	struct resume_secret *s;

	if (after && index_body_same_address(&after->idx, of))
		return after->next;
	for (s = p ? p->first : NULL; s && after && s->order < after->order;)
		s = s->next;
	return s;
}

const struct resume_secret *resume_secrets_find(const struct index_body *idx,
						const struct resume_secret *after)
{
	const struct index_body any = { .address_size = 0 };
	struct resume_secret *here = later(find_place(idx, false), idx, after), *anywhere;

	if (!idx->address_size)
		return here;
	anywhere = later(find_place(idx, true), &any, after);
	return !here || (anywhere && anywhere->order < here->order) ? anywhere : here;
}

bool resume_secrets_dropped(const struct index_body *idx)
{
	const struct place *here = find_place(idx, false), *anywhere = find_place(idx, true);

	return (here && here->dropped) || (anywhere && anywhere->dropped);
}

const struct seal_key *resume_seal_key(uint32_t id, const struct seal_key *after)
{
	const struct ring *r;

	if (after)
		return after->next;
	r = wmem_map_lookup(seal_keys, GUINT_TO_POINTER(id));
	return r ? r->first : NULL;
}

static void add_seal_key(uint32_t id, const uint8_t key[SEAL_KEY_SIZE])
{
	struct ring *r = wmem_map_lookup(seal_keys, GUINT_TO_POINTER(id));
	struct seal_key *k;

	if (!r) {
		r = wmem_new0(wmem_file_scope(), struct ring);
		wmem_map_insert(seal_keys, GUINT_TO_POINTER(id), r);
	}
	for (k = r->first; k; k = k->next)
		if (memcmp(k->key, key, SEAL_KEY_SIZE) == 0)
			return;
	if (r->n == SEAL_KEYS_MAX) {
		if (!seal_keys_said)
			report_warning("more than %u seal keys have the ID 0x%08x; those after "
				       "them are left out",
				       SEAL_KEYS_MAX, id);
		seal_keys_said = true;
		return;
	}
	k = wiped_new(sizeof(*k));
	k->id = id;
	memcpy(k->key, key, SEAL_KEY_SIZE);
	if (r->last)
		r->last->next = k;
	else
		r->first = k;
	r->last = k;
	r->n++;
}

/* Exactly `n` octets of hex. */
static bool hex(const char *text, uint8_t *out, size_t n)
{
	if (strlen(text) != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = g_ascii_xdigit_value(text[2 * i]);
		int low = g_ascii_xdigit_value(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool read_id(const char *text, uint32_t *out)
{
	char *end;
	uint64_t v;

	if (g_str_has_prefix(text, "0x"))
		text += 2;
	if (!*text || strlen(text) > 8)
		return false;
	v = g_ascii_strtoull(text, &end, 16);
	*out = (uint32_t)v;
	return *end == '\0';
}

/* "" and "*" are any address. */
static bool read_address(const char *text, struct index_body *out)
{
	ws_in4_addr ip4;
	ws_in6_addr ip6;

	out->address_size = 0;
	if (!*text || strcmp(text, "*") == 0)
		return true;
	if (ws_inet_pton4(text, &ip4)) {
		out->address_size = 4;
		memcpy(out->address, &ip4, 4);
		return true;
	}
	if (ws_inet_pton6(text, &ip6)) {
		out->address_size = 16;
		memcpy(out->address, &ip6, 16);
		return true;
	}
	return false;
}

/* NULL, or what is wrong. */
static const char *read_sa(const char *spi, const char *address, const struct resume_suite *suite,
			   const char *sk_d, struct resume_secret *out)
{
	struct resume_sizes sizes;

	memset(out, 0, sizeof(*out));
	out->suite = *suite;
	if (!hex(spi, out->idx.spi, INDEX_SPI_SIZE))
		return "the gateway's SPI is not 16 hexadecimal digits";
	if (!read_address(address, &out->idx))
		return "the gateway's address is neither IPv4 nor IPv6 nor empty";
	if (!resume_suite_sizes(suite, &sizes))
		return "these algorithms do not go together (an AEAD has integrity NONE)";
	out->sk_d.n = sizes.prf;
	if (!hex(sk_d, out->sk_d.octets, sizes.prf))
		return "SK_d has not the prf's length in hexadecimal digits";
	return NULL;
}

static const char *read_seal(const char *id, const char *key, uint32_t *out_id,
			     uint8_t out[SEAL_KEY_SIZE])
{
	if (!read_id(id, out_id))
		return "the key ID is not 1 to 8 hexadecimal digits";
	if (!hex(key, out, SEAL_KEY_SIZE))
		return "the key is not 64 hexadecimal digits";
	return NULL;
}

/* IKESYNC_SA spi@address "prf" "encr" "integ" sk_d [spii=HEX] [spir=HEX] [g_ir=HEX] */
static const char *line_sa(char **word, int n, enum resume_source source)
{
	struct resume_suite suite;
	struct resume_secret s;
	uint32_t prf, encr, integ;
	uint8_t g_ir[1024];
	const char *why;
	char *at;

	if (n < 6)
		return "IKESYNC_SA needs SPI@ADDRESS, prf, encryption, integrity and SK_d";
	at = strchr(word[1], '@');
	if (!at)
		return "there is no @ between SPI and address";
	*at = '\0';
	if (!resume_suite_number(resume_prf_names, word[2], &prf) ||
	    !resume_suite_number(resume_encr_names, word[3], &encr) ||
	    !resume_suite_number(resume_integ_names, word[4], &integ))
		return "an algorithm's name is not known";
	suite = (struct resume_suite){ (uint16_t)prf, (uint16_t)(encr >> 16), (uint16_t)encr,
				       (uint16_t)integ };
	why = read_sa(word[1], at + 1, &suite, word[5], &s);
	if (why)
		return why;
	s.source = source;
	for (int i = 6; i < n; i++) {
		size_t digits = strlen(word[i]) - (strlen(word[i]) < 5 ? strlen(word[i]) : 5);

		if (g_str_has_prefix(word[i], "spii=") && hex(word[i] + 5, s.spii, 8))
			s.has_pair = true;
		else if (g_str_has_prefix(word[i], "g_ir=") && digits / 2 <= sizeof(g_ir) &&
			 hex(word[i] + 5, g_ir, digits / 2))
			s.g_ir = (struct octets){ g_ir, (unsigned)(digits / 2) };
		else if (!g_str_has_prefix(word[i], "spir=") || !hex(word[i] + 5, s.spir, 8))
			return "what follows SK_d is none of spii=, spir= and g_ir=";
	}
	resume_secrets_add(&s);
	wipe(&s, sizeof(s));
	wipe(g_ir, sizeof(g_ir));
	return NULL;
}

/* A gateway's own file of seal keys has no word in front: key ID, key. */
static const char *read_line(const char *line, enum resume_source source)
{
	uint8_t key[SEAL_KEY_SIZE];
	const char *why = NULL;
	char **word = NULL;
	uint32_t id;
	int n = 0;

	if (!g_shell_parse_argv(line, &n, &word, NULL))
		return strspn(line, " \t\r") == strlen(line) || *line == '#'
			   ? NULL
			   : "quotes are not closed";
	if (strcmp(word[0], "IKESYNC_SA") == 0) {
		why = line_sa(word, n, source);
	} else if (strcmp(word[0], "IKESYNC_SEAL") == 0 || n == 2) {
		int first = strcmp(word[0], "IKESYNC_SEAL") == 0;

		why = n != 2 + first ? "a seal key has a key ID and a key"
				     : read_seal(word[first], word[first + 1], &id, key);
		if (!why)
			add_seal_key(id, key);
		wipe(key, sizeof(key));
	} else {
		why = "it begins with neither IKESYNC_SA nor IKESYNC_SEAL nor #";
	}
	for (int i = 0; i < n; i++)
		wipe(word[i], strlen(word[i]));
	g_strfreev(word);
	return why;
}

/* How many characters of a line count: an IKESYNC_SA with g^ir of 1,024 octets needs half. */
#define KEY_LINE_MAX 8192

/* What `text` says, line by line; one message, whatever is wrong with how many. */
static void read_text(const char *text, size_t size, enum resume_source source, const char *name)
{
	char line[KEY_LINE_MAX], first[256] = "";
	unsigned number = 0, bad = 0;

	for (size_t at = 0; at < size;) {
		const char *end = memchr(text + at, '\n', size - at);
		size_t n = end ? (size_t)(end - text) - at : size - at;
		const char *why = "it is too long";

		number++;
		if (n < sizeof(line)) {
			memcpy(line, text + at, n);
			line[n] = '\0';
			why = read_line(g_strchomp(line), source);
		}
		if (why && !bad++)
			snprintf(first, sizeof(first), "line %u: %s; the line is left out", number,
				 why);
		at += n + 1;
	}
	wipe(line, sizeof(line));
	if (bad > 1)
		report_warning("%s, %s, and so are %u more", name, first, bad - 1);
	else if (bad)
		report_warning("%s, %s", name, first);
}

static void read_file(void)
{
	GError *error = NULL;
	char *text;
	gsize size;

	if (!pref_key_file || !*pref_key_file)
		return;
	if (!g_file_get_contents(pref_key_file, &text, &size, &error)) {
		report_warning("IKE SA Synchronisation key file: %s", error->message);
		g_error_free(error);
		return;
	}
	if (size <= KEYS_MAX)
		read_text(text, size, RESUME_SOURCE_FILE, pref_key_file);
	else
		report_warning("%s is larger than %u octets, and is not read", pref_key_file,
			       KEYS_MAX);
	wipe(text, size);
	g_free(text);
}

static void read_block(const void *block, unsigned size)
{
	static const char name[] = "secrets block of the capture";

	if (size <= KEYS_MAX)
		read_text(block, size, RESUME_SOURCE_BLOCK, name);
	else
		report_warning("%s is larger than %u octets, and is not read", name, KEYS_MAX);
}

static struct resume_suite row_suite(const struct sa_row *r)
{
	return (struct resume_suite){ (uint16_t)r->prf, (uint16_t)(r->encr >> 16),
				      (uint16_t)r->encr, (uint16_t)r->integ };
}

/* At the start of each file: file scope is empty. */
static void secrets_init_file(void)
{
	seal_keys_said = false;
	for (unsigned i = 0; i < n_sa_rows; i++) {
		struct resume_suite suite = row_suite(&sa_rows[i]);
		struct resume_secret s;

		if (read_sa(sa_rows[i].spi, sa_rows[i].address, &suite, sa_rows[i].sk_d, &s))
			continue;
		s.source = RESUME_SOURCE_TABLE;
		resume_secrets_add(&s);
		wipe(&s, sizeof(s));
	}
	for (unsigned i = 0; i < n_seal_rows; i++) {
		uint8_t key[SEAL_KEY_SIZE];
		uint32_t id;

		if (!read_seal(seal_rows[i].id, seal_rows[i].key, &id, key))
			add_seal_key(id, key);
		wipe(key, sizeof(key));
	}
	read_file();
}

/* --- the tables --- */

UAT_CSTRING_CB_DEF(sa_rows, spi, struct sa_row)
UAT_CSTRING_CB_DEF(sa_rows, address, struct sa_row)
UAT_VS_DEF(sa_rows, prf, struct sa_row, unsigned, 5, "PRF_HMAC_SHA2_256 [RFC4868]")
UAT_VS_DEF(sa_rows, encr, struct sa_row, unsigned, RESUME_ENCR(12, 128), "AES-CBC-128 [RFC3602]")
UAT_VS_DEF(sa_rows, integ, struct sa_row, unsigned, 12, "HMAC_SHA2_256_128 [RFC4868]")
UAT_CSTRING_CB_DEF(sa_rows, sk_d, struct sa_row)
UAT_CSTRING_CB_DEF(seal_rows, id, struct seal_row)
UAT_CSTRING_CB_DEF(seal_rows, key, struct seal_row)

static void *sa_row_copy(void *to, const void *from, size_t size G_GNUC_UNUSED)
{
	const struct sa_row *a = from;
	struct sa_row *b = to;

	*b = *a;
	b->spi = g_strdup(a->spi);
	b->address = g_strdup(a->address);
	b->sk_d = g_strdup(a->sk_d);
	return b;
}

static void sa_row_free(void *row)
{
	struct sa_row *r = row;

	g_free(r->spi);
	g_free(r->address);
	g_free(r->sk_d);
}

static ws_uat_bool sa_row_update(void *row, char **error)
{
	const struct sa_row *r = row;
	struct resume_suite suite = row_suite(r);
	struct resume_secret s;
	const char *why = read_sa(r->spi ? r->spi : "", r->address ? r->address : "", &suite,
				  r->sk_d ? r->sk_d : "", &s);

	*error = why ? g_strdup(why) : NULL;
	return why == NULL;
}

static void *seal_row_copy(void *to, const void *from, size_t size G_GNUC_UNUSED)
{
	const struct seal_row *a = from;
	struct seal_row *b = to;

	b->id = g_strdup(a->id);
	b->key = g_strdup(a->key);
	return b;
}

static void seal_row_free(void *row)
{
	struct seal_row *r = row;

	g_free(r->id);
	g_free(r->key);
}

static ws_uat_bool seal_row_update(void *row, char **error)
{
	const struct seal_row *r = row;
	uint8_t key[SEAL_KEY_SIZE];
	uint32_t id;
	const char *why = read_seal(r->id ? r->id : "", r->key ? r->key : "", &id, key);

	*error = why ? g_strdup(why) : NULL;
	return why == NULL;
}

void resume_secrets_register(module_t *module)
{
	static uat_field_t sa_fields[] = {
		UAT_FLD_CSTRING(sa_rows, spi, "Gateway SPI",
				"The gateway's own SPI, 16 hex digits"),
		UAT_FLD_CSTRING(sa_rows, address, "Gateway address",
				"As the index has it; empty: any"),
		UAT_FLD_VS(sa_rows, prf, "PRF", resume_prf_names, "Pseudo-random function"),
		UAT_FLD_VS(sa_rows, encr, "Encryption algorithm", resume_encr_names,
			   "Encryption algorithm"),
		UAT_FLD_VS(sa_rows, integ, "Integrity algorithm", resume_integ_names,
			   "Integrity algorithm; NONE for an AEAD"),
		UAT_FLD_CSTRING(sa_rows, sk_d, "SK_d", "SK_d of the SA to be resumed, hex"),
		UAT_END_FIELDS
	};
	static uat_field_t seal_fields[] = {
		UAT_FLD_CSTRING(seal_rows, id, "Key ID", "1 to 8 hex digits"),
		UAT_FLD_CSTRING(seal_rows, key, "Key", "32 octets, hex"), UAT_END_FIELDS
	};

	places = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), index_body_hash,
					index_body_equal);
	known =
	    wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), secret_hash, secret_equal);
	seal_keys = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), g_direct_hash,
					   g_direct_equal);
	prefs_register_uat_preference(module, "sa_table", "IKE SAs to resume",
				      "SK_d of IKE SAs whose resumption is to be decrypted",
				      uat_new("IKE SAs to resume", sizeof(struct sa_row),
					      "ikesync_sa_table", TRUE, &sa_rows, &n_sa_rows,
					      UAT_AFFECTS_DISSECTION, NULL, sa_row_copy,
					      sa_row_update, sa_row_free, NULL, NULL, sa_fields));
	prefs_register_uat_preference(
	    module, "seal_table", "Seal keys of stubs",
	    "The pool's keys, which open sealed stubs; what is in a stub decrypts its resumption",
	    uat_new("Seal keys of stubs", sizeof(struct seal_row), "ikesync_seal_table", TRUE,
		    &seal_rows, &n_seal_rows, UAT_AFFECTS_DISSECTION, NULL, seal_row_copy,
		    seal_row_update, seal_row_free, NULL, NULL, seal_fields));
	prefs_register_filename_preference(
	    module, "key_file", "Key file",
	    "Lines IKESYNC_SA and IKESYNC_SEAL, as ikesync-probe writes them, or a gateway's own "
	    "file of seal keys",
	    &pref_key_file, FALSE);
	wiped_register();
	register_init_routine(secrets_init_file);
	if (secrets_register_type)
		secrets_register_type(SECRETS_TYPE, read_block);
}
