#ifndef BENCH_BARE_H
#define BENCH_BARE_H

/* What the system alone takes for what the plugin does: to run a program, and
   to talk with one over pipes. */

#include <stdbool.h>
#include <sys/types.h>

/* Run a program without arguments to its end: three pipes, posix_spawn() and
   waitpid(), and nothing else. False with errno set if it could not be started
   or did not exit with status 0. */
bool bench_bare_run(const char *path);

/* A program with a pipe to its stdin and one from its stdout. */
struct bench_bare_program {
	pid_t pid;
	int input, output;
};

/* Start a program with one argument. False with errno set if that fails. */
bool bench_bare_start(struct bench_bare_program *program, const char *path,
		      const char *argument);
/* Send the program a line (its line feed included, if size is not 0), and read
   two octets: a prompt. False if something else comes. */
bool bench_bare_round_trip(const struct bench_bare_program *program,
			   const char *line, size_t size);
/* Close the program's stdin, and wait for its end. */
void bench_bare_end(struct bench_bare_program *program);

#endif
