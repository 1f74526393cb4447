#ifndef XEXEC_LIBC_H
#define XEXEC_LIBC_H

/* What the core uses of libc. Embedded Swift has no Glibc module, so libc
   comes in through this header. */

#ifndef _GNU_SOURCE
#  define _GNU_SOURCE /* pipe2(), sigabbrev_np() */
#endif

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>

/* Macros and variadic functions, which Swift cannot call. */
static inline int xexec_errno(void) { return errno; }
static inline int xexec_sigrtmin(void) { return SIGRTMIN; }
static inline int xexec_bytes_readable(int fd)
{
	int count = 0;

	return ioctl(fd, FIONREAD, &count) < 0 ? 0 : count;
}
static inline int xexec_set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}
static inline void xexec_set_pipe_size(int fd, int size)
{
	(void)fcntl(fd, F_SETPIPE_SZ, size);
}
/* Swift 6.0 cannot call this function of its own runtime. */
static inline void xexec_free(void *memory) { free(memory); }
/* A descriptor that can only be changed into, or -1. */
static inline int xexec_open_directory(const char *path)
{
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}
/* The same descriptor, but above stdin, stdout and stderr. */
static inline int xexec_dup_above_stdio(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

#endif
