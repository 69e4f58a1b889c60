/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ikesync-gateway: sockets, clock and bank around the protocol of gateway.h. */
#include <glib.h>
#include <time.h>

#include "aaa/radius_client.h"
#include "bank_link/bank_client.h"
#include "bank_link/bank_set.h"
#include "gateway.h"
#include "gateway_config.h"
#include "gateway_ctl.h"
#include "gateway_metrics.h"
#include "keylog.h"
#include "leaving.h"
#include "loop_turn.h"
#include "reload.h"
#include "traffic.h"
#include "net/loop.h"
#include "net/udp.h"
#include "tool/ctl_main.h"
#include "tool/daemon.h"
#include "tool/daemon_main.h"
#include "tool/log.h"
#include "net/channel_tls.h"

#define DEFAULT_CONFIG "/etc/ikesync/gateway.conf"
/* READY waits this long for the bank: a SYN before would find none, and cost a cookie. */
#define BANK_PATIENCE_MS 1000
/* Sockets, files and connections are some 20; the rest is for libraries. */
#define FILES 64

struct server {
	struct gateway_settings *settings;
	struct wheel *wheel;
	struct udp_socket *ike, *nat;
	struct keylog *keylog;
	struct channel_tls *tls;
	struct bank_client *bank;
	struct bank_set *banks;       /* all that there are: one */
	struct radius_client *radius; /* NULL: none */
	struct traffic *traffic;      /* NULL: none is carried */
	struct gateway *gateway;
	GSource *turns;
	struct leaving leaving;
	struct ctl *ctl; /* NULL: none */
	struct gateway_ctl commands;
	int ready_fd;
	bool ready;
	struct wheel_timer patience; /* with a bank that does not answer at the start */
};

static uint64_t now_ms(void *user)
{
	(void)user;
	return loop_now();
}

static uint64_t utc(void *user)
{
	(void)user;
	return (uint64_t)time(NULL);
}

static void send_message(void *user, const struct gateway_path *path, struct span message)
{
	static const uint8_t marker[IKE_NON_ESP_MARKER_SIZE];
	struct server *s = user;

	udp_send(path->nat ? s->nat : s->ike, &path->local.address, &path->remote,
		 path->nat ? SPAN_OF(marker) : SPAN_NONE, message);
}

static void log_keys(void *user, const struct gateway_sa_keys *keys)
{
	struct server *s = user;

	keylog_write(s->keylog, keys);
}

static void say_ready(struct server *s)
{
	char ike[ENDPOINT_TEXT_MAX], nat[ENDPOINT_TEXT_MAX];
	g_autofree char *line = NULL;

	if (s->ready)
		return;
	s->ready = true;
	wheel_cancel(s->wheel, &s->patience);
	line = g_strdup_printf("READY ike=%s nat=%s\n", endpoint_text(udp_local(s->ike), ike),
			       endpoint_text(udp_local(s->nat), nat));
	daemon_ready(s->ready_fd, line);
	log_notice("listening on %s and %s", ike, nat);
}

static void lose_patience(void *user)
{
	say_ready(user);
}

static void bank_state(bool reachable, void *user)
{
	struct server *s = user;

	log_notice("stub bank: %s", reachable ? "connected" : "not reachable");
	if (reachable && s->gateway)
		say_ready(s);
}

/* The IKE message in it; empty: there is none. RFC 3948: without the marker it is ESP, or a keep-alive. */
static struct span message_of(const struct udp_datagram *d, bool nat)
{
	struct rcursor c = rcursor_init(d->octets, NULL);

	if (nat && rcursor_u32(&c, "non-ESP marker") != 0)
		return SPAN_NONE;
	return rcursor_ok(&c) ? rcursor_rest(&c) : SPAN_NONE;
}

/* Messages of SAs first: a flood of first requests does not stand before them. */
static void receive(struct udp_socket *socket, const struct udp_datagram *batch, size_t n,
		    void *user)
{
	struct server *s = user;

	for (unsigned round = 0; round < 2 && !s->leaving.begun; round++)
		for (size_t i = 0; i < n; i++) {
			struct gateway_path path = { batch[i].local, batch[i].remote,
						     socket == s->nat };
			struct span m = message_of(&batch[i], path.nat);

			if (m.n && gateway_may_wait(m) == (round == 1))
				gateway_receive(s->gateway, &path, m);
			else if (!m.n && path.nat && s->traffic && round == 0)
				traffic_receive(s->traffic, &batch[i]);
		}
}

