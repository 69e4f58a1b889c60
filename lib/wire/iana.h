/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers of IKEv2 (IANA "IKEv2 Parameters", RFC 7296) and of profile 1.
 * Each list stands once; enum and names are made from it.
 */
#ifndef IKESYNC_WIRE_IANA_H
#define IKESYNC_WIRE_IANA_H

#include <stdint.h>

/* RFC 7296 section 3.1 */
#define IANA_EXCHANGES(X)                                  \
	X(EXCHANGE_IKE_SA_INIT, 34, "IKE_SA_INIT")         \
	X(EXCHANGE_IKE_AUTH, 35, "IKE_AUTH")               \
	X(EXCHANGE_CREATE_CHILD_SA, 36, "CREATE_CHILD_SA") \
	X(EXCHANGE_INFORMATIONAL, 37, "INFORMATIONAL")     \
	X(EXCHANGE_IKE_SESSION_RESUME, 38, "IKE_SESSION_RESUME")

/* RFC 7296 section 3.2, RFC 7383 (SKF) */
#define IANA_PAYLOADS(X)                  \
	X(PAYLOAD_NONE, 0, "NONE")        \
	X(PAYLOAD_SA, 33, "SA")           \
	X(PAYLOAD_KE, 34, "KE")           \
	X(PAYLOAD_IDI, 35, "IDi")         \
	X(PAYLOAD_IDR, 36, "IDr")         \
	X(PAYLOAD_CERT, 37, "CERT")       \
	X(PAYLOAD_CERTREQ, 38, "CERTREQ") \
	X(PAYLOAD_AUTH, 39, "AUTH")       \
	X(PAYLOAD_NONCE, 40, "Nonce")     \
	X(PAYLOAD_NOTIFY, 41, "N")        \
	X(PAYLOAD_DELETE, 42, "D")        \
	X(PAYLOAD_VENDOR, 43, "V")        \
	X(PAYLOAD_TSI, 44, "TSi")         \
	X(PAYLOAD_TSR, 45, "TSr")         \
	X(PAYLOAD_SK, 46, "SK")           \
	X(PAYLOAD_CP, 47, "CP")           \
	X(PAYLOAD_EAP, 48, "EAP")         \
	X(PAYLOAD_SKF, 53, "SKF")

/* Default of profile 1 for the payload type that the draft leaves unassigned (wire profile rule 1). */
#define IKE_SA_SYN_TYPE_DEFAULT 200

#define IANA_PROTOCOLS(X)           \
	X(PROTOCOL_NONE, 0, "none") \
	X(PROTOCOL_IKE, 1, "IKE")   \
	X(PROTOCOL_AH, 2, "AH")     \
	X(PROTOCOL_ESP, 3, "ESP")

/* RFC 7296 section 3.3.2 */
#define IANA_TRANSFORM_TYPES(X)        \
	X(TRANSFORM_ENCR, 1, "ENCR")   \
	X(TRANSFORM_PRF, 2, "PRF")     \
	X(TRANSFORM_INTEG, 3, "INTEG") \
	X(TRANSFORM_DH, 4, "D-H")      \
	X(TRANSFORM_ESN, 5, "ESN")

#define IANA_ENCR(X)                         \
	X(ENCR_3DES, 3, "3DES")              \
	X(ENCR_NULL, 11, "NULL")             \
	X(ENCR_AES_CBC, 12, "AES-CBC")       \
	X(ENCR_AES_CTR, 13, "AES-CTR")       \
	X(ENCR_AES_GCM_8, 18, "AES-GCM-8")   \
	X(ENCR_AES_GCM_12, 19, "AES-GCM-12") \
	X(ENCR_AES_GCM_16, 20, "AES-GCM-16") \
	X(ENCR_CHACHA20_POLY1305, 28, "CHACHA20-POLY1305")

