/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Follows each direction of each connection, and keeps the stub messages in it. */
#include "reader/stub_stream.h"

#include "keys/secret.h"
#include "reader/tls_record.h"
#include "wire/stub_message.h"

#define CONNECTIONS_MAX 4096
/* Segments that wait for one before them, of one direction. */
#define EARLY_MAX 256
#define EARLY_OCTETS_MAX (1u << 20)
/* The same, of all. */
#define EARLY_ALL_MAX (64u << 20)

enum mode { MODE_UNKNOWN, MODE_PLAIN, MODE_TLS, MODE_DEAD };

struct early {
	uint32_t seq;
	GByteArray *octets;
};

struct direction {
	enum mode mode;
	bool started;
	uint32_t next;
	GPtrArray *early; /* struct early * */
	size_t early_octets;
	GByteArray *raw;   /* not yet a whole record or message */
	GByteArray *plain; /* TLS: what came out of records */
	struct tls_side tls;
};

struct connection {
	struct endpoint client, server;
	bool opened; /* its SYN is in the capture */
	struct tls_hello hello;
	struct direction from[2]; /* [1]: the client's */
};

struct stub_streams {
	struct reading *r;
	uint16_t *ports;
	size_t n;
	GHashTable *all; /* struct connection by its endpoints */
	size_t early_octets;
	uint8_t plain[TLS_RECORD_MAX];
	unsigned frame;
	uint64_t ns;
};

static guint connection_hash(gconstpointer key)
{
	const struct connection *c = key;
	guint h = c->client.port * 65599u + c->server.port;

	for (unsigned i = 0; i < 16; i++)
		h = h * 31 + c->client.address.octets[i] * 7 + c->server.address.octets[i];
	return h;
}

static gboolean connection_same(gconstpointer a, gconstpointer b)
{
	const struct connection *x = a, *y = b;

	return endpoint_equal(&x->client, &y->client) && endpoint_equal(&x->server, &y->server);
}

static void wiped_free(GByteArray *a)
{
	secret_wipe(a->data, a->len);
	g_byte_array_unref(a);
}

static void early_free(void *data)
{
	struct early *e = data;

	wiped_free(e->octets);
	g_free(e);
}

static void direction_init(struct direction *d, bool from_client)
{
	d->early = g_ptr_array_new_with_free_func(early_free);
	d->raw = g_byte_array_new();
	d->plain = g_byte_array_new();
	d->tls.from_client = from_client;
}

static void direction_clear(struct direction *d)
{
	g_ptr_array_unref(d->early);
	wiped_free(d->raw);
	wiped_free(d->plain);
	tls_side_clear(&d->tls);
}

static void connection_free(void *data)
{
	struct connection *c = data;

	direction_clear(&c->from[0]);
	direction_clear(&c->from[1]);
	g_free(c);
}

struct stub_streams *stub_streams_new(struct reading *r, const uint16_t *ports, size_t n)
{
	struct stub_streams *s = g_new0(struct stub_streams, 1);

	s->r = r;
	s->ports = n ? g_memdup2(ports, n * sizeof(*ports)) : NULL;
	s->n = n;
	s->all = g_hash_table_new_full(connection_hash, connection_same, NULL, connection_free);
	return s;
}

static char *name_of(const struct connection *c)
{
	char client[ENDPOINT_TEXT_MAX], server[ENDPOINT_TEXT_MAX];

	return g_strdup_printf("TCP %s to %s", endpoint_text(&c->client, client),
			       endpoint_text(&c->server, server));
}

/* This direction is not read any more. */
static void give_up(struct stub_streams *s, const struct connection *c, struct direction *d,
		    const char *why)
{
	char *name = name_of(c);

	reading_unread(s->r, "%s, from frame %u on, %s: %s", name, s->frame,
		       d->tls.from_client ? "gateway's side" : "bank's side", why);
	g_free(name);
	d->mode = MODE_DEAD;
	s->r->stubs_unread = true;
}

void stub_streams_free(struct stub_streams *s)
{
	GHashTableIter it;
	gpointer key;

	if (!s)
		return;
	g_hash_table_iter_init(&it, s->all);
	while (g_hash_table_iter_next(&it, &key, NULL)) {
		struct connection *c = key;

		for (unsigned i = 0; i < 2; i++)
			if (c->from[i].mode != MODE_DEAD && c->from[i].early->len)
				give_up(s, c, &c->from[i], "a segment is missing in the capture");
	}
	g_hash_table_unref(s->all);
	secret_wipe(s->plain, sizeof(s->plain));
	g_free(s->ports);
	g_free(s);
}

