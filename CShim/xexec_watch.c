/* What a command waits for: the core tells, Dovecot's ioloop does it. */

#include "dovecot_compat.h"
#include "xexec_core.h"
#include "xexec_command.h"

/* A client whose program works is not idle (CLIENT_IDLE_TIMEOUT_MSECS), and
   has to be told so this often */
#define XEXEC_NOT_IDLE_MSECS (CLIENT_IDLE_TIMEOUT_MSECS / 2)
/* The core gives up before */
#define XEXEC_LOOKUP_TIMEOUT_MSECS 10000

static bool xexec_uses_child_wait;

void xexec_happened(struct xexec_command *xcmd, unsigned int events)
{
	struct client_command_context *cmd = xcmd->cmd;
	struct client *client = xcmd->client;

	xcmd->events |= events;

	o_stream_cork(client->output);
	if (command_exec(cmd))
		client_command_free(&cmd);
	else
		(void)client_handle_unfinished_cmd(cmd);
	(void)cmd_sync_delayed(client);
	o_stream_uncork(client->output);

	client_continue_pending_input(client);
}

/*
 * The program
 */

static void xexec_source_ready(struct xexec_source *source)
{
	if (source->event == XEXEC_EVENT_STDIN)
		io_remove(&source->io);
	xexec_happened(source->xcmd, source->event);
}

static void xexec_watch_source(struct xexec_command *xcmd,
			       enum xexec_source_type type, int fd)
{
	struct xexec_source *source = &xcmd->sources[type];

	if (fd == -1) {
		io_remove(&source->io);
	} else if (source->io == NULL) {
		source->io = io_add(fd, type == XEXEC_SOURCE_STDIN ?
				    IO_WRITE : IO_READ,
				    xexec_source_ready, source);
	}
}

void xexec_unwatch_stdin(struct xexec_command *xcmd)
{
	io_remove(&xcmd->sources[XEXEC_SOURCE_STDIN].io);
}

static void xexec_reaped(struct xexec_command *xcmd)
{
	timeout_remove(&xcmd->to_reaped);
	xexec_happened(xcmd, 0);
}

/* This may come out of the ioloop that another plugin runs while it waits for a
   program of its own: nothing of the client may be touched in there. */
static void xexec_child_exited(const struct child_wait_status *status,
			       struct xexec_command *xcmd)
{
	child_wait_free(&xcmd->child_wait);
	xexec_core_run_reaped(xcmd->run, status->status);
	xcmd->to_reaped = timeout_add_to(xcmd->ioloop, 0, xexec_reaped, xcmd);
}

static void xexec_watch_exit(struct xexec_command *xcmd,
			     const struct xexec_watch *watch)
{
	xexec_watch_source(xcmd, XEXEC_SOURCE_EXIT, watch->exit_fd);
	if (watch->pid == 0 && xcmd->child_wait != NULL)
		child_wait_free(&xcmd->child_wait);
}

/*
 * Time and names
 */

static void xexec_timeout(struct xexec_command *xcmd)
{
	timeout_remove(&xcmd->to);
	xexec_happened(xcmd, XEXEC_EVENT_TIMEOUT);
}

static void xexec_watch_time(struct xexec_command *xcmd,
			     const struct xexec_watch *watch)
{
	int msecs = watch->timeout;

	/* if the client is waited for it is up to it, and Dovecot's timeout */
	if (!watch->client) {
		timeout_reset(xcmd->client->to_idle);
		if (msecs < 0 || msecs > XEXEC_NOT_IDLE_MSECS)
			msecs = XEXEC_NOT_IDLE_MSECS;
	}
	timeout_remove(&xcmd->to);
	if (msecs >= 0)
		xcmd->to = timeout_add_short(msecs, xexec_timeout, xcmd);
}

static void xexec_looked_up(const struct dns_lookup_result *result,
			    void *context)
{
	struct xexec_command *xcmd = context;
	const char **ips;
	unsigned int i, count = result->ret == 0 ? result->ips_count : 0;

	xcmd->lookup = NULL;
	ips = t_new(const char *, count + 1);
	for (i = 0; i < count; i++)
		ips[i] = net_ip2addr(&result->ips[i]);
	xexec_core_run_looked_up(xcmd->run, ips, count,
				 result->ret == 0 ? NULL : result->error);
	xexec_watch_pause(xcmd, 0);
}

static void xexec_look_up(struct xexec_command *xcmd, const char *host)
{
	/* on failure it has called the callback already */
	if (dovecot_dns_lookup(xcmd->client->user, host,
			       XEXEC_LOOKUP_TIMEOUT_MSECS, xexec_looked_up,
			       xcmd, &xcmd->lookup) < 0)
		xcmd->lookup = NULL;
}

/*
 * The client
 */

static void xexec_client_sent(struct xexec_command *xcmd)
{
	xexec_happened(xcmd, 0);
}

