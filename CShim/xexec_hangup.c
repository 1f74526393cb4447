/* Whether the client has gone, while nothing is read from it: an epoll(7) of
   its own, which Dovecot's ioloop watches like any descriptor. */

#include "dovecot_compat.h"
#include "xexec_hangup.h"

#include <sys/epoll.h>

static bool xexec_has_one_fd(const struct client *client)
{
	return client->fd_in == client->fd_out;
}

/* What is on the other side of two descriptors (ssh, doveadm exec, a shell's
   pipe) may end its sending whenever it likes: only the end of the output
   counts, which epoll always tells. */
static int xexec_hangup_watch(int fd, struct client *client, int op,
			      uint32_t events)
{
	struct epoll_event event = {
		.events = xexec_has_one_fd(client) ? events : 0
	};

	return epoll_ctl(fd, op, client->fd_out, &event);
}

int xexec_hangup_open(struct client *client)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd < 0) {
		e_error(client->event, "xexec: epoll_create1() failed: %m");
		return -1;
	}
	/* files have no end */
	if (xexec_hangup_watch(fd, client, EPOLL_CTL_ADD, EPOLLRDHUP) < 0 &&
	    errno != EPERM) {
		e_error(client->event, "xexec: epoll_ctl() failed: %m");
		i_close_fd(&fd);
	}
	return fd;
}

enum xexec_hangup xexec_hangup_look(int hangup_fd, struct client *client)
{
	struct epoll_event event;

	if (epoll_wait(hangup_fd, &event, 1, 0) <= 0)
		return XEXEC_HANGUP_NONE;
	if ((event.events & (EPOLLHUP | EPOLLERR)) != 0)
		return XEXEC_HANGUP_FULL;
	/* it would be told again and again */
	return xexec_hangup_watch(hangup_fd, client, EPOLL_CTL_MOD, 0) < 0 ?
		XEXEC_HANGUP_FULL : XEXEC_HANGUP_HALF;
}
