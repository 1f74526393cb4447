#ifndef XEXEC_SHIM_H
#define XEXEC_SHIM_H

/* What the files of the shim share. */

#include "dovecot_compat.h"
#include "xexec_core.h"

/* A command, from its line to its tagged response: cmd->context. */
struct xexec_command {
	struct client_command_context *cmd;
	struct client *client;
	/* how its line is read, once the module is known */
	bool knows_module;
	enum imap_parser_flags parser_flags;
	/* NULL until the line has come */
	struct xexec_run *run;

	/* what it waits for, besides client->io */
	struct io *io;
	struct timeout *to;
	/* Dovecot's own way to wait for processes: other plugins that use it
	   would take the exit status away. the pid while it is waited for. */
	struct child_wait *child_wait;
	pid_t pid;
	/* of the host of a service */
	struct dns_lookup *lookup;
	/* nothing is waited for any more */
	bool stopped;
	/* client->io reads, instead of waiting for a hangup */
	bool reading;
	/* no other command runs, so client->io is as it was left */
	bool alone;
};

/* xexec_settings_23.c, _24.c: hand the settings of the client's user to the core.
   What is wrong in them is logged, by the callbacks below. */
struct xexec_modules *xexec_settings_read(struct client *client);

/* xexec_plugin.c */
void xexec_bad_setting(void *context, const char *key, const char *reason);
void xexec_warn(void *context, const char *message);
/* The modules that the client's user can run, or NULL if the plugin is not
   loaded for this user. */
const struct xexec_modules *xexec_client_modules(struct client *client);
/* All that this process has started: to be asked for before each start. */
struct xexec_programs *xexec_process_programs(void);
/* After each command: see to it that what is left of it is looked after. */
void xexec_look_after(void *context);
/* What Dovecot looks for (lib/module-dir.c). Nothing else is exported. */
extern const char *xexec_plugin_version;
void xexec_plugin_init(struct module *module);
void xexec_plugin_deinit(void);

/* xexec_start.c */
bool cmd_xexec(struct client_command_context *cmd);

/* cmd_xexec.c: the command while it runs. */
bool xexec_continue(struct client_command_context *cmd);

/* xexec_watch.c: wait for what the run waits for, its program, a name, a time. */
void xexec_watch(struct xexec_command *xcmd, const struct xexec_watch *watch);
/* And for the client: client->io is the command's then. */
void xexec_watch_client(struct xexec_command *xcmd,
			const struct xexec_watch *watch);
/* Wait for nothing any more. */
void xexec_watch_stop(struct xexec_command *xcmd);

#endif
