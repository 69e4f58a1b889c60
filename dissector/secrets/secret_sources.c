/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables and key file, told at the start of each file, in this order. */
#include "secrets/secret_sources.h"

#include "base/wipe.h"
#include "secrets/resume_secrets.h"
#include "secrets/secret_lines.h"
#include "secrets/secret_tables.h"

static void load(void)
{
	secret_tables_load();
	secret_lines_read_file();
}

void secret_sources_register(module_t *module)
{
	resume_secrets_init();
	secret_tables_register(module);
	secret_lines_register(module);
	wiped_register();
	register_init_routine(load);
}
