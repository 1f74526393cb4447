/* The core ends process groups step by step; this gives it the ioloop's
   timeouts to do so after the command, and the client, are gone. */

#include "dovecot_compat.h"
#include "xexec_core.h"
#include "xexec_escort.h"

struct xexec_escort {
	struct xexec_escort *prev, *next;

	struct xexec_teardown *teardown;
	struct timeout *to;
	/* of a connection that is still counted, or NULL */
	struct dovecot_seat *seat;
};

static struct xexec_escort *xexec_escorts;

static void xexec_escort_free(struct xexec_escort *escort)
{
	DLLIST_REMOVE(&xexec_escorts, escort);
	timeout_remove(&escort->to);
	dovecot_seat_free(&escort->seat);
	i_free(escort);
}

static void xexec_escort_step(struct xexec_escort *escort)
{
	int msecs = xexec_core_teardown_step(escort->teardown);

	timeout_remove(&escort->to);
	if (msecs < 0)
		xexec_escort_free(escort);
	else
		escort->to = timeout_add_short(msecs, xexec_escort_step, escort);
}

void xexec_escort_add(struct client *client, struct xexec_teardown *teardown)
{
	struct xexec_escort *escort;

	if (teardown == NULL)
		return;

	escort = i_new(struct xexec_escort, 1);
	escort->teardown = teardown;
	DLLIST_PREPEND(&xexec_escorts, escort);
	if (client->disconnected) {
		/* Dovecot stops counting the connection in a moment. Who
		   leaves programs behind would have no limit then. */
		escort->seat = dovecot_seat_take(client);
	}
	xexec_escort_step(escort);
}

void xexec_escorts_deinit(void)
{
	while (xexec_escorts != NULL) {
		xexec_core_teardown_wait(xexec_escorts->teardown);
		xexec_escort_free(xexec_escorts);
	}
}
