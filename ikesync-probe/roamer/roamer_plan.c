/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A short queue of steps. */
#include "roamer/roamer_plan.h"

void roamer_plan_clear(struct roamer_plan *p)
{
	secret_wipe(p, sizeof(*p));
}

void roamer_plan_append(struct roamer_plan *p, unsigned gateway, const struct ike_resumable *stub)
{
	struct roamer_step *s;

	if (p->n == ROAMER_PLAN_MAX)
		return;
	s = &p->at[p->n++];
	*s = (struct roamer_step){ .gateway = gateway, .with = ROAMER_WITH_NONE };
	if (stub) {
		s->with = ROAMER_WITH_OLD;
		s->stub = *stub;
	}
}

void roamer_plan_insert(struct roamer_plan *p, const struct roamer_step *step)
{
	if (p->n < ROAMER_PLAN_MAX)
		p->n++;
	memmove(p->at + 1, p->at, (p->n - 1) * sizeof(p->at[0]));
	p->at[0] = *step;
}

bool roamer_plan_next(struct roamer_plan *p, struct roamer_step *out)
{
	if (p->n == 0)
		return false;
	*out = p->at[0];
	p->n--;
	memmove(p->at, p->at + 1, p->n * sizeof(p->at[0]));
	secret_wipe(&p->at[p->n], sizeof(p->at[0]));
	return true;
}
