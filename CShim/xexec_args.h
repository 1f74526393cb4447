#ifndef XEXEC_ARGS_H
#define XEXEC_ARGS_H

/* The arguments of XEXEC. */
struct xexec_args {
	/* NULL if the client wrote none, or something that is no atom */
	const char *module;
	/* what stands behind it */
	ARRAY_TYPE(const_string) strings;
	/* they are strings, and can be an argv */
	bool valid;

	/* the line ended with a literal, which is still to be read: the
	   module takes it as its program's stdin */
	bool has_literal;
	/* the client waits for a "+" before it sends it */
	bool literal_synchronizing;
	uoff_t literal_size;
};

/* Read the arguments. Returns FALSE as long as there are not all of them, or
   if the command has failed and was told so: cmd->state is done then. To be
   called again with the same cmd. */
bool xexec_args_read(struct client_command_context *cmd,
		     const struct xexec_modules *modules,
		     struct xexec_args *args_r);

#endif