static void xexec_client_hung_up(struct xexec_command *xcmd)
{
	struct client *client = xcmd->client;

	switch (xexec_core_run_look_at_client(xcmd->run)) {
	case XEXEC_HANGUP_NONE:
		/* Dovecot calls client->io when another command ends that has
		   waited for something external (client_command_free()) */
		break;
	case XEXEC_HANGUP_HALF:
		xexec_happened(xcmd, 0);
		break;
	case XEXEC_HANGUP_FULL:
		client_disconnect(client, NULL);
		/* destroys the client, and this command with it */
		client_continue_pending_input(client);
		break;
	}
}

/* Read from the client only while something waits for it. What it pipelines
   meanwhile stays where it is, and is commands. */
static void xexec_watch_client(struct xexec_command *xcmd,
			       const struct xexec_watch *watch)
{
	struct client *client = xcmd->client;
	bool was_alone = xcmd->alone;

	xcmd->alone = client->command_queue_size == 1;
	if (was_alone && client->io != NULL && watch->client == xcmd->reading)
		return;

	io_remove(&client->io);
	io_remove(&xcmd->io_hangup);
	xcmd->reading = watch->client;
	if (watch->client) {
		client->io = io_add_istream(client->input, xexec_client_sent,
					    xcmd);
	}
	/* the end of the output does not show in the input. there is no
	   descriptor for it where nothing was started */
	if (watch->client && client->fd_in == client->fd_out)
		return;
	if (watch->hangup_fd != -1) {
		*(watch->client ? &xcmd->io_hangup : &client->io) =
			io_add(watch->hangup_fd, IO_READ, xexec_client_hung_up,
			       xcmd);
	}
}

/*
 * All of it
 */

void xexec_watch(struct xexec_command *xcmd, const struct xexec_watch *watch)
{
	xexec_watch_source(xcmd, XEXEC_SOURCE_STDOUT, watch->stdout_fd);
	xexec_watch_source(xcmd, XEXEC_SOURCE_STDERR, watch->stderr_fd);
	xexec_watch_source(xcmd, XEXEC_SOURCE_STDIN, watch->stdin_fd);
	xexec_watch_exit(xcmd, watch);
	xexec_watch_client(xcmd, watch);
	xexec_watch_time(xcmd, watch);
	if (watch->lookup != NULL && xcmd->lookup == NULL)
		xexec_look_up(xcmd, watch->lookup);
}

void xexec_watch_end(struct xexec_command *xcmd,
		     const struct xexec_watch *watch)
{
	struct client *client = xcmd->client;
	unsigned int i;

	for (i = 0; i < XEXEC_SOURCE_EXIT; i++)
		io_remove(&xcmd->sources[i].io);
	xexec_watch_exit(xcmd, watch);
	xexec_watch_time(xcmd, watch);

	io_remove(&client->io);
	io_remove(&xcmd->io_hangup);
	xcmd->reading = FALSE;
	/* Dovecot would put its own there otherwise, and destroy the client
	   when that has ended its sending side */
	if (watch->hangup_fd != -1) {
		client->io = io_add(watch->hangup_fd, IO_READ,
				    xexec_client_hung_up, xcmd);
	}
}

void xexec_watch_pause(struct xexec_command *xcmd, unsigned int msecs)
{
	unsigned int i;

	for (i = 0; i < XEXEC_SOURCE_COUNT; i++)
		io_remove(&xcmd->sources[i].io);
	timeout_remove(&xcmd->to);
	xcmd->to = timeout_add_short(msecs, xexec_timeout, xcmd);
}

void xexec_watch_init(void)
{
	if (!xexec_uses_child_wait)
		child_wait_init();
	else
		child_wait_switch_ioloop();
	xexec_uses_child_wait = TRUE;
}

void xexec_watch_deinit(void)
{
	if (xexec_uses_child_wait)
		child_wait_deinit();
	xexec_uses_child_wait = FALSE;
}

void xexec_watch_start(struct xexec_command *xcmd)
{
	static const unsigned int events[XEXEC_SOURCE_COUNT] = {
		XEXEC_EVENT_STDOUT, XEXEC_EVENT_STDERR, XEXEC_EVENT_STDIN,
		XEXEC_EVENT_EXIT
	};
	struct xexec_watch watch;
	unsigned int i;

	xcmd->ioloop = current_ioloop;
	for (i = 0; i < XEXEC_SOURCE_COUNT; i++) {
		xcmd->sources[i].xcmd = xcmd;
		xcmd->sources[i].event = events[i];
	}
	io_remove(&xcmd->client->io);
	xexec_core_run_watch(xcmd->run, &watch);
	if (watch.pid != 0) {
		xcmd->child_wait = child_wait_new_with_pid(watch.pid,
			xexec_child_exited, xcmd);
	}
}

void xexec_watch_stop(struct xexec_command *xcmd)
{
	unsigned int i;

	for (i = 0; i < XEXEC_SOURCE_COUNT; i++)
		io_remove(&xcmd->sources[i].io);
	if (xcmd->child_wait != NULL)
		child_wait_free(&xcmd->child_wait);
	if (xcmd->lookup != NULL)
		dns_lookup_abort(&xcmd->lookup);
	timeout_remove(&xcmd->to);
	timeout_remove(&xcmd->to_reaped);
	io_remove(&xcmd->client->io);
	io_remove(&xcmd->io_hangup);
}
