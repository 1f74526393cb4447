#include "dovecot_compat.h"
#include "cmd_xexec.h"
#include "xexec_departure.h"
#include "xexec_escort.h"

#include <signal.h>
#include <unistd.h>

/* The process that has programs: not what Dovecot forks from it, which may exit
   as well. 0 = none has been started. */
static pid_t xexec_process;
static bool xexec_handles_sighup;

/* Dovecot lets SIGHUP end the process at once, and SIGTERM after its clients. */
static void xexec_sighup(const siginfo_t *si ATTR_UNUSED,
			 void *context ATTR_UNUSED)
{
	(void)kill(getpid(), SIGTERM);
}

void xexec_departure_init(void)
{
	struct sigaction action;

	if (xexec_process != 0)
		return;
	xexec_process = getpid();
	if (sigaction(SIGHUP, NULL, &action) == 0 &&
	    action.sa_handler == SIG_DFL) {
		lib_signals_set_handler(SIGHUP, LIBSIG_FLAGS_SAFE,
					xexec_sighup, NULL);
		xexec_handles_sighup = TRUE;
	}
}

void xexec_departure_deinit(void)
{
	if (xexec_handles_sighup)
		lib_signals_unset_handler(SIGHUP, xexec_sighup, NULL);
	xexec_handles_sighup = FALSE;
	xexec_process = 0;
}

/* At exit(3), wherever it is called. */
static void __attribute__((destructor)) xexec_departed(void)
{
	if (xexec_process != getpid())
		return;
	cmd_xexec_end_all();
	xexec_escorts_deinit();
}
