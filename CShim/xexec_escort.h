#ifndef XEXEC_ESCORT_H
#define XEXEC_ESCORT_H

struct client;
struct xexec_teardown;

/* Look after a process group until it is gone, while clients come and go. The
   client's connection counts (mail_max_userip_connections) until then. Takes
   over the teardown. NULL is ignored. */
void xexec_escort_add(struct client *client, struct xexec_teardown *teardown);
/* The process is about to leave: wait until all groups are gone. Blocks for
   about 5 seconds at most. */
void xexec_escorts_deinit(void);

#endif
