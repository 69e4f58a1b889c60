/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MOBIKE: UPDATE_SA_ADDRESSES, NO_NATS_ALLOWED, COOKIE2. */
#include "exchange/mobike.h"

#include "core/sa.h"
#include "core/services.h"
#include "exchange/farewell.h"
#include "exchange/own_info.h"
#include "exchange/own_request.h"
#include "keys/nat_detection.h"
#include "wire/ike_notify.h"

#define COOKIE2_MIN 8
#define COOKIE2_MAX 64

void mobike_agree(struct sa *sa, const struct exchange_request *req, struct exchange_reply *r)
{
	struct ike_notify n;

	if (!sa->gateway->config.mobike ||
	    !ike_notify_find(&req->chain, NOTIFY_MOBIKE_SUPPORTED, &n))
		return;
	sa->mobike = true;
	ike_notify_write_simple(&r->w, NOTIFY_MOBIKE_SUPPORTED, SPAN_NONE);
}

/* Section 3.9: the addresses and ports as the client knows them; else a NAT has changed them. */
static bool sees_no_nat(const struct gateway_path *path, struct span data)
{
	const struct address *a[2] = { &path->remote.address, &path->local.address };
	const uint16_t ports[2] = { path->remote.port, path->local.port };
	struct rcursor c = rcursor_init(data, NULL);
	bool same = true;

	for (unsigned i = 0; i < 2; i++)
		same = same && span_equal(rcursor_bytes(&c, address_size(a[i]), "address"),
					  span_of(a[i]->octets, address_size(a[i])));
	for (unsigned i = 0; i < 2; i++)
		same = rcursor_u16(&c, "port") == ports[i] && same;
	return same && rcursor_ok(&c) && rcursor_left(&c) == 0;
}

static void write_nat_detection(struct sa *sa, const struct exchange_request *req,
				struct exchange_reply *r)
{
	const struct nat_ends ends = { req->path->local.address, req->path->remote.address,
				       req->path->local.port, req->path->remote.port };
	struct ike_notify n;

	if (ike_notify_find(&req->chain, NOTIFY_NAT_DETECTION_SOURCE_IP, &n))
		nat_detection_write(&r->w, sa->spi_i, sa->spi_r, &ends);
}

static void update(struct sa *sa, const struct exchange_request *req, struct exchange_reply *r)
{
	char spis[IKE_SPIS_TEXT_MAX], to[ENDPOINT_TEXT_MAX];
	struct ike_notify n;

	if (ike_notify_find(&req->chain, NOTIFY_NO_NATS_ALLOWED, &n) &&
	    !sees_no_nat(req->path, n.data)) {
		ike_notify_write_simple(&r->w, NOTIFY_UNEXPECTED_NAT_DETECTED, SPAN_NONE);
		return;
	}
	log_info("SA %s: its client is at %s now", sa_text(sa, spis),
		 endpoint_text(&req->path->remote, to));
	write_nat_detection(sa, req, r);
	sa_path_update(sa, req->path, sa->gateway->config.mobike_check);
}

void mobike_request(struct sa *sa, const struct exchange_request *req, struct exchange_reply *r)
{
	struct ike_notify n;

	if (!sa->mobike)
		return;
	if (ike_notify_find(&req->chain, NOTIFY_UPDATE_SA_ADDRESSES, &n))
		update(sa, req, r);
	if (ike_notify_find(&req->chain, NOTIFY_COOKIE2, &n) && n.data.n >= COOKIE2_MIN &&
	    n.data.n <= COOKIE2_MAX)
		ike_notify_write_simple(&r->w, NOTIFY_COOKIE2, n.data);
}

/* Nobody outside can foresee it, and nothing needs to be kept for it. */
static void make_cookie(const struct sa *sa, uint32_t message_id, uint8_t out[static COOKIE2_MIN])
{
	uint8_t octets[16];
	struct wcursor c = wcursor_init(octets, sizeof(octets)), o = wcursor_init(out, COOKIE2_MIN);

	wcursor_u64(&c, sa_own_spi(sa));
	wcursor_u32(&c, message_id);
	wcursor_u32(&c, NOTIFY_COOKIE2);
	wcursor_u64(&o, table_hash(&sa->gateway->hash_key, SPAN_OF(octets)));
}

/* Section 3.7: whoever answers with another cookie has not seen ours, and the SA is closed. */
static bool checked(struct sa *sa, const struct chain *answer)
{
	uint8_t expected[COOKIE2_MIN];
	char spis[IKE_SPIS_TEXT_MAX];
	struct ike_notify n;

	if (!answer)
		return own_info_is_dead(sa);
	make_cookie(sa, sa->next_id - 1, expected);
	if (!ike_notify_find(answer, NOTIFY_COOKIE2, &n) ||
	    !secret_equal(SPAN_OF(expected), n.data)) {
		log_notice("SA %s: its client cannot be reached where it says that it is",
			   sa_text(sa, spis));
		farewell_begin(sa);
		return false;
	}
	if (sa->path_check == SA_PATH_ASKED) /* it has not moved again meanwhile */
		sa_path_is_checked(sa);
	return true;
}

bool mobike_check(struct sa *sa)
{
	uint8_t cookie[COOKIE2_MIN];
	struct own_request q;

	make_cookie(sa, window_ours_next(sa), cookie);
	own_request_init(&q);
	ike_notify_write_simple(&q.w, NOTIFY_COOKIE2, SPAN_OF(cookie));
	if (!own_request_send(sa, EXCHANGE_INFORMATIONAL, &q, checked))
		return false;
	sa->path_check = SA_PATH_ASKED;
	return true;
}
