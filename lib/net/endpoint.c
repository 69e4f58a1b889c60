/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Endpoints as text and as socket addresses. */
#include "net/endpoint.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static bool port_from_text(const char *text, uint16_t *port)
{
	uint32_t v = 0;

	if (!*text || strlen(text) > 5)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		v = v * 10 + (uint32_t)(*text - '0');
	}
	*port = (uint16_t)v;
	return v <= UINT16_MAX;
}

/* "192.0.2.1:500": the only colon. "2001:db8::1": no port. "[2001:db8::1]:500": brackets tell. */
enum err endpoint_from_text(const char *text, uint16_t default_port, struct endpoint *out)
{
	char host[ADDRESS_TEXT_MAX + 1];
	const char *host_start = text, *host_end, *port = NULL;
	size_t n;

	memset(out, 0, sizeof(*out));
	out->port = default_port;
	if (*text == '[') {
		host_start = &text[1];
		host_end = strchr(host_start, ']');
		if (!host_end)
			return ERR_VALUE;
		if (host_end[1] == ':')
			port = &host_end[2];
		else if (host_end[1] != '\0')
			return ERR_VALUE;
	} else {
		const char *colon = strchr(text, ':');

		host_end = strchr(text, '\0');
		if (colon && !strchr(&colon[1], ':')) {
			host_end = colon;
			port = &colon[1];
		}
	}
	n = (size_t)(host_end - host_start);
	if (n >= sizeof(host))
		return ERR_VALUE;
	memcpy(host, host_start, n);
	host[n] = '\0';
	if (address_from_text(host, &out->address) != ERR_OK)
		return ERR_VALUE;
	if (*text == '[' && out->address.family != 6)
		return ERR_VALUE;
	if (port && !port_from_text(port, &out->port))
		return ERR_VALUE;
	return ERR_OK;
}

const char *endpoint_text(const struct endpoint *e, char out[static ENDPOINT_TEXT_MAX])
{
	char host[ADDRESS_TEXT_MAX];

	address_text(&e->address, host);
	if (e->address.family == 6)
		snprintf(out, ENDPOINT_TEXT_MAX, "[%s]:%u", host, e->port);
	else
		snprintf(out, ENDPOINT_TEXT_MAX, "%s:%u", host, e->port);
	return out;
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && address_equal(&a->address, &b->address);
}

socklen_t endpoint_to_sockaddr(const struct endpoint *e, struct sockaddr_storage *out)
{
	memset(out, 0, sizeof(*out));
	if (e->address.family == 6) {
		struct sockaddr_in6 *sa = (struct sockaddr_in6 *)out;

		sa->sin6_family = AF_INET6;
		sa->sin6_port = htons(e->port);
		memcpy(&sa->sin6_addr, e->address.octets, 16);
		return sizeof(*sa);
	} else {
		struct sockaddr_in *sa = (struct sockaddr_in *)out;

		sa->sin_family = AF_INET;
		sa->sin_port = htons(e->port);
		memcpy(&sa->sin_addr, e->address.octets, 4);
		return sizeof(*sa);
	}
}

bool endpoint_from_sockaddr(const struct sockaddr_storage *from, struct endpoint *out)
{
	memset(out, 0, sizeof(*out));
	if (from->ss_family == AF_INET) {
		const struct sockaddr_in *sa = (const struct sockaddr_in *)from;

		out->address.family = 4;
		memcpy(out->address.octets, &sa->sin_addr, 4);
		out->port = ntohs(sa->sin_port);
		return true;
	}
	if (from->ss_family == AF_INET6) {
		const struct sockaddr_in6 *sa = (const struct sockaddr_in6 *)from;

		out->port = ntohs(sa->sin6_port);
		if (IN6_IS_ADDR_V4MAPPED(&sa->sin6_addr)) {
			out->address.family = 4;
			memcpy(out->address.octets, &sa->sin6_addr.s6_addr[12], 4);
		} else {
			out->address.family = 6;
			memcpy(out->address.octets, &sa->sin6_addr, 16);
		}
		return true;
	}
	return false;
}
