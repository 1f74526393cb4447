#ifndef DOVECOT_COMPAT_H
#define DOVECOT_COMPAT_H

/* All of Dovecot that the shim uses, and what differs between its versions: 2.3.19
   and later, 2.4. Settings have a file for each version. */

#include "imap-common.h"
#include "array.h"
#include "child-wait.h"
#include "dns-lookup.h"
#include "hostpid.h"
#include "ioloop.h"
#include "istream.h"
#include "net.h"
#include "ostream.h"
#include "str.h"
#include "var-expand.h"
#include "module-context.h"
#include "settings-parser.h"
#include "mail-user.h"
#include "master-service.h"
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
#pragma weak imap_parser_read_args

static inline bool dovecot_is_imap(void)
{
	return command_register != NULL;
}

/* A connection more of the client's user, for mail_max_userip_connections. */
struct dovecot_seat {
	pool_t pool;
#if DOVECOT_PREREQ(2, 4, 0)
	struct master_service_anvil_session session;
	guid_128_t guid;
#else
	const char *ident;
#endif
};

static inline void dovecot_seat_count(struct dovecot_seat *seat, bool taken)
{
#if DOVECOT_PREREQ(2, 4, 0)
	/* who is kicked by the guid is not here any more */
	if (taken) {
		(void)master_service_anvil_connect(master_service,
			&seat->session, TRUE, seat->guid);
	} else {
		master_service_anvil_disconnect(master_service,
						&seat->session, seat->guid);
	}
#else
	master_service_anvil_send(master_service,
		t_strconcat(taken ? "CONNECT\t" : "DISCONNECT\t", my_pid,
			    "\timap/", seat->ident, "\n", NULL));
#endif
}

/* As a callback: of a client. Returns NULL if Dovecot does not count it. */
static inline void *dovecot_seat_take(void *context)
{
	struct client *client = context;
	pool_t pool;
	struct dovecot_seat *seat;

	if (!client->anvil_sent)
		return NULL;
	pool = pool_alloconly_create("xexec seat", 256);
	seat = p_new(pool, struct dovecot_seat, 1);
	seat->pool = pool;
#if DOVECOT_PREREQ(2, 4, 0)
	mail_user_get_anvil_session(client->user, &seat->session);
	seat->session.username = p_strdup(pool, seat->session.username);
	seat->session.alt_usernames =
		p_strarray_dup(pool, seat->session.alt_usernames);
#else
	seat->ident = p_strdup(pool,
		mail_user_get_anvil_userip_ident(client->user));
#endif
	dovecot_seat_count(seat, TRUE);
	return seat;
}

static inline void dovecot_seat_free(void *context)
{
	struct dovecot_seat *seat = context;

	dovecot_seat_count(seat, FALSE);
	pool_unref(&seat->pool);
}

/* Expand the variables in str. Returns NULL and sets *error_r on failure. */
static inline const char *
dovecot_expand(struct mail_user *user, const char *str, const char **error_r)
{
	string_t *dest = t_str_new(128);

#if DOVECOT_PREREQ(2, 4, 0)
	if (var_expand(dest, str, mail_user_var_expand_params(user),
		       error_r) < 0)
		return NULL;
#else
	if (var_expand_with_funcs(dest, str, mail_user_var_expand_table(user),
				  mail_user_var_expand_func_table, user,
				  error_r) <= 0)
		return NULL;
#endif
	return str_c(dest);
}

/* Look up a host. Returns -1 on failure, callback has been called then. */
static inline int
dovecot_dns_lookup(struct mail_user *user, const char *host,
		   unsigned int timeout_msecs ATTR_UNUSED,
		   dns_lookup_callback_t *callback, void *context,
		   struct dns_lookup **lookup_r)
{
#if DOVECOT_PREREQ(2, 4, 2)
	/* the time is Dovecot's setting dns_client_timeout */
	struct dns_client_parameters params = { .cache_ttl_secs = 0 };

	return (dns_lookup)(host, &params, user->event, callback, context,
			    lookup_r);
#else
	struct dns_lookup_settings set = {
		.dns_client_socket_path = t_strconcat(
			user->set->base_dir, "/", DNS_CLIENT_SOCKET_NAME, NULL),
		.timeout_msecs = timeout_msecs,
		.event_parent = user->event,
	};

	return (dns_lookup)(host, &set, callback, context, lookup_r);
#endif
}

#endif
