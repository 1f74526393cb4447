#ifndef XEXEC_HANGUP_H
#define XEXEC_HANGUP_H

struct client;

enum xexec_hangup {
	/* the client is there */
	XEXEC_HANGUP_NONE,
	/* it has ended its sending side, or has closed the connection */
	XEXEC_HANGUP_HALF,
	/* it cannot be reached any more */
	XEXEC_HANGUP_FULL
};

/* A descriptor that is readable when xexec_hangup_look() has something to
   tell. Nothing is read from the client for it. Returns -1, and logs, if the
   system has none. */
int xexec_hangup_open(struct client *client);
/* XEXEC_HANGUP_HALF comes once. */
enum xexec_hangup xexec_hangup_look(int hangup_fd, struct client *client);

#endif
