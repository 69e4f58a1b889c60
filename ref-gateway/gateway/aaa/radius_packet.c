/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attributes, authenticators and the keys that come in Access-Accept. */
#include "aaa/radius_packet.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "keys/secret.h"

enum { ACCESS_REQUEST = 1, ACCESS_ACCEPT = 2, ACCESS_REJECT = 3, ACCESS_CHALLENGE = 11 };
/* RFC 2865 section 5, RFC 3579 section 3 */
enum {
	USER_NAME = 1,
	SERVICE_TYPE = 6,
	FRAMED_IP_ADDRESS = 8,
	FRAMED_MTU = 12,
	STATE = 24,
	CLASS = 25,
	VENDOR_SPECIFIC = 26,
	SESSION_TIMEOUT = 27,
	CALLING_STATION_ID = 31,
	NAS_IDENTIFIER = 32,
	NAS_PORT_TYPE = 61,
	EAP_MESSAGE = 79,
	MESSAGE_AUTHENTICATOR = 80
};
/* RFC 2548 section 2.4 */
enum { MICROSOFT = 311, MS_MPPE_SEND_KEY = 16, MS_MPPE_RECV_KEY = 17 };

#define HEADER_SIZE 20
#define VALUE_MAX 253
#define MD5_SIZE 16
#define SERVICE_FRAMED 2
#define PORT_VIRTUAL 5
/* What an EAP method may put into one message, so that IKE_AUTH stays in one or two datagrams. */
#define EAP_MTU 1024
#define KEY_MAX (AAA_MSK_SIZE / 2)

static void attribute(struct wcursor *c, uint8_t type, struct span value)
{
	if (value.n > VALUE_MAX)
		wcursor_fail(c, ERR_NO_SPACE);
	wcursor_u8(c, type);
	wcursor_u8(c, (uint8_t)(value.n + 2));
	wcursor_bytes(c, value);
}

static void attribute_u32(struct wcursor *c, uint8_t type, uint32_t value)
{
	wcursor_u8(c, type);
	wcursor_u8(c, 6);
	wcursor_u32(c, value);
}

/* HMAC-MD5 over a packet whose Message-Authenticator has 16 zeros. */
static enum err message_authenticator(struct span secret, struct span packet,
				      uint8_t out[static MD5_SIZE])
{
	unsigned n;

	return HMAC(EVP_md5(), secret.p, (int)secret.n, packet.p, packet.n, out, &n) ? ERR_OK
										     : ERR_CRYPTO;
}

enum err radius_packet_write(struct wcursor *c, const struct radius_asked *asked,
			     const struct aaa_question *q)
{
	static const uint8_t zeros[MD5_SIZE];
	struct rcursor eap = rcursor_init(q->eap, NULL);
	uint8_t mac[MD5_SIZE];
	enum err err;

	wcursor_u8(c, ACCESS_REQUEST);
	wcursor_u8(c, asked->id);
	wcursor_u16(c, 0);
	wcursor_bytes(c, SPAN_OF(asked->authenticator));
	attribute(c, MESSAGE_AUTHENTICATOR, SPAN_OF(zeros));
	attribute(c, USER_NAME, q->identity);
	attribute(c, NAS_IDENTIFIER, span_text(asked->nas));
	attribute_u32(c, SERVICE_TYPE, SERVICE_FRAMED);
	attribute_u32(c, NAS_PORT_TYPE, PORT_VIRTUAL);
	attribute_u32(c, FRAMED_MTU, EAP_MTU);
	attribute(c, CALLING_STATION_ID, span_text(q->station));
	while (rcursor_left(&eap)) {
		size_t n = rcursor_left(&eap) < VALUE_MAX ? rcursor_left(&eap) : VALUE_MAX;

		attribute(c, EAP_MESSAGE, rcursor_bytes(&eap, n, "EAP"));
	}
	if (q->state.n)
		attribute(c, STATE, q->state);
	wcursor_patch(c, 2, 2, wcursor_size(c));
	if (c->err)
		return c->err;
	err = message_authenticator(asked->secret, wcursor_written(c, 0), mac);
	for (size_t i = 0; !err && i < MD5_SIZE; i++)
		wcursor_patch(c, HEADER_SIZE + 2 + i, 1, mac[i]);
	return err ? err : c->err;
}

/* MD5 of up to four pieces. */
static enum err md5(const struct span *pieces, size_t n, uint8_t out[static MD5_SIZE])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestInit_ex(ctx, EVP_md5(), NULL);

	for (size_t i = 0; ok && i < n; i++)
		ok = EVP_DigestUpdate(ctx, pieces[i].p, pieces[i].n);
	ok = ok && EVP_DigestFinal_ex(ctx, out, NULL);
	EVP_MD_CTX_free(ctx);
	return ok ? ERR_OK : ERR_CRYPTO;
}

