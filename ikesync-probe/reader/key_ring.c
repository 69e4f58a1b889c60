/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the key formats, line by line, and finds keys again. */
#include "reader/key_ring.h"

#include <stdio.h>
#include <string.h>

#include "wire/hex.h"
#include "wire/iana.h"

#define RANDOM_SIZE 32
#define LABEL_MAX 64

static const struct {
	const char *name;
	uint16_t id, bits;
} encrs[] = {
	{ "AES-CBC-128", ENCR_AES_CBC, 128 },
	{ "AES-CBC-192", ENCR_AES_CBC, 192 },
	{ "AES-CBC-256", ENCR_AES_CBC, 256 },
	{ "AES-GCM-128 with 16 octet ICV", ENCR_AES_GCM_16, 128 },
	{ "AES-GCM-192 with 16 octet ICV", ENCR_AES_GCM_16, 192 },
	{ "AES-GCM-256 with 16 octet ICV", ENCR_AES_GCM_16, 256 },
	{ "ChaCha20-Poly1305", ENCR_CHACHA20_POLY1305, 0 },
};

static const struct name {
	const char *name;
	uint16_t id;
} integs[] = {
	{ "NONE", INTEG_NONE },
	{ "HMAC_SHA1_96", INTEG_HMAC_SHA1_96 },
	{ "HMAC_SHA2_256_128", INTEG_HMAC_SHA2_256_128 },
	{ "HMAC_SHA2_384_192", INTEG_HMAC_SHA2_384_192 },
	{ "HMAC_SHA2_512_256", INTEG_HMAC_SHA2_512_256 },
}, prfs[] = {
	{ "PRF_HMAC_SHA1", PRF_HMAC_SHA1 },
	{ "PRF_HMAC_SHA2_256", PRF_HMAC_SHA2_256 },
	{ "PRF_HMAC_SHA2_384", PRF_HMAC_SHA2_384 },
	{ "PRF_HMAC_SHA2_512", PRF_HMAC_SHA2_512 },
};

static guint row_hash(gconstpointer key)
{
	const struct ring_row *r = key;
	uint64_t mixed = r->spi_i * 0x9e3779b97f4a7c15u ^ r->spi_r;

	return (guint)(mixed ^ mixed >> 32);
}

static gboolean row_equal(gconstpointer a, gconstpointer b)
{
	const struct ring_row *x = a, *y = b;

	return x->spi_i == y->spi_i && x->spi_r == y->spi_r;
}

static void row_free(gpointer data)
{
	struct ring_row *r = data;

	ike_keys_clear(&r->keys);
	g_free(r);
}

static void tls_free(gpointer data)
{
	GByteArray *secret = data;

	secret_wipe(secret->data, secret->len);
	g_byte_array_unref(secret);
}

struct key_ring *key_ring_new(void)
{
	struct key_ring *k = g_new0(struct key_ring, 1);

	k->sas = g_array_new(FALSE, FALSE, sizeof(struct ring_sa));
	k->rows = g_hash_table_new_full(row_hash, row_equal, NULL, row_free);
	k->tls = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, tls_free);
	return k;
}

void key_ring_free(struct key_ring *k)
{
	if (!k)
		return;
	secret_wipe(k->sas->data, k->sas->len * sizeof(struct ring_sa));
	g_array_unref(k->sas);
	g_hash_table_unref(k->rows);
	g_hash_table_unref(k->tls);
	seal_keys_clear(&k->seal);
	g_free(k);
}

void key_ring_add_sa(struct key_ring *k, const struct ring_sa *sa)
{
	for (unsigned i = 0; i < k->sas->len; i++) {
		const struct ring_sa *there = &g_array_index(k->sas, struct ring_sa, i);

		if (index_equal(&there->index, &sa->index) &&
		    there->any_address == sa->any_address && there->suite.prf == sa->suite.prf &&
		    there->suite.encr == sa->suite.encr &&
		    secret_equal(secret_peek(&there->sk_d), secret_peek(&sa->sk_d)))
			return;
	}
	/* linear above: an honest capture has few, and a hostile one must not make it dear */
	if (k->sas->len < 1024)
		g_array_append_vals(k->sas, sa, 1);
}

const struct ring_row *key_ring_row(const struct key_ring *k, uint64_t spi_i, uint64_t spi_r)
{
	const struct ring_row key = { .spi_i = spi_i, .spi_r = spi_r };

	return g_hash_table_lookup(k->rows, &key);
}

struct span key_ring_tls(const struct key_ring *k, const char *label, struct span client_random)
{
	char hex[2 * RANDOM_SIZE + 1];
	GByteArray *secret;
	char *key;

