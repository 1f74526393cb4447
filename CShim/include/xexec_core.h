#ifndef XEXEC_CORE_H
#define XEXEC_CORE_H

/* The interface between the shim (C, Dovecot's side) and the core (Swift).

   This is the one declaration that both sides read. The shim knows IMAP
   connections and the ioloop, the core knows settings, programs and text;
   neither knows the other's types. Data goes one way: the shim hands in what
   the client sent and says which descriptors are ready, the core hands back
   octets for the client and says which descriptors to watch.

   No function blocks, except xexec_core_teardown_wait(). Strings are
   NUL-terminated octets; nothing is assumed of their encoding. Times are
   milliseconds. Everything is used from one thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Settings: once per login
 */

/* The modules that one user can run. */
struct xexec_modules;

/* One entry of the plugin {} section of Dovecot 2.3, variables not expanded. */
struct xexec_setting {
	const char *key;
	const char *value;
};

/* One block xexec NAME { ... } of Dovecot 2.4, its variables not expanded, its
   options as Dovecot has read them. */
struct xexec_block {
	/* the strings are never NULL; "" is a program that nobody has named */
	const char *name, *program;
	/* milliseconds, 0 = without limit */
	uint32_t timeout;
	/* octets */
	uint64_t max_literal;
	/* "prompts" or "literal" */
	const char *stdin_for;
	/* "client" or "log" */
	const char *stderr_for;
	/* "code", "text" or "no" */
	const char *progress;
};

/* What reading the settings needs of Dovecot. */
struct xexec_settings_host {
	void *context;
	/* Parse a time ("60s", "5m", "0"). Returns false and sets *error_r
	   when it is not one. This and parse_size are for strings, and may be
	   NULL where there are blocks. */
	bool (*parse_time)(void *context, const char *value,
			   unsigned int *msecs_r, const char **error_r);
	/* Parse a size ("40M") to octets, likewise. */
	bool (*parse_size)(void *context, const char *value,
			   uint64_t *size_r, const char **error_r);
	/* An entry is skipped: tell the administrator which (the key of a
	   setting, the name of a block) and why. */
	void (*bad_setting)(void *context, const char *key, const char *reason);
	/* Something else that the administrator should know. */
	void (*warn)(void *context, const char *message);
};

/* Read all settings named xexec and xexecN, and those of their options:
   xexec_timeout, xexecN_timeout, and _stdin, _max_literal, _progress, _stderr
   likewise.
   Other settings may be among them and are ignored. The strings need not
   outlive the call. Never fails: bad entries are reported and skipped. */
struct xexec_modules *
xexec_core_modules_new(const struct xexec_setting *settings, size_t count,
		       const struct xexec_settings_host *host);
/* The same for Dovecot 2.4. */
struct xexec_modules *
xexec_core_modules_new_from_blocks(const struct xexec_block *blocks,
				   size_t count,
				   const struct xexec_settings_host *host);
void xexec_core_modules_free(struct xexec_modules *modules);
/* How many capabilities announce the modules: none without a module, else
   "XEXEC" and one "XEXEC=NAME" each, or only the first if the others would be
   too long for a proxy. */
size_t xexec_core_capabilities_count(const struct xexec_modules *modules);
/* Capability number index (0 .. count-1). Valid as long as the modules. */
const char *xexec_core_capability(const struct xexec_modules *modules,
				  size_t index);
/* Whether the module of that name (NULL: none) takes a literal as its
   program's stdin. */
bool xexec_core_modules_take_literal(const struct xexec_modules *modules,
				     const char *name);

/*
 * A run: one command, from its line to its tagged response
 */

/* A program that was started, and all between it and the client; or a refusal,
   which may have to wait for a literal to be skipped. */
struct xexec_run;

/* One XEXEC command. The strings need not outlive xexec_core_run_start(). */
struct xexec_request {
	/* the command's tag; NULL if it is not known */
	const char *tag;
	/* as the client wrote it; NULL if it wrote none, or something that
	   is no atom to the IMAP parser */
	const char *module;
	/* the client's arguments */
	const char *const *args;
	size_t args_count;
	/* all of them are strings, and hold no NUL */
	bool args_are_strings;
	/* the line ended with a literal of that many octets: the program's
	   stdin. Synchronising: the client waits for a "+" before it sends it
	   (RFC 3501, section 7.5) */
	bool has_literal, literal_is_synchronizing;
	uint64_t literal_size;
	/* what is read from the client, and written to it: the same, or two */
	int client_in, client_out;
	/* of the user: for the program's environment; NULL where unknown */
	const char *username, *home, *local_ip, *remote_ip;
	/* what the sockets of services are relative to */
	const char *base_directory;
};

enum xexec_log_level {
	XEXEC_LOG_INFO,
	XEXEC_LOG_WARNING,
	XEXEC_LOG_ERROR
};

/* What a run needs of Dovecot. */
struct xexec_run_host {
	/* has to outlive the run */
	void *context;
	/* Expand Dovecot's variables in one word. The result is valid until
	   the data stack frame of the caller ends. Returns NULL and sets
	   *error_r on failure. */
	const char *(*expand)(void *context, const char *word,
			      const char **error_r);
	/* What the administrator should know; never shown to the client. It is
	   called from any of the functions of a run, but for watch. */
	void (*log)(void *context, enum xexec_log_level level,
		    const char *message);
};

/* Find the module and start its program. A command that is refused is a run as
   well, one that is finished at once, or behind its literal. */
struct xexec_run *
xexec_core_run_start(const struct xexec_modules *modules,
		     const struct xexec_request *request,
		     const struct xexec_run_host *host);

