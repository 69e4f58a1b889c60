/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Encrypts and seals the plaintext of an input, and puts frames around it. */
#include "fuzz_secure.h"

#include "../../dissector/crypto/resume_keys.h"

#include <stdlib.h>
#include <wsutil/wsgcrypt.h>

#define HEADER 28
#define MESSAGE_MAX 4096
#define SESSIONS 4
#define OTHER_SPI "\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7"
#define G_IR "\x01\x02\x03\x04\x05\x06\x07\x08"
#define SEAL_CLEAR 45
#define TAG 16

enum { INIT = 34, NONCE = 40, NOTIFY = 41, SK = 46, SKF = 53, SYN = 200, STUB = 201, SEALED = 208 };
enum { OLD_STUB = 9, OLD_INPUT = 10 };

static const struct resume_suite suites[FUZZ_OLD_SAS] = {
	{ 5, 12, 128, 12 }, { 6, 12, 256, 13 }, { 7, 12, 192, 14 }, { 2, 11, 0, 2 },
	{ 5, 20, 128, 0 },  { 5, 19, 256, 0 },  { 5, 18, 192, 0 },  { 5, 28, 0, 0 },
	{ 1, 12, 128, 1 },  { 5, 12, 128, 12 }, { 5, 12, 128, 12 },
};

struct message {
	uint8_t at[MESSAGE_MAX];
	struct octets all, nonce;
};

struct sa {
	struct message request, response;
	uint8_t spii[8], spir[8];
	struct resume_keys keys; /* without the wrong derivation, for the next in the chain */
};
static struct sa sessions[SESSIONS];

static void put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static bool old_number(char mark, unsigned *out)
{
	if (mark >= '0' && mark < '0' + OLD_STUB)
		*out = (unsigned)(mark - '0');
	else if (mark == 's' || mark == 'k')
		*out = mark == 's' ? OLD_STUB : OLD_INPUT;
	else
		return false;
	return true;
}

static void old_spi(unsigned number, uint8_t spi[8])
{
	memcpy(spi, "\x01\x23\x45\x67\x89\xab\xcd", 7);
	spi[7] = (uint8_t)(0xe0 + number);
}

static struct resume_key old_sk_d(unsigned number)
{
	struct resume_key k = { 0 };
	struct resume_sizes sizes;

	if (!resume_suite_sizes(&suites[number], &sizes))
		abort();
	k.n = sizes.prf;
	for (unsigned i = 0; i < k.n; i++)
		k.octets[i] = (uint8_t)(16 * number + i);
	return k;
}

static char *hex(const uint8_t *p, size_t n)
{
	char *text = g_malloc0(2 * n + 1);

	for (size_t i = 0; i < n; i++)
		snprintf(text + 2 * i, 3, "%02x", p[i]);
	return text;
}

char *fuzz_secure_sk_d(char which)
{
	unsigned number;
	struct resume_key k;

	if (!old_number(which, &number))
		abort();
	k = old_sk_d(number);
	return hex(k.octets, k.n);
}

static const char *name(const value_string *names, uint32_t number)
{
	return val_to_str_const(number, names, "?");
}

char *fuzz_secure_keys(void)
{
	GString *text = g_string_new("# fuzz_secure.c\n");

	for (unsigned i = 0; i < OLD_STUB; i++) {
		const struct resume_suite *s = &suites[i];
		struct resume_key k = old_sk_d(i);
		char *sk_d = hex(k.octets, k.n), *other = hex((const uint8_t *)OTHER_SPI, 8);
		char *g_ir = hex((const uint8_t *)G_IR, 8), *spi;
		uint8_t octets[8];

		old_spi(i, octets);
		spi = hex(octets, 8);
		g_string_append_printf(
		    text, "IKESYNC_SA %s@* \"%s\" \"%s\" \"%s\" %s spii=%s spir=%s g_ir=%s\n", spi,
		    name(resume_prf_names, s->prf),
		    name(resume_encr_names, RESUME_ENCR(s->encr, s->encr_bits)),
		    name(resume_integ_names, s->integ), sk_d, other, spi, g_ir);
		g_free(sk_d);
		g_free(other);
		g_free(g_ir);
		g_free(spi);
	}
	for (unsigned i = 0; i < 3; i++) {
		uint8_t key[32];
		char *digits;

		memset(key, (int)(0x51 + i), sizeof(key));
		digits = hex(key, sizeof(key));
		g_string_append_printf(text, "IKESYNC_SEAL %u %s\n", i ? 2u : 1u, digits);
		g_free(digits);
	}
	return g_string_free(text, FALSE);
}

