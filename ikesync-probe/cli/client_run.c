/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop around the reference client. */
#include "cli/client_run.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "net/udp.h"
#include "run/run.h"
#include "wire/ike_header.h"

struct running {
	const struct client_run *run;
	struct roamer *roamer;
	GMainLoop *loop;
	struct udp_socket *sockets[2]; /* for gateways with an IPv4 and with an IPv6 address */
	struct address sources[2];
	struct client_traffic *traffic; /* NULL: none */
	guint timer;                    /* the roamer's */
	guint next;                     /* go_on() */
	bool to_resume;                 /* resume_at is still to be done */
	bool ending;
	int code;
};

static unsigned family_slot(const struct address *a)
{
	return a->family == 6;
}

static const struct roamer_gateway *gateway_at(const struct running *l, unsigned gateway)
{
	return &l->run->config->gateways[gateway];
}

static void do_send(void *user, unsigned gateway, bool nat, struct span message)
{
	static const uint8_t marker[IKE_NON_ESP_MARKER_SIZE];
	const struct running *l = user;
	struct endpoint to = gateway_at(l, gateway)->ike;
	const unsigned slot = family_slot(&to.address);

	if (nat)
		to.port = gateway_at(l, gateway)->nat_port;
	udp_send(l->sockets[slot], &l->sources[slot], &to, nat ? SPAN_OF(marker) : SPAN_NONE,
		 message);
}

static gboolean on_timer(gpointer user)
{
	struct running *l = user;

	l->timer = 0;
	roamer_time_out(l->roamer);
	return G_SOURCE_REMOVE;
}

static void do_arm(void *user, uint64_t ms)
{
	struct running *l = user;

	if (l->timer)
		g_source_remove(l->timer);
	l->timer = ms ? g_timeout_add((guint)MIN(ms, G_MAXUINT), on_timer, l) : 0;
}

static void do_local(void *user, unsigned gateway, struct endpoint *out)
{
	const struct running *l = user;
	const unsigned slot = family_slot(&gateway_at(l, gateway)->ike.address);

	out->address = l->sources[slot];
	out->port = udp_local(l->sockets[slot])->port;
}

static void do_child(void *user, const struct data_plane_child *child)
{
	client_traffic_child(((struct running *)user)->traffic, child);
}

/* ---- events */

static void print_text(const struct running *l, const struct roamer_event *e)
{
	char text[INDEX_TEXT_MAX], where[ENDPOINT_TEXT_MAX];

	printf("%s gateway=%s", roamer_event_word(e->kind),
	       endpoint_text(&gateway_at(l, e->gateway)->ike, where));
	if (e->kind == ROAMER_ASKED)
		printf(" syn=%s", roamer_with_word(e->with));
	if (e->has_index)
		printf(" index=%s", index_text(&e->index, text));
	if (e->inner.family)
		printf(" inner=%s", address_text(&e->inner, text));
	if (e->notify)
		printf(" notify=%u", e->notify);
	putchar('\n');
}

/* Nothing in it needs an escape. */
static void print_json(const struct running *l, const struct roamer_event *e)
{
	char text[INDEX_TEXT_MAX], where[ENDPOINT_TEXT_MAX];

	printf("{\"event\": \"%s\", \"gateway\": \"%s\"", roamer_event_word(e->kind),
	       endpoint_text(&gateway_at(l, e->gateway)->ike, where));
	if (e->kind == ROAMER_ASKED)
		printf(", \"syn\": \"%s\"", roamer_with_word(e->with));
	if (e->has_index)
		printf(", \"index\": \"%s\"", index_text(&e->index, text));
	if (e->inner.family)
		printf(", \"inner\": \"%s\"", address_text(&e->inner, text));
	if (e->notify)
		printf(", \"notify\": %u", e->notify);
	puts("}");
}

static gboolean go_on(gpointer user)
{
	struct running *l = user;

	l->next = 0;
	if (roamer_state(l->roamer) != ROAMER_ESTABLISHED)
		return G_SOURCE_REMOVE;
	if (l->to_resume) {
		l->to_resume = false;
		roamer_resume(l->roamer, l->run->resume_at);
	} else if (l->run->once) {
		l->ending = true;
		roamer_end(l->roamer);
	}
	return G_SOURCE_REMOVE;
}

static void over(struct running *l, int code)
{
	l->code = code;
	g_main_loop_quit(l->loop);
}

static void do_event(void *user, const struct roamer_event *e)
{
	struct running *l = user;

	if (l->run->json)
		print_json(l, e);
	else
		print_text(l, e);
	if (fflush(stdout) != 0)
		over(l, RUN_INTERNAL);
	switch (e->kind) {
	case ROAMER_LOGGED_IN:
	case ROAMER_RESUMED:
		if (l->traffic)
			client_traffic_address(l->traffic, &e->inner);
		if (l->next)
			g_source_remove(l->next);
		/* not from within the event; the timer goes with it at the end */
		l->next = g_timeout_add(l->to_resume ? l->run->stay_ms : 0, go_on, l);
		break;
	case ROAMER_GAVE_UP:
		over(l, RUN_UNREACHABLE);
		break;
	case ROAMER_DELETED:
		over(l, l->ending ? 0 : RUN_DOES_NOT_CONFORM);
		break;
	case ROAMER_ENDED:
		over(l, 0);
		break;
	default:
		break;
	}
}

