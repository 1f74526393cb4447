/* From the IMAP parser to strings. Not with client_read_args(), which puts the
   arguments into events and debug logs: they hold passwords. */

#include "dovecot_compat.h"
#include "xexec_core.h"
#include "xexec_args.h"

/* What is known of a line that has not all come yet: cmd->context. */
struct xexec_args_context {
	enum imap_parser_flags flags;
};

static void xexec_args_failed(struct client_command_context *cmd, int ret)
{
	if (ret == -1)
		client_send_command_error(cmd, NULL);
	else if (cmd->client->input->closed)
		cmd->state = CLIENT_COMMAND_STATE_DONE;
}

/* The module decides what a literal is, so it is read first. */
static bool xexec_args_read_module(struct client_command_context *cmd,
				   const struct xexec_modules *modules)
{
	struct xexec_args_context *ctx;
	const struct imap_arg *args;
	const char *module;
	int ret;

	ret = imap_parser_read_args(cmd->parser, 1, 0, &args);
	if (ret < 0) {
		xexec_args_failed(cmd, ret);
		return FALSE;
	}

	ctx = p_new(cmd->pool, struct xexec_args_context, 1);
	if (imap_arg_get_atom(args, &module) &&
	    xexec_core_modules_take_literal(modules, module))
		ctx->flags = IMAP_PARSE_FLAG_LITERAL_SIZE;
	cmd->context = ctx;
	return TRUE;
}

/* The last argument; of a list that is not closed its last one. */
static const struct imap_arg *
xexec_last_arg(const struct imap_arg *args, unsigned int count)
{
	const struct imap_arg *last = NULL;

	/* not by recursion: how deep it goes is the client's choice */
	while (count > 0) {
		last = args + count - 1;
		if (!imap_arg_get_list_full(last, &args, &count))
			break;
	}
	return last;
}

static void xexec_args_get_literal(const struct imap_arg *args,
				   unsigned int count,
				   struct xexec_args *args_r)
{
	const struct imap_arg *last = xexec_last_arg(args, count);

	if (last != NULL &&
	    imap_arg_get_literal_size(last, &args_r->literal_size)) {
		args_r->has_literal = TRUE;
		args_r->literal_synchronizing =
			last->type == IMAP_ARG_LITERAL_SIZE;
	}
}

/* FALSE if one of them is no string, or holds a NUL, which argv cannot. */
static bool xexec_args_get_strings(const struct imap_arg *args,
				   ARRAY_TYPE(const_string) *strings)
{
	const char *str;
	uoff_t size;

	for (; !IMAP_ARG_IS_EOL(args); args++) {
		if (imap_arg_get_literal_size(args, &size) &&
		    IMAP_ARG_IS_EOL(args + 1))
			return TRUE;
		if (!imap_arg_get_astring(args, &str) ||
		    strlen(str) != args->str_len)
			return FALSE;
		array_push_back(strings, &str);
	}
	return TRUE;
}

bool xexec_args_read(struct client_command_context *cmd,
		     const struct xexec_modules *modules,
		     struct xexec_args *args_r)
{
	struct xexec_args_context *ctx;
	const struct imap_arg *args;
	int ret;

	if (cmd->context == NULL && !xexec_args_read_module(cmd, modules))
		return FALSE;
	ctx = cmd->context;
	ret = imap_parser_read_args(cmd->parser, 0, ctx->flags, &args);
	if (ret < 0) {
		xexec_args_failed(cmd, ret);
		return FALSE;
	}
	cmd->context = NULL;
	cmd->args = cmd->human_args = "";
	cmd->client->input_lock = NULL;

	i_zero(args_r);
	t_array_init(&args_r->strings, 16);
	xexec_args_get_literal(args, ret, args_r);
	/* the parser has read the end of the line before a literal */
	if (args_r->has_literal)
		cmd->client->input_skip_line = FALSE;
	if (imap_arg_get_atom(args, &args_r->module))
		args++;
	args_r->valid = xexec_args_get_strings(args, &args_r->strings);
	return TRUE;
}