/* What needs the rights of the one who started us: sockets and key files. */
static bool acquire(struct server *s, GError **error)
{
	const struct gateway_settings *c = s->settings;
	struct udp_handler handler = { receive, s };
	struct channel_tls_files files = { .certificate = c->bank_certificate,
					   .key = c->bank_key,
					   .ca = c->bank_ca,
					   .key_log = c->bank_key_log };

	s->ike = udp_bind(&c->listen, &handler, NULL, error);
	s->nat = s->ike ? udp_bind(&c->listen_nat, &handler, NULL, error) : NULL;
	if (!s->nat)
		return false;
	s->traffic = traffic_open(&c->traffic, &c->listen_nat.address);
	if (c->control && !(s->ctl = ctl_new(c->control, c->control_group, NULL, error)))
		return false;
	if (c->key_log && !(s->keylog = keylog_open(c->key_log, error)))
		return false;
	if (c->key_log)
		log_warning("keys of all IKE SAs are written to %s", c->key_log);
	if (!c->has_bank)
		return true;
	if (c->bank_plain)
		log_warning("plain TCP to the stub bank: whoever sees it reads every key");
	else if (!(s->tls = channel_tls_new(&files, false, error)))
		return false;
	return true;
}

static uint8_t moved(const struct index *ix, void *user)
{
	struct server *s = user;

	return s->gateway ? gateway_moved(s->gateway, ix) : STUB_NOT_FOUND;
}

static bool connect_bank(struct server *s, GError **error)
{
	const struct gateway_settings *c = s->settings;
	struct bank_client_config config = { .endpoint = c->bank,
					     .tls = s->tls,
					     .server_name = c->bank_server_name,
					     .queue_directory = c->bank_queue,
					     .get_timeout_ms = c->get_timeout_ms,
					     .backoff_min_ms = c->reconnect_ms,
					     .backoff_max_ms = c->reconnect_cap_ms,
					     .wheel = s->wheel,
					     .state = bank_state,
					     .moved = moved,
					     .user = s };
	struct bank_set_config set = { .n = 1 };

	if (!c->has_bank)
		return true;
	s->bank = bank_client_new(&config, error);
	if (!s->bank)
		return false;
	set.banks[0] = *bank_client_service(s->bank);
	s->banks = bank_set_new(&set);
	return true;
}

static bool open_radius(struct server *s, GError **error)
{
	const struct gateway_settings *c = s->settings;
	struct radius_client_config config = { .server = c->radius,
					       .secret = span_of(c->radius_secret.octets,
								 c->radius_secret.n),
					       .nas = c->radius_nas,
					       .first_ms = c->radius_timeout_ms,
					       .tries = c->radius_tries,
					       .wheel = s->wheel,
					       .now_ms = loop_now,
					       .rng = rng_system };

	if (c->has_radius)
		s->radius = radius_client_new(&config, error);
	return s->radius || !c->has_radius;
}

static void make_gateway(struct server *s)
{
	struct gateway_ops ops = { .now_ms = now_ms,
				   .utc = utc,
				   .send = send_message,
				   .key_log = s->keylog ? log_keys : NULL,
				   .user = s,
				   .wheel = s->wheel,
				   .rng = rng_system,
				   .policy = s->settings->policy,
				   .trust = s->settings->trust,
				   .credential = s->settings->credential };

	if (s->radius)
		ops.aaa = radius_client_service(s->radius);
	if (s->banks)
		ops.bank = bank_set_service(s->banks);
	if (s->traffic) {
		traffic_begin(s->traffic, s->nat, s->wheel);
		ops.data_plane = traffic_service(s->traffic);
	}
	s->gateway = gateway_new(&s->settings->gateway, &ops);
	s->turns = loop_turn_attach(s->gateway, NULL);
}

static void log_totals(const struct gateway_counters *c)
{
	log_notice("%" G_GUINT64_FORMAT " full handshakes, %" G_GUINT64_FORMAT
		   " resumptions, %" G_GUINT64_FORMAT " fallbacks, %" G_GUINT64_FORMAT
		   " cookies, %" G_GUINT64_FORMAT " not committed, %" G_GUINT64_FORMAT
		   " malformed; %u IKE SAs now",
		   c->full, c->resumed, c->fallbacks, c->cookies_asked, c->not_committed,
		   c->malformed, c->sas);
}

static void stop(struct server *s)
{
	if (s->gateway)
		log_totals(gateway_counters(s->gateway));
	traffic_report(s->traffic);
	ctl_free(s->ctl);
	bank_client_free(s->bank); /* first: its answers lead into the gateway */
	if (s->turns) {
		g_source_destroy(s->turns);
		g_source_unref(s->turns);
	}
	gateway_free(s->gateway);
	traffic_free(s->traffic);
	radius_client_free(s->radius); /* last: logins under way are taken back from it */
	bank_set_free(s->banks);
	if (s->nat)
		udp_free(s->nat);
	if (s->ike)
		udp_free(s->ike);
	keylog_close(s->keylog);
	if (s->tls)
		channel_tls_unref(s->tls);
}

