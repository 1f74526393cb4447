#include "harness.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Jumped to with the number of a signal, or with one that none of them has. */
static sigjmp_buf case_end;
enum { HAS_VERDICT = 1000 };
static char verdict[400];

static void end_case(const char *kind, const char *format, va_list args)
	__attribute__((noreturn, format(printf, 2, 0)));

static void end_case(const char *kind, const char *format, va_list args)
{
	size_t length = (size_t)snprintf(verdict, sizeof(verdict), "%s ", kind);

	vsnprintf(verdict + length, sizeof(verdict) - length, format, args);
	for (char *p = verdict; *p != '\0'; p++) {
		if ((unsigned char)*p < ' ')
			*p = ' ';
	}
	siglongjmp(case_end, HAS_VERDICT);
}

void harm(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	end_case("harm", format, args);
}

void not_applicable(const char *why)
{
	snprintf(verdict, sizeof(verdict), "n/a %s", why);
	siglongjmp(case_end, HAS_VERDICT);
}

/* Jumping out of a library is fine: its connection is given up. */
static void give_up(int signal)
{
	siglongjmp(case_end, signal);
}

static char *look(void)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	client_look(out);
	fclose(out);
	return text;
}

static void check(const char *module, const char *number, const char *expected)
{
	client_xexec(module, number);
	client_noop();
	char *found = look();
	if (strcmp(found, expected) != 0)
		harm("changed: %s -> %s", expected, found);
	free(found);
}

int main(int argc, char **argv)
{
	char number[32], module[32];
	const char *patience = getenv("CLIENT_TIMEOUT");
	char *volatile expected = NULL;

	FILE *cases = argc == 5 ? fopen(argv[4], "r") : NULL;
	if (cases == NULL) {
		fprintf(stderr, "usage: %s PORT USER PASSWORD CASES\n", argv[0]);
		return 1;
	}
	signal(SIGALRM, give_up);
	signal(SIGSEGV, give_up);
	signal(SIGBUS, give_up);
	signal(SIGABRT, give_up);
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("client %s %s\n", client_name, client_version());
	while (fscanf(cases, "%31s %31s", number, module) == 2) {
		alarm(patience != NULL ? (unsigned int)atoi(patience) : 5);
		strcpy(verdict, "ok");
		int end = sigsetjmp(case_end, 1);
		if (end == SIGALRM) {
			strcpy(verdict, "harm hung");
		} else if (end == 0) {
			if (expected == NULL) {
				client_open(atoi(argv[1]), argv[2], argv[3]);
				expected = look();
			}
			check(module, number, expected);
		} else if (end != HAS_VERDICT) {
			snprintf(verdict, sizeof(verdict), "harm crashed: %s", strsignal(end));
		}
		alarm(0);
		printf("%s %s\n", number, verdict);
		if (strncmp(verdict, "harm", 4) == 0) {
			client_abandon();
			expected = NULL;
		}
	}
	/* Without ceremony: a library's own end may wait. */
	_exit(0);
}
