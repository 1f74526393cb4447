#ifndef XEXEC_SETTINGS_H
#define XEXEC_SETTINGS_H

struct client;

/* Hand the settings of the client's user to the core: one file for each version
   of Dovecot. What is wrong in them is logged. */
struct xexec_modules *xexec_settings_read(struct client *client);

/* For these files: the core's callbacks, whose context is the client. */
void xexec_bad_setting(void *context, const char *key, const char *reason);
void xexec_warn(void *context, const char *message);

#endif