/* ---- sockets and signals */

static void receive_one(struct running *l, const struct udp_datagram *d)
{
	for (unsigned i = 0; i < l->run->config->n_gateways; i++) {
		const struct roamer_gateway *g = gateway_at(l, i);
		struct rcursor c = rcursor_init(d->octets, NULL);

		if (!address_equal(&d->remote.address, &g->ike.address))
			continue;
		if (d->remote.port == g->ike.port) {
			roamer_receive(l->roamer, i, d->octets);
			return;
		}
		if (d->remote.port != g->nat_port)
			continue;
		if (rcursor_u32(&c, "non-ESP marker") == 0 && rcursor_ok(&c))
			roamer_receive(l->roamer, i, rcursor_rest(&c));
		else if (l->traffic)
			client_traffic_receive(l->traffic, d);
		return;
	}
}

static void on_receive(struct udp_socket *s, const struct udp_datagram *batch, size_t n, void *user)
{
	(void)s;
	for (size_t i = 0; i < n; i++)
		receive_one(user, &batch[i]);
}

/* The address that the kernel would send from. */
static bool route_source(const struct endpoint *to, struct address *out)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t n = endpoint_to_sockaddr(to, &sa);
	const int fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct endpoint local;
	bool ok;

	if (fd < 0)
		return false;
	ok = connect(fd, (const struct sockaddr *)&sa, n) == 0;
	n = sizeof(sa);
	ok = ok && getsockname(fd, (struct sockaddr *)&sa, &n) == 0 &&
	     endpoint_from_sockaddr(&sa, &local);
	close(fd);
	if (ok)
		*out = local.address;
	return ok;
}

static bool open_socket(struct running *l, const struct endpoint *gateway)
{
	const struct udp_handler handler = { .receive = on_receive, .user = l };
	const unsigned slot = family_slot(&gateway->address);
	struct endpoint local = { .address = l->run->source };
	GError *error = NULL;

	if (l->sockets[slot])
		return true;
	if (local.address.family != gateway->address.family &&
	    !route_source(gateway, &local.address)) {
		char text[ENDPOINT_TEXT_MAX];

		fprintf(stderr, "ikesync-probe client: no route to %s\n",
			endpoint_text(gateway, text));
		return false;
	}
	l->sources[slot] = local.address;
	l->sockets[slot] = udp_bind(&local, &handler, NULL, &error);
	if (l->sockets[slot])
		return true;
	fprintf(stderr, "ikesync-probe client: %s\n", error->message);
	g_error_free(error);
	return false;
}

static bool open_traffic(struct running *l)
{
	GError *error = NULL;

	if (!l->run->traffic.device)
		return true;
	l->traffic = client_traffic_open(&l->run->traffic, &error);
	if (l->traffic) {
		client_traffic_begin(l->traffic, l->sockets);
		return true;
	}
	fprintf(stderr, "ikesync-probe client: %s\n", error->message);
	g_error_free(error);
	return false;
}

static gboolean on_end(gpointer user)
{
	struct running *l = user;

	if (l->ending) {
		over(l, RUN_INTERRUPTED);
		return G_SOURCE_CONTINUE;
	}
	l->ending = true;
	roamer_end(l->roamer);
	return G_SOURCE_CONTINUE;
}

static gboolean on_resume(gpointer user)
{
	struct running *l = user;

	roamer_resume(l->roamer, -1);
	return G_SOURCE_CONTINUE;
}

static void live(struct running *l)
{
	const guint watches[] = { g_unix_signal_add(SIGINT, on_end, l),
				  g_unix_signal_add(SIGTERM, on_end, l),
				  g_unix_signal_add(SIGUSR1, on_resume, l) };

	roamer_login(l->roamer);
	g_main_loop_run(l->loop);
	for (size_t i = 0; i < G_N_ELEMENTS(watches); i++)
		g_source_remove(watches[i]);
}

int client_run(const struct client_run *run)
{
	struct running l = { .run = run,
			     .to_resume = run->resume_at >= 0,
			     .code = RUN_UNREACHABLE };
	const struct roamer_ops ops = { .send = do_send,
					.arm = do_arm,
					.local = do_local,
					.event = do_event,
					.child = run->traffic.device ? do_child : NULL,
					.user = &l };
	bool ready = true;

	signal(SIGPIPE, SIG_IGN);
	for (unsigned i = 0; ready && i < run->config->n_gateways; i++)
		ready = open_socket(&l, &run->config->gateways[i].ike);
	ready = ready && open_traffic(&l);
	if (ready) {
		l.loop = g_main_loop_new(NULL, FALSE);
		l.roamer = roamer_new(run->config, &ops, &rng_system);
		if (l.roamer)
			live(&l);
		else
			l.code = RUN_INTERNAL;
		do_arm(&l, 0);
		if (l.next)
			g_source_remove(l.next);
		roamer_free(l.roamer);
		g_main_loop_unref(l.loop);
	}
	client_traffic_free(l.traffic);
	for (size_t i = 0; i < G_N_ELEMENTS(l.sockets); i++)
		if (l.sockets[i])
			udp_free(l.sockets[i]);
	return l.code;
}
