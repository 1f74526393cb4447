#ifndef XEXEC_SPAWN_H
#define XEXEC_SPAWN_H

/* How the core starts a program. posix_spawn(3) cannot have the kernel end a
   program with the process that started it, and looks at each of the 64
   signals each time; this does what is needed, and no more. */

/* A program that is to be started. Nothing of it is kept. */
struct xexec_program {
	/* the program, an absolute path, and its arguments; argv[0] included,
	   a NULL behind the last. envp likewise, NAME=VALUE */
	const char *path;
	char *const *argv, *const *envp;
	/* the folder it works in: a descriptor that can be entered */
	int folder;
	/* descriptors above 2 that become its stdin, stdout and stderr */
	int streams[3];
};

/* Start a program: as the leader of a new session and process group, without a
   controlling terminal; no signal blocked, ignored or handled; with its three
   streams and no other descriptor. It gets SIGKILL when the thread that called
   this ends, in whatever way.

   Returns the process id, or -1 with errno: E2BIG, ENOENT, EACCES, ... */
int xexec_spawn(const struct xexec_program *program);

#endif