#define IANA_PRF(X)                                  \
	X(PRF_HMAC_MD5, 1, "PRF-HMAC-MD5")           \
	X(PRF_HMAC_SHA1, 2, "PRF-HMAC-SHA1")         \
	X(PRF_AES128_XCBC, 4, "PRF-AES128-XCBC")     \
	X(PRF_HMAC_SHA2_256, 5, "PRF-HMAC-SHA2-256") \
	X(PRF_HMAC_SHA2_384, 6, "PRF-HMAC-SHA2-384") \
	X(PRF_HMAC_SHA2_512, 7, "PRF-HMAC-SHA2-512") \
	X(PRF_AES128_CMAC, 8, "PRF-AES128-CMAC")

#define IANA_INTEG(X)                                       \
	X(INTEG_NONE, 0, "NONE")                            \
	X(INTEG_HMAC_MD5_96, 1, "HMAC-MD5-96")              \
	X(INTEG_HMAC_SHA1_96, 2, "HMAC-SHA1-96")            \
	X(INTEG_AES_XCBC_96, 5, "AES-XCBC-96")              \
	X(INTEG_AES_CMAC_96, 8, "AES-CMAC-96")              \
	X(INTEG_HMAC_SHA2_256_128, 12, "HMAC-SHA2-256-128") \
	X(INTEG_HMAC_SHA2_384_192, 13, "HMAC-SHA2-384-192") \
	X(INTEG_HMAC_SHA2_512_256, 14, "HMAC-SHA2-512-256")

#define IANA_DH(X)                     \
	X(DH_NONE, 0, "none")          \
	X(DH_MODP1024, 2, "modp1024")  \
	X(DH_MODP1536, 5, "modp1536")  \
	X(DH_MODP2048, 14, "modp2048") \
	X(DH_MODP3072, 15, "modp3072") \
	X(DH_MODP4096, 16, "modp4096") \
	X(DH_MODP6144, 17, "modp6144") \
	X(DH_MODP8192, 18, "modp8192") \
	X(DH_ECP256, 19, "ecp256")     \
	X(DH_ECP384, 20, "ecp384")     \
	X(DH_ECP521, 21, "ecp521")     \
	X(DH_X25519, 31, "x25519")     \
	X(DH_X448, 32, "x448")

#define IANA_ESN(X)            \
	X(ESN_NO, 0, "no-esn") \
	X(ESN_YES, 1, "esn")

/* RFC 7296 section 3.5 */
#define IANA_ID_TYPES(X)                        \
	X(ID_IPV4_ADDR, 1, "ID_IPV4_ADDR")      \
	X(ID_FQDN, 2, "ID_FQDN")                \
	X(ID_RFC822_ADDR, 3, "ID_RFC822_ADDR")  \
	X(ID_IPV6_ADDR, 5, "ID_IPV6_ADDR")      \
	X(ID_DER_ASN1_DN, 9, "ID_DER_ASN1_DN")  \
	X(ID_DER_ASN1_GN, 10, "ID_DER_ASN1_GN") \
	X(ID_KEY_ID, 11, "ID_KEY_ID")

/* RFC 7296 section 3.8, RFC 7427 */
#define IANA_AUTH_METHODS(X)                        \
	X(AUTH_NONE, 0, "none")                     \
	X(AUTH_RSA_SIGNATURE, 1, "RSA signature")   \
	X(AUTH_SHARED_KEY_MIC, 2, "shared key MIC") \
	X(AUTH_DSS_SIGNATURE, 3, "DSS signature")   \
	X(AUTH_ECDSA_SHA256_P256, 9, "ECDSA-256")   \
	X(AUTH_ECDSA_SHA384_P384, 10, "ECDSA-384")  \
	X(AUTH_ECDSA_SHA512_P521, 11, "ECDSA-521")  \
	X(AUTH_NULL, 13, "NULL authentication")     \
	X(AUTH_DIGITAL_SIGNATURE, 14, "digital signature")

