/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets up what many cases need, calls them, and puts it away whatever came of it. */
#include "cases/stage.h"

void stage_desk_with(struct probe *p, struct evidence *e, bool second,
		     void (*at_desk)(struct desk *d))
{
	struct desk d;

	if (desk_open(&d, p, e, second))
		at_desk(&d);
	desk_close(&d);
}

void stage_desk(struct probe *p, struct evidence *e)
{
	stage_desk_with(p, e, false, e->c->at_desk);
}

void stage_two_desks(struct probe *p, struct evidence *e)
{
	stage_desk_with(p, e, true, e->c->at_desk);
}

void stage_resumption_with(struct probe *p, struct evidence *e, const struct suite *suite,
			   const struct target_gateway *gateway, void (*resuming)(struct steps *s))
{
	struct steps s;

	if (steps_begin(&s, p, e, suite, gateway))
		resuming(&s);
	steps_end(&s);
}

void stage_resumption(struct probe *p, struct evidence *e)
{
	stage_resumption_with(p, e, NULL, NULL, e->c->resuming);
}

void stage_roaming_with(struct probe *p, struct evidence *e, const struct roaming_login *how,
			void (*roaming)(struct roaming *r))
{
	static const struct roaming_login ordinary;
	struct roaming r;

	if (roaming_begin(&r, p, e, how ? how : &ordinary) && roaming_go(&r))
		roaming(&r);
	roaming_end(&r);
}

void stage_roaming(struct probe *p, struct evidence *e)
{
	stage_roaming_with(p, e, NULL, e->c->roaming);
}
