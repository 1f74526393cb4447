#include "bench_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct bench_client {
	int fd;
	/* received and not yet taken: data[start .. end-1] */
	size_t start, end;
	char data[1024 * 1024];
};

/* What a line may have at most, with its CRLF. */
#define MAX_LINE (8 * 1024)

uint64_t bench_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static bool set_options(int fd)
{
	const struct timeval patience = { .tv_sec = BENCH_PATIENCE_SECONDS };
	const int on = 1;

	return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
			   sizeof(patience)) == 0 &&
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
			   sizeof(patience)) == 0;
}

struct bench_client *bench_client_new(uint16_t port)
{
	const union {
		struct sockaddr any;
		struct sockaddr_in inet;
	} address = { .inet = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	} };
	struct bench_client *client = malloc(sizeof(*client));

	if (client == NULL)
		return NULL;
	client->start = client->end = 0;
	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd >= 0 && set_options(client->fd) &&
	    connect(client->fd, &address.any, sizeof(address.inet)) == 0)
		return client;

	int error = errno;
	bench_client_free(client);
	errno = error;
	return NULL;
}

void bench_client_free(struct bench_client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	free(client);
}

bool bench_client_send(struct bench_client *client, const void *data,
		       size_t size)
{
	const char *octets = data;

	while (size > 0) {
		ssize_t count = send(client->fd, octets, size, MSG_NOSIGNAL);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return false;
		octets += count;
		size -= (size_t)count;
	}
	return true;
}

/* Receive what is there behind data[end], at least an octet. */
static bool receive(struct bench_client *client)
{
	ssize_t count;

	do {
		count = recv(client->fd, client->data + client->end,
			     sizeof(client->data) - client->end, 0);
	} while (count < 0 && errno == EINTR);
	if (count == 0)
		errno = ECONNRESET;
	if (count <= 0)
		return false;
	client->end += (size_t)count;
	return true;
}

ssize_t bench_client_line(struct bench_client *client, const char **line_r)
{
	size_t searched = 0;

	for (;;) {
		char *line = client->data + client->start;
		size_t size = client->end - client->start;
		char *end = memchr(line + searched, '\n', size - searched);

		if (end != NULL) {
			client->start += (size_t)(end - line) + 1;
			if (end == line || end[-1] != '\r')
				break;
			*line_r = line;
			return end - line - 1;
		}
		if (size >= MAX_LINE)
			break;
		searched = size;
		if (sizeof(client->data) - client->start < MAX_LINE) {
			memmove(client->data, line, size);
			client->start = 0;
			client->end = size;
		}
		if (!receive(client))
			return -1;
	}
	errno = EBADMSG;
	return -1;
}

static bool matches(const char *octets, size_t size, const char *pattern,
		    size_t pattern_size, uint64_t position)
{
	size_t offset = position % pattern_size;

	while (size > 0) {
		size_t rest = pattern_size - offset;
		size_t now = size < rest ? size : rest;

		if (memcmp(octets, pattern + offset, now) != 0)
			return false;
		octets += now;
		size -= now;
		offset = 0;
	}
	return true;
}

bool bench_client_expect(struct bench_client *client, const void *pattern,
			 size_t pattern_size, uint64_t size)
{
	uint64_t position = 0;

	for (;;) {
		uint64_t rest = size - position;
		size_t there = client->end - client->start;
		size_t now = there < rest ? there : (size_t)rest;

		if (!matches(client->data + client->start, now, pattern,
			     pattern_size, position)) {
			errno = EBADMSG;
			return false;
		}
		position += now;
		client->start += now;
		if (position == size)
			return true;
		client->start = client->end = 0;
		if (!receive(client))
			return false;
	}
}

bool bench_client_expect_end(struct bench_client *client)
{
	if (client->start != client->end) {
		errno = EBADMSG;
		return false;
	}
	client->start = client->end = 0;
	if (receive(client)) {
		errno = EBADMSG;
		return false;
	}
	return errno == ECONNRESET;
}