/* RFC 7427 section 7, RFC 8420 section 2 */
#define IANA_SIGNATURE_HASHES(X)                  \
	X(SIGNATURE_HASH_SHA1, 1, "SHA1")         \
	X(SIGNATURE_HASH_SHA2_256, 2, "SHA2-256") \
	X(SIGNATURE_HASH_SHA2_384, 3, "SHA2-384") \
	X(SIGNATURE_HASH_SHA2_512, 4, "SHA2-512") \
	X(SIGNATURE_HASH_IDENTITY, 5, "Identity")

/* RFC 7296 section 3.6: the one encoding that is understood here. */
#define IANA_CERT_X509_SIGNATURE 4

/* RFC 7296 section 3.10.1 and others; 12500 and 495xx are profile 1's (wire profile, numbers). */
#define IANA_NOTIFIES(X)                                                                \
	X(NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD, 1, "UNSUPPORTED_CRITICAL_PAYLOAD")       \
	X(NOTIFY_INVALID_IKE_SPI, 4, "INVALID_IKE_SPI")                                 \
	X(NOTIFY_INVALID_MAJOR_VERSION, 5, "INVALID_MAJOR_VERSION")                     \
	X(NOTIFY_INVALID_SYNTAX, 7, "INVALID_SYNTAX")                                   \
	X(NOTIFY_INVALID_MESSAGE_ID, 9, "INVALID_MESSAGE_ID")                           \
	X(NOTIFY_INVALID_SPI, 11, "INVALID_SPI")                                        \
	X(NOTIFY_NO_PROPOSAL_CHOSEN, 14, "NO_PROPOSAL_CHOSEN")                          \
	X(NOTIFY_INVALID_KE_PAYLOAD, 17, "INVALID_KE_PAYLOAD")                          \
	X(NOTIFY_AUTHENTICATION_FAILED, 24, "AUTHENTICATION_FAILED")                    \
	X(NOTIFY_SINGLE_PAIR_REQUIRED, 34, "SINGLE_PAIR_REQUIRED")                      \
	X(NOTIFY_NO_ADDITIONAL_SAS, 35, "NO_ADDITIONAL_SAS")                            \
	X(NOTIFY_INTERNAL_ADDRESS_FAILURE, 36, "INTERNAL_ADDRESS_FAILURE")              \
	X(NOTIFY_FAILED_CP_REQUIRED, 37, "FAILED_CP_REQUIRED")                          \
	X(NOTIFY_TS_UNACCEPTABLE, 38, "TS_UNACCEPTABLE")                                \
	X(NOTIFY_INVALID_SELECTORS, 39, "INVALID_SELECTORS")                            \
	X(NOTIFY_UNACCEPTABLE_ADDRESSES, 40, "UNACCEPTABLE_ADDRESSES")                  \
	X(NOTIFY_UNEXPECTED_NAT_DETECTED, 41, "UNEXPECTED_NAT_DETECTED")                \
	X(NOTIFY_TEMPORARY_FAILURE, 43, "TEMPORARY_FAILURE")                            \
	X(NOTIFY_CHILD_SA_NOT_FOUND, 44, "CHILD_SA_NOT_FOUND")                          \
	X(NOTIFY_IKESYNC_NOT_COMMITTED, 12500, "IKESYNC_NOT_COMMITTED")                 \
	X(NOTIFY_INITIAL_CONTACT, 16384, "INITIAL_CONTACT")                             \
	X(NOTIFY_SET_WINDOW_SIZE, 16385, "SET_WINDOW_SIZE")                             \
	X(NOTIFY_ADDITIONAL_TS_POSSIBLE, 16386, "ADDITIONAL_TS_POSSIBLE")               \
	X(NOTIFY_IPCOMP_SUPPORTED, 16387, "IPCOMP_SUPPORTED")                           \
	X(NOTIFY_NAT_DETECTION_SOURCE_IP, 16388, "NAT_DETECTION_SOURCE_IP")             \
	X(NOTIFY_NAT_DETECTION_DESTINATION_IP, 16389, "NAT_DETECTION_DESTINATION_IP")   \
	X(NOTIFY_COOKIE, 16390, "COOKIE")                                               \
	X(NOTIFY_USE_TRANSPORT_MODE, 16391, "USE_TRANSPORT_MODE")                       \
	X(NOTIFY_HTTP_CERT_LOOKUP_SUPPORTED, 16392, "HTTP_CERT_LOOKUP_SUPPORTED")       \
	X(NOTIFY_REKEY_SA, 16393, "REKEY_SA")                                           \
	X(NOTIFY_ESP_TFC_PADDING_NOT_SUPPORTED, 16394, "ESP_TFC_PADDING_NOT_SUPPORTED") \
	X(NOTIFY_NON_FIRST_FRAGMENTS_ALSO, 16395, "NON_FIRST_FRAGMENTS_ALSO")           \
	X(NOTIFY_MOBIKE_SUPPORTED, 16396, "MOBIKE_SUPPORTED")                           \
	X(NOTIFY_ADDITIONAL_IP4_ADDRESS, 16397, "ADDITIONAL_IP4_ADDRESS")               \
	X(NOTIFY_ADDITIONAL_IP6_ADDRESS, 16398, "ADDITIONAL_IP6_ADDRESS")               \
	X(NOTIFY_NO_ADDITIONAL_ADDRESSES, 16399, "NO_ADDITIONAL_ADDRESSES")             \
	X(NOTIFY_UPDATE_SA_ADDRESSES, 16400, "UPDATE_SA_ADDRESSES")                     \
	X(NOTIFY_COOKIE2, 16401, "COOKIE2")                                             \
	X(NOTIFY_NO_NATS_ALLOWED, 16402, "NO_NATS_ALLOWED")                             \
	X(NOTIFY_REDIRECT_SUPPORTED, 16406, "REDIRECT_SUPPORTED")                       \
	X(NOTIFY_REDIRECT, 16407, "REDIRECT")                                           \
	X(NOTIFY_REDIRECTED_FROM, 16408, "REDIRECTED_FROM")                             \
	X(NOTIFY_CHILDLESS_IKEV2_SUPPORTED, 16418, "CHILDLESS_IKEV2_SUPPORTED")         \
	X(NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, 16430, "IKEV2_FRAGMENTATION_SUPPORTED") \
	X(NOTIFY_SIGNATURE_HASH_ALGORITHMS, 16431, "SIGNATURE_HASH_ALGORITHMS")         \
	X(NOTIFY_IKESYNC_INDEX, 49500, "IKESYNC_INDEX")                                 \
	X(NOTIFY_IKESYNC_BIND, 49501, "IKESYNC_BIND")                                   \
	X(NOTIFY_IKESYNC_STUB, 49502, "IKESYNC_STUB")

