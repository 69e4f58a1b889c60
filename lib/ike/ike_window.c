/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Message IDs. IDs never come round: an SA is rekeyed long before. */
#include "ike/ike_window.h"

void ike_window_init(struct ike_window *w, uint32_t next)
{
	*w = (struct ike_window){ .next = next };
}

uint32_t ike_window_ask(struct ike_window *w)
{
	w->asked = true;
	return w->next++;
}

bool ike_window_awaits(const struct ike_window *w, uint32_t id)
{
	return w->asked && id == w->next - 1;
}

void ike_window_done(struct ike_window *w)
{
	w->asked = false;
}

enum ike_window_request ike_window_judge(const struct ike_window *w, uint32_t id)
{
	if (id == w->peer_next)
		return IKE_WINDOW_NEW;
	return w->peer_next > 0 && id == w->peer_next - 1 ? IKE_WINDOW_AGAIN : IKE_WINDOW_OUTSIDE;
}

void ike_window_answered(struct ike_window *w, uint32_t id)
{
	w->peer_next = id + 1;
}
