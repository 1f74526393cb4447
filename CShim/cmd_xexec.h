#ifndef CMD_XEXEC_H
#define CMD_XEXEC_H

struct client_command_context;

/* The command function of XEXEC. */
bool cmd_xexec(struct client_command_context *cmd);
/* The process leaves without destroying its clients first: end all programs.
   The commands must not be continued then. */
void cmd_xexec_end_all(void);
void cmd_xexec_deinit(void);

#endif
