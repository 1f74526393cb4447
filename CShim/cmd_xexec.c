/* The XEXEC command while its program runs: the core's run in Dovecot's command
   states.

   - As a rule the command holds client->input_lock in state WAIT_INPUT, and
     client->io is its own: Dovecot reads nothing from the client then.
   - While the client does not read, it holds client->output_cmd_lock in state
     WAIT_OUTPUT instead, as FETCH does in the middle of a literal. No other
     command starts then either, and client_output() calls cmd->func when the
     client has read on.
   - client_check_command_hangs() asserts that client->io exists in the first
     of these states, and that output is waited for in the second.
   - Commands that use no mailbox may still run when this one starts. One of
     them (URLFETCH) may hold output_cmd_lock in the middle of a literal. Then
     nothing may be written, and Dovecot may take away client->io and later put
     its own there. */

#include "xexec_shim.h"

/* Nothing tells when another command has given back the output: look again
   this often */
#define XEXEC_OUTPUT_LOCKED_MSECS 20
/* After so many octets of a client others have their turn: it may send for as
   long as it likes, and faster than it is read */
#define XEXEC_INPUT_TURN (256*1024)

/* FALSE if there is nothing to be read, or the client is gone. */
static bool xexec_read_client(struct xexec_command *xcmd)
{
	struct client *client = xcmd->client;
	ssize_t ret = i_stream_read(client->input);

	if (ret == -2 && xexec_core_run_client_sent_too_much(xcmd->run))
		client->input_skip_line = TRUE;
	/* who has ended its sending side may still read what becomes of it */
	if (ret == -1 && (client->input->stream_errno != 0 ||
			  !xexec_core_run_client_ended(xcmd->run)))
		client_disconnect(client, NULL);
	if (ret <= 0)
		return FALSE;
	client->last_input = ioloop_time;
	timeout_reset(client->to_idle);
	return TRUE;
}

/* Another command is in the middle of its response. */
static bool xexec_output_is_locked(struct xexec_command *xcmd)
{
	return xcmd->client->output_cmd_lock != NULL &&
		xcmd->client->output_cmd_lock != xcmd->cmd;
}

static size_t xexec_output_waiting(struct xexec_command *xcmd)
{
	return xexec_output_is_locked(xcmd) ? SSIZE_MAX :
		o_stream_get_buffer_used_size(xcmd->client->output);
}

/* Hand over what the client sends, as long as it is waited for. Returns TRUE if
   there may be more of it to be read at once. */
static bool xexec_take_input(struct xexec_command *xcmd,
			     struct xexec_watch *watch)
{
	struct client *client = xcmd->client;
	const uoff_t start = client->input->v_offset;
	const unsigned char *data;
	size_t size, taken = 0;
	bool goes_on = TRUE;

	while (goes_on && watch->client && !client->disconnected) {
		if (client->input->v_offset - start >= XEXEC_INPUT_TURN)
			return TRUE;
		/* the CRLF of the command's own line is still there */
		if (!client->input_skip_line ||
		    i_stream_next_line(client->input) != NULL) {
			client->input_skip_line = FALSE;
			data = i_stream_get_data(client->input, &size);
			taken = xexec_core_run_client_sent(xcmd->run, data,
							   size);
			i_stream_skip(client->input, taken);
		}
		goes_on = taken > 0 || xexec_read_client(xcmd);
		xexec_core_run_watch(xcmd->run, xexec_output_waiting(xcmd),
				     watch);
	}
	return FALSE;
}

static void xexec_set_state(struct client_command_context *cmd, bool has_room)
{
	struct client *client = cmd->client;

	if (!has_room) {
		client->output_cmd_lock = cmd;
		if (client->input_lock == cmd)
			client->input_lock = NULL;
		cmd->state = CLIENT_COMMAND_STATE_WAIT_OUTPUT;
		o_stream_set_flush_pending(client->output, TRUE);
		return;
	}
	if (client->output_cmd_lock == cmd)
		client->output_cmd_lock = NULL;
	/* the client does read. it would go on counting while a prompt waits */
	if (cmd->state == CLIENT_COMMAND_STATE_WAIT_OUTPUT)
		timeout_remove(&client->to_idle_output);
	i_assert(client->input_lock == NULL || client->input_lock == cmd);
	client->input_lock = cmd;
	cmd->state = CLIENT_COMMAND_STATE_WAIT_INPUT;
}

/* Tell how the run ended. Returns TRUE if the command is done with that. */
static bool xexec_finish(struct xexec_command *xcmd)
{
	struct client_command_context *cmd = xcmd->cmd;
	struct client *client = xcmd->client;
	struct xexec_outcome outcome;
	bool done = TRUE;

	/* before the descriptors are closed */
	xexec_watch_stop(xcmd);
	xexec_core_run_finish(xcmd->run, &outcome);
	xexec_look_after(NULL);
	if (outcome.bad) {
		client_send_command_error(cmd, outcome.reply);
	} else if (!outcome.has_run) {
		client_send_tagline(cmd, outcome.reply);
	} else {
		/* like NOOP: tell what it did to the selected mailbox */
		if (client->notify_ctx != NULL)
			imap_notify_flush(client->notify_ctx);
		done = cmd_sync(cmd, 0, IMAP_SYNC_FLAG_SAFE, outcome.reply);
	}
	/* the client does not have to wait for the log */
	if (outcome.has_run && o_stream_is_corked(client->output)) {
		o_stream_uncork(client->output);
		o_stream_cork(client->output);
	}
	xexec_core_run_free(xcmd->run);
	return done;
}

static void xexec_cancel(struct xexec_command *xcmd)
{
	if (xcmd->client->output_cmd_lock == xcmd->cmd)
		xcmd->client->output_cmd_lock = NULL;
	xexec_watch_stop(xcmd);
	xexec_core_run_cancel(xcmd->run);
	xexec_look_after(NULL);
	xexec_core_run_free(xcmd->run);
}

bool xexec_continue(struct client_command_context *cmd)
{
	struct xexec_command *xcmd = cmd->context;
	struct xexec_watch watch;
	bool more;

	if (cmd->cancel) {
		xexec_cancel(xcmd);
		return TRUE;
	}
	xexec_core_run_step(xcmd->run, xexec_output_waiting(xcmd));
	xexec_core_run_watch(xcmd->run, xexec_output_waiting(xcmd), &watch);
	if (watch.gone) {
		/* the caller destroys the client, and so cancels this */
		client_disconnect(cmd->client, NULL);
		return FALSE;
	}
	if (xexec_output_is_locked(xcmd)) {
		watch.timeout = I_MIN((unsigned int)watch.timeout,
				      XEXEC_OUTPUT_LOCKED_MSECS);
		xexec_watch(xcmd, &watch);
		return FALSE;
	}

	xexec_set_state(cmd, watch.has_room);
	more = xexec_take_input(xcmd, &watch);
	if (cmd->client->disconnected)
		return FALSE;
	if (watch.finished)
		return xexec_finish(xcmd);
	/* with the end of the client's input that may be another one */
	xexec_set_state(cmd, watch.has_room);
	xexec_watch(xcmd, &watch);
	xexec_watch_client(xcmd, &watch);
	if (more)
		i_stream_set_input_pending(cmd->client->input, TRUE);
	return FALSE;
}