/* SPIs of an earlier input of this session would lead to its SAs. */
static void new_spi(unsigned session, bool responder, uint8_t spi[8])
{
	static const uint8_t start[] = { 0xa0, 0xde, 0xad, 0xbe, 0xef, 0, 0, 0 };

	memcpy(spi, start, 8);
	spi[5] = responder;
	spi[6] = fuzz_input();
	spi[7] = (uint8_t)session;
}

void fuzz_secure_start(void)
{
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct sa *sa = &sessions[i];

		sa->request.all.n = sa->response.all.n = 0;
		sa->keys.key[RESUME_D].n = 0;
	}
}

static bool mark_spi(char mark, uint8_t spi[8])
{
	unsigned number;

	if (old_number(mark, &number))
		old_spi(number, spi);
	else if (mark == 'o')
		memcpy(spi, OTHER_SPI, 8);
	else if (mark >= 'a' && mark < 'a' + SESSIONS)
		new_spi((unsigned)(mark - 'a'), true, spi);
	else if (mark >= 'A' && mark < 'A' + SESSIONS)
		new_spi((unsigned)(mark - 'A'), false, spi);
	else
		return false;
	return true;
}

void fuzz_marks(uint8_t *p, size_t n)
{
	const size_t length = strlen(FUZZ_SPI_MARK);

	for (size_t i = 0; i + length < n; i++)
		if (memcmp(p + i, FUZZ_SPI_MARK, length) == 0)
			mark_spi((char)p[i + length], p + i);
}

/* The payload of one of these types; its end may be beyond the message's. 0: none. */
static size_t find(const uint8_t *m, size_t n, unsigned type, unsigned other, unsigned *found)
{
	unsigned next = m[16];
	size_t at = HEADER;

	while (next && n > at && n - at >= 4) {
		size_t length = get16(m + at + 2);

		if (next == type || next == other) {
			*found = next;
			return at;
		}
		if (length < 4)
			return 0;
		next = m[at];
		at += length;
	}
	return 0;
}

static void remember(struct message *kept, const uint8_t *m, size_t n)
{
	unsigned type;
	size_t at, length;

	kept->all.n = 0;
	if (n > sizeof(kept->at))
		return;
	memcpy(kept->at, m, n);
	at = find(kept->at, n, NONCE, NONCE, &type);
	length = at ? get16(m + at + 2) : 0;
	if (length < 4 || length > n - at)
		return;
	kept->nonce = (struct octets){ kept->at + at + 4, (unsigned)length - 4 };
	kept->all = (struct octets){ kept->at, (unsigned)n };
}

/* The old SA that a request names, or the new one before it. */
static bool old_of(const struct message *request, struct resume_suite *suite,
		   struct resume_key *sk_d, const struct sa **before)
{
	unsigned type;
	size_t at = find(request->at, request->all.n, SYN, 222, &type);
	uint8_t spi[8];

	*before = NULL;
	if (!at || request->all.n - at < 12)
		return false;
	for (unsigned i = 0; i < FUZZ_OLD_SAS; i++) {
		old_spi(i, spi);
		if (memcmp(spi, request->at + at + 4, 8) == 0) {
			*suite = suites[i];
			*sk_d = old_sk_d(i);
			return true;
		}
	}
	for (unsigned i = 0; i < SESSIONS; i++) {
		const struct sa *sa = &sessions[i];

		if (!sa->keys.key[RESUME_D].n || memcmp(sa->spir, request->at + at + 4, 8) != 0)
			continue;
		*suite = sa->keys.suite;
		*sk_d = sa->keys.key[RESUME_D];
		*before = sa;
		return true;
	}
	return false;
}