	if (client_random.n != RANDOM_SIZE)
		return SPAN_NONE;
	key = g_strdup_printf("%s %s", label, hex_write(client_random, hex));
	secret = g_hash_table_lookup(k->tls, key);
	g_free(key);
	return secret ? span_of(secret->data, secret->len) : SPAN_NONE;
}

/* `name` without what stands behind it in brackets. */
static bool same_name(const char *name, const char *word)
{
	size_t n = strlen(name);

	return strncmp(name, word, n) == 0 && (word[n] == '\0' || strncmp(word + n, " [", 2) == 0);
}

static bool find_name(const struct name *all, size_t n, const char *word, uint16_t *id)
{
	for (size_t i = 0; i < n; i++)
		if (same_name(all[i].name, word)) {
			*id = all[i].id;
			return true;
		}
	return false;
}

static bool find_encr(const char *word, struct suite *s)
{
	for (size_t i = 0; i < G_N_ELEMENTS(encrs); i++)
		if (same_name(encrs[i].name, word)) {
			s->encr = encrs[i].id;
			s->encr_key_bits = encrs[i].bits;
			return true;
		}
	return false;
}

static bool read_secret(const char *word, struct secret *out)
{
	size_t n;

	if (*word == '\0') {
		*out = (struct secret){ 0 };
		return true;
	}
	if (hex_read(span_text(word), out->octets, sizeof(out->octets), &n) != ERR_OK)
		return false;
	out->n = (uint8_t)n;
	return true;
}

static bool read_spi(const char *word, uint64_t *out)
{
	uint8_t octets[8];
	size_t n;

	if (hex_read(span_text(word), octets, sizeof(octets), &n) != ERR_OK || n != 8)
		return false;
	*out = 0;
	for (size_t i = 0; i < n; i++)
		*out = *out << 8 | octets[i];
	return true;
}

/* Take quotes away. */
static char *bare(char *word)
{
	size_t n;

	g_strstrip(word);
	n = strlen(word);
	if (n >= 2 && word[0] == '"' && word[n - 1] == '"') {
		word[n - 1] = '\0';
		return word + 1;
	}
	return word;
}

/* Keys of the sizes that the suite wants, in the order of the table. */
static bool fits(struct ring_row *row)
{
	struct ike_keys *k = &row->keys;

	k->suite.prf = PRF_HMAC_SHA2_256; /* not told, and not needed to open a message */
	return suite_sizes(&k->suite, &k->sizes) == ERR_OK && k->sk_ei.n == k->sizes.encr_key &&
	       k->sk_er.n == k->sizes.encr_key && k->sk_ai.n == k->sizes.integ_key &&
	       k->sk_ar.n == k->sizes.integ_key;
}

static bool take_row(struct key_ring *k, char **word)
{
	struct ring_row *row = g_new0(struct ring_row, 1);
	struct ike_keys *keys = &row->keys;

	if (!read_spi(bare(word[0]), &row->spi_i) || !read_spi(bare(word[1]), &row->spi_r) ||
	    !read_secret(bare(word[2]), &keys->sk_ei) ||
	    !read_secret(bare(word[3]), &keys->sk_er) ||
	    !read_secret(bare(word[5]), &keys->sk_ai) ||
	    !read_secret(bare(word[6]), &keys->sk_ar)) {
		row_free(row);
		return false;
	}
	if (!find_encr(bare(word[4]), &keys->suite) ||
	    !find_name(integs, G_N_ELEMENTS(integs), bare(word[7]), &keys->suite.integ) ||
	    !fits(row) || g_hash_table_size(k->rows) >= KEY_RING_MAX) {
		k->unsupported++;
		row_free(row);
		return true;
	}
	g_hash_table_replace(k->rows, row, row);
	return true;
}

/* SPI@ADDRESS, or SPI@* */
static bool read_index(const char *word, struct ring_sa *sa)
{
	const char *at = strchr(word, '@');
	char spi[17];

	if (!at || at - word != 16)
		return false;
	memcpy(spi, word, 16);
	spi[16] = '\0';
	if (!read_spi(spi, &sa->index.spi))
		return false;
	sa->any_address = strcmp(at + 1, "*") == 0;
	if (sa->any_address)
		return true;
	/* "[2001:db8::1]" as indexes are written, or without brackets */
	if (at[1] == '[') {
		char *address = g_strndup(at + 2, strcspn(at + 2, "]"));
		bool ok = address_from_text(address, &sa->index.address) == ERR_OK;

		g_free(address);
		return ok;
	}
	return address_from_text(at + 1, &sa->index.address) == ERR_OK;
}

