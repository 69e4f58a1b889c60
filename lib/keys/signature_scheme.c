/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Algorithm identifiers of RFC 7427 and the schemes behind the classic methods. */
#include "keys/signature_scheme.h"

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

/* What precedes the signature of RFC 7427: its length in one octet, then DER. */
struct identifier {
	X509_ALGOR *algorithm;
	struct span signature;
};

static enum err read_identifier(struct span data, struct identifier *out)
{
	struct rcursor c = rcursor_init(data, NULL);
	size_t n = rcursor_u8(&c, "algorithm identifier: length");
	struct span der = rcursor_bytes(&c, n, "algorithm identifier");
	const unsigned char *p = der.p;

	*out = (struct identifier){ .signature = rcursor_rest(&c) };
	if (!rcursor_ok(&c))
		return ERR_TRUNCATED;
	if (n == 0)
		return ERR_VALUE;
	out->algorithm = d2i_X509_ALGOR(NULL, &p, (long)n);
	if (out->algorithm && p == der.p + n)
		return ERR_OK;
	X509_ALGOR_free(out->algorithm);
	out->algorithm = NULL;
	return ERR_VALUE;
}

/* RFC 8247 section 3.2: SHA-1 is over. */
static const EVP_MD *allowed_md(int nid)
{
	switch (nid) {
	case NID_sha256:
		return EVP_sha256();
	case NID_sha384:
		return EVP_sha384();
	case NID_sha512:
		return EVP_sha512();
	default:
		return NULL;
	}
}

static bool has_parameters(const X509_ALGOR *a)
{
	int type;

	X509_ALGOR_get0(NULL, &type, NULL, a);
	return type != V_ASN1_UNDEF;
}

static int nid_of(const X509_ALGOR *a)
{
	const ASN1_OBJECT *object;

	X509_ALGOR_get0(&object, NULL, NULL, a);
	return OBJ_obj2nid(object);
}

/* MGF1 with the hash of the message: what RFC 4055 section 3.1 recommends, and all there is in the wild. */
static bool same_mask(const RSA_PSS_PARAMS *p, int md)
{
	X509_ALGOR *mask;
	bool same;

	if (!p->maskGenAlgorithm || nid_of(p->maskGenAlgorithm) != NID_mgf1)
		return false;
	mask =
	    ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(X509_ALGOR), p->maskGenAlgorithm->parameter);
	same = mask && nid_of(mask) == md;
	X509_ALGOR_free(mask);
	return same;
}

static enum err read_pss(const X509_ALGOR *a, struct signature_scheme *out)
{
	RSA_PSS_PARAMS *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS), a->parameter);
	/* The defaults are SHA-1. */
	int md = p && p->hashAlgorithm ? nid_of(p->hashAlgorithm) : NID_sha1;
	int64_t salt = 20;
	enum err err = ERR_UNSUPPORTED;

	out->key = NID_rsaEncryption;
	out->md = allowed_md(md);
	out->pss = true;
	if (p && p->saltLength && !ASN1_INTEGER_get_int64(&salt, p->saltLength))
		salt = -1;
	if (out->md && same_mask(p, md) && salt >= 0 && salt <= EVP_MAX_MD_SIZE)
		err = ERR_OK;
	out->salt = (int)salt;
	RSA_PSS_PARAMS_free(p);
	return err;
}

static enum err read_algorithm(const X509_ALGOR *a, struct signature_scheme *out)
{
	int nid = nid_of(a), md, key;

	if (nid == NID_ED25519 || nid == NID_ED448) {
		out->key = nid;
		return has_parameters(a) ? ERR_VALUE : ERR_OK;
	}
	if (nid == NID_rsassaPss)
		return read_pss(a, out);
	if (!OBJ_find_sigid_algs(nid, &md, &key) ||
	    (key != NID_rsaEncryption && key != NID_X9_62_id_ecPublicKey))
		return ERR_UNSUPPORTED;
	out->key = key;
	out->md = allowed_md(md);
	return out->md ? ERR_OK : ERR_UNSUPPORTED;
}

enum err signature_scheme_classic(uint8_t method, struct signature_scheme *out)
{
	*out = (struct signature_scheme){ .key = NID_X9_62_id_ecPublicKey };
	switch (method) {
	case AUTH_RSA_SIGNATURE:
		out->key = NID_rsaEncryption;
		return ERR_OK;
	case AUTH_ECDSA_SHA256_P256:
		out->curve = NID_X9_62_prime256v1;
		out->md = EVP_sha256();
		return ERR_OK;
	case AUTH_ECDSA_SHA384_P384:
		out->curve = NID_secp384r1;
		out->md = EVP_sha384();
		return ERR_OK;
	case AUTH_ECDSA_SHA512_P521:
		out->curve = NID_secp521r1;
		out->md = EVP_sha512();
		return ERR_OK;
	default:
		return ERR_UNSUPPORTED;
	}
}

