/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Percentiles of known times, who is said to be the limit, and the picture. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "load/load_plot.h"
#include "load/load_report.h"

static void percentiles(void **state)
{
	struct load_histogram h = { 0 };

	(void)state;
	assert_int_equal(load_histogram_at(&h, 500), 0);
	for (unsigned i = 1; i <= 1000; i++)
		load_histogram_add(&h, i * 1000);
	assert_int_equal(h.n, 1000);
	assert_int_equal(h.most, 1000000);
	/* the 500th of them is 500 ms; a bucket is a 32nd wide */
	assert_in_range(load_histogram_at(&h, 500), 500000, 516000);
	assert_in_range(load_histogram_at(&h, 950), 950000, 980000);
	assert_int_equal(load_histogram_at(&h, 1000), 1000000);
	/* small ones are exact, and none is too large */
	h = (struct load_histogram){ 0 };
	for (unsigned i = 0; i < 64; i++)
		load_histogram_add(&h, i);
	assert_int_equal(load_histogram_at(&h, 500), 31);
	assert_int_equal(load_histogram_at(&h, 1), 0);
	load_histogram_add(&h, UINT64_MAX);
	assert_true(h.most == UINT64_MAX);
}

/* A phase of 1,000 sessions in ten seconds. */
static struct load_phase phase(double cpu, unsigned echo_us, unsigned latency_us)
{
	struct load_phase p = { .ended_us = 10000000, .asked = 1000, .done = 1000, .cpu = cpu };

	if (echo_us)
		load_histogram_add(&p.echo, echo_us);
	load_histogram_add(&p.latency, latency_us);
	return p;
}

static void limits(void **state)
{
	struct load_config c = { .sessions = 1000 };
	struct load_result r = { 0 };
	struct load_phase p = phase(0.99, 100, 1000);

	(void)state;
	assert_int_equal(load_report_limit(&c, &r, &p, true), LOAD_LIMIT_SELF);
	p = phase(0.3, 900, 1000);
	assert_int_equal(load_report_limit(&c, &r, &p, true), LOAD_LIMIT_GATEWAY);
	p = phase(0.3, 100, 1000);
	assert_int_equal(load_report_limit(&c, &r, &p, true), LOAD_LIMIT_BANK);
	/* a login needs no bank */
	assert_int_equal(load_report_limit(&c, &r, &p, false), LOAD_LIMIT_GATEWAY);
	p = phase(0.3, 0, 1000);
	assert_int_equal(load_report_limit(&c, &r, &p, true), LOAD_LIMIT_PEERS);
	p.missing = 11;
	assert_int_equal(load_report_limit(&c, &r, &p, true), LOAD_LIMIT_BANK);
	/* 100 a second were asked for, and were there */
	p = phase(0.3, 100, 1000);
	c.rate = 100;
	assert_int_equal(load_report_limit(&c, &r, &p, true), LOAD_LIMIT_NONE);
	c.rate = 0;
	c.stagger_s = 10;
	assert_int_equal(load_report_limit(&c, &r, &p, true), LOAD_LIMIT_NONE);
	p.lost = 1;
	assert_int_equal(load_report_limit(&c, &r, &p, true), LOAD_LIMIT_BANK);
	c.stagger_s = 2;
	p.lost = 0;
	assert_int_equal(load_report_limit(&c, &r, &p, true), LOAD_LIMIT_BANK);
	r.dropped_by_kernel = 11;
	assert_int_equal(load_report_limit(&c, &r, &p, true), LOAD_LIMIT_SOCKETS);
}

static void the_picture_falls_and_rises(void **state)
{
	static const struct load_sample samples[] = {
		{ 0, 0 }, { 1000000, 100 }, { 1500000, 100 }, { 1600000, 0 }, { 2000000, 100 }
	};
	struct load_result r = { .alive = g_array_new(FALSE, FALSE, sizeof(struct load_sample)),
				 .death_us = 1600000 };
	char *svg;

	(void)state;
	g_array_append_vals(r.alive, samples, G_N_ELEMENTS(samples));
	svg = load_plot(&r);
	assert_true(g_str_has_prefix(svg, "<svg xmlns="));
	assert_true(g_str_has_suffix(svg, "</svg>\n"));
	/* y 40 is 100 sessions, 310 is none; x 80 to 780 are two seconds */
	assert_non_null(
	    strstr(svg, "80.0,310.0 430.0,40.0 605.0,40.0 640.0,40.0 640.0,310.0 780.0,40.0"));
	assert_non_null(strstr(svg, ">death</text>"));
	assert_null(strstr(svg, "http://www.w3.org/1999")); /* nothing is fetched */
	g_free(svg);
	load_result_clear(&r);
	assert_null(r.alive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(percentiles),
		cmocka_unit_test(limits),
		cmocka_unit_test(the_picture_falls_and_rises),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