/* The events that the shim watches for, as a bit mask. */
enum xexec_event {
	/* the program's stdout has something to read, or is closed */
	XEXEC_EVENT_STDOUT	= 0x01,
	/* likewise its stderr */
	XEXEC_EVENT_STDERR	= 0x02,
	/* the program's stdin takes octets again */
	XEXEC_EVENT_STDIN	= 0x04,
	/* the program has exited */
	XEXEC_EVENT_EXIT	= 0x08,
	/* xexec_watch.timeout has passed */
	XEXEC_EVENT_TIMEOUT	= 0x10
};

/* What the run waits for. */
struct xexec_watch {
	/* descriptors, -1 where there is nothing to wait for. Once there is
	   one it stays the same until it becomes -1 for good. Only stdin_fd
	   comes and goes: it may be the same as stdout_fd, and must not be
	   watched any more when XEXEC_EVENT_STDIN or octets of the literal are
	   handed in. */
	int stdout_fd, stderr_fd; /* readable */
	int stdin_fd; /* writable */
	int exit_fd; /* readable */
	/* readable when there is something for
	   xexec_core_run_look_at_client(). Nothing is read from the client for
	   it. */
	int hangup_fd;
	/* the process whose exit is waited for, or 0: if somebody else in this
	   process waits for it, xexec_core_run_reaped() has to be told */
	pid_t pid;
	/* milliseconds until the run wants XEXEC_EVENT_TIMEOUT, -1 = never */
	int timeout;
	/* the name of a host that has to be looked up, or NULL: the run is
	   told by xexec_core_run_looked_up(). Valid until then. */
	const char *lookup;
	/* octets of the client are waited for: to be handed in by
	   xexec_core_run_client_sent() */
	bool client;
	/* nothing more will come: call xexec_core_run_finish() */
	bool finished;
	/* the client has ended its sending side, and its time is up: it has to
	   be disconnected */
	bool gone;
};

/* Octets for the client: whole response lines with their CRLF. */
typedef void (*xexec_send_t)(void *context, const void *data, size_t size);

/* Carry on after events (a mask of xexec_event). Reads at most one block
   from each stream and sends what becomes of it. With has_room false nothing
   is read or sent: the client takes no response now. */
void xexec_core_run_step(struct xexec_run *run, unsigned int events,
			 bool has_room, xexec_send_t send, void *send_context);
/* Somebody else has waited for the program: its status word (wait(2)). */
void xexec_core_run_reaped(struct xexec_run *run, int wait_status);
/* A name has been looked up: IP addresses, written as numbers, or the reason
   why there are none. The run wants XEXEC_EVENT_TIMEOUT after that. */
void xexec_core_run_looked_up(struct xexec_run *run, const char *const *ips,
			      size_t count, const char *error);
/* What to watch next. */
void xexec_core_run_watch(const struct xexec_run *run,
			  struct xexec_watch *watch_r);
/* Offer octets that the client has sent: answers to prompts, a literal, what
   stands behind one and is skipped. Returns how many were taken. If that is not
   all of them, they have to be offered again when they are waited for, or are
   commands when the run is finished. */
size_t xexec_core_run_client_sent(struct xexec_run *run, const void *data,
				  size_t size);
/* There is no room for more, and nothing is taken of what there is. TRUE if that
   is an answer which is too long: the run ends with a BAD, and the rest of the
   line has to be skipped. */
bool xexec_core_run_client_sent_too_much(struct xexec_run *run);
/* The client has ended its sending side, and all that it sent has been read.
   FALSE if it has to be disconnected. */
bool xexec_core_run_client_ended(struct xexec_run *run);

enum xexec_hangup {
	/* the client is there */
	XEXEC_HANGUP_NONE,
	/* it has ended its sending side, or has closed the connection. The run
	   has something to tell it, and gives it up after a while. */
	XEXEC_HANGUP_HALF,
	/* it cannot be reached any more */
	XEXEC_HANGUP_FULL
};

/* Look whether the client has gone. */
enum xexec_hangup xexec_core_run_look_at_client(struct xexec_run *run);

/* How a run ended. The strings are valid until xexec_core_run_free(). */
struct xexec_outcome {
	/* text of the tagged response: behind "BAD" if bad, else with its
	   own "NO" or "OK" in front */
	const char *reply;
	bool bad;
	/* the line for the log; NULL if nothing was run */
	const char *log;
	/* what is left of the program's process group and has to be ended,
	   or NULL */
	struct xexec_teardown *teardown;
};

/* The run is finished: tell how. */
void xexec_core_run_finish(struct xexec_run *run,
			   struct xexec_outcome *outcome_r);
/* The client is gone: end the program and tell how. There is nobody left for
   the reply. */
void xexec_core_run_cancel(struct xexec_run *run,
			   struct xexec_outcome *outcome_r);
/* Free a run after one of these two. */
void xexec_core_run_free(struct xexec_run *run);

/*
 * Teardown: the end of a process group that outlives its command
 */

/* A process group that was sent SIGTERM, and gets SIGKILL after 5 seconds. */
struct xexec_teardown;

/* Look after the group. Returns the milliseconds until it wants to be looked
   at again, or -1 when all of it is gone and the teardown is freed. */
int xexec_core_teardown_step(struct xexec_teardown *teardown);
/* Blocks until the group is gone, or could not be ended, and frees the
   teardown. For a process that is about to leave: at most about the rest of
   the 5 seconds. */
void xexec_core_teardown_wait(struct xexec_teardown *teardown);

#endif
