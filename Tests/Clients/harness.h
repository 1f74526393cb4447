/* What the clients in C share: the loop over the cases, and the verdict. */
#ifndef HARNESS_H
#define HARNESS_H

#include <stdio.h>

/* Each client has these. A call that fails does not return: see harm(). */
extern const char *client_name;
const char *client_version(void);
/* Logs in at 127.0.0.1 and selects INBOX. */
void client_open(int port, const char *user, const char *password);
void client_xexec(const char *module, const char *number);
void client_noop(void);
/* Writes what the library believes of the mailbox, and the server's STATUS. */
void client_look(FILE *out);
/* Lets a broken connection go; what it leaks does not matter. */
void client_abandon(void);

/* Ends the case: the library came to harm. */
void harm(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* Ends the case: the library has no way to do it. */
void not_applicable(const char *why) __attribute__((noreturn));

#endif
