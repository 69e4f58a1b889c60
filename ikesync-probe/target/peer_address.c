/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the addresses of those that are to be tested. */
#include "target/peer_address.h"

#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#define HOST_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"

/* "gw.example" or "gw.example:500", in parts. false: it is none. */
static bool host_and_port(const char *text, char *host, size_t cap, const char **port)
{
	const size_t n = strspn(text, HOST_CHARACTERS);

	/* 192.0.2.300 is a mistake, no name */
	if (!n || n >= cap || (text[n] != '\0' && text[n] != ':') ||
	    strspn(text, "0123456789.") == n)
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	*port = text[n] ? &text[n + 1] : NULL;
	return true;
}

static bool look_up(const char *host, struct endpoint *out, const char **why)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	struct sockaddr_storage sa = { 0 };
	struct addrinfo *found = NULL;
	const int failed = getaddrinfo(host, NULL, &hints, &found);
	bool ok = false;

	if (failed) {
		*why = gai_strerror(failed);
		return false;
	}
	for (const struct addrinfo *a = found; a && !ok; a = a->ai_next)
		if (a->ai_addrlen <= sizeof(sa)) {
			memcpy(&sa, a->ai_addr, a->ai_addrlen);
			ok = endpoint_from_sockaddr(&sa, out);
		}
	freeaddrinfo(found);
	*why = "it has no address";
	return ok;
}

static bool from_name(struct config *c, const char *group, const char *key, const char *text,
		      uint16_t default_port, struct endpoint *out, GError **error)
{
	const char *port = NULL, *why = NULL;
	char host[256];
	guint64 number = default_port;

	if (!host_and_port(text, host, sizeof(host), &port) ||
	    (port && !g_ascii_string_to_unsigned(port, 10, 0, G_MAXUINT16, &number, NULL)))
		return config_endpoint(c, group, key, default_port, out, error);
	if (!look_up(host, out, &why)) {
		config_complain(c, group, key, error, "%s: %s", host, why);
		return false;
	}
	out->port = (uint16_t)number;
	return true;
}

bool peer_address_read(struct config *c, const char *group, const char *key, uint16_t default_port,
		       struct endpoint *out, GError **error)
{
	const char *text = config_string(c, group, key, NULL, error), *colon;
	bool ok;

	if (!text)
		return false;
	colon = strchr(text, ':');
	if (*text != '[' && colon && strchr(&colon[1], ':')) {
		config_complain(c, group, key, error,
				"%s: IPv6 stands in brackets, as [2001:db8::1]:500", text);
		return false;
	}
	ok = endpoint_from_text(text, default_port, out) == ERR_OK ||
	     from_name(c, group, key, text, default_port, out, error);
	if (ok && out->port == 0) {
		config_complain(c, group, key, error, "%s: there is no port 0", text);
		return false;
	}
	return ok;
}
