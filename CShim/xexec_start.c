/* From a command's line to its run. The line is not read by client_read_args(),
   which puts the arguments into events and debug logs: they hold passwords. */

#include "xexec_shim.h"

/* FALSE as long as not all has come, or if the command has failed and was told
   so: cmd->state is done then. */
static bool
xexec_args_parse(struct client_command_context *cmd, unsigned int wanted,
		 enum imap_parser_flags flags, const struct imap_arg **args_r,
		 unsigned int *count_r)
{
	int ret = imap_parser_read_args(cmd->parser, wanted, flags, args_r);

	if (ret == -1)
		client_send_command_error(cmd, NULL);
	else if (ret < 0 && cmd->client->input->closed)
		cmd->state = CLIENT_COMMAND_STATE_DONE;
	*count_r = ret;
	return ret >= 0;
}

static struct xexec_arg xexec_arg(const struct imap_arg *arg)
{
	struct xexec_arg xarg = { .type = XEXEC_ARG_OTHER };
	uoff_t size;

	if (imap_arg_get_astring(arg, &xarg.octets)) {
		xarg.type = arg->type == IMAP_ARG_ATOM ?
			XEXEC_ARG_ATOM : XEXEC_ARG_STRING;
		xarg.size = arg->str_len;
	} else if (imap_arg_get_literal_size(arg, &size)) {
		xarg.type = arg->type == IMAP_ARG_LITERAL_SIZE ?
			XEXEC_ARG_LITERAL : XEXEC_ARG_LITERAL_NONSYNC;
		xarg.size = size;
	}
	return xarg;
}

static bool xexec_args_read(struct xexec_command *xcmd,
			    const struct xexec_modules *modules,
			    const struct xexec_arg **args_r, size_t *count_r)
{
	struct client_command_context *cmd = xcmd->cmd;
	const struct imap_arg *args;
	struct xexec_arg xarg = { .type = XEXEC_ARG_OTHER };
	ARRAY(struct xexec_arg) xargs;
	unsigned int i, count;

	/* the module decides what a literal is, so it is read first */
	if (!xcmd->knows_module) {
		if (!xexec_args_parse(cmd, 1, 0, &args, &count))
			return FALSE;
		xarg = xexec_arg(args);
		if (xexec_core_modules_take_literal(modules, &xarg))
			xcmd->parser_flags = IMAP_PARSE_FLAG_LITERAL_SIZE;
		xcmd->knows_module = TRUE;
	}
	if (!xexec_args_parse(cmd, 0, xcmd->parser_flags, &args, &count))
		return FALSE;
	cmd->args = cmd->human_args = "";
	cmd->client->input_lock = NULL;

	/* what is in a list follows behind it if nothing else does: there a
	   literal may be. not by recursion: the depth is the client's choice */
	t_array_init(&xargs, count + 1);
	while (count > 0) {
		for (i = 0; i < count; i++) {
			xarg = xexec_arg(&args[i]);
			array_push_back(&xargs, &xarg);
		}
		if (!imap_arg_get_list_full(&args[count - 1], &args, &count))
			break;
	}
	/* the parser has read the end of the line before a literal */
	if (xarg.type == XEXEC_ARG_LITERAL ||
	    xarg.type == XEXEC_ARG_LITERAL_NONSYNC)
		cmd->client->input_skip_line = FALSE;
	*args_r = array_get(&xargs, &count);
	*count_r = count;
	return TRUE;
}

static void xexec_send(void *context, const void *data, size_t size)
{
	struct client *client = context;

	o_stream_nsend(client->output, data, size);
	client->last_output = ioloop_time;
}

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

	/* both have the levels in this order */
	e_log(client->event, LOG_TYPE_INFO + level, "%s", message);
}

static const char *xexec_ip(const struct ip_addr *ip)
{
	return ip == NULL || ip->family == 0 ? NULL : net_ip2addr(ip);
}

static struct xexec_run *
xexec_start(struct client_command_context *cmd,
	    const struct xexec_modules *modules,
	    const struct xexec_arg *args, size_t args_count)
{
	struct client *client = cmd->client;
	struct mail_user *user = client->user;
	struct xexec_request request = {
		.tag = cmd->tag,
		.args = args,
		.args_count = args_count,
		.client_in = client->fd_in,
		.client_out = client->fd_out,
		.username = user->username,
		.local_ip = xexec_ip(user->conn.local_ip),
		.remote_ip = xexec_ip(user->conn.remote_ip),
		.base_directory = user->set->base_dir,
	};
	const struct xexec_run_host host = {
		.context = client,
		.send = xexec_send,
		.expand = xexec_expand,
		.log = xexec_log,
		.take_seat = dovecot_seat_take,
	};

	if (mail_user_get_home(user, &request.home) <= 0)
		request.home = NULL;
	return xexec_core_run_start(xexec_process_programs(), modules,
				    &request, &host);
}

bool cmd_xexec(struct client_command_context *cmd)
{
	const struct xexec_modules *modules = xexec_client_modules(cmd->client);
	struct xexec_command *xcmd = cmd->context;
	const struct xexec_arg *args;
	size_t count;

	if (cmd->cancel) {
		/* the client is gone, and the line was not complete */
		return TRUE;
	}
	if (modules == NULL) {
		/* loaded for another user of this process only */
		client_send_command_error(cmd, "Unknown command.");
		return TRUE;
	}
	if (xcmd == NULL) {
		cmd->context = xcmd = p_new(cmd->pool, struct xexec_command, 1);
		xcmd->cmd = cmd;
		xcmd->client = cmd->client;
	}
	if (!xexec_args_read(xcmd, modules, &args, &count))
		return FALSE;

	xcmd->run = xexec_start(cmd, modules, args, count);
	cmd->func = xexec_continue;
	return xexec_continue(cmd);
}
