/* SPDX-License-Identifier: GPL-2.0-or-later */
/* BIND, made and judged. */
#include "ike/ike_bind.h"

#include "keys/auth.h"

enum err ike_bind_make(const struct ike_attempt *t, const struct ike_keys *keys,
		       enum sk_sender sender, uint8_t mac[static SECRET_MAX], size_t *n)
{
	*n = suite_prf_size(keys->suite.prf);
	return auth_bind(keys->suite.prf,
			 secret_peek(sender == SK_FROM_INITIATOR ? &keys->sk_pi : &keys->sk_pr),
			 t->request, t->response, mac);
}

void ike_bind_write(struct ike_inner *in, const struct ike_attempt *t, const struct ike_keys *keys,
		    enum sk_sender sender)
{
	uint8_t mac[SECRET_MAX];
	size_t n;
	const enum err err = ike_bind_make(t, keys, sender, mac, &n);

	if (err != ERR_OK)
		wcursor_fail(&in->c, err);
	else
		ike_notify_write_simple(&in->w, NOTIFY_IKESYNC_BIND, span_of(mac, n));
	secret_wipe(mac, sizeof(mac));
}

enum ike_bind ike_bind_judge(const struct chain *inner, const struct ike_attempt *t,
			     const struct ike_keys *keys, enum sk_sender sender)
{
	uint8_t mac[SECRET_MAX];
	struct ike_notify notify;
	bool right;
	size_t n;

	if (!ike_notify_find(inner, NOTIFY_IKESYNC_BIND, &notify))
		return IKE_BIND_ABSENT;
	right = ike_bind_make(t, keys, sender, mac, &n) == ERR_OK &&
		secret_equal(notify.data, span_of(mac, n));
	secret_wipe(mac, sizeof(mac));
	return right ? IKE_BIND_RIGHT : IKE_BIND_WRONG;
}