static bool take_sa(struct key_ring *k, char **word, int n)
{
	struct ring_sa sa = { 0 };

	if (n < 6 || !read_index(word[1], &sa) || !read_secret(word[5], &sa.sk_d))
		return false;
	if (!find_name(prfs, G_N_ELEMENTS(prfs), word[2], &sa.suite.prf) ||
	    !find_encr(word[3], &sa.suite) ||
	    !find_name(integs, G_N_ELEMENTS(integs), word[4], &sa.suite.integ))
		k->unsupported++;
	else
		key_ring_add_sa(k, &sa);
	secret_clear(&sa.sk_d);
	return true;
}

static bool take_seal(struct key_ring *k, const char *id, const char *key)
{
	uint8_t octets[4];
	size_t n;
	unsigned i = k->seal.n;

	if (hex_read(span_text(id), octets, sizeof(octets), &n) != ERR_OK || n != 4)
		return false;
	if (i == SEAL_KEYS_MAX) {
		k->unsupported++;
		return true;
	}
	if (hex_read(span_text(key), k->seal.keys[i].key, SEAL_KEY_SIZE, &n) != ERR_OK ||
	    n != SEAL_KEY_SIZE)
		return false;
	k->seal.keys[i].id = (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 |
			     (uint32_t)octets[2] << 8 | octets[3];
	k->seal.n++;
	return true;
}

static bool take_tls(struct key_ring *k, const char *label, const char *random, const char *secret)
{
	uint8_t octets[RANDOM_SIZE], key[SECRET_MAX];
	size_t n, key_n;

	if (strlen(label) > LABEL_MAX ||
	    hex_read(span_text(random), octets, sizeof(octets), &n) != ERR_OK || n != RANDOM_SIZE ||
	    hex_read(span_text(secret), key, sizeof(key), &key_n) != ERR_OK)
		return false;
	if (g_hash_table_size(k->tls) < KEY_RING_MAX) {
		char hex[2 * RANDOM_SIZE + 1];
		GByteArray *kept = g_byte_array_sized_new((guint)key_n);

		g_byte_array_append(kept, key, (guint)key_n);
		g_hash_table_replace(
		    k->tls, g_strdup_printf("%s %s", label, hex_write(span_of(octets, n), hex)),
		    kept);
	}
	secret_wipe(key, sizeof(key));
	return true;
}

static bool take_words(struct key_ring *k, char **word, int n)
{
	static const char *const tls[] = { "CLIENT_", "SERVER_", "EXPORTER_", "EARLY_" };

	if (strcmp(word[0], "IKESYNC_SA") == 0)
		return take_sa(k, word, n);
	if (strcmp(word[0], "IKESYNC_SEAL") == 0)
		return n == 3 && take_seal(k, word[1], word[2]);
	for (size_t i = 0; i < G_N_ELEMENTS(tls); i++)
		if (strncmp(word[0], tls[i], strlen(tls[i])) == 0)
			return n == 3 && take_tls(k, word[0], word[1], word[2]);
	return n == 2 && take_seal(k, word[0], word[1]);
}

static void words_free(char **word)
{
	for (char **w = word; w && *w; w++)
		secret_wipe(*w, strlen(*w));
	g_strfreev(word);
}

static bool take_line(struct key_ring *k, char *line)
{
	char **word;
	bool ok;
	int n;

	g_strstrip(line);
	if (*line == '\0' || *line == '#')
		return true;
	word = g_strsplit(line, ",", 9);
	if (g_strv_length(word) == 8) {
		ok = take_row(k, word);
		words_free(word);
		return ok;
	}
	words_free(word);
	if (!g_shell_parse_argv(line, &n, &word, NULL))
		return false;
	ok = take_words(k, word, n);
	words_free(word);
	return ok;
}

bool key_ring_take(struct key_ring *k, struct span text, unsigned *line)
{
	char buffer[KEY_RING_LINE_MAX];
	bool ok = true;

	*line = 0;
	while (ok && text.n) {
		const uint8_t *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;
		size_t eaten = end ? n + 1 : n;

		++*line;
		ok = n < sizeof(buffer) && !memchr(text.p, '\0', n);
		if (ok) {
			memcpy(buffer, text.p, n);
			buffer[n] = '\0';
			ok = take_line(k, buffer);
		}
		text = span_of(text.p + eaten, text.n - eaten);
	}
	secret_wipe(buffer, sizeof(buffer));
	return ok;
}
