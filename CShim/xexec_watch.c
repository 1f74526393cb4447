/* What a command waits for: the core tells, Dovecot's ioloop does it. */

#include "xexec_shim.h"

/* A client whose program works is not idle (CLIENT_IDLE_TIMEOUT_MSECS), and
   has to be told so this often */
#define XEXEC_NOT_IDLE_MSECS (CLIENT_IDLE_TIMEOUT_MSECS / 2)
/* The core gives up before */
#define XEXEC_LOOKUP_TIMEOUT_MSECS 10000

/* Carry on with the command, from the ioloop. */
static void xexec_happened(struct xexec_command *xcmd)
{
	struct client_command_context *cmd = xcmd->cmd;
	struct client *client = xcmd->client;

	o_stream_cork(client->output);
	if (command_exec(cmd))
		client_command_free(&cmd);
	else
		(void)client_handle_unfinished_cmd(cmd);
	(void)cmd_sync_delayed(client);
	o_stream_uncork(client->output);

	client_continue_pending_input(client);
}

/* This may come out of the ioloop that another plugin runs while it waits for a
   program of its own: nothing of the client may be touched in there. The exit
   wakes the command otherwise. */
static void xexec_child_exited(const struct child_wait_status *status,
			       struct xexec_command *xcmd)
{
	xcmd->pid = 0;
	xexec_core_run_reaped(xcmd->run, status->status);
}

static void xexec_watch_child(struct xexec_command *xcmd, pid_t pid)
{
	if (pid == 0 && xcmd->child_wait != NULL) {
		/* to free it with a pid would look through all */
		if (xcmd->pid != 0)
			child_wait_remove_pid(xcmd->child_wait, xcmd->pid);
		child_wait_free(&xcmd->child_wait);
	} else if (pid != 0 && xcmd->child_wait == NULL) {
		xcmd->child_wait = child_wait_new_with_pid(
			pid, xexec_child_exited, xcmd);
		xcmd->pid = pid;
	}
}

static void xexec_watch_time(struct xexec_command *xcmd, int timeout)
{
	timeout_remove(&xcmd->to);
	if (timeout >= 0)
		xcmd->to = timeout_add_short(timeout, xexec_happened, xcmd);
}

static void xexec_looked_up(const struct dns_lookup_result *result,
			    void *context)
{
	struct xexec_command *xcmd = context;
	const char **ips;
	unsigned int i, count = result->ret == 0 ? result->ips_count : 0;

	xcmd->lookup = NULL;
	/* 2.4 tells of a lookup that is aborted, too */
	if (xcmd->stopped)
		return;
	ips = t_new(const char *, count + 1);
	for (i = 0; i < count; i++)
		ips[i] = net_ip2addr(&result->ips[i]);
	xexec_core_run_looked_up(xcmd->run, ips, count,
				 result->ret == 0 ? NULL : result->error);
	xexec_watch_time(xcmd, 0);
}

static void xexec_look_up(struct xexec_command *xcmd, const char *host)
{
	/* on failure it has called the callback already */
	if (dovecot_dns_lookup(xcmd->client->user, host,
			       XEXEC_LOOKUP_TIMEOUT_MSECS, xexec_looked_up,
			       xcmd, &xcmd->lookup) < 0)
		xcmd->lookup = NULL;
}

void xexec_watch(struct xexec_command *xcmd, const struct xexec_watch *watch)
{
	int timeout = watch->timeout;

	if (xcmd->io == NULL && watch->fd != -1)
		xcmd->io = io_add(watch->fd, IO_READ, xexec_happened, xcmd);
	xexec_watch_child(xcmd, watch->pid);
	/* if the client is waited for it is up to it, and Dovecot's timeout */
	if (!watch->client) {
		timeout_reset(xcmd->client->to_idle);
		if (timeout < 0 || timeout > XEXEC_NOT_IDLE_MSECS)
			timeout = XEXEC_NOT_IDLE_MSECS;
	}
	xexec_watch_time(xcmd, timeout);
	if (watch->lookup != NULL && xcmd->lookup == NULL)
		xexec_look_up(xcmd, watch->lookup);
}

/* Read from the client only while something waits for it. What it pipelines
   meanwhile stays where it is, and is commands. */
void xexec_watch_client(struct xexec_command *xcmd,
			const struct xexec_watch *watch)
{
	struct client *client = xcmd->client;
	bool was_alone = xcmd->alone;

	xcmd->alone = client->command_queue_size == 1;
	if (was_alone && client->io != NULL && watch->client == xcmd->reading)
		return;
	io_remove(&client->io);
	xcmd->reading = watch->client;
	/* without one Dovecot would put its own there, and destroy a client
	   that has only ended its sending side */
	if (watch->client) {
		client->io = io_add_istream(client->input, xexec_happened,
					    xcmd);
	} else if (watch->hangup_fd != -1) {
		client->io = io_add(watch->hangup_fd, IO_READ, xexec_happened,
				    xcmd);
	}
}

void xexec_watch_stop(struct xexec_command *xcmd)
{
	xcmd->stopped = TRUE;
	io_remove(&xcmd->io);
	io_remove(&xcmd->client->io);
	timeout_remove(&xcmd->to);
	xexec_watch_child(xcmd, 0);
	if (xcmd->lookup != NULL)
		dns_lookup_abort(&xcmd->lookup);
}
