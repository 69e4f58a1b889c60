/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Identities of gateways in N(REDIRECT). */
#include "wire/ike_redirect.h"

#include <stdio.h>
#include <string.h>

/* 0: any but none. */
static size_t size_of(uint8_t type)
{
	return type == IKE_REDIRECT_IPV4 ? 4 : type == IKE_REDIRECT_IPV6 ? 16 : 0;
}

static bool is_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= 0x20 || s.p[i] >= 0x7f)
			return false;
	return true;
}

enum err ike_redirect_parse(struct span data, struct ike_redirect *out, struct fault *fault)
{
	struct rcursor c = rcursor_init(data, NULL);
	struct span name;

	memset(out, 0, sizeof(*out));
	out->type = rcursor_u8(&c, "REDIRECT: type");
	out->n = rcursor_u8(&c, "REDIRECT: length");
	name = rcursor_bytes(&c, out->n, "REDIRECT: identity");
	if (!rcursor_ok(&c))
		return rcursor_finish(&c, "REDIRECT", fault);
	if (out->type < IKE_REDIRECT_IPV4 || out->type > IKE_REDIRECT_FQDN)
		rcursor_fail_at(&c, ERR_VALUE, "REDIRECT: unknown type", 0);
	else if (size_of(out->type) ? name.n != size_of(out->type) : name.n == 0)
		rcursor_fail_at(&c, ERR_LENGTH, "REDIRECT: length does not fit the type", 1);
	else if (out->type == IKE_REDIRECT_FQDN && !is_name(name))
		rcursor_fail_at(&c, ERR_VALUE, "REDIRECT: no name", 2);
	else
		memcpy(out->name, name.p, name.n);
	(void)rcursor_rest(&c);
	return rcursor_finish(&c, "REDIRECT", fault);
}

void ike_redirect_write(struct wcursor *c, const struct ike_redirect *r)
{
	wcursor_u8(c, r->type);
	wcursor_u8(c, r->n);
	wcursor_bytes(c, span_of(r->name, r->n));
}

enum err ike_redirect_from_text(const char *text, struct ike_redirect *out)
{
	struct span name = span_text(text);
	struct address a;

	memset(out, 0, sizeof(*out));
	if (address_from_text(text, &a) == ERR_OK) {
		if (!address_is_unicast(&a))
			return ERR_VALUE;
		out->type = a.family == 4 ? IKE_REDIRECT_IPV4 : IKE_REDIRECT_IPV6;
		name = span_of(a.octets, address_size(&a));
	} else {
		if (name.n == 0 || name.n > IKE_REDIRECT_NAME_MAX || !is_name(name))
			return ERR_VALUE;
		out->type = IKE_REDIRECT_FQDN;
	}
	out->n = (uint8_t)name.n;
	memcpy(out->name, name.p, name.n);
	return ERR_OK;
}

struct address ike_redirect_address(const struct ike_redirect *r)
{
	struct address a = { 0 };

	if (r->type == IKE_REDIRECT_FQDN || r->n == 0)
		return a;
	a.family = r->type == IKE_REDIRECT_IPV4 ? 4 : 6;
	memcpy(a.octets, r->name, r->n);
	return a;
}

const char *ike_redirect_text(const struct ike_redirect *r, char out[static IKE_REDIRECT_TEXT_MAX])
{
	struct address a = ike_redirect_address(r);
	char text[ADDRESS_TEXT_MAX];

	if (a.family)
		snprintf(out, IKE_REDIRECT_TEXT_MAX, "%s", address_text(&a, text));
	else
		snprintf(out, IKE_REDIRECT_TEXT_MAX, "%.*s", r->n, (const char *)r->name);
	return out;
}