static void on_stop(void *user)
{
	struct server *s = user;

	if (!s->leaving.begun)
		log_notice("leaving: %u SAs are told so", gateway_counters(s->gateway)->sas);
	leaving_begin(&s->leaving);
}

static bool reload(void *user)
{
	struct server *s = user;

	return reload_settings(s->settings, s->gateway, s->bank, &s->tls);
}

static void on_reload(void *user)
{
	(void)reload(user);
}

static void gather(metrics_add_fn *add, void *to, void *user)
{
	const struct server *s = user;

	gateway_metrics(gateway_counters(s->gateway), traffic_counters(s->traffic), add, to);
}

static void open_door(struct server *s)
{
	s->commands = (struct gateway_ctl){ s->gateway, reload, gather, s };
	if (s->ctl)
		ctl_serve(s->ctl, "ikesync-gateway", gateway_ctl_commands, &s->commands);
}

static void on_report(void *user)
{
	const struct gateway_counters *c = gateway_counters(((struct server *)user)->gateway);

	log_notice("%u SAs, %u half open, %u provisional", c->sas, c->half_open, c->provisional);
	log_totals(c);
	traffic_report(((struct server *)user)->traffic);
}

static void handle_signals(struct server *s, GMainLoop *loop)
{
	struct daemon_signals signals = { on_stop, on_reload, on_report, s };

	s->leaving.wheel = s->wheel;
	s->leaving.gateway = s->gateway;
	s->leaving.loop = loop;
	daemon_on_signals(&signals);
}

static bool serve(void *settings, int ready_fd, GError **error)
{
	struct server server = { .settings = settings, .ready_fd = ready_fd }, *s = &server;
	GMainLoop *loop = g_main_loop_new(NULL, FALSE);
	GSource *source;
	bool ok;

	s->wheel = wheel_new(loop_now());
	source = loop_attach_wheel(s->wheel, NULL);
	ok = daemon_want_files(FILES, error) && acquire(s, error) &&
	     daemon_drop_privileges(s->settings->user, error) && connect_bank(s, error) &&
	     open_radius(s, error);
	if (ok) {
		make_gateway(s);
		handle_signals(s, loop);
		open_door(s);
		wheel_arm(s->wheel, &s->patience, loop_now() + (s->bank ? BANK_PATIENCE_MS : 0),
			  lose_patience, s);
		g_main_loop_run(loop);
	}
	stop(s);
	g_source_destroy(source);
	g_source_unref(source);
	wheel_free(s->wheel);
	g_main_loop_unref(loop);
	return ok;
}

/* Beyond what the file says by itself: can its certificates and keys be used? */
static bool check(void *settings, GError **error)
{
	const struct gateway_settings *c = settings;
	struct channel_tls_files files = { .certificate = c->bank_certificate,
					   .key = c->bank_key,
					   .ca = c->bank_ca };
	struct channel_tls *tls;

	if (!c->has_bank || c->bank_plain)
		return true;
	tls = channel_tls_new(&files, false, error);
	if (tls)
		channel_tls_unref(tls);
	return tls != NULL;
}

static void *load(const char *path, GError **error)
{
	return gateway_settings_load(path, error);
}

static void unload(void *settings)
{
	gateway_settings_free(settings);
}

static char *control_of(const char *config, GError **error)
{
	struct gateway_settings *s = gateway_settings_load(config, error);
	char *path = s ? g_strdup(s->control) : NULL;

	if (s && !path)
		g_set_error(error, CONFIG_ERROR, 0,
			    "%s: [gateway] control: missing; the path of a socket", config);
	gateway_settings_free(s);
	return path;
}

static int ask(int argc, char **argv)
{
	static const struct ctl_program program = { "ikesync-gateway", DEFAULT_CONFIG,
						    gateway_ctl_commands, control_of };

	return ctl_main(&program, argc, argv);
}

int main(int argc, char **argv)
{
	static const struct daemon_program program = {
		.name = "ikesync-gateway",
		.what = "An IKEv2 responder that resumes the SAs of other gateways of its pool.",
		.default_config = DEFAULT_CONFIG,
		.examples =
		    "  ikesync-gateway --config /etc/ikesync/gateway.conf\n"
		    "  ikesync-gateway --config gateway.conf --check-config\n"
		    "  ikesync-gateway --config lab.conf --ready-fd 3 --log-level debug 3>ready\n"
		    "  ikesync-gateway ctl --config /etc/ikesync/gateway.conf list   (while it "
		    "runs; ctl --help has more)\n",
		.load = load,
		.free = unload,
		.check = check,
		.serve = serve,
	};

	if (argc > 1 && g_str_equal(argv[1], "ctl"))
		return ask(argc - 1, argv + 1);
	return daemon_main(&program, argc, argv);
}