/* RFC 2865 section 3: of who has the secret, to this request. */
static enum err check_response(struct span packet, const struct radius_asked *asked)
{
	struct rcursor c = rcursor_init(packet, NULL);
	struct span head = rcursor_bytes(&c, 4, "head");
	struct span is = rcursor_bytes(&c, RADIUS_AUTHENTICATOR_SIZE, "authenticator");
	const struct span pieces[] = { head, SPAN_OF(asked->authenticator), rcursor_rest(&c),
				       asked->secret };
	uint8_t expected[MD5_SIZE];
	enum err err = md5(pieces, 4, expected);

	if (err)
		return err;
	return secret_equal(SPAN_OF(expected), is) ? ERR_OK : ERR_AUTH;
}

/* One attribute; false: the end, or broken. */
static bool next(struct rcursor *c, uint8_t *type, struct span *value)
{
	uint8_t n;

	if (rcursor_left(c) == 0)
		return false;
	*type = rcursor_u8(c, "attribute: type");
	n = rcursor_u8(c, "attribute: length");
	if (rcursor_ok(c) && n < 2)
		rcursor_fail(c, ERR_LENGTH, "attribute: length below 2");
	*value = rcursor_bytes(c, n >= 2 ? n - 2u : 0, "attribute");
	return rcursor_ok(c);
}

static struct rcursor attributes_of(struct span packet)
{
	struct rcursor c = rcursor_init(packet, NULL);

	(void)rcursor_bytes(&c, HEADER_SIZE, "header");
	return c;
}

/* RFC 3579 section 3.2: over the packet with the request's authenticator in place, and zeros in its own. */
static enum err check_message(struct span packet, const struct radius_asked *asked)
{
	struct rcursor c = attributes_of(packet);
	uint8_t copy[RADIUS_PACKET_MAX], expected[MD5_SIZE];
	struct wcursor w = wcursor_init(copy, sizeof(copy));
	struct span value, found = SPAN_NONE;
	uint8_t type;
	enum err err;

	while (next(&c, &type, &value)) {
		if (type != MESSAGE_AUTHENTICATOR)
			continue;
		if (value.n != MD5_SIZE || found.p)
			return ERR_VALUE;
		found = value;
	}
	if (!rcursor_ok(&c))
		return c.fault.err;
	if (!found.p)
		return ERR_MISSING;
	wcursor_bytes(&w, packet);
	for (size_t i = 0; i < RADIUS_AUTHENTICATOR_SIZE; i++)
		wcursor_patch(&w, 4 + i, 1, asked->authenticator[i]);
	for (size_t i = 0; i < MD5_SIZE; i++)
		wcursor_patch(&w, (size_t)(found.p - packet.p) + i, 1, 0);
	err =
	    w.err ? w.err : message_authenticator(asked->secret, wcursor_written(&w, 0), expected);
	if (err)
		return err;
	return secret_equal(SPAN_OF(expected), found) ? ERR_OK : ERR_AUTH;
}

/*
 * RFC 2548 section 2.4.2: two octets of salt, then blocks of 16, each hidden under MD5 of the secret and what came before;
 * in clear a length, the key, padding.
 */
static bool open_key(struct span value, const struct radius_asked *asked, struct secret *out)
{
	struct rcursor c = rcursor_init(value, NULL);
	struct span salt = rcursor_bytes(&c, 2, "salt"), block = SPAN_NONE;
	uint8_t plain[VALUE_MAX + 1], mask[MD5_SIZE];
	size_t n = 0;
	bool ok = rcursor_left(&c) >= MD5_SIZE && rcursor_left(&c) % MD5_SIZE == 0;

	while (ok && rcursor_left(&c)) {
		const struct span first[] = { asked->secret, SPAN_OF(asked->authenticator), salt };
		const struct span later[] = { asked->secret, block };

		ok = (n ? md5(later, 2, mask) : md5(first, 3, mask)) == ERR_OK;
		block = rcursor_bytes(&c, MD5_SIZE, "block");
		for (size_t i = 0; i < MD5_SIZE; i++)
			plain[n++] = block.p[i] ^ mask[i];
	}
	ok = ok && plain[0] > 0 && plain[0] <= KEY_MAX && plain[0] < n &&
	     secret_set(out, span_of(&plain[1], plain[0])) == ERR_OK;
	secret_wipe(plain, sizeof(plain));
	secret_wipe(mask, sizeof(mask));
	return ok;
}

struct mppe_keys {
	struct secret recv, send; /* n 0: not there */
};