/* As in resume_diagnosis.c, which has to find it out. */
static void turn(unsigned wrong, struct resume_seed *seed, struct resume_twist *t)
{
	static struct resume_key old;
	uint8_t spi[8];

	memcpy(spi, seed->spii, 8);
	t->g_ir = (struct octets){ (const uint8_t *)G_IR, 8 };
	switch (wrong) {
	case 1:
	case 2:
	case 3:
		t->swap_skeyseed = wrong != 3;
		t->swap_prf_plus = wrong != 2;
		break;
	case 4:
		t->cut_nonces = true;
		break;
	case 5:
	case 6:
	case 7:
		t->input = (enum resume_input)(wrong - 4);
		break;
	case 8:
	case 9:
	case 10:
	case 11:
	case 12:
	case 13:
		t->order = wrong - 7;
		break;
	case 14:
		t->swap_roles = true;
		break;
	case 15:
		memcpy(seed->spii, seed->spir, 8);
		memcpy(seed->spir, spi, 8);
		break;
	case 16:
		memcpy(seed->spii, OTHER_SPI, 8);
		break;
	case 17:
	case 18:
	case 19:
		t->a_key = 16 + 4 * (wrong - 17);
		break;
	case 20:
	case 21:
		t->p_key = wrong == 20 ? 20 : 48;
		break;
	case 22:
		seed->suite.prf = seed->suite.prf == 5 ? 6 : 5;
		break;
	case 24:
		old = old_sk_d(0);
		seed->sk_d = (struct octets){ old.octets, old.n };
		break;
	case 23:
		seed->suite.encr_bits = seed->suite.encr_bits == 256 ? 128 : 256;
		break;
	default:
		break;
	}
}

static bool keys_of(struct sa *sa, const uint8_t *parameters, struct resume_keys *out)
{
	struct resume_twist twist = { .order = 0 };
	struct resume_seed seed = { .ni = sa->request.nonce, .nr = sa->response.nonce };
	struct resume_key sk_d;
	const struct sa *before;

	if (!sa->request.all.n || !sa->response.all.n ||
	    !old_of(&sa->request, &seed.suite, &sk_d, &before))
		return false;
	seed.sk_d = (struct octets){ sk_d.octets, sk_d.n };
	memcpy(seed.spii, sa->spii, 8);
	memcpy(seed.spir, sa->spir, 8);
	if (!resume_keys_derive(&seed, NULL, &sa->keys))
		return false;
	turn(parameters[0], &seed, &twist);
	turn(parameters[1] & 0x1f, &seed, &twist);
	return resume_keys_derive(&seed, &twist, out);
}

/* Writes IV, ciphertext, ICV at `body` in place of the plaintext of `n` octets there. */
static size_t encrypt(const struct resume_keys *keys, bool initiator, uint8_t *message, size_t body,
		      size_t n, size_t sk_at, size_t size)
{
	const struct resume_sizes *s = &keys->sizes;
	const struct resume_key *e = &keys->key[initiator ? RESUME_EI : RESUME_ER];
	const struct resume_key *a = &keys->key[initiator ? RESUME_AI : RESUME_AR];
	size_t total = body + s->iv + n + s->icv;
	uint8_t *plain = message + body + s->iv, nonce[12], mac[RESUME_KEY_MAX];
	struct octets covered = { message, (unsigned)(total - s->icv) };
	gcry_cipher_hd_t h = NULL;

	if (total > size || total > 65535)
		return 0;
	memmove(plain, message + body, n);
	memset(message + body, 0x1f, s->iv);
	put16(message + sk_at + 2, total - sk_at);
	message[24] = message[25] = 0;
	put16(message + 26, total);
	if (s->cipher && (gcry_cipher_open(&h, s->cipher, s->mode, 0) ||
			  gcry_cipher_setkey(h, e->octets, e->n - s->salt)))
		return 0;
	if (s->aead) {
		memcpy(nonce, e->octets + e->n - s->salt, s->salt);
		memcpy(nonce + s->salt, message + body, s->iv);
		if (gcry_cipher_setiv(h, nonce, sizeof(nonce)) ||
		    gcry_cipher_authenticate(h, message, body) || gcry_cipher_final(h) ||
		    gcry_cipher_encrypt(h, plain, n, NULL, 0) || gcry_cipher_gettag(h, mac, TAG))
			abort();
	} else if (h && (gcry_cipher_setiv(h, message + body, s->iv) ||
			 gcry_cipher_encrypt(h, plain, n, NULL, 0))) {
		abort();
	}
	gcry_cipher_close(h);
	if (!s->aead &&
	    !resume_prf(s->integ_md, (struct octets){ a->octets, a->n }, &covered, 1, mac))
		abort();
	memcpy(message + total - s->icv, mac, s->icv);
	return total;
}

