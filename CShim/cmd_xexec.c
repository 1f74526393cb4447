/* The XEXEC command: the core's run of a program in Dovecot's ioloop. What has to be known of Dovecot's command states:

   - While the program runs, the command holds client->input_lock in state
     WAIT_INPUT, and client->io is its own: Dovecot reads nothing from the
     client then.
   - While the client does not read, the command holds
     client->output_cmd_lock in state WAIT_OUTPUT instead, as FETCH does in
     the middle of a literal. No other command starts then either, and
     client_output() calls cmd->func when the client has read on.
   - client_check_command_hangs() asserts that client->io exists in the first
     of these states, and that output is waited for in the second.
   - Commands that do not use a mailbox may still run when this one starts.
     One of them (URLFETCH) may hold output_cmd_lock itself, in the middle of
     a literal. Then nothing may be written, and Dovecot may take away
     client->io and later put its own there. */

#include "dovecot_compat.h"
#include "xexec_core.h"
#include "cmd_xexec.h"
#include "xexec_args.h"
#include "xexec_command.h"
#include "xexec_departure.h"
#include "xexec_escort.h"
#include "xexec_plugin.h"

/* With this many octets waiting for the client the program has to wait too.
   With what becomes of a block that the core reads they fit into 64 kB. */
#define XEXEC_OUTPUT_MAX_BUFFERED (8*1024)
/* Nothing tells when another command has given back the output: look again
   this often */
#define XEXEC_OUTPUT_LOCKED_MSECS 20
/* After so many octets of a client others have their turn: it may send for as
   long as it likes, and faster than it is read */
#define XEXEC_INPUT_TURN (256*1024)

static struct xexec_command *xexec_commands;
/* Dovecot may have closed its log */
static bool xexec_departing;

/*
 * Between client and program
 */

static void xexec_send(void *context, const void *data, size_t size)
{
	struct client *client = context;

	o_stream_nsend(client->output, data, size);
	client->last_output = ioloop_time;
}

/* Skip what is left of the command line itself: its CRLF. */
static bool xexec_skip_command_line(struct client *client)
{
	if (client->input_skip_line &&
	    i_stream_next_line(client->input) != NULL)
		client->input_skip_line = FALSE;
	return !client->input_skip_line;
}

/* Read what the client has sent. FALSE if that is nothing, or the client is
   gone. */
static bool xexec_read_client(struct xexec_command *xcmd)
{
	struct client *client = xcmd->client;
	ssize_t ret = i_stream_read(client->input);

	if (ret == -2 && xexec_core_run_client_sent_too_much(xcmd->run))
		client->input_skip_line = TRUE;
	/* a client that has ended its sending side may still read what
	   becomes of its command */
	if (ret == -1 && (client->input->stream_errno != 0 ||
			  !xexec_core_run_client_ended(xcmd->run)))
		client_disconnect(client, NULL);
	if (ret <= 0)
		return FALSE;
	client->last_input = ioloop_time;
	timeout_reset(client->to_idle);
	return TRUE;
}

/* Hand over what the client has sent, as long as it is waited for. Returns TRUE
   if there may be more of it to be read at once. */
static bool xexec_take_input(struct xexec_command *xcmd)
{
	struct client *client = xcmd->client;
	const uoff_t start = client->input->v_offset;
	const unsigned char *data;
	struct xexec_watch watch;
	size_t size, taken = 0;

	xexec_unwatch_stdin(xcmd);
	for (;;) {
		xexec_core_run_watch(xcmd->run, &watch);
		if (!watch.client || client->disconnected)
			return FALSE;
		if (client->input->v_offset - start >= XEXEC_INPUT_TURN)
			return TRUE;
		if (xexec_skip_command_line(client)) {
			data = i_stream_get_data(client->input, &size);
			taken = xexec_core_run_client_sent(xcmd->run, data,
							   size);
			i_stream_skip(client->input, taken);
			if (taken > 0)
				continue;
		}
		if (!xexec_read_client(xcmd))
			return FALSE;
	}
}

/*
 * States
 */

/* Another command is in the middle of its response. */
static bool xexec_output_is_locked(struct xexec_command *xcmd)
{
	return xcmd->client->output_cmd_lock != NULL &&
		xcmd->client->output_cmd_lock != xcmd->cmd;
}

static bool xexec_output_is_full(struct xexec_command *xcmd)
{
	return o_stream_get_buffer_used_size(xcmd->client->output) >=
		XEXEC_OUTPUT_MAX_BUFFERED;
}

/* Tell the core what has happened. Of output it hears when there is room for
   it. */