/* draft-xu-ike-sa-sync-01 section 3.7 */
#define IANA_STUB_MESSAGES(X)           \
	X(STUB_INIT, 1, "init")         \
	X(STUB_UPDATE, 2, "update")     \
	X(STUB_GET, 3, "get")           \
	X(STUB_DOWNLOAD, 4, "download") \
	X(STUB_DELETE, 5, "delete")

/* Wire profile, stub payloads. SA, IDi and IDr keep their IKEv2 numbers. */
#define IANA_STUB_PAYLOADS(X)                               \
	X(STUB_PAYLOAD_INDEX, 200, "index")                 \
	X(STUB_PAYLOAD_STUB, 201, "stub")                   \
	X(STUB_PAYLOAD_SPI_PAIR, 202, "SPI pair")           \
	X(STUB_PAYLOAD_SK_D, 203, "SK_d")                   \
	X(STUB_PAYLOAD_SHARED_SECRET, 204, "shared secret") \
	X(STUB_PAYLOAD_LIFETIME, 205, "lifetime")           \
	X(STUB_PAYLOAD_STATUS, 206, "status")               \
	X(STUB_PAYLOAD_TRANSACTION, 207, "transaction")     \
	X(STUB_PAYLOAD_SEALED, 208, "sealed stub")          \
	X(STUB_PAYLOAD_ATTRIBUTE, 209, "attribute")

