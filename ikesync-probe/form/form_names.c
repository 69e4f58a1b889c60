/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks numbers and names up. */
#include "form/form_names.h"

#include <string.h>

#include "wire/iana.h"

struct entry {
	unsigned value;
	const char *name;
};

#define ENTRY(symbol, value, text) { value, text },
static const struct entry exchanges[] = { IANA_EXCHANGES(ENTRY){ 0, NULL } };
static const struct entry payloads[] = { IANA_PAYLOADS(ENTRY){ 0, NULL } };
static const struct entry notifies[] = { IANA_NOTIFIES(ENTRY){ 0, NULL } };
static const struct entry protocols[] = { IANA_PROTOCOLS(ENTRY){ 0, NULL } };
static const struct entry transform_types[] = { IANA_TRANSFORM_TYPES(ENTRY){ 0, NULL } };
static const struct entry encrs[] = { IANA_ENCR(ENTRY){ 0, NULL } };
static const struct entry prfs[] = { IANA_PRF(ENTRY){ 0, NULL } };
static const struct entry integs[] = { IANA_INTEG(ENTRY){ 0, NULL } };
static const struct entry groups[] = { IANA_DH(ENTRY){ 0, NULL } };
static const struct entry esns[] = { IANA_ESN(ENTRY){ 0, NULL } };
#undef ENTRY

static const struct entry *const tables[] = {
	[FORM_TABLE_NONE] = NULL,          [FORM_TABLE_EXCHANGE] = exchanges,
	[FORM_TABLE_PAYLOAD] = payloads,   [FORM_TABLE_NOTIFY] = notifies,
	[FORM_TABLE_PROTOCOL] = protocols, [FORM_TABLE_TRANSFORM_TYPE] = transform_types,
	[FORM_TABLE_ENCR] = encrs,         [FORM_TABLE_PRF] = prfs,
	[FORM_TABLE_INTEG] = integs,       [FORM_TABLE_DH] = groups,
	[FORM_TABLE_ESN] = esns,
};

enum form_table form_names_transform(uint8_t type)
{
	switch (type) {
	case TRANSFORM_ENCR:
		return FORM_TABLE_ENCR;
	case TRANSFORM_PRF:
		return FORM_TABLE_PRF;
	case TRANSFORM_INTEG:
		return FORM_TABLE_INTEG;
	case TRANSFORM_DH:
		return FORM_TABLE_DH;
	case TRANSFORM_ESN:
		return FORM_TABLE_ESN;
	default:
		return FORM_TABLE_NONE;
	}
}

bool form_names_read(enum form_table table, const char *text, uint64_t max, uint64_t *out)
{
	const bool hex = g_str_has_prefix(text, "0x");
	guint64 number = 0;

	for (const struct entry *e = tables[table]; e && e->name; e++)
		if (g_ascii_strcasecmp(e->name, text) == 0) {
			*out = e->value;
			return true;
		}
	if (!g_ascii_string_to_unsigned(hex ? &text[2] : text, hex ? 16 : 10, 0, max, &number,
					NULL))
		return false;
	*out = number;
	return true;
}

void form_names_write(GString *out, enum form_table table, uint64_t value)
{
	for (const struct entry *e = tables[table]; e && e->name; e++)
		if (e->value == value) {
			g_string_append(out, e->name);
			return;
		}
	g_string_append_printf(out, "%" G_GUINT64_FORMAT, value);
}

static const struct {
	const char *name, *meaning;
} values[] = {
	{ "ni", "our nonce in IKE_SA_INIT: the first message's, while it is the same attempt" },
	{ "nr", "the gateway's nonce" },
	{ "spi-i", "SPIi, 8 octets" },
	{ "spi-r", "SPIr as the gateway told it, 8 octets" },
	{ "old-spi-i", "SPIi of the SA that is resumed" },
	{ "old-spi-r", "SPIr of the SA that is resumed" },
	{ "index", "the index of the SA that is resumed, 12 or 24 octets" },
	{ "cookie", "the cookie that the last answer asked for" },
	{ "public", "our public value of the KE payload's group" },
	{ "nat-source", "the hash of NAT_DETECTION_SOURCE_IP" },
	{ "nat-destination", "the hash of NAT_DETECTION_DESTINATION_IP" },
	{ "id", "the body of IDi: [client] id" },
	{ "auth", "the data of AUTH by [client] psk" },
	{ "bind", "the data of BIND; bind:NAME has a mistake (--names)" },
};

const char *form_names_value(unsigned i, const char **meaning)
{
	if (i >= G_N_ELEMENTS(values))
		return NULL;
	*meaning = values[i].meaning;
	return values[i].name;
}

bool form_names_is_value(const char *name)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(values); i++)
		if (strcmp(values[i].name, name) == 0)
			return true;
	return false;
}