static bool is_bank(const struct stub_streams *s, uint16_t port)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->ports[i] == port)
			return true;
	return port == STUB_PORT_DEFAULT;
}

/* Take `n` octets from the front. */
static void eat(GByteArray *a, size_t n)
{
	g_byte_array_remove_range(a, 0, (guint)n);
}

/* Cut whole messages off the front of `octets`. */
static void take_messages(struct stub_streams *s, struct connection *c, struct direction *d,
			  GByteArray *octets)
{
	struct seen_stub like = { .frame = s->frame,
				  .ns = s->ns,
				  .client = c->client,
				  .server = c->server,
				  .from_client = d->tls.from_client,
				  .clear = d->mode == MODE_PLAIN };
	size_t at = 0, length;

	while (d->mode != MODE_DEAD) {
		struct span left = span_of(octets->data + at, octets->len - at);

		if (stub_message_length(left, &length) != ERR_OK) {
			/* the four octets are kept: they are what is wrong */
			reading_add_stub(s->r, &like, span_of(left.p, STUB_HEADER_SIZE));
			give_up(s, c, d, "a message length below 4");
		} else if (length == 0 || length > left.n) {
			break;
		} else {
			reading_add_stub(s->r, &like, span_of(left.p, length));
			at += length;
		}
	}
	eat(octets, at);
}

static void take_records(struct stub_streams *s, struct connection *c, struct direction *d)
{
	size_t at = 0;

	while (d->mode == MODE_TLS && d->raw->len - at >= 5) {
		const uint8_t *p = d->raw->data + at;
		size_t n = 5 + ((size_t)p[3] << 8 | p[4]), got;

		if (n > TLS_RECORD_MAX) {
			give_up(s, c, d, "no TLS records");
			break;
		}
		if (n > d->raw->len - at)
			break;
		at += n;
		switch (tls_record_take(&d->tls, &c->hello, s->r->keys, span_of(p, n), s->plain,
					&got)) {
		case TLS_DATA:
			g_byte_array_append(d->plain, s->plain, (guint)got);
			secret_wipe(s->plain, got);
			take_messages(s, c, d, d->plain);
			break;
		case TLS_NO_KEYS:
			give_up(s, c, d,
				c->hello.client_seen
				    ? "TLS, whose secrets are neither in the file nor beside it"
				    : "TLS, whose handshake is not in the capture");
			break;
		case TLS_BROKEN:
			give_up(s, c, d,
				c->hello.below_13 ? "TLS below 1.3" : "a TLS record does not open");
			break;
		default:
			break;
		}
	}
	eat(d->raw, at);
}

/* What the first octets say: TLS, or a stub message. */
static enum mode mode_of(const struct connection *c, const struct direction *d, struct span s)
{
	if (s.n < 2)
		return MODE_UNKNOWN;
	/* a client's first words from the bank's port */
	if (!d->tls.from_client && s.n > 5 && s.p[0] == 22 && s.p[5] == 1)
		return MODE_DEAD;
	if (s.p[0] >= 20 && s.p[0] <= 23 && s.p[1] == 3)
		return MODE_TLS;
	return c->opened && s.p[0] == STUB_PAYLOAD_TRANSACTION ? MODE_PLAIN : MODE_DEAD;
}

static void take_octets(struct stub_streams *s, struct connection *c, struct direction *d,
			struct span octets)
{
	g_byte_array_append(d->raw, octets.p, (guint)octets.n);
	if (d->mode == MODE_UNKNOWN) {
		d->mode = mode_of(c, d, span_of(d->raw->data, d->raw->len));
		if (d->mode == MODE_DEAD)
			reading_unread(s->r,
				       "frame %u: a connection to a bank's port that carries "
				       "neither TLS nor stub messages from its beginning",
				       s->frame);
	}
	if (d->mode == MODE_TLS && !s->r->tls_frame)
		s->r->tls_frame = s->frame;
	if (d->mode == MODE_TLS)
		take_records(s, c, d);
	else if (d->mode == MODE_PLAIN)
		take_messages(s, c, d, d->raw);
	/* another protocol that happens to use the port */
	if (c->hello.client_seen && c->hello.other_alpn && !c->hello.stub_alpn)
		c->from[0].mode = c->from[1].mode = MODE_DEAD;
	s->r->bank_announced |= c->hello.stub_alpn;
	if (d->mode == MODE_DEAD)
		g_byte_array_set_size(d->raw, 0);
}

