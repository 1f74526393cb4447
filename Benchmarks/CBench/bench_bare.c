#ifndef _GNU_SOURCE
#  define _GNU_SOURCE /* pipe2() */
#endif
#include "bench_bare.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char *const no_environment[] = { NULL };

static void close_all(int *fds, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		close(fds[i]);
}

/* Start a program with the reading end of the first pipe as stdin, and the
   writing ends of the others as stdout and stderr; these ends are closed. */
static bool
spawn(pid_t *pid, char *const argv[], int (*pipes)[2], unsigned int count)
{
	posix_spawn_file_actions_t actions;
	int error;

	posix_spawn_file_actions_init(&actions);
	for (unsigned int i = 0; i < count; i++) {
		posix_spawn_file_actions_adddup2(
			&actions, pipes[i][i == 0 ? 0 : 1], (int)i);
	}
	error = posix_spawn(pid, argv[0], &actions, NULL, argv, no_environment);
	posix_spawn_file_actions_destroy(&actions);
	for (unsigned int i = 0; i < count; i++)
		close(pipes[i][i == 0 ? 0 : 1]);
	errno = error;
	return error == 0;
}

static bool open_pipes(int (*pipes)[2], unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		if (pipe2(pipes[i], O_CLOEXEC) != 0) {
			close_all(&pipes[0][0], 2 * i);
			return false;
		}
	}
	return true;
}

static bool wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return false;
	}
	errno = ECHILD;
	return status == 0;
}

bool bench_bare_run(const char *path)
{
	char *const argv[] = { (char *)path, NULL };
	int pipes[3][2];
	pid_t pid;
	bool done;

	if (!open_pipes(pipes, 3))
		return false;
	done = spawn(&pid, argv, pipes, 3) && wait_for(pid);
	close(pipes[0][1]);
	close(pipes[1][0]);
	close(pipes[2][0]);
	return done;
}

bool bench_bare_start(struct bench_bare_program *program, const char *path,
		      const char *argument)
{
	char *const argv[] = { (char *)path, (char *)argument, NULL };
	int pipes[2][2];

	if (!open_pipes(pipes, 2))
		return false;
	program->input = pipes[0][1];
	program->output = pipes[1][0];
	if (spawn(&program->pid, argv, pipes, 2))
		return true;
	close(program->input);
	close(program->output);
	return false;
}

bool bench_bare_round_trip(const struct bench_bare_program *program,
			   const char *line, size_t size)
{
	char prompt[2];

	return (size == 0 ||
		write(program->input, line, size) == (ssize_t)size) &&
		read(program->output, prompt, sizeof(prompt)) == sizeof(prompt) &&
		memcmp(prompt, "\005\n", sizeof(prompt)) == 0;
}

void bench_bare_end(struct bench_bare_program *program)
{
	close(program->input);
	close(program->output);
	(void)wait_for(program->pid);
}
