#ifndef CMD_XEXEC_H
#define CMD_XEXEC_H

struct client_command_context;

/* The command function of XEXEC. */
bool cmd_xexec(struct client_command_context *cmd);

#endif
