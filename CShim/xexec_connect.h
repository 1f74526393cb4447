#ifndef XEXEC_CONNECT_H
#define XEXEC_CONNECT_H

/* An attempt to connect to a service. */
struct xexec_connect;

/* fd is a connected, non-blocking socket, or -1: the reason is logged then. */
typedef void xexec_connect_callback_t(void *context, int fd);

/* Connect to "unix:SOCKET", relative to base_dir, or to "tcp:HOST:PORT". The
   callback comes once, never before this returns. */
struct xexec_connect *
xexec_connect_start(struct mail_user *user, const char *address,
		    xexec_connect_callback_t *callback, void *context);
/* Give up, without a callback. Nothing happens if there is no attempt. */
void xexec_connect_abort(struct xexec_connect **connect);

#endif
