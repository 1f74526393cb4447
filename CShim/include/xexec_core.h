#ifndef XEXEC_CORE_H
#define XEXEC_CORE_H

/* The interface between the shim (C, Dovecot's side) and the core (Swift).

   This is the one declaration that both sides read. The shim knows IMAP
   connections and the ioloop, the core knows settings, programs and text;
   neither knows the other's types. Calls go one way, from the shim to the core,
   but for what the core needs of Dovecot (the hosts). The shim hands in what the
   client sent, and comes when there is something to do; the core says what to
   wait for.

   No function blocks, except xexec_core_programs_end(). Strings are
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
	/* milliseconds, 0 and UINT_MAX = without limit */
	unsigned int timeout;
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
	/* Dovecot's setting of this name: if it has all capabilities, and not
	   just more of them ("+..."), there is no room for those of plugins.
	   NULL or "" if it is not set. */
	const char *imap_capability;
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

/*
 * Programs: all that one process has started
 */

/* They end with the process. What is left of them when their commands are over
   is looked after: process groups get SIGTERM, and SIGKILL after 5 seconds. */
struct xexec_programs;

/* From now on SIGHUP, if nobody handles it, is SIGTERM: Dovecot lets it end the
   process at once. free_seat: see xexec_run_host. */
struct xexec_programs *
xexec_core_programs_new(void (*free_seat)(void *seat));
/* Returns the milliseconds until this has to be called again, or -1 if nothing
   is left. To be called after each end of a run. */
int xexec_core_programs_look_after(struct xexec_programs *programs);
/* The process is about to leave, maybe without having destroyed its clients: end
   all programs, and wait until they are gone or cannot be ended, about 5 seconds
   at most. Does nothing in a process that was forked since. Nothing is logged,
   and runs must not be used any more but to free them. */
void xexec_core_programs_end(struct xexec_programs *programs);
void xexec_core_programs_free(struct xexec_programs *programs);

/*
 * A run: one command, from its line to its tagged response
 */

/* An argument, as the IMAP parser has read it. */
enum xexec_arg_type {
	XEXEC_ARG_ATOM,
	/* quoted, or a literal that was read */
	XEXEC_ARG_STRING,
	/* a literal of so many octets that the client is still to send, when it
	   is asked by a "+" (RFC 3501, section 7.5); or not asked */
	XEXEC_ARG_LITERAL,
	XEXEC_ARG_LITERAL_NONSYNC,
	/* NIL, or a list, which is followed by what is in it if nothing else
	   follows */
	XEXEC_ARG_OTHER
};

struct xexec_arg {
	enum xexec_arg_type type;
	/* of an atom or a string; with a NUL behind it */
	const char *octets;
	uint64_t size;
};

/* Whether literals of a command with this first argument are left to the client:
   the module takes one as its program's stdin. */
bool xexec_core_modules_take_literal(const struct xexec_modules *modules,
				     const struct xexec_arg *arg);

/* A program that was started, and all between it and the client; or a refusal,
   which may have to wait for a literal to be skipped. */
struct xexec_run;

/* One XEXEC command. The strings need not outlive xexec_core_run_start(). */
struct xexec_request {
	/* the command's tag; NULL if it is not known */
	const char *tag;
	const struct xexec_arg *args;
	size_t args_count;
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
	/* Octets for the client: whole response lines with their CRLF. */
	void (*send)(void *context, const void *data, size_t size);
	/* Expand Dovecot's variables in one word. The result is valid until
	   the data stack frame of the caller ends. Returns NULL and sets
	   *error_r on failure. */
	const char *(*expand)(void *context, const char *word,
			      const char **error_r);
	/* What the administrator should know; never shown to the client. It is
	   called from any of the functions of a run, but for watch. */
	void (*log)(void *context, enum xexec_log_level level,
		    const char *message);
	/* The client is gone, but not all of its program: let its connection
	   count until then. Returns what is given back by free_seat, or
	   NULL. */
	void *(*take_seat)(void *context);
};

/* Find the module and start its program. A command that is refused is a run as
   well, one that is finished at once, or behind its literal. The programs have
   to outlive the run. */
struct xexec_run *
xexec_core_run_start(struct xexec_programs *programs,
		     const struct xexec_modules *modules,
		     const struct xexec_request *request,
		     const struct xexec_run_host *host);

/* What the run waits for. */
struct xexec_watch {
	/* readable when there is something to do; always the same, or -1 */
	int fd;
	/* readable when the client has gone, or may have, and nothing is to be
	   read from it; always the same, or -1 */
	int hangup_fd;
	/* milliseconds until there is something to do, -1 = never */
	int timeout;
	/* the process whose exit is waited for, or 0: if somebody else in this
	   process waits for it, xexec_core_run_reaped() has to be told */
	pid_t pid;
	/* the name of a host that has to be looked up, or NULL: the run is
	   told by xexec_core_run_looked_up(). Valid until then. */
	const char *lookup;
	/* if not, it waits for the client to read what there is for it */
	bool has_room;
	/* octets of the client are waited for: to be handed in by
	   xexec_core_run_client_sent() */
	bool client;
	/* nothing more will come: call xexec_core_run_finish() */
	bool finished;
	/* the client has gone, or has ended its sending side and its time is
	   up: it has to be disconnected */
	bool gone;
};

/* Do what there is to do. Reads at most one block from each stream and sends
   what becomes of it, but nothing while so many octets wait for the client to
   read them that the program has to wait too; SSIZE_MAX if none can be sent. */
void xexec_core_run_step(struct xexec_run *run, size_t waiting);
/* What to wait for next, likewise. */
void xexec_core_run_watch(struct xexec_run *run, size_t waiting,
			  struct xexec_watch *watch_r);
/* Somebody else has waited for the program: its status word (wait(2)). What is
   waited for tells when to step. */
void xexec_core_run_reaped(struct xexec_run *run, int wait_status);
/* A name has been looked up: IP addresses, written as numbers, or the reason
   why there are none. There is something to do after that. */
void xexec_core_run_looked_up(struct xexec_run *run, const char *const *ips,
			      size_t count, const char *error);
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

/* How a run ended. */
struct xexec_outcome {
	/* text of the tagged response: behind "BAD" if bad, else with its own
	   "NO" or "OK" in front. Valid until xexec_core_run_free(). */
	const char *reply;
	bool bad;
	/* there was a program */
	bool has_run;
};

/* The run is finished: tell how. */
void xexec_core_run_finish(struct xexec_run *run,
			   struct xexec_outcome *outcome_r);
/* The client is gone: end the program. */
void xexec_core_run_cancel(struct xexec_run *run);
/* Log how the run ended, after one of these two, and free it. */
void xexec_core_run_free(struct xexec_run *run);

#endif