#define IANA_STUB_STATUSES(X)                       \
	X(STUB_OK, 0, "ok")                         \
	X(STUB_NOT_FOUND, 1, "not-found")           \
	X(STUB_EXPIRED, 2, "expired")               \
	X(STUB_EXISTS, 3, "exists")                 \
	X(STUB_CONFLICT, 4, "conflict")             \
	X(STUB_NOT_AUTHORISED, 5, "not-authorised") \
	X(STUB_MALFORMED, 6, "malformed")           \
	X(STUB_UNSUPPORTED, 7, "unsupported")       \
	X(STUB_BUSY, 8, "busy")                     \
	X(STUB_FULL, 9, "full")

/* Wire profile, stub attributes (payload 209). */
#define IANA_STUB_ATTRIBUTES(X)                                       \
	X(STUB_ATTR_ROLE, 1, "role")                                  \
	X(STUB_ATTR_AUTH_METHODS, 2, "authentication methods")        \
	X(STUB_ATTR_EAP_IDENTITY, 3, "EAP identity")                  \
	X(STUB_ATTR_INNER_IP4, 4, "inner IPv4 address")               \
	X(STUB_ATTR_INNER_IP6, 5, "inner IPv6 address")               \
	X(STUB_ATTR_SESSION_LIMIT, 6, "session limit")                \
	X(STUB_ATTR_EXPIRY, 7, "expiry")                              \
	X(STUB_ATTR_REAUTH_DEADLINE, 8, "re-authentication deadline") \
	X(STUB_ATTR_MOVES, 9, "moves")                                \
	X(STUB_ATTR_RESUMPTIONS, 10, "resumptions since KE")          \
	X(STUB_ATTR_AUTHORITY, 11, "authority")                       \
	X(STUB_ATTR_PEER_FEATURES, 12, "peer features")               \
	X(STUB_ATTR_CLASS, 13, "AAA class")

#define IANA_ENUM(name, value, text) name = value,
enum iana_exchange { IANA_EXCHANGES(IANA_ENUM) };
enum iana_payload { IANA_PAYLOADS(IANA_ENUM) };
enum iana_protocol { IANA_PROTOCOLS(IANA_ENUM) };
enum iana_transform_type { IANA_TRANSFORM_TYPES(IANA_ENUM) };
enum iana_encr { IANA_ENCR(IANA_ENUM) };
enum iana_prf { IANA_PRF(IANA_ENUM) };
enum iana_integ { IANA_INTEG(IANA_ENUM) };
enum iana_dh { IANA_DH(IANA_ENUM) };
enum iana_esn { IANA_ESN(IANA_ENUM) };
enum iana_id_type { IANA_ID_TYPES(IANA_ENUM) };
enum iana_auth_method { IANA_AUTH_METHODS(IANA_ENUM) };
enum iana_signature_hash { IANA_SIGNATURE_HASHES(IANA_ENUM) };
enum iana_notify { IANA_NOTIFIES(IANA_ENUM) };
enum iana_stub_message { IANA_STUB_MESSAGES(IANA_ENUM) };
enum iana_stub_payload { IANA_STUB_PAYLOADS(IANA_ENUM) };
enum iana_stub_status { IANA_STUB_STATUSES(IANA_ENUM) };
enum iana_stub_attribute { IANA_STUB_ATTRIBUTES(IANA_ENUM) };
#undef IANA_ENUM

/* Each returns a static name, or "unknown". */
const char *iana_exchange_name(unsigned v);
const char *iana_payload_name(unsigned v);
const char *iana_protocol_name(unsigned v);
const char *iana_transform_type_name(unsigned v);
const char *iana_transform_name(unsigned type, unsigned id);
const char *iana_id_type_name(unsigned v);
const char *iana_auth_method_name(unsigned v);
const char *iana_notify_name(unsigned v);
const char *iana_stub_message_name(unsigned v);
const char *iana_stub_payload_name(unsigned v);
const char *iana_stub_status_name(unsigned v);
const char *iana_stub_attribute_name(unsigned v);

#endif