/* Octets at `seq`, or after what is there already; those that come early wait. */
static bool take_in_order(struct stub_streams *s, struct connection *c, struct direction *d,
			  uint32_t seq, struct span octets)
{
	uint32_t ahead = seq - d->next;

	if (ahead > 0x7fffffffu) { /* begins before: skip what is known */
		size_t known = (size_t)(0 - ahead);

		if (known >= octets.n)
			return true;
		octets = span_of(octets.p + known, octets.n - known);
	} else if (ahead) {
		return false;
	}
	d->next += (uint32_t)octets.n;
	take_octets(s, c, d, octets);
	return true;
}

static void keep_early(struct stub_streams *s, struct connection *c, struct direction *d,
		       uint32_t seq, struct span octets)
{
	struct early *e;

	if (d->early->len >= EARLY_MAX || d->early_octets + octets.n > EARLY_OCTETS_MAX ||
	    s->early_octets + octets.n > EARLY_ALL_MAX) {
		give_up(s, c, d, "a segment is missing in the capture");
		return;
	}
	e = g_new0(struct early, 1);
	e->seq = seq;
	e->octets = g_byte_array_sized_new((guint)octets.n);
	g_byte_array_append(e->octets, octets.p, (guint)octets.n);
	d->early_octets += octets.n;
	s->early_octets += octets.n;
	g_ptr_array_add(d->early, e);
}

static void take_early(struct stub_streams *s, struct connection *c, struct direction *d)
{
	bool any = true;

	while (any && d->mode != MODE_DEAD) {
		any = false;
		for (unsigned i = 0; i < d->early->len && !any; i++) {
			struct early *e = g_ptr_array_index(d->early, i);

			any = take_in_order(s, c, d, e->seq,
					    span_of(e->octets->data, e->octets->len));
			if (any) {
				d->early_octets -= e->octets->len;
				s->early_octets -= e->octets->len;
				g_ptr_array_remove_index(d->early, i);
			}
		}
	}
}

static struct connection *connection_of(struct stub_streams *s, const struct packet *p,
					bool from_client)
{
	struct connection key = { .client = from_client ? p->from : p->to,
				  .server = from_client ? p->to : p->from };
	struct connection *c = g_hash_table_lookup(s->all, &key);

	/* the ports are used once more */
	if (c && p->syn && from_client && c->opened && p->seq + 1 != c->from[1].next &&
	    c->from[1].started) {
		g_hash_table_remove(s->all, &key);
		c = NULL;
	}
	if (c || g_hash_table_size(s->all) >= CONNECTIONS_MAX)
		return c;
	c = g_new0(struct connection, 1);
	c->client = key.client;
	c->server = key.server;
	direction_init(&c->from[0], false);
	direction_init(&c->from[1], true);
	g_hash_table_add(s->all, c);
	return c;
}

void stub_streams_take(struct stub_streams *s, const struct packet *packet, unsigned frame,
		       uint64_t ns)
{
	bool from_client = is_bank(s, packet->to.port);
	struct connection *c;
	struct direction *d;

	/* 49500 may be a client's own port, too: then the other end's decides */
	if (!from_client && !is_bank(s, packet->from.port))
		return;
	s->frame = frame;
	s->ns = ns;
	c = connection_of(s, packet, from_client);
	if (!c)
		return;
	d = &c->from[from_client];
	if (packet->syn) {
		d->started = true;
		d->next = packet->seq + 1;
		c->opened = true;
		/* whoever opens a connection from a bank's port is no bank */
		if (!packet->ack && !from_client)
			c->from[0].mode = c->from[1].mode = MODE_DEAD;
		return;
	}
	if (d->mode == MODE_DEAD || !packet->payload.n)
		return;
	if (packet->cut) {
		give_up(s, c, d, "the capture kept only the beginning of a segment");
		return;
	}
	if (!d->started) {
		d->started = true;
		d->next = packet->seq;
	}
	if (!take_in_order(s, c, d, packet->seq, packet->payload))
		keep_early(s, c, d, packet->seq, packet->payload);
	else
		take_early(s, c, d);
}
