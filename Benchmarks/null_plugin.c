/* The least that a plugin with a command of its own can be: it registers one,
   and a hook for new clients, and does nothing. What a plugin weighs is
   compared with this. */

#include "imap-common.h"
#include "imap-commands.h"

struct module;

extern const char *bench_null_plugin_version;
void bench_null_plugin_init(struct module *module);
void bench_null_plugin_deinit(void);

const char *bench_null_plugin_version = DOVECOT_ABI_VERSION;

static imap_client_created_func_t *next_hook_client_created;

static bool cmd_null(struct client_command_context *cmd)
{
	client_send_tagline(cmd, "OK Nothing done.");
	return TRUE;
}

static void null_client_created(struct client **client)
{
	if (next_hook_client_created != NULL)
		next_hook_client_created(client);
}

void bench_null_plugin_init(struct module *module ATTR_UNUSED)
{
	command_register("XBENCHNULL", cmd_null, 0);
	next_hook_client_created =
		imap_client_created_hook_set(null_client_created);
}

void bench_null_plugin_deinit(void)
{
	imap_client_created_hook_set(next_hook_client_created);
	command_unregister("XBENCHNULL");
}
