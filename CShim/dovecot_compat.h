#ifndef DOVECOT_COMPAT_H
#define DOVECOT_COMPAT_H

/* All of Dovecot that the shim uses, and what differs between its versions
   (2.3 now). */

#include "imap-common.h"
#include "array.h"
#include "child-wait.h"
#include "dns-lookup.h"
#include "hostpid.h"
#include "ioloop.h"
#include "istream.h"
#include "lib-signals.h"
#include "llist.h"
#include "net.h"
#include "ostream.h"
#include "str.h"
#include "str-sanitize.h"
#include "var-expand.h"
#include "module-context.h"
#include "settings-parser.h"
#include "fd-util.h"
#include "mail-user.h"
#include "master-service.h"
#include "mail-storage-settings.h"
#include "imap-commands.h"
#include "imap-notify.h"

/* These exist in the imap binary only. Dovecot opens modules with RTLD_NOW:
   weak references let the plugin load into lmtp, doveadm and the others too,
   where it finds nothing to hook into and does nothing. */
#pragma weak client_add_capability
#pragma weak client_command_free
#pragma weak client_continue_pending_input
#pragma weak client_disconnect
#pragma weak client_handle_unfinished_cmd
#pragma weak client_send_command_error
#pragma weak client_send_tagline
#pragma weak cmd_sync
#pragma weak cmd_sync_delayed
#pragma weak command_exec
#pragma weak command_register
#pragma weak command_unregister
#pragma weak imap_client_created_hook_set
#pragma weak imap_module_register
#pragma weak imap_notify_flush
#pragma weak imap_parser_get_error
#pragma weak imap_parser_read_args

static inline bool dovecot_is_imap(void)
{
	return command_register != NULL;
}

/* By what anvil counts the client's connection for mail_max_userip_connections,
   or NULL if it does not. */
static inline const char *dovecot_anvil_ident(struct client *client)
{
	return client->anvil_sent ?
		mail_user_get_anvil_userip_ident(client->user) : NULL;
}

/* "CONNECT" counts one more, "DISCONNECT" one less. */
static inline void dovecot_anvil_send(const char *command, const char *ident)
{
	master_service_anvil_send(master_service,
		t_strconcat(command, "\t", my_pid, "\timap/", ident, "\n",
			    NULL));
}

/* A full imap_capability leaves no room for those that plugins add. */
static inline bool dovecot_adds_capabilities(struct client *client)
{
	const char *set = client->set->imap_capability;

	return set[0] == '\0' || set[0] == '+';
}

#endif