static void xexec_step(struct xexec_command *xcmd, bool has_room)
{
	unsigned int events = xcmd->events;

	if (!has_room)
		events &= XEXEC_EVENT_TIMEOUT | XEXEC_EVENT_EXIT;
	xcmd->events &= ~events;
	xexec_core_run_step(xcmd->run, events, has_room, xexec_send,
			    xcmd->client);
}

static void xexec_wait_output(struct xexec_command *xcmd)
{
	struct client *client = xcmd->client;
	struct xexec_watch watch;

	/* the time runs on, and the program may end */
	xexec_step(xcmd, FALSE);
	xexec_core_run_watch(xcmd->run, &watch);
	xexec_watch_end(xcmd, &watch);
	client->output_cmd_lock = xcmd->cmd;
	if (client->input_lock == xcmd->cmd)
		client->input_lock = NULL;
	xcmd->cmd->state = CLIENT_COMMAND_STATE_WAIT_OUTPUT;
	o_stream_set_flush_pending(client->output, TRUE);
}

static void xexec_wait_input(struct xexec_command *xcmd)
{
	struct client *client = xcmd->client;

	if (client->output_cmd_lock == xcmd->cmd)
		client->output_cmd_lock = NULL;
	if (xcmd->cmd->state == CLIENT_COMMAND_STATE_WAIT_OUTPUT) {
		/* the client does read. the timeout would go on counting
		   while a prompt waits. */
		timeout_remove(&client->to_idle_output);
		/* Dovecot's own, if it is there */
		io_remove(&client->io);
	}
	i_assert(client->input_lock == NULL ||
		 client->input_lock == xcmd->cmd);
	client->input_lock = xcmd->cmd;
	xcmd->cmd->state = CLIENT_COMMAND_STATE_WAIT_INPUT;
}

static void xexec_free(struct xexec_command *xcmd)
{
	DLLIST_REMOVE(&xexec_commands, xcmd);
	/* before the descriptors are closed */
	xexec_watch_stop(xcmd);
	xexec_core_run_free(xcmd->run);
	xcmd->cmd->context = NULL;
}

/* Tell how the run ended. Returns TRUE if the command is done with that. */
static bool xexec_reply(struct client_command_context *cmd,
			const char *reply, bool bad, bool has_run)
{
	if (bad) {
		client_send_command_error(cmd, reply);
		return TRUE;
	}
	if (!has_run) {
		client_send_tagline(cmd, reply);
		return TRUE;
	}
	/* like NOOP: tell what the program did to the selected mailbox */
	if (cmd->client->notify_ctx != NULL)
		imap_notify_flush(cmd->client->notify_ctx);
	return cmd_sync(cmd, 0, IMAP_SYNC_FLAG_SAFE, reply);
}

static bool xexec_finish(struct xexec_command *xcmd)
{
	struct client_command_context *cmd = xcmd->cmd;
	struct client *client = xcmd->client;
	struct xexec_outcome outcome;
	const char *reply, *log;
	bool done;

	xexec_core_run_finish(xcmd->run, &outcome);
	xexec_escort_add(client, outcome.teardown);
	reply = t_strdup(outcome.reply);
	log = t_strdup(outcome.log);
	xexec_free(xcmd);

	done = xexec_reply(cmd, reply, outcome.bad, log != NULL);
	if (log == NULL)
		return done;
	/* the client does not have to wait for the log */
	if (o_stream_is_corked(client->output)) {
		o_stream_uncork(client->output);
		o_stream_cork(client->output);
	}
	e_info(client->event, "%s", log);
	return done;
}

static void xexec_cancel(struct xexec_command *xcmd)
{
	struct xexec_outcome outcome;

	if (xcmd->client->output_cmd_lock == xcmd->cmd)
		xcmd->client->output_cmd_lock = NULL;
	xexec_core_run_cancel(xcmd->run, &outcome);
	if (outcome.log != NULL)
		e_info(xcmd->client->event, "%s", outcome.log);
	xexec_escort_add(xcmd->client, outcome.teardown);
	xexec_free(xcmd);
}

void cmd_xexec_end_all(void)
{
	struct xexec_command *xcmd;
	struct xexec_outcome outcome;

	xexec_departing = TRUE;
	/* all are told before the first is waited for */
	for (xcmd = xexec_commands; xcmd != NULL; xcmd = xcmd->next) {
		xexec_core_run_cancel(xcmd->run, &outcome);
		xcmd->teardown = outcome.teardown;
	}
	for (xcmd = xexec_commands; xcmd != NULL; xcmd = xcmd->next) {
		if (xcmd->teardown != NULL)
			xexec_core_teardown_wait(xcmd->teardown);
	}
	xexec_commands = NULL;
}

