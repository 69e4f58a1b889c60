/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the gateway tells those who run it, what it does for them, and what it never says. */
#include <sys/socket.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "core/sa.h"
#include "gateway_ctl.h"
#include "gateway_metrics.h"
#include "session.h"
#include "tool/log.h"
#include "unit/tool/ctl_ask.h"

struct door {
	struct world *world;
	char directory[32], path[48];
	struct ctl *ctl;
	struct gateway_ctl commands;
	unsigned reloads;
	unsigned turns; /* of the loop, while the last answer came */
};

static bool reload(void *user)
{
	struct door *d = user;

	return ++d->reloads == 1;
}

static void gather(metrics_add_fn *add, void *to, void *user)
{
	const struct door *d = user;

	gateway_metrics(gateway_counters(d->world->site[A].gateway), NULL, add, to);
}

static void open_door(struct door *d, struct world *w)
{
	*d = (struct door){ .world = w, .directory = "/tmp/ikesync-gw-XXXXXX" };
	assert_non_null(g_mkdtemp(d->directory));
	g_snprintf(d->path, sizeof(d->path), "%s/ctl", d->directory);
	d->ctl = ctl_new(d->path, NULL, NULL, NULL);
	assert_non_null(d->ctl);
	d->commands = (struct gateway_ctl){ w->site[A].gateway, reload, gather, d };
	ctl_serve(d->ctl, "ikesync-gateway", gateway_ctl_commands, &d->commands);
}

static void close_door(struct door *d)
{
	ctl_free(d->ctl);
	rmdir(d->directory);
}

static int call(const struct door *d, const char *line)
{
	int fd = ctl_ask_call(d->path);

	assert_int_equal(send(fd, line, strlen(line), MSG_NOSIGNAL), (ssize_t)strlen(line));
	return fd;
}

static char *ask(struct door *d, const char *line)
{
	return ctl_ask(d->path, line, &d->turns);
}

static void says(struct door *d, const char *line, const char *what)
{
	ctl_ask_says(d->path, line, what);
}

/* Its identity is `name`, so that it is not logged in: as if by a resumption. */
static struct sa *another(struct world *w, const char *name)
{
	struct sa *sa = sa_new(w->site[A].gateway, 1, 0, SA_HALF_OPEN);
	struct ike_id id = { ID_FQDN, span_text(name) };

	assert_non_null(sa);
	assert_true(sa_set_identity(sa, &id));
	sa->expiry = w->utc + 3600;
	sa_establish(sa);
	return sa;
}

/* So that it can say goodbye. */
static void give_keys(struct sa *sa)
{
	static const uint8_t some[32] = { 1 };
	const struct ike_seed seed = { SPAN_OF(some), SPAN_OF(some), sa->spi_i, sa->spi_r };

	assert_int_equal(suite_from_text("aes128-sha256-x25519", &sa->suite), ERR_OK);
	assert_int_equal(ike_keys_initial(&sa->keys, &sa->suite, &seed, SPAN_OF(some)), ERR_OK);
}

/* The SA's own keys, as text, in either case: they are nowhere in what is said. */
static void assert_no_secret(const struct peer *p, const char *text)
{
	struct span sk_d = secret_peek(&p->sa.keys.sk_d);
	g_autoptr(GString) hex = g_string_new(NULL);
	g_autofree char *lower = g_ascii_strdown(text, -1);

	for (size_t i = 0; i < 8; i++)
		g_string_append_printf(hex, "%02x", sk_d.p[i]);
	assert_null(strstr(lower, hex->str));
	assert_null(strstr(text, "secret"));
}

static void it_tells(void **state)
{
	struct world *w = world_new();
	struct peer p;
	struct door d;
	g_autofree char *show = NULL, *line = NULL, *spi = NULL;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	open_door(&d, w);
	spi = g_strdup_printf("%016" PRIx64, p.sa.spi_r);
	says(&d, "status\n", "sas: 1\nhalf open: 0\nprovisional: 0\nbank: connected\npeers: 1\n");
	w->bank.unreachable = true;
	says(&d, "status\n", "bank: not reachable\n");
	w->bank.unreachable = false;
	says(&d, "--json status\n", "\"sas\":1,\"half_open\":0,");
	says(&d, "statistics\n", "full_handshakes: 1\nresumptions: 0\n");
	says(&d, "list\n", spi);
	says(&d, "list\n",
	     " established remote=198.51.100.7:500 inner=10.99.0.1 children=1 stub=yes "
	     "identity=\"client.example\"\nok\n");
	says(&d, "list client.example\n", spi);
	says(&d, "list fqdn:client.example\n", spi);
	says(&d, "list email:client.example\n", "ok\n");
	says(&d, "--json list\n",
	     "\"children\":1,\"stub\":true,\"identity\":\"client.example\"}\nok\n");
	line = g_strdup_printf("show %s\n", spi);
	show = ask(&d, line);
	assert_non_null(strstr(show, "suite: aes128-sha256-x25519\n"));
	assert_non_null(strstr(show, "child: in="));
	assert_non_null(strstr(show, " live tunnel suite=aes128gcm16 client=10.99.0.1 here="));
	assert_no_secret(&p, show);
	says(&d, "show 1\n", "error: there is none\n");
	says(&d, "show me\n", "error: there is none\n");
	says(&d, "reload\n", "ok\n");
	says(&d, "reload\n", "error: refused");
	says(&d, "terminate some\n", "error: there is none\n");
	says(&d, "terminate identity\n", "error: not understood");
	says(&d, "terminate all now\n", "error: not understood");
	assert_true(session_is_alive(w, A, &p));
	close_door(&d);
	peer_clear(&p);
	world_free(w);
}

