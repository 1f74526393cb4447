#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

/* An IMAP client that costs as little as it can, so that what it waits for is
   the server. It blocks, at most BENCH_PATIENCE_SECONDS for each read or write. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Far more than a slow machine takes. */
#define BENCH_PATIENCE_SECONDS 120

struct bench_client;

/* Nanoseconds of a clock that only goes forward. */
uint64_t bench_now(void);

/* Connect to a port of 127.0.0.1. NULL with errno set if that fails. */
struct bench_client *bench_client_new(uint16_t port);
void bench_client_free(struct bench_client *client);

/* Send octets. False with errno set if the server is gone. */
bool bench_client_send(struct bench_client *client, const void *data,
		       size_t size);
/* Receive a line, ended by CRLF and not longer than 8 kB. Returns its size
   without the CRLF, and the line, which is valid until the next call. Returns
   -1 with errno set if there is none. */
ssize_t bench_client_line(struct bench_client *client, const char **line_r);
/* Receive octets, and compare them with the pattern, which repeats. False with
   errno EBADMSG if they differ. */
bool bench_client_expect(struct bench_client *client, const void *pattern,
			 size_t pattern_size, uint64_t size);
/* True if the server closes the connection without another word. */
bool bench_client_expect_end(struct bench_client *client);

#endif