static void read_vendor(struct span value, const struct radius_asked *asked, struct mppe_keys *keys)
{
	struct rcursor c = rcursor_init(value, NULL);
	uint32_t vendor = rcursor_u32(&c, "vendor");
	uint8_t type;

	while (rcursor_ok(&c) && vendor == MICROSOFT && next(&c, &type, &value)) {
		if (type == MS_MPPE_RECV_KEY && keys->recv.n == 0)
			(void)open_key(value, asked, &keys->recv);
		else if (type == MS_MPPE_SEND_KEY && keys->send.n == 0)
			(void)open_key(value, asked, &keys->send);
	}
}

/*
 * What the server receives with, then what it sends with (RFC 5216 section 2.3), and zeros where they are shorter: MS-CHAPv2 makes
 * 16 octets each.
 */
static void make_msk(const struct mppe_keys *keys, struct aaa_answer *a)
{
	struct wcursor c = wcursor_init(a->msk, sizeof(a->msk));

	a->has_msk = keys->recv.n && keys->send.n;
	if (!a->has_msk)
		return;
	wcursor_bytes(&c, secret_peek(&keys->recv));
	wcursor_bytes(&c, secret_peek(&keys->send));
}

static void read_address(struct span value, struct aaa_answer *a)
{
	static const uint8_t choose[2][4] = { { 255, 255, 255, 255 }, { 255, 255, 255, 254 } };

	/* RFC 2865 section 5.8: these leave it to the client, or to us. */
	if (value.n != 4 || span_equal(value, SPAN_OF(choose[0])) ||
	    span_equal(value, SPAN_OF(choose[1])))
		return;
	a->has_ip4 = true;
	memcpy(a->ip4, value.p, 4);
}

struct reading {
	struct wcursor eap, class;
	struct mppe_keys keys;
};

static void read_attribute(uint8_t type, struct span value, const struct radius_asked *asked,
			   struct reading *r, struct aaa_answer *a)
{
	struct rcursor number = rcursor_init(value, NULL);

	switch (type) {
	case EAP_MESSAGE:
		wcursor_bytes(&r->eap, value);
		break;
	case STATE:
		a->state = value;
		break;
	case CLASS:
		wcursor_u8(&r->class, (uint8_t)value.n);
		wcursor_bytes(&r->class, value);
		break;
	case FRAMED_IP_ADDRESS:
		read_address(value, a);
		break;
	case SESSION_TIMEOUT:
		if (value.n == 4)
			a->session_s = rcursor_u32(&number, "Session-Timeout");
		break;
	case VENDOR_SPECIFIC:
		read_vendor(value, asked, &r->keys);
		break;
	default:
		break;
	}
}

static enum err read_verdict(uint8_t code, enum aaa_verdict *out)
{
	switch (code) {
	case ACCESS_ACCEPT:
		*out = AAA_ACCEPT;
		return ERR_OK;
	case ACCESS_REJECT:
		*out = AAA_REJECT;
		return ERR_OK;
	case ACCESS_CHALLENGE:
		*out = AAA_CHALLENGE;
		return ERR_OK;
	default:
		return ERR_VALUE;
	}
}

/* Header, and the packet without what may stand behind it (RFC 2865 section 3). */
static enum err read_header(struct span octets, const struct radius_asked *asked,
			    enum aaa_verdict *verdict, struct span *packet)
{
	struct rcursor c = rcursor_init(octets, NULL);
	uint8_t code = rcursor_u8(&c, "code"), id = rcursor_u8(&c, "identifier");
	uint16_t length = rcursor_u16(&c, "length");

	if (!rcursor_ok(&c) || length > octets.n)
		return ERR_TRUNCATED;
	if (length < HEADER_SIZE || length > RADIUS_PACKET_MAX)
		return ERR_LENGTH;
	*packet = span_of(octets.p, length);
	return id != asked->id ? ERR_NO_MATCH : read_verdict(code, verdict);
}

enum err radius_packet_read(struct span octets, const struct radius_asked *asked,
			    struct radius_read *out)
{
	struct aaa_answer *a = &out->answer;
	struct reading r = { .eap = wcursor_init(out->eap, sizeof(out->eap)),
			     .class = wcursor_init(out->class, sizeof(out->class)) };
	struct span packet, value;
	struct rcursor c;
	uint8_t type;
	enum err err;

	memset(a, 0, sizeof(*a));
	err = read_header(octets, asked, &a->verdict, &packet);
	if (!err)
		err = check_response(packet, asked);
	if (!err)
		err = check_message(packet, asked);
	if (err)
		return err;
	c = attributes_of(packet);
	while (next(&c, &type, &value))
		read_attribute(type, value, asked, &r, a);
	if (r.eap.err || r.class.err) {
		secret_wipe(&r.keys, sizeof(r.keys));
		return ERR_TOO_MANY;
	}
	a->eap = wcursor_written(&r.eap, 0);
	a->class = wcursor_written(&r.class, 0);
	make_msk(&r.keys, a);
	secret_wipe(&r.keys, sizeof(r.keys));
	return ERR_OK;
}