static void assert_deleted(struct world *w, struct peer *p)
{
	g_autoptr(GBytes) b = NULL;
	uint8_t plain[PEER_BUFFER];
	struct ike_protected m;
	gsize n;
	const uint8_t *octets;

	world_advance(w, 10);
	b = world_take(w);
	assert_non_null(b);
	octets = g_bytes_get_data(b, &n);
	assert_int_equal(ike_client_open(&p->sa, span_of(octets, n), plain, sizeof(plain), &m), 0);
	assert_int_equal(m.header.exchange, EXCHANGE_INFORMATIONAL);
	assert_non_null(chain_find(&m.inner, PAYLOAD_DELETE));
}

/* The client is told, and the stub is gone: no other gateway takes the session up again. */
static void it_ends_sessions(void **state)
{
	struct world *w = world_new();
	struct peer p, q;
	struct door d;
	g_autofree char *line = NULL;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	peer_init(&q, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	session_establish(w, A, &q, true);
	open_door(&d, w);
	assert_int_equal(memory_bank_live(&w->bank), 2);
	line = g_strdup_printf("terminate %016" PRIx64 "\n", p.sa.spi_r);
	says(&d, line, "ok\n");
	assert_deleted(w, &p);
	says(&d, line, "error: it is not established");
	world_run(w);
	assert_int_equal(memory_bank_live(&w->bank), 1);
	assert_true(session_is_alive(w, A, &q));
	give_keys(another(w, "somebody.else"));
	says(&d, "terminate identity client.example\n", "ended: 1\nok\n");
	assert_deleted(w, &q);
	world_run(w);
	assert_int_equal(memory_bank_live(&w->bank), 0);
	world_drop_all(w);
	says(&d, "--json terminate all\n", "{\"ended\":1}\nok\n");
	says(&d, "terminate all\n", "ended: 0\nok\n");
	world_advance(w, 120 * 1000);
	says(&d, "list\n", "ok\n");
	says(&d, "status\n", "sas: 0\n");
	close_door(&d);
	peer_clear(&p);
	peer_clear(&q);
	world_free(w);
}

/* What a rekey of the client's puts in the place of one that ends, ends as well. */
static void a_rekey_is_no_way_out(void **state)
{
	struct world *w = world_new();
	struct peer p;
	struct door d;
	struct sa *sa;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	open_door(&d, w);
	sa = sa_find(w->site[A].gateway, p.sa.spi_r);
	assert_non_null(sa);
	says(&d, "terminate all\n", "ended: 1\n");
	assert_true(sa->dismissed);
	/* Before the loop comes to its timer. */
	session_rekey_unbacked(w, A, &p);
	assert_deleted(w, &p);
	world_run(w);
	assert_int_equal(memory_bank_live(&w->bank), 0);
	close_door(&d);
	peer_clear(&p);
	world_free(w);
}

/* 20,000 SAs: the loop goes on in between, and whoever hangs up ends it. */
static void long_lists_do_not_block(void **state)
{
	enum { N = 20000 };
	struct world *w = world_new();
	struct door d;
	g_autofree char *answer = NULL;
	int fd;

	(void)state;
	for (unsigned i = 0; i < N; i++)
		another(w, "client.example");
	open_door(&d, w);
	answer = ask(&d, "list\n");
	assert_int_equal(ctl_ask_lines(answer), N + 1);
	assert_true(g_str_has_suffix(answer, "\nok\n"));
	assert_true(d.turns > N / 250);
	says(&d, "list nobody.example\n", "ok\n");
	assert_true(d.turns > N / 2000);
	fd = call(&d, "list\n");
	for (unsigned i = 0; i < 10; i++)
		g_main_context_iteration(NULL, FALSE);
	close(fd);
	says(&d, "--json terminate all\n", "{\"ended\":20000}\nok\n");
	fd = call(&d, "list\n");
	for (unsigned i = 0; i < 10; i++)
		g_main_context_iteration(NULL, FALSE);
	close_door(&d); /* in the middle of it */
	close(fd);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_tells),
		cmocka_unit_test(it_ends_sessions),
		cmocka_unit_test(a_rekey_is_no_way_out),
		cmocka_unit_test(long_lists_do_not_block),
	};

	log_init("gateway-test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
