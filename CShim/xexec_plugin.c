/* Load and unload; what is done for each client at login: its modules are
   announced as capabilities; and for the process that has programs. */

#include "xexec_shim.h"
#include "xexec_version.h"

#define XEXEC_CLIENT_CONTEXT(obj) \
	MODULE_CONTEXT(obj, xexec_client_module)
#define XEXEC_CLIENT_CONTEXT_REQUIRE(obj) \
	MODULE_CONTEXT_REQUIRE(obj, xexec_client_module)

struct xexec_client {
	union imap_module_context module_ctx;
	struct xexec_modules *modules;
};

/* to be found in the file, too: strings(1) */
static const char xexec_version[] = "xexec: version " XEXEC_VERSION;

static MODULE_CONTEXT_DEFINE_INIT(xexec_client_module, &imap_module_register);

static struct module *xexec_module;
static imap_client_created_func_t *next_hook_client_created;
static struct xexec_programs *xexec_programs;
static struct timeout *xexec_to;

const struct xexec_modules *xexec_client_modules(struct client *client)
{
	struct xexec_client *xclient = XEXEC_CLIENT_CONTEXT(client);

	return xclient == NULL ? NULL : xclient->modules;
}

void xexec_bad_setting(void *context, const char *key, const char *reason)
{
	struct client *client = context;

	/* a session that comes back from hibernation has told it already */
	if (!client->user->session_restored) {
		e_error(client->event, "xexec: setting %s is ignored: %s",
			key, reason);
	}
}

void xexec_warn(void *context, const char *message)
{
	struct client *client = context;

	if (!client->user->session_restored)
		e_warning(client->event, "%s", message);
}

static void xexec_client_destroy(struct client *client, const char *reason)
{
	struct xexec_client *xclient = XEXEC_CLIENT_CONTEXT_REQUIRE(client);
	struct xexec_modules *modules = xclient->modules;

	/* frees the client, and its commands before */
	xclient->module_ctx.super.destroy(client, reason);
	xexec_core_modules_free(modules);
}

static void xexec_client_created(struct client **clientp)
{
	struct client *client = *clientp;
	struct xexec_client *xclient;
	size_t i;

	if (mail_user_is_plugin_loaded(client->user, xexec_module)) {
		xclient = p_new(client->pool, struct xexec_client, 1);
		xclient->module_ctx.super = client->v;
		client->v.destroy = xexec_client_destroy;
		MODULE_CONTEXT_SET(client, xexec_client_module, xclient);

		e_debug(client->user->event, "%s", xexec_version);
		T_BEGIN {
			xclient->modules = xexec_settings_read(client);
		} T_END;
		for (i = 0; i < xexec_core_capabilities_count(
					xclient->modules); i++) {
			client_add_capability(client, xexec_core_capability(
						xclient->modules, i));
		}
	}

	if (next_hook_client_created != NULL)
		next_hook_client_created(clientp);
}

struct xexec_programs *xexec_process_programs(void)
{
	if (xexec_programs == NULL) {
		xexec_programs = xexec_core_programs_new(dovecot_seat_free);
		child_wait_init();
	} else {
		/* another plugin that has run a program may have left SIGCHLD
		   ignored: the exit status would be lost */
		child_wait_switch_ioloop();
	}
	return xexec_programs;
}

void xexec_look_after(void *context ATTR_UNUSED)
{
	int msecs = xexec_core_programs_look_after(xexec_programs);

	timeout_remove(&xexec_to);
	if (msecs >= 0)
		xexec_to = timeout_add_short(msecs, xexec_look_after, NULL);
}

/* At exit(3), wherever it is called: Dovecot leaves at once when a clock has gone
   back, for example. Against SIGKILL there is xexec_spawn(). */
static void __attribute__((destructor)) xexec_departed(void)
{
	if (xexec_programs != NULL)
		xexec_core_programs_end(xexec_programs);
}

const char *xexec_plugin_version = DOVECOT_ABI_VERSION;

void xexec_plugin_init(struct module *module)
{
	if (!dovecot_is_imap())
		return;

	xexec_module = module;
	/* like IDLE: the commands before have to be finished, so that their
	   responses do not mix with the program's */
	command_register("XEXEC", cmd_xexec, COMMAND_FLAG_BREAKS_MAILBOX);
	next_hook_client_created =
		imap_client_created_hook_set(xexec_client_created);
}

void xexec_plugin_deinit(void)
{
	if (!dovecot_is_imap())
		return;

	imap_client_created_hook_set(next_hook_client_created);
	command_unregister("XEXEC");
	if (xexec_programs != NULL) {
		xexec_departed();
		xexec_core_programs_free(xexec_programs);
		xexec_programs = NULL;
		timeout_remove(&xexec_to);
		child_wait_deinit();
	}
}