static void fill_bind(const struct sa *sa, const struct resume_keys *keys, bool initiator,
		      uint8_t *plain, size_t n)
{
	static const uint8_t label[] = "ikesync bind";
	const struct octets parts[] = { { label, sizeof(label) - 1 },
					sa->request.all,
					sa->response.all };
	const struct resume_key *k = &keys->key[initiator ? RESUME_PI : RESUME_PR];
	unsigned prf = keys->sizes.prf, run = 0;

	for (size_t i = 0; i + 2 < n; i++) {
		if (plain[i] != 0xc1 || plain[i + 1] != 0x5d)
			continue;
		for (run = 0; run < prf && i + 2 + run < n; run++)
			if (plain[i + 2 + run] != FUZZ_BIND)
				break;
		if (run == prf)
			resume_prf(keys->sizes.prf_md, (struct octets){ k->octets, k->n }, parts,
				   array_length(parts), plain + i + 2);
	}
}

static size_t pad(const struct resume_sizes *s, bool own, uint8_t *plain, size_t n, size_t size)
{
	size_t filler;

	if (own) /* the input's last octet counts the padding */
		return n - n % s->block;
	filler = s->block - 1 - n % s->block;
	if (n + filler + 1 > size)
		return 0;
	for (size_t i = 0; i < filler; i++)
		plain[n + i] = (uint8_t)i;
	plain[n + filler] = (uint8_t)filler;
	return n + filler + 1;
}

/* Rule 35. Writes ciphertext and tag; `clear` is what stands before it. */
static bool seal(const uint8_t *clear, struct octets index, struct octets plain, uint8_t *out)
{
	static const uint8_t info[] = "ikesync profile 1 seal";
	uint8_t key[32], prk[RESUME_KEY_MAX], okm[2 * RESUME_KEY_MAX];
	const struct octets salt = { clear + 5, 32 }, ikm = { key, 32 }, prk_key = { prk, 32 };
	unsigned id = get16(clear + 1) << 16 | get16(clear + 3);
	gcry_cipher_hd_t h;

	if (id != 1 && id != 2)
		return false;
	memset(key, id == 1 ? 0x51 : 0x52, sizeof(key)); /* of two keys the one tried later */
	if (!resume_prf(GCRY_MD_SHA256, salt, &ikm, 1, prk))
		abort();
	for (uint8_t i = 1; i <= 2; i++) {
		const struct octets parts[] = { { okm, i > 1 ? 32 : 0 },
						{ info, sizeof(info) - 1 },
						{ &i, 1 } };

		if (!resume_prf(GCRY_MD_SHA256, prk_key, parts, array_length(parts),
				okm + 32 * (i - 1)))
			abort();
	}
	if (gcry_cipher_open(&h, GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_GCM, 0) ||
	    gcry_cipher_setkey(h, okm, 32) || gcry_cipher_setiv(h, okm + 32, 12) ||
	    gcry_cipher_authenticate(h, clear, SEAL_CLEAR) ||
	    gcry_cipher_authenticate(h, index.p, index.n) || gcry_cipher_final(h) ||
	    gcry_cipher_encrypt(h, out, plain.n, plain.p, plain.n) ||
	    gcry_cipher_gettag(h, out + plain.n, TAG))
		abort();
	gcry_cipher_close(h);
	return true;
}

/* N(IKESYNC_STUB) with 45 octets and a plaintext: seals it for the index of the same chain, or
 * `held`. Returns the octets that were added. */
static size_t seal_notifies(uint8_t *m, size_t at, size_t n, size_t size, unsigned next,
			    const uint8_t *held)
{
	uint8_t idx[24], sealed[MESSAGE_MAX];
	struct octets bound = { idx, 12 };
	size_t before = n;

	memcpy(idx, held, 12);
	while (next && n > at && n - at >= 4) {
		size_t length = get16(m + at + 2), clear = at + 8;
		unsigned type = next == NOTIFY && n - at >= 8 ? get16(m + at + 6) : 0;

		if (length < 4 || length > n - at)
			break;
		if ((next == SYN && length >= 16) || (type == 0xc15c && length >= 20)) {
			bound.n = length - (next == SYN ? 4 : 8) >= 24 ? 24 : 12;
			memcpy(idx, m + at + (next == SYN ? 4 : 8), bound.n);
		}
		if (type == 0xc15e && length > 8 + SEAL_CLEAR && n + TAG <= size &&
		    seal(m + clear, bound,
			 (struct octets){ m + clear + SEAL_CLEAR,
					  (unsigned)(length - 8 - SEAL_CLEAR) },
			 sealed)) {
			memmove(m + at + length + TAG, m + at + length, n - at - length);
			memcpy(m + clear + SEAL_CLEAR, sealed, length - 8 - SEAL_CLEAR + TAG);
			length += TAG;
			n += TAG;
			put16(m + at + 2, length);
		}
		next = m[at];
		at += length;
	}
	return n - before;
}

