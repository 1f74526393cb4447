#ifndef XEXEC_LIBC_H
#define XEXEC_LIBC_H

/* What the core uses of libc. Embedded Swift has no Glibc module, so libc
   comes in through this header. */

#ifndef _GNU_SOURCE
#  define _GNU_SOURCE /* pipe2(), sigabbrev_np() */
#endif

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>
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
static inline bool xexec_is_default_action(int signo)
{
	struct sigaction action;

	return sigaction(signo, NULL, &action) == 0 &&
		action.sa_handler == SIG_DFL;
}
static inline void xexec_set_default_action(int signo)
{
	(void)signal(signo, SIG_DFL);
}
/* Swift 6.0 cannot call this function of its own runtime. */
static inline void xexec_free(void *memory) { free(memory); }
/* A descriptor that can only be changed into, or -1. */
static inline int xexec_open_directory(const char *path)
{
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}
/* Begins to connect a non-blocking socket; -1 and errno if it cannot. */
static inline int
xexec_connect(int family, const struct sockaddr *address, socklen_t size)
{
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error;

	if (fd >= 0 && connect(fd, address, size) < 0 && errno != EINPROGRESS) {
		error = errno;
		(void)close(fd);
		errno = error;
		return -1;
	}
	return fd;
}
static inline int xexec_connect_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(path);

	if (length >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, length + 1);
	return xexec_connect(AF_UNIX, (const struct sockaddr *)&address,
			     sizeof(address));
}
/* Likewise to an IP address, written in numbers as the port. If it is none:
   XEXEC_CONNECT_NO_ADDRESS. */
#define XEXEC_CONNECT_NO_ADDRESS (-2)
static inline int xexec_connect_ip(const char *ip, const char *port)
{
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM
	};
	struct addrinfo *address;
	int fd;

	if (getaddrinfo(ip, port, &hints, &address) != 0)
		return XEXEC_CONNECT_NO_ADDRESS;
	fd = xexec_connect(address->ai_family, address->ai_addr,
			   address->ai_addrlen);
	freeaddrinfo(address);
	return fd;
}
/* What has become of it: 0, an error number, or EINPROGRESS. */
static inline int xexec_connect_error(int fd)
{
	struct pollfd writable = { .fd = fd, .events = POLLOUT };
	int error = 0;
	socklen_t size = sizeof(error);

	if (poll(&writable, 1, 0) <= 0)
		return EINPROGRESS;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		return errno;
	return error;
}
/* The same descriptor, but above stdin, stdout and stderr. */
static inline int xexec_dup_above_stdio(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

#endif
