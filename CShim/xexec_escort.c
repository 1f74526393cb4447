/* The core ends process groups step by step; this gives it the ioloop's
   timeouts to do so after the command, and the client, are gone. */

#include "dovecot_compat.h"
#include "xexec_core.h"
#include "xexec_escort.h"

struct xexec_escort {
	struct xexec_escort *prev, *next;

	struct xexec_teardown *teardown;
	struct timeout *to;
};

static struct xexec_escort *xexec_escorts;

static void xexec_escort_step(struct xexec_escort *escort)
{
	int msecs = xexec_core_teardown_step(escort->teardown);

	timeout_remove(&escort->to);
	if (msecs >= 0) {
		escort->to = timeout_add_short(msecs, xexec_escort_step, escort);
	} else {
		DLLIST_REMOVE(&xexec_escorts, escort);
		i_free(escort);
	}
}

void xexec_escort_add(struct xexec_teardown *teardown)
{
	struct xexec_escort *escort;

	if (teardown == NULL)
		return;

	escort = i_new(struct xexec_escort, 1);
	escort->teardown = teardown;
	DLLIST_PREPEND(&xexec_escorts, escort);
	xexec_escort_step(escort);
}

void xexec_escorts_deinit(void)
{
	while (xexec_escorts != NULL) {
		struct xexec_escort *escort = xexec_escorts;

		DLLIST_REMOVE(&xexec_escorts, escort);
		timeout_remove(&escort->to);
		xexec_core_teardown_wait(escort->teardown);
		i_free(escort);
	}
}
