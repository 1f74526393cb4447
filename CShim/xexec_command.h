#ifndef XEXEC_COMMAND_H
#define XEXEC_COMMAND_H

/* A command while its program runs, and what it waits for in Dovecot's
   ioloop. */

/* Descriptors of the program. */
enum xexec_source_type {
	XEXEC_SOURCE_STDOUT,
	XEXEC_SOURCE_STDERR,
	XEXEC_SOURCE_STDIN,
	XEXEC_SOURCE_EXIT,
	XEXEC_SOURCE_COUNT
};

struct xexec_source {
	struct xexec_command *xcmd;
	struct io *io;
	/* xexec_event */
	unsigned int event;
};

struct xexec_command {
	/* all that there are */
	struct xexec_command *prev, *next;

	struct client_command_context *cmd;
	struct client *client;
	struct xexec_run *run;
	/* of a program that is ended with the process */
	struct xexec_teardown *teardown;

	/* events (xexec_event) that the core has not been told yet */
	unsigned int events;
	struct xexec_source sources[XEXEC_SOURCE_COUNT];
	/* Dovecot's own way to wait for processes: other plugins that use it
	   would take the exit status away */
	struct child_wait *child_wait;
	/* of the host of a service */
	struct dns_lookup *lookup;
	struct io *io_hangup;
	struct timeout *to, *to_reaped;
	/* where all of these are */
	struct ioloop *ioloop;
	/* client->io reads, instead of waiting for a hangup */
	bool reading;
	/* no other command runs, so client->io is as it was left */
	bool alone;
};

/* Something has happened (a mask of xexec_event): carry on with the command,
   from the ioloop. */
void xexec_happened(struct xexec_command *xcmd, unsigned int events);

/* Before a program is started: its exit status would be lost otherwise once
   another plugin has run a program in this process and has left SIGCHLD
   ignored. */
void xexec_watch_init(void);
void xexec_watch_deinit(void);
/* After that. */
void xexec_watch_start(struct xexec_command *xcmd);
/* Nothing is waited for any more. To be called before the run is freed. */
void xexec_watch_stop(struct xexec_command *xcmd);

/* Wait for what the run waits for: its program, the client, a name, a time. */
void xexec_watch(struct xexec_command *xcmd, const struct xexec_watch *watch);
/* Wait for an end alone, since the client takes no output. */
void xexec_watch_end(struct xexec_command *xcmd,
		     const struct xexec_watch *watch);
/* Wait for nothing but some milliseconds. */
void xexec_watch_pause(struct xexec_command *xcmd, unsigned int msecs);
/* The run may close its stdin now. */
void xexec_unwatch_stdin(struct xexec_command *xcmd);

#endif