enum err signature_scheme_read(uint8_t method, struct span data, struct signature_scheme *out,
			       struct span *signature)
{
	struct identifier id;
	enum err err;

	*signature = data;
	if (method != AUTH_DIGITAL_SIGNATURE)
		return signature_scheme_classic(method, out);
	*out = (struct signature_scheme){ 0 };
	err = read_identifier(data, &id);
	if (err)
		return err;
	*signature = id.signature;
	err = read_algorithm(id.algorithm, out);
	X509_ALGOR_free(id.algorithm);
	return err;
}

const char *signature_scheme_name(struct span data)
{
	struct identifier id;
	const char *name = NULL;

	if (read_identifier(data, &id) != ERR_OK)
		return NULL;
	if (nid_of(id.algorithm) != NID_undef)
		name = OBJ_nid2ln(nid_of(id.algorithm));
	X509_ALGOR_free(id.algorithm);
	return name;
}

/* RFC 7427 appendix A and RFC 8420 appendix A. The last octet of the OID tells the hashes apart. */
#define DER_PKCS1(hash)                                                                         \
	{                                                                                       \
		0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, (hash), \
		    0x05, 0x00                                                                  \
	}
#define DER_ECDSA(hash)                                                                  \
	{                                                                                \
		0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, (hash) \
	}
#define DER_SHA2(hash) \
	0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, (hash), 0x05, 0x00
#define DER_PSS(hash, salt)                                                                     \
	{                                                                                       \
		0x30, 0x41, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a,   \
		    0x30, 0x34, 0xa0, 0x0f, DER_SHA2(hash), 0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, \
		    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, DER_SHA2(hash), 0xa2, \
		    0x03, 0x02, 0x01, (salt)                                                    \
	}
static const uint8_t pkcs1[3][15] = { DER_PKCS1(0x0b), DER_PKCS1(0x0c), DER_PKCS1(0x0d) };
static const uint8_t ecdsa[3][12] = { DER_ECDSA(0x02), DER_ECDSA(0x03), DER_ECDSA(0x04) };
static const uint8_t pss[3][67] = { DER_PSS(0x01, 32), DER_PSS(0x02, 48), DER_PSS(0x03, 64) };
static const uint8_t ed25519[] = { 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70 };
static const uint8_t ed448[] = { 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x71 };

static bool announced(uint8_t hashes, uint8_t hash)
{
	return hashes & 1 << hash;
}

/* The hash of a curve's own strength first, then the others as they stand. */
static enum err choose_hash(int curve, uint8_t hashes, uint8_t *out)
{
	uint8_t first = curve == NID_secp384r1   ? SIGNATURE_HASH_SHA2_384
			: curve == NID_secp521r1 ? SIGNATURE_HASH_SHA2_512
						 : SIGNATURE_HASH_SHA2_256;

	if (announced(hashes, first)) {
		*out = first;
		return ERR_OK;
	}
	for (unsigned h = SIGNATURE_HASH_SHA2_256; h <= SIGNATURE_HASH_SHA2_512; h++) {
		if (announced(hashes, h)) {
			*out = h;
			return ERR_OK;
		}
	}
	return ERR_UNSUPPORTED;
}

enum err signature_scheme_choose(int key, int curve, uint8_t hashes, bool pkcs1_wanted,
				 struct signature_offer *out)
{
	static const int salts[3] = { 32, 48, 64 };
	unsigned i;

	*out = (struct signature_offer){ .scheme = { .key = key } };
	if (key == NID_ED25519 || key == NID_ED448) {
		out->hash = SIGNATURE_HASH_IDENTITY;
		out->identifier = key == NID_ED25519 ? SPAN_OF(ed25519) : SPAN_OF(ed448);
		return announced(hashes, out->hash) ? ERR_OK : ERR_UNSUPPORTED;
	}
	if ((key != NID_rsaEncryption && key != NID_X9_62_id_ecPublicKey) ||
	    choose_hash(curve, hashes, &out->hash) != ERR_OK)
		return ERR_UNSUPPORTED;
	i = out->hash - (unsigned)SIGNATURE_HASH_SHA2_256;
	out->scheme.md = i == 0 ? EVP_sha256() : i == 1 ? EVP_sha384() : EVP_sha512();
	if (key != NID_rsaEncryption) {
		out->identifier = SPAN_OF(ecdsa[i]);
	} else if (pkcs1_wanted) {
		out->identifier = SPAN_OF(pkcs1[i]);
	} else {
		out->scheme.pss = true;
		out->scheme.salt = salts[i];
		out->identifier = SPAN_OF(pss[i]);
	}
	return ERR_OK;
}
