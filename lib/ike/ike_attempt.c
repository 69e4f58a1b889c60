/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An IKE_SA_INIT exchange on its way to an SA. */
#include "ike/ike_attempt.h"

void ike_attempt_take(struct ike_attempt *t, const struct ike_answer *a)
{
	t->spi_r = a->header.spi_r;
	t->nr = a->nr;
	t->response = a->message;
}

struct ike_seed ike_attempt_seed(const struct ike_attempt *t)
{
	return (struct ike_seed){ .ni = t->ni, .nr = t->nr, .spi_i = t->spi_i, .spi_r = t->spi_r };
}
