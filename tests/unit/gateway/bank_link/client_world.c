/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client's world: its loop, its folder, its bank and its disk. */
#include "unit/gateway/bank_link/client_world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net/loop.h"
#include "tool/log.h"

struct client_disk disk;
struct client_world world;

int fsync(int fd)
{
	if (!disk.fail_rewrite)
		return (int)syscall(SYS_fsync, fd);
	errno = EIO;
	return -1;
}

int fdatasync(int fd)
{
	g_atomic_int_inc(&disk.calls);
	g_atomic_int_inc(&disk.waiting);
	g_mutex_lock(&disk.gate);
	g_mutex_unlock(&disk.gate);
	g_atomic_int_add(&disk.waiting, -1);
	if (!disk.fail)
		return (int)syscall(SYS_fdatasync, fd);
	errno = EIO;
	return -1;
}

void on_done(int code, void *user)
{
	struct result *r = user;

	assert_false(world.inside);
	r->code = code;
	r->calls++;
}

void on_got(int code, struct span container, void *user)
{
	struct result *r = user;
	uint64_t number;
	uint32_t lifetime;

	on_done(code, user);
	if (code == STUB_OK)
		assert_true(stubs_read(container, &number, &r->version, &lifetime));
	else
		assert_int_equal(container.n, 0);
}

static void on_state(bool reachable, void *user)
{
	assert_ptr_equal(user, &world);
	world.reachable = reachable;
	world.changes++;
}

static gboolean wake(gpointer user)
{
	(void)user;
	return G_SOURCE_CONTINUE;
}

void run_once(unsigned ms)
{
	GSource *source = g_timeout_source_new(ms);

	g_source_set_callback(source, wake, NULL, NULL);
	g_source_attach(source, world.context);
	g_main_context_iteration(world.context, TRUE);
	g_source_destroy(source);
	g_source_unref(source);
}

void run_for(unsigned ms)
{
	int64_t end = g_get_monotonic_time() + (int64_t)ms * 1000;

	while (g_get_monotonic_time() < end)
		run_once(5);
}

void start_client(void)
{
	GError *error = NULL;

	world.config.endpoint.port = world.bank.port;
	world.client = bank_client_new(&world.config, &error);
	if (!world.client)
		fail_msg("%s", error->message);
}

void stop_client(void)
{
	bank_client_free(world.client);
	world.client = NULL;
}

const struct stub_service *service(void)
{
	return bank_client_service(world.client);
}

bool reachable(void)
{
	return service()->ops->reachable(service()->self);
}

void start_both(void)
{
	fake_bank_start(&world.bank);
	start_client();
	RUN_UNTIL(reachable() && world.bank.channel);
}

void ask_init(uint64_t number, uint8_t version, struct result *r)
{
	uint8_t buf[STUBS_CONTAINER_MAX];

	if (r)
		*r = (struct result){ .code = PENDING };
	world.inside = true;
	service()->ops->init(service()->self, stubs_sealed(number, version, 3600, buf),
			     r ? on_done : NULL, r);
	world.inside = false;
}

void ask_update(uint64_t old, uint64_t number, uint8_t version, struct result *r)
{
	uint8_t buf[STUBS_CONTAINER_MAX];
	struct index ix = stubs_index(old);

	if (r)
		*r = (struct result){ .code = PENDING };
	world.inside = true;
	service()->ops->update(service()->self, &ix, stubs_sealed(number, version, 3600, buf),
			       r ? on_done : NULL, r);
	world.inside = false;
}

void ask_delete(uint64_t number, struct result *r)
{
	struct index ix = stubs_index(number);

	if (r)
		*r = (struct result){ .code = PENDING };
	world.inside = true;
	service()->ops->delete (service()->self, &ix, r ? on_done : NULL, r);
	world.inside = false;
}

void ask_get(uint64_t number, struct result *r)
{
	struct index ix = stubs_index(number);

	*r = (struct result){ .code = PENDING };
	world.inside = true;
	service()->ops->get(service()->self, &ix, on_got, r);
	world.inside = false;
}

void ask_move(uint64_t old, uint64_t number, uint8_t version, uint32_t timeout_ms, struct result *r)
{
	uint8_t buf[STUBS_CONTAINER_MAX];
	struct index ix = stubs_index(old);

	*r = (struct result){ .code = PENDING };
	world.inside = true;
	service()->ops->move(service()->self, &ix, stubs_sealed(number, version, 3600, buf),
			     timeout_ms, on_done, r);
	world.inside = false;
}

int client_world_setup(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	log_init("test", LOG_LEVEL_ERROR);
	world.context = g_main_context_new();
	world.wheel = wheel_new(loop_now());
	world.wheel_source = loop_attach_wheel(world.wheel, world.context);
	g_strlcpy(world.folder, "/tmp/ikesync-client-XXXXXX", sizeof(world.folder));
	assert_non_null(g_mkdtemp(world.folder));
	fake_bank_init(&world.bank, world.context);
	assert_int_equal(endpoint_from_text("127.0.0.1:1", 0, &world.config.endpoint), ERR_OK);
	world.config.queue_directory = world.folder;
	world.config.wheel = world.wheel;
	world.config.context = world.context;
	world.config.state = on_state;
	world.config.user = &world;
	return 0;
}

int client_world_teardown(void **state)
{
	char *command = g_strdup_printf("rm -rf %s", world.folder);

	(void)state;
	stop_client();
	fake_bank_clear(&world.bank);
	while (g_main_context_iteration(world.context, FALSE))
		;
	assert_int_equal(wheel_count(world.wheel), 0); /* nothing left armed */
	g_source_destroy(world.wheel_source);
	g_source_unref(world.wheel_source);
	wheel_free(world.wheel);
	g_main_context_unref(world.context);
	assert_int_equal(system(command), 0);
	g_free(command);
	return 0;
}
