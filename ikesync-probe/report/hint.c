/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known to be behind which reason. */
#include "report/hint.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

static const char not_accepted[] =
    "The gateway does not accept the client, and does not say why: compare [client] id, its type "
    "too (fqdn:, email:, ...), and psk with what it was told about this peer; and see that it "
    "wants a shared key of this peer, and neither certificate nor EAP, which the probe does not "
    "have.";

static const char other_key[] =
    "Most likely [client] psk is not the gateway's key for this client.";

/* Behind S01: the target file is right, as far as [gateway] goes. */
static const char logged_in[] =
    "With the same id and psk the client logs in at [gateway], if S01 passes. Then either the "
    "gateway that is asked here ([old-gateway], a variant) knows it by others, or AUTH is not "
    "computed over the IKE_SA_INIT messages as they were sent, SYN and cookie included.";

/* The first whose words all stand in the reason. */
static const struct {
	const char *word, *also, *hint;
} hints[] = {
	{ "verified answer: N(AUTHENTICATION_FAILED)", "IKE_AUTH", logged_in },
	{ "verified answer: N(AUTHENTICATION_FAILED)", NULL,
	  "The keys agree, and the gateway refuses what it read: compare what it computes BIND "
	  "over "
	  "(IKESYNC_BIND in the wire profile), and whether it finds the identity of the stub." },
	{ "AUTHENTICATION_FAILED", NULL, not_accepted },
	{ "the gateway's AUTH does not verify", NULL, other_key },
	{ "the gateway authenticates by", NULL,
	  "The probe knows shared keys alone: let the gateway authenticate itself to this peer by "
	  "one, too (strongSwan: auth = psk in local as well as in remote)." },
	{ "the gateway wants EAP", NULL,
	  "The probe knows shared keys alone: let the gateway take [client] id with one." },
	{ "the gateway calls itself", NULL,
	  "Correct the id of [gateway], [old-gateway] or the variant, or leave it out." },
	{ "gets no child SA", NULL,
	  "Set [client] esp to a suite that the gateway is configured for." },
	{ "IKE_SA_INIT", "NO_PROPOSAL_CHOSEN",
	  "The gateway allows none of the IKE suites that were offered, or not with their groups: "
	  "set [client] ike to one that it is configured for." },
	{ "NO_PROPOSAL_CHOSEN", NULL,
	  "The gateway allows none of the suites: set [client] ike (or esp) to one that it is "
	  "configured for." },
	{ "INVALID_KE_PAYLOAD", NULL,
	  "The gateway wants another group: set [client] ike to a suite with it." },
	{ "which is a limit and no fault", NULL,
	  "The bank limits what one gateway may ask of it in a second: let the certificates of the "
	  "target file ask more, for the test." },
	{ "cannot send from", NULL,
	  "[client] source and second-source must be addresses of this host." },
	{ "no route to", NULL, "This host has no route to the gateway: check its address." },
	{ "the kernel did not send", NULL,
	  "Check the gateway's address and this host's routes and firewall." },
	{ "bank", "Connection refused",
	  "The host is there, but nothing listens on that port: does the bank run, is [bank] "
	  "address right?" },
	{ "bank", "no connection in time",
	  "Nothing answers there: check [bank] address, and firewalls on the way." },
	{ "bank", "No route to host", "Check [bank] address and this host's routes." },
	{ "bank", "Network is unreachable", "Check [bank] address and this host's routes." },
	{ "hostname mismatch", NULL,
	  "Set [bank] server-name to a name that is in the bank's certificate." },
	{ "IP address mismatch", NULL,
	  "The bank's certificate does not have the address of [bank] address: set [bank] "
	  "server-name to a name that it has." },
	{ "certificate verify failed", "expired", "The bank's certificate has expired." },
	{ "certificate verify failed", NULL,
	  "[bank] ca is not the CA that the bank's certificate chains to." },
	{ "alert unknown ca", NULL,
	  "The bank does not trust the CA of this certificate: give the probe one that the bank's "
	  "operator has issued." },
	{ "alert certificate expired", NULL, "The certificate towards the bank has expired." },
	{ "alert bad certificate", NULL,
	  "The bank does not accept this certificate: does it name an address (iPAddress) and a "
	  "pool (URI)?" },
	{ "alert certificate required", NULL, "The bank wants a certificate from its client." },
	{ "no application protocol", NULL,
	  "What listens there does not speak ALPN ikesync-stub/1: is it a stub bank of profile "
	  "1?" },
	{ "wrong version number", NULL, "What listens there does not speak TLS." },
	{ "protocol version", NULL, "What listens there does not speak TLS 1.3." },
	{ "does not name the index's address", NULL,
	  "[bank] owns (or second-owns) must be an iPAddress of the certificate." },
	{ "the bank has no stub for the new IKE SA", NULL,
	  "Does the old gateway reach its bank? Is that bank the one of [bank] address?" },
	{ "[variant relay] listen", NULL,
	  "Configure the gateway of [variant relay] with [variant relay] listen as its bank; it "
	  "must be able to reach this host there." },
	{ "an answer that does not count", NULL,
	  "The target answers, but not as a client may accept it; the answer is in the capture." },
	{ "the network says", "answered before",
	  "The gateway answered, and now nothing listens there: look into its log for a crash." },
	{ "the network says", NULL,
	  "The host is there, but nothing listens on that port: does the gateway run, is its "
	  "address "
	  "in the target file right?" },
	{ "no answer (it answered", NULL,
	  "Look into the gateway's log: a protected message that it cannot verify it drops in "
	  "silence; otherwise it died, or it limits half-open IKE SAs or requests per address "
	  "(strongSwan: dos_protection)." },
	{ "IKE_SA_INIT", "no answer",
	  "Nothing answers there: check the address and port in the target file, whether the "
	  "gateway runs, and firewalls." },
	{ "IKE_SA_INIT is answered", "silence",
	  "Nothing answers there: check [gateway] ike, whether the gateway runs, and firewalls." },
};

static bool is_of_login(const char *hint)
{
	return hint == not_accepted || hint == other_key;
}

/* What a check would have liked to see is behind nothing: "...: expected this, observed that". */
static char *without_expected(const char *reason)
{
	const char *from = strstr(reason, ": expected "),
		   *to = from ? strstr(from, ", observed ") : NULL;

	return to ? g_strdup_printf("%.*s%s", (int)(from - reason), reason, to) : g_strdup(reason);
}

const char *hint_for(const char *reason, const char *id)
{
	g_autofree char *seen = reason ? without_expected(reason) : NULL;

	for (size_t i = 0; seen && i < G_N_ELEMENTS(hints); i++)
		if (strstr(seen, hints[i].word) && (!hints[i].also || strstr(seen, hints[i].also)))
			return is_of_login(hints[i].hint) && id[0] != 'S' ? logged_in
									  : hints[i].hint;
	return NULL;
}
