#define _GNU_SOURCE /* clone(), close_range() */

#include "xexec_spawn.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* The child needs some hundred octets; a page or two are for the loader, if a
   function has not been called before. */
#define XEXEC_SPAWN_STACK (32*1024)

/* What parent and child share: the child runs in the parent's memory, while
   the parent stands still. */
struct xexec_spawn_child {
	const struct xexec_program *program;
	pid_t parent;
	/* why it did not come to be */
	int error;
};

/* The kernel's own form of a disposition, whatever the machine's order of its
   fields: all zero is the default. libc's sigaction() does not touch the two
   signals that it keeps for itself, which glibc's posix_spawn() leaves ignored
   in what it starts. */
struct xexec_signal_action {
	unsigned long words[8];
};

static long xexec_signal_action(int number, const struct xexec_signal_action *set,
				struct xexec_signal_action *get_r)
{
	return syscall(SYS_rt_sigaction, number, set, get_r, (_NSIG - 1) / 8);
}

/* The signals, from 1 on, that are not as a fresh process has them. An exec
   resets those that are handled; but the child must not run a handler before
   that, it is in the parent's memory. */
static bool xexec_signals_used[_NSIG];

/* Those that a server may set up at any time, and programs mind. */
static bool xexec_signal_may_change(int number)
{
	switch (number) {
	case SIGHUP: case SIGINT: case SIGQUIT: case SIGTERM: case SIGPIPE:
	case SIGALRM: case SIGCHLD: case SIGUSR1: case SIGUSR2:
		return true;
	default:
		return false;
	}
}

/* The others are as whoever started the server left them: once is enough. */
static void xexec_signals_look(void)
{
	struct xexec_signal_action action;
	int number;

	for (number = 1; number < _NSIG; number++) {
		memset(&action, 0, sizeof(action));
		xexec_signals_used[number] = xexec_signal_may_change(number) ||
			(xexec_signal_action(number, NULL, &action) == 0 &&
			 (action.words[0] | action.words[1]) != 0);
	}
}

static void xexec_signals_reset(void)
{
	static const struct xexec_signal_action fresh;
	int number;

	for (number = 1; number < _NSIG; number++) {
		if (xexec_signals_used[number])
			(void)xexec_signal_action(number, &fresh, NULL);
	}
}

static bool xexec_spawn_prepare(const struct xexec_spawn_child *child)
{
	const struct xexec_program *program = child->program;
	int number;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return false;
	if (getppid() != child->parent) {
		/* it has ended before: nobody else does this */
		_exit(127);
	}
	if (setsid() < 0 || fchdir(program->folder) < 0)
		return false;
	for (number = 0; number < 3; number++) {
		if (dup2(program->streams[number], number) < 0)
			return false;
	}
	if (close_range(3, ~0U, 0) < 0)
		closefrom(3);
	return true;
}

static int xexec_spawn_child(void *context)
{
	struct xexec_spawn_child *child = context;
	sigset_t none;

	xexec_signals_reset();
	sigemptyset(&none);
	if (xexec_spawn_prepare(child) &&
	    sigprocmask(SIG_SETMASK, &none, NULL) == 0)
		(void)execve(child->program->path, child->program->argv,
			     child->program->envp);
	child->error = errno;
	_exit(127);
}

int xexec_spawn(const struct xexec_program *program)
{
	static pthread_once_t looked = PTHREAD_ONCE_INIT;
	/* stays if the child is killed before it could say anything */
	struct xexec_spawn_child child = {
		.program = program, .parent = getpid(), .error = 0
	};
	char stack[XEXEC_SPAWN_STACK] __attribute__((aligned(64)));
	sigset_t all, before;
	pid_t pid;
	int error;

	(void)pthread_once(&looked, xexec_signals_look);
	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	/* the parent stands still until the child is another program, or gone */
	pid = clone(xexec_spawn_child, stack + sizeof(stack),
		    CLONE_VM | CLONE_VFORK | SIGCHLD, &child);
	error = pid < 0 ? errno : child.error;
	if (pid > 0 && error != 0) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) ;
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);

	errno = error;
	return error == 0 ? pid : -1;
}
