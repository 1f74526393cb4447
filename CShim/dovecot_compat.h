#ifndef DOVECOT_COMPAT_H
#define DOVECOT_COMPAT_H

/* All of Dovecot that the shim uses, and what differs between its versions
   (2.3 now). */

#include "imap-common.h"
#include "array.h"
#include "dns-lookup.h"
#include "ioloop.h"
#include "istream.h"
#include "llist.h"
#include "net.h"
#include "ostream.h"
#include "str.h"
#include "var-expand.h"
#include "module-context.h"
#include "settings-parser.h"
#include "fd-util.h"
#include "mail-user.h"
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

#endif