void cmd_xexec_deinit(void)
{
	xexec_watch_deinit();
}

/* Something has happened, or the client has read on. */
static bool cmd_xexec_continue(struct client_command_context *cmd)
{
	struct xexec_command *xcmd = cmd->context;
	struct client *client = cmd->client;
	struct xexec_watch watch;
	bool more;

	if (cmd->cancel) {
		xexec_cancel(xcmd);
		return TRUE;
	}
	if (xexec_output_is_locked(xcmd)) {
		xexec_step(xcmd, FALSE);
		xexec_watch_pause(xcmd, XEXEC_OUTPUT_LOCKED_MSECS);
		return FALSE;
	}
	xexec_step(xcmd, !xexec_output_is_full(xcmd));
	xexec_core_run_watch(xcmd->run, &watch);
	if (watch.gone) {
		/* the caller destroys the client, and so cancels this */
		client_disconnect(client, NULL);
		return FALSE;
	}
	if (xexec_output_is_full(xcmd)) {
		xexec_wait_output(xcmd);
		return FALSE;
	}

	xexec_wait_input(xcmd);
	more = xexec_take_input(xcmd);
	xexec_core_run_watch(xcmd->run, &watch);
	if (client->disconnected)
		return FALSE;
	if (watch.finished)
		return xexec_finish(xcmd);

	xexec_watch(xcmd, &watch);
	if (more)
		i_stream_set_input_pending(client->input, TRUE);
	return FALSE;
}

/*
 * Start
 */

static const char *
xexec_expand(void *context, const char *word, const char **error_r)
{
	struct client *client = context;

	return dovecot_expand(client->user, word, error_r);
}

static void
xexec_log(void *context, enum xexec_log_level level, const char *message)
{
	struct client *client = context;

	if (xexec_departing)
		return;
	switch (level) {
	case XEXEC_LOG_INFO:
		e_info(client->event, "%s", message);
		break;
	case XEXEC_LOG_WARNING:
		e_warning(client->event, "%s", message);
		break;
	case XEXEC_LOG_ERROR:
		e_error(client->event, "%s", message);
		break;
	}
}

static const char *xexec_ip(const struct ip_addr *ip)
{
	return ip == NULL || ip->family == 0 ? NULL : net_ip2addr(ip);
}

static struct xexec_run *
xexec_start(struct client_command_context *cmd, const struct xexec_args *args)
{
	struct client *client = cmd->client;
	struct mail_user *user = client->user;
	unsigned int args_count;
	struct xexec_request request = {
		.tag = cmd->tag,
		.module = args->module,
		.args = array_get(&args->strings, &args_count),
		.args_are_strings = args->valid,
		.has_literal = args->has_literal,
		.literal_is_synchronizing = args->literal_synchronizing,
		.literal_size = args->literal_size,
		.client_in = client->fd_in,
		.client_out = client->fd_out,
		.username = user->username,
		.local_ip = xexec_ip(user->conn.local_ip),
		.remote_ip = xexec_ip(user->conn.remote_ip),
		.base_directory = user->set->base_dir,
	};
	const struct xexec_run_host host = {
		.context = client,
		.expand = xexec_expand,
		.log = xexec_log,
	};

	request.args_count = args_count;
	if (mail_user_get_home(user, &request.home) <= 0)
		request.home = NULL;
	xexec_departure_init();
	xexec_watch_init();
	return xexec_core_run_start(xexec_client_modules(client), &request,
				    &host);
}

bool cmd_xexec(struct client_command_context *cmd)
{
	struct client *client = cmd->client;
	const struct xexec_modules *modules = xexec_client_modules(client);
	struct xexec_args args;
	struct xexec_command *xcmd;

	if (cmd->cancel) {
		/* the client is gone, and the arguments were not complete */
		return TRUE;
	}
	if (modules == NULL) {
		/* loaded for another user of this process only */
		client_send_command_error(cmd, "Unknown command.");
		return TRUE;
	}
	if (!xexec_args_read(cmd, modules, &args))
		return FALSE;

	xcmd = p_new(cmd->pool, struct xexec_command, 1);
	xcmd->cmd = cmd;
	xcmd->client = client;
	xcmd->run = xexec_start(cmd, &args);
	DLLIST_PREPEND(&xexec_commands, xcmd);
	xexec_watch_start(xcmd);
	cmd->func = cmd_xexec_continue;
	cmd->context = xcmd;
	return cmd_xexec_continue(cmd);
}
