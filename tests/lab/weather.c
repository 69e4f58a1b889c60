/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bad weather between probe and gateways: preloaded, it loses, delays and doubles datagrams by a seed. */
/*
 * IKESYNC_WEATHER="seed=1,loss=15,double=10,delay=2500": per cent each way, milliseconds there and back. The
 * whole delay lies on the way out: what a peer sees, and when relative to what it said, is the same.
 * Connections (TCP) have fine weather.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define DATAGRAM_MAX 65536
/* The second of two comes so much later at most. */
#define APART_MS 40

static ssize_t (*real_sendto)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
static ssize_t (*real_recvfrom)(int, void *, size_t, int, struct sockaddr *, socklen_t *);
static int (*real_close)(int);
static void (*real_exit)(int) __attribute__((noreturn));

static uint64_t seed;
static unsigned loss, doubled, delay_ms;

/* A datagram on its way out, or a second one on its way in. */
struct datagram {
	struct datagram *next;
	uint64_t due_ms;
	int fd; /* out: a copy of the sender's, so that it may close its own */
	struct sockaddr_storage peer;
	socklen_t peer_n;
	size_t n;
	uint8_t octets[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static struct datagram *out, *in;
static bool carrier_runs;
static unsigned children;

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* splitmix64; the lock is held. */
static uint64_t dice(void)
{
	uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static bool falls(unsigned per_cent)
{
	return dice() % 100 < per_cent;
}

static void drop_all(struct datagram **list)
{
	while (*list) {
		struct datagram *d = *list;

		*list = d->next;
		if (list == &out)
			real_close(d->fd);
		free(d);
	}
}

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
	children++;
}

static void after_fork(void)
{
	pthread_mutex_unlock(&lock);
}

static void make_condition(void)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

/* What the parent has under way is the parent's, and so is the thread that waits for the condition. */
static void in_child(void)
{
	drop_all(&out);
	drop_all(&in);
	carrier_runs = false;
	make_condition();
	seed += children * UINT64_C(0xd1342543de82ef95);
	pthread_mutex_unlock(&lock);
}

static void until_delivered(void)
{
	pthread_mutex_lock(&lock);
	while (out)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

static void *symbol(const char *name)
{
	void *s = dlsym(RTLD_NEXT, name);

	if (!s)
		abort();
	return s;
}

__attribute__((constructor)) static void begin(void)
{
	const char *text = getenv("IKESYNC_WEATHER");
	unsigned long n = 0;

	*(void **)&real_sendto = symbol("sendto");
	*(void **)&real_recvfrom = symbol("recvfrom");
	*(void **)&real_close = symbol("close");
	*(void **)&real_exit = symbol("_exit");
	if (!text || sscanf(text, "seed=%lu,loss=%u,double=%u,delay=%u", &n, &loss, &doubled,
			    &delay_ms) != 4) {
		fputs("weather: IKESYNC_WEATHER=seed=N,loss=N,double=N,delay=MS\n", stderr);
		real_exit(99);
	}
	seed = n;
	make_condition();
	pthread_atfork(before_fork, after_fork, in_child);
	/* programs that this one starts have their own */
	unsetenv("LD_PRELOAD");
}

__attribute__((destructor)) static void end(void)
{
	until_delivered();
}

void _exit(int status)
{
	until_delivered();
	real_exit(status);
}

static void *carry(void *unused)
{
	pthread_mutex_lock(&lock);
	for (;;) {
		struct datagram **first = &out;
		struct timespec t;

		if (!out) {
			pthread_cond_wait(&changed, &lock);
			continue;
		}
		for (struct datagram **d = &out; *d; d = &(*d)->next)
			if ((*d)->due_ms < (*first)->due_ms)
				first = d;
		if ((*first)->due_ms <= now_ms()) {
			struct datagram *d = *first;

			*first = d->next;
			(void)!real_sendto(d->fd, d->octets, d->n, 0, (struct sockaddr *)&d->peer,
					   d->peer_n);
			real_close(d->fd);
			free(d);
			pthread_cond_broadcast(&changed);
			continue;
		}
		t.tv_sec = (time_t)((*first)->due_ms / 1000);
		t.tv_nsec = (long)((*first)->due_ms % 1000) * 1000000;
		pthread_cond_timedwait(&changed, &lock, &t);
	}
	return unused;
}

static struct datagram *copy(const void *octets, size_t n, const struct sockaddr *peer,
			     socklen_t peer_n)
{
	struct datagram *d = calloc(1, sizeof(*d) + n);

	if (!d)
		abort();
	d->n = n;
	d->peer_n = peer_n;
	memcpy(&d->peer, peer, peer_n);
	memcpy(d->octets, octets, n);
	return d;
}

/* The lock is held. */
static void post(int fd, const void *octets, size_t n, const struct sockaddr *peer,
		 socklen_t peer_n, uint64_t ms)
{
	struct datagram *d = copy(octets, n, peer, peer_n), **end = &out;
	pthread_t thread;

	d->fd = dup(fd);
	d->due_ms = now_ms() + ms;
	while (*end)
		end = &(*end)->next;
	*end = d;
	if (!carrier_runs && pthread_create(&thread, NULL, carry, NULL) == 0)
		carrier_runs = pthread_detach(thread) == 0;
	pthread_cond_broadcast(&changed);
}

static bool is_datagram(int fd)
{
	int type = 0;
	socklen_t n = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 && type == SOCK_DGRAM;
}

ssize_t sendto(int fd, const void *octets, size_t n, int flags, const struct sockaddr *peer,
	       socklen_t peer_n)
{
	ssize_t sent = (ssize_t)n;

	if (!peer || !is_datagram(fd))
		return real_sendto(fd, octets, n, flags, peer, peer_n);
	pthread_mutex_lock(&lock);
	if (!falls(loss)) {
		if (delay_ms)
			post(fd, octets, n, peer, peer_n, delay_ms);
		else
			sent = real_sendto(fd, octets, n, flags, peer, peer_n);
		if (falls(doubled))
			post(fd, octets, n, peer, peer_n, delay_ms + dice() % APART_MS);
	}
	pthread_mutex_unlock(&lock);
	return sent;
}

/* The second of two that came, for this socket. The lock is held. */
static bool again(int fd, void *octets, size_t cap, struct sockaddr *peer, socklen_t *peer_n,
		  ssize_t *got)
{
	for (struct datagram **d = &in; *d; d = &(*d)->next)
		if ((*d)->fd == fd) {
			struct datagram *found = *d;

			*d = found->next;
			*got = (ssize_t)(found->n < cap ? found->n : cap);
			memcpy(octets, found->octets, (size_t)*got);
			if (peer && *peer_n >= found->peer_n)
				memcpy(peer, &found->peer, *peer_n = found->peer_n);
			free(found);
			return true;
		}
	return false;
}

/* What came. true: it was lost. The lock is held. */
static bool rain(int fd, const void *octets, ssize_t got, const struct sockaddr *peer,
		 const socklen_t *peer_n)
{
	struct datagram *d;

	if (falls(loss))
		return true;
	if (peer && falls(doubled)) {
		d = copy(octets, (size_t)got, peer, *peer_n);
		d->fd = fd;
		d->next = in;
		in = d;
	}
	return false;
}

ssize_t recvfrom(int fd, void *octets, size_t cap, int flags, struct sockaddr *peer,
		 socklen_t *peer_n)
{
	const socklen_t room = peer_n ? *peer_n : 0;
	ssize_t got = -1;
	bool lost;

	if (!peer || !is_datagram(fd))
		return real_recvfrom(fd, octets, cap, flags, peer, peer_n);
	pthread_mutex_lock(&lock);
	if (!again(fd, octets, cap, peer, peer_n, &got)) {
		do {
			*peer_n = room;
			got = real_recvfrom(fd, octets, cap, flags, peer, peer_n);
			lost = got >= 0 && rain(fd, octets, got, peer, peer_n);
		} while (lost);
	}
	pthread_mutex_unlock(&lock);
	return got;
}

/* As the compiler writes it with _FORTIFY_SOURCE. */
ssize_t __recvfrom_chk(int fd, void *octets, size_t cap, size_t room, int flags,
		       struct sockaddr *peer, socklen_t *peer_n);
ssize_t __recvfrom_chk(int fd, void *octets, size_t cap, size_t room, int flags,
		       struct sockaddr *peer, socklen_t *peer_n)
{
	if (cap > room)
		abort();
	return recvfrom(fd, octets, cap, flags, peer, peer_n);
}

int close(int fd)
{
	pthread_mutex_lock(&lock);
	for (struct datagram **d = &in; *d;) {
		struct datagram *found = *d;

		if (found->fd != fd) {
			d = &found->next;
			continue;
		}
		*d = found->next;
		free(found);
	}
	pthread_mutex_unlock(&lock);
	return real_close(fd);
}
