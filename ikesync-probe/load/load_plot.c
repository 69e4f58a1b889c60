/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Draws. Numbers are written without a locale's comma. */
#include "load/load_plot.h"

#define WIDTH 800
#define HEIGHT 360
#define LEFT 80
#define TOP 40
#define PLOT_WIDTH (WIDTH - LEFT - 20)
#define PLOT_HEIGHT (HEIGHT - TOP - 50)
#define POINTS_MAX 2000

struct plot {
	GString *s;
	double seconds, most;
};

static double x_of(const struct plot *p, uint64_t us)
{
	return LEFT + (double)us / 1e6 / p->seconds * PLOT_WIDTH;
}

static double y_of(const struct plot *p, double n)
{
	return TOP + PLOT_HEIGHT - n / p->most * PLOT_HEIGHT;
}

static void number(GString *s, double v)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];

	g_string_append(s, g_ascii_formatd(text, sizeof(text), "%.1f", v));
}

static void line(struct plot *p, double x1, double y1, double x2, double y2, const char *class)
{
	const double at[] = { x1, y1, x2, y2 };
	static const char *const names[] = { "x1", "y1", "x2", "y2" };

	g_string_append_printf(p->s, "<line class=\"%s\"", class);
	for (unsigned i = 0; i < G_N_ELEMENTS(at); i++) {
		g_string_append_printf(p->s, " %s=\"", names[i]);
		number(p->s, at[i]);
		g_string_append_c(p->s, '"');
	}
	g_string_append(p->s, "/>\n");
}

static void words(struct plot *p, double x, double y, const char *anchor, const char *text)
{
	g_string_append(p->s, "<text x=\"");
	number(p->s, x);
	g_string_append(p->s, "\" y=\"");
	number(p->s, y);
	g_string_append_printf(p->s, "\" text-anchor=\"%s\">%s</text>\n", anchor, text);
}

static void axes(struct plot *p)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];

	for (unsigned i = 0; i <= 4; i++) {
		const double n = p->most * i / 4, s = p->seconds * i / 4;

		line(p, LEFT, y_of(p, n), LEFT + PLOT_WIDTH, y_of(p, n), "grid");
		words(p, LEFT - 6, y_of(p, n) + 4, "end",
		      g_ascii_formatd(text, sizeof(text), "%.0f", n));
		words(p, LEFT + PLOT_WIDTH * i / 4.0, TOP + PLOT_HEIGHT + 18, "middle",
		      g_ascii_formatd(text, sizeof(text), "%.1f", s));
	}
	words(p, LEFT + PLOT_WIDTH / 2.0, HEIGHT - 10, "middle", "seconds");
}

static void marker(struct plot *p, uint64_t us, const char *text)
{
	if (!us)
		return;
	line(p, x_of(p, us), TOP, x_of(p, us), TOP + PLOT_HEIGHT, "mark");
	words(p, x_of(p, us) - 4, TOP + 12, "end", text);
}

static void curve(struct plot *p, const GArray *alive)
{
	const guint step = alive->len / POINTS_MAX + 1;

	g_string_append(p->s, "<polyline points=\"");
	for (guint i = 0; i < alive->len; i++) {
		const struct load_sample *s = &g_array_index(alive, struct load_sample, i);
		const struct load_sample *next =
		    i + 1 < alive->len ? &g_array_index(alive, struct load_sample, i + 1) : NULL;

		/* the ends, and where it falls, are never left out */
		if (i % step && next && next->alive >= s->alive)
			continue;
		number(p->s, x_of(p, s->at_us));
		g_string_append_c(p->s, ',');
		number(p->s, y_of(p, s->alive));
		g_string_append_c(p->s, ' ');
		if (next && next->alive < s->alive) {
			number(p->s, x_of(p, next->at_us));
			g_string_append_c(p->s, ',');
			number(p->s, y_of(p, s->alive));
			g_string_append_c(p->s, ' ');
		}
	}
	g_string_append(p->s, "\"/>\n");
}

char *load_plot(const struct load_result *r)
{
	struct plot p = { .s = g_string_new(NULL), .seconds = 0.1, .most = 1 };

	for (guint i = 0; i < r->alive->len; i++) {
		const struct load_sample *s = &g_array_index(r->alive, struct load_sample, i);

		p.seconds = MAX(p.seconds, (double)s->at_us / 1e6);
		p.most = MAX(p.most, s->alive);
	}
	g_string_append_printf(
	    p.s,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" "
	    "aria-labelledby=\"t d\">\n"
	    "<title id=\"t\">Sessions alive over time</title>\n"
	    "<desc id=\"d\">%u opened, %u resumed, %u lost</desc>\n"
	    "<style>text{font:12px sans-serif;fill:#222}.grid{stroke:#ccc}"
	    ".mark{stroke:#a00;stroke-dasharray:4 3}"
	    "polyline{fill:none;stroke:#06c;stroke-width:2}</style>\n"
	    "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n",
	    WIDTH, HEIGHT, r->opening.done, r->resuming.done, r->resuming.lost, WIDTH, HEIGHT);
	words(&p, LEFT, 20, "start", "Sessions alive");
	axes(&p);
	marker(&p, r->death_us, "death");
	curve(&p, r->alive);
	g_string_append(p.s, "</svg>\n");
	return g_string_free(p.s, FALSE);
}