size_t fuzz_protect(const uint8_t parameters[FUZZ_PARAMETERS], uint8_t *message, size_t n,
		    size_t size)
{
	bool initiator;
	struct resume_keys keys;
	struct sa *sa = NULL;
	size_t at, body, plain, total, before;
	unsigned type;
	uint8_t spi[8], held[12] = { [8] = 192, 0, 2, 2 };

	if (n < HEADER)
		return n;
	initiator = message[19] & 0x08;
	memcpy(held, message + 8, 8);
	for (unsigned i = 0; i < SESSIONS; i++) {
		new_spi(i, false, spi);
		if (memcmp(spi, message, 8) == 0)
			sa = &sessions[i];
	}
	if (!sa)
		return n;
	if (message[18] == INIT) {
		bool response = message[19] & 0x20;

		before = n;
		n += seal_notifies(message, HEADER, n, size, message[16], held);
		put16(message + 26, get16(message + 26) + n - before);
		remember(response ? &sa->response : &sa->request, message, n);
		memcpy(sa->spii, message, 8);
		if (response)
			memcpy(sa->spir, message + 8, 8);
		return n;
	}
	at = find(message, n, SK, SKF, &type);
	body = at + (at && type == SKF ? 8 : 4);
	if (!at || body > n || parameters[1] & 0x20 || !keys_of(sa, parameters, &keys))
		return n;
	n += seal_notifies(message, body, n, size - TAG, message[at], held);
	plain = n - body;
	fill_bind(sa, &keys, initiator, message + body, plain);
	plain = pad(&keys.sizes, parameters[1] & 0x80, message + body, plain, size - body);
	total =
	    plain ? encrypt(&keys, initiator != keys.swapped, message, body, plain, at, size) : 0;
	if (!total)
		return n;
	if (parameters[1] & 0x40)
		message[total - 1] ^= 1;
	return total;
}

struct writer {
	uint8_t *at;
	size_t n, size;
};

static void put(struct writer *w, const void *p, size_t n)
{
	if (n > w->size - w->n)
		n = w->size - w->n;
	memcpy(w->at + w->n, p, n);
	w->n += n;
}

static void put_sealed(struct writer *w, struct octets index, const uint8_t *body, size_t n)
{
	size_t plain = n - SEAL_CLEAR;

	put(w, body, SEAL_CLEAR);
	if (!index.p || !plain || plain + TAG > w->size - w->n ||
	    !seal(body, index, (struct octets){ body + SEAL_CLEAR, (unsigned)plain }, w->at + w->n))
		put(w, body + SEAL_CLEAR, plain);
	else
		w->n += plain + TAG;
}

/* Payload 201's content; lengths of what is sealed grow by the tag. */
static void put_container(struct writer *w, const uint8_t *p, size_t n)
{
	struct octets index = { NULL, 0 };
	unsigned next = p[0];
	size_t at = 4;

	put(w, p, 4);
	while (next && n - at >= 4) {
		size_t length = get16(p + at + 2), start = w->n;

		if (length < 4 || length > n - at)
			break;
		put(w, p + at, 4);
		if (next == SEALED && length > 4 + SEAL_CLEAR)
			put_sealed(w, index, p + at + 4, length - 4);
		else
			put(w, p + at + 4, length - 4);
		if (next == SYN) /* the index has the same number */
			index = (struct octets){ p + at + 4, (unsigned)length - 4 };
		if (w->n - start >= 4)
			put16(w->at + start + 2, w->n - start);
		next = p[at];
		at += length;
	}
	put(w, p + at, n - at);
}

size_t fuzz_seal(const uint8_t *message, size_t n, uint8_t *out, size_t size)
{
	struct writer w = { out, 0, size };
	unsigned next = n > 4 ? message[0] : 0;
	size_t at = 4;

	if (n <= 4) {
		put(&w, message, n);
		return w.n;
	}
	put(&w, message, 4);
	while (next && n - at >= 4) {
		size_t length = get16(message + at + 2), start = w.n;

		if (length < 4 || length > n - at)
			break;
		put(&w, message + at, 4);
		if (next == STUB && length >= 8)
			put_container(&w, message + at + 4, length - 4);
		else
			put(&w, message + at + 4, length - 4);
		if (w.n - start >= 4)
			put16(out + start + 2, w.n - start);
		next = message[at];
		at += length;
	}
	put(&w, message + at, n - at);
	if (get16(message + 2) == n) /* a wrong length stays wrong */
		put16(out + 2, w.n);
	return w.n;
}
