/* The way to a service: name lookup, a socket, patience. Dovecot's own
   program_client does the same, but exchanges data with programs that do not
   talk back: it notices the end of one only when its input has ended too. And
   over TCP it speaks with dots at the ends, which the "script" service does
   not. */

#include "dovecot_compat.h"
#include "xexec_connect.h"

#include <unistd.h>

/* All of it may take this long */
#define XEXEC_CONNECT_TIMEOUT_MSECS 5000
/* The queue of a listener is full: try again this often */
#define XEXEC_CONNECT_RETRY_MSECS 100

struct xexec_connect {
	struct mail_user *user;
	const char *address;
	xexec_connect_callback_t *callback;
	void *context;

	struct timeout *to_deadline, *to;
	struct dns_lookup *lookup;
	struct io *io;
	int fd;

	/* for TCP */
	struct ip_addr *ips;
	unsigned int ips_count, ips_tried;
	in_port_t port;
	/* why the last attempt failed */
	const char *error;
	pool_t pool;
};

static void xexec_connect_free(struct xexec_connect *connect)
{
	timeout_remove(&connect->to_deadline);
	timeout_remove(&connect->to);
	io_remove(&connect->io);
	if (connect->lookup != NULL)
		dns_lookup_abort(&connect->lookup);
	i_close_fd(&connect->fd);
	pool_unref(&connect->pool);
}

static void xexec_connect_finish(struct xexec_connect *connect)
{
	xexec_connect_callback_t *callback = connect->callback;
	void *context = connect->context;
	int fd = connect->fd;

	connect->fd = -1;
	xexec_connect_free(connect);
	callback(context, fd);
}

static void xexec_connect_failed(struct xexec_connect *connect)
{
	/* variables may have put anything into the address */
	e_error(connect->user->event, "xexec: connecting to %s failed: %s",
		str_sanitize(connect->address, SIZE_MAX), connect->error);
	io_remove(&connect->io);
	i_close_fd(&connect->fd);
	xexec_connect_finish(connect);
}

static void xexec_connect_timed_out(struct xexec_connect *connect)
{
	connect->error = t_strdup_printf("no connection in %u ms (%s)",
		XEXEC_CONNECT_TIMEOUT_MSECS, connect->error);
	xexec_connect_failed(connect);
}

/* From the ioloop, so that no callback comes out of xexec_connect_start() */
static void xexec_connect_fail_soon(struct xexec_connect *connect,
				    const char *error)
{
	connect->error = p_strdup(connect->pool, error);
	timeout_remove(&connect->to);
	connect->to = timeout_add_short(0, xexec_connect_failed, connect);
}

/*
 * UNIX sockets
 */

static void xexec_connect_unix(struct xexec_connect *connect)
{
	const char *path = connect->address + strlen("unix:");

	timeout_remove(&connect->to);
	if (*path != '/')
		path = t_strconcat(connect->user->set->base_dir, "/", path, NULL);

	connect->fd = net_connect_unix(path);
	if (connect->fd != -1) {
		fd_close_on_exec(connect->fd, TRUE);
		xexec_connect_finish(connect);
		return;
	}
	connect->error = p_strdup(connect->pool, strerror(errno));
	if (errno == EAGAIN) {
		connect->to = timeout_add_short(XEXEC_CONNECT_RETRY_MSECS,
						xexec_connect_unix, connect);
	} else {
		xexec_connect_failed(connect);
	}
}

/*
 * TCP
 */

static void xexec_connect_next_ip(struct xexec_connect *connect);

static void xexec_connect_ip_ready(struct xexec_connect *connect)
{
	errno = net_geterror(connect->fd);
	io_remove(&connect->io);
	if (errno == 0) {
		xexec_connect_finish(connect);
		return;
	}
	connect->error = p_strdup(connect->pool, strerror(errno));
	i_close_fd(&connect->fd);
	xexec_connect_next_ip(connect);
}

static void xexec_connect_next_ip(struct xexec_connect *connect)
{
	const struct ip_addr *ip;

	timeout_remove(&connect->to);
	while (connect->ips_tried < connect->ips_count) {
		ip = &connect->ips[connect->ips_tried++];
		connect->fd = net_connect_ip(ip, connect->port, NULL);
		if (connect->fd != -1) {
			fd_close_on_exec(connect->fd, TRUE);
			connect->io = io_add(connect->fd, IO_WRITE,
					     xexec_connect_ip_ready, connect);
			return;
		}
		connect->error = p_strdup(connect->pool, strerror(errno));
	}
	xexec_connect_failed(connect);
}

static void xexec_connect_to_ips(struct xexec_connect *connect,
				 const struct ip_addr *ips, unsigned int count)
{
	connect->ips = p_memdup(connect->pool, ips, sizeof(*ips) * count);
	connect->ips_count = count;
	connect->to = timeout_add_short(0, xexec_connect_next_ip, connect);
}

static void xexec_connect_resolved(const struct dns_lookup_result *result,
				   struct xexec_connect *connect)
{
	connect->lookup = NULL;
	if (result->ret != 0)
		xexec_connect_fail_soon(connect, result->error);
	else
		xexec_connect_to_ips(connect, result->ips, result->ips_count);
}

static void xexec_connect_tcp(struct xexec_connect *connect)
{
	struct dns_lookup_settings set = {
		.dns_client_socket_path = t_strconcat(
			connect->user->set->base_dir, "/",
			DNS_CLIENT_SOCKET_NAME, NULL),
		.timeout_msecs = XEXEC_CONNECT_TIMEOUT_MSECS,
		.event_parent = connect->user->event,
	};
	const char *host;
	struct ip_addr ip;

	if (net_str2hostport(connect->address + strlen("tcp:"), 0, &host,
			     &connect->port) < 0 ||
	    host[0] == '\0' || connect->port == 0) {
		/* checked when the settings were read, but for what stands in
		   brackets, and what the variables in it brought */
		xexec_connect_fail_soon(connect, "not HOST:PORT");
	} else if (net_addr2ip(host, &ip) == 0) {
		xexec_connect_to_ips(connect, &ip, 1);
	} else {
		/* on failure it has called the callback already */
		if (dns_lookup(host, &set, xexec_connect_resolved, connect,
			       &connect->lookup) < 0)
			connect->lookup = NULL;
	}
}

/*
 * Start and end
 */

struct xexec_connect *
xexec_connect_start(struct mail_user *user, const char *address,
		    xexec_connect_callback_t *callback, void *context)
{
	pool_t pool = pool_alloconly_create("xexec connect", 512);
	struct xexec_connect *connect = p_new(pool, struct xexec_connect, 1);

	connect->pool = pool;
	connect->user = user;
	connect->address = p_strdup(pool, address);
	connect->callback = callback;
	connect->context = context;
	connect->fd = -1;
	connect->error = "still waiting";
	connect->to_deadline = timeout_add_short(XEXEC_CONNECT_TIMEOUT_MSECS,
						 xexec_connect_timed_out,
						 connect);
	if (str_begins(address, "unix:")) {
		connect->to = timeout_add_short(0, xexec_connect_unix,
						connect);
	} else {
		xexec_connect_tcp(connect);
	}
	return connect;
}

void xexec_connect_abort(struct xexec_connect **_connect)
{
	struct xexec_connect *connect = *_connect;

	*_connect = NULL;
	if (connect != NULL)
		xexec_connect_free(connect);
}
