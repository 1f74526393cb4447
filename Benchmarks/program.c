/* The programs behind the modules that are measured:

	program lines LENGTH COUNT	writes so many lines of so many octets
	program prompts			prompts, reads a line, and so on until
					the line is "end", or the input ends */

#include "bench_lines.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool write_all(const char *octets, size_t size)
{
	while (size > 0) {
		ssize_t count = write(STDOUT_FILENO, octets, size);

		if (count <= 0)
			return false;
		octets += count;
		size -= count;
	}
	return true;
}

static int write_lines(size_t length, size_t count)
{
	char *lines = bench_lines_new(length, "", "\n");
	bool written = lines != NULL;

	while (written && count > 0) {
		size_t now = count < BENCH_PERIOD ? count : BENCH_PERIOD;

		written = write_all(lines, now * length);
		count -= now;
	}
	free(lines);
	return written ? 0 : 1;
}

static int prompt(void)
{
	char line[64];
	ssize_t size;

	do {
		if (!write_all("\005\n", 2))
			return 1;
		size = read(STDIN_FILENO, line, sizeof(line));
	} while (size > 0 && (size != 4 || memcmp(line, "end\n", 4) != 0));
	return size < 0 ? 1 : 0;
}

int main(int argc, char *argv[])
{
	if (argc == 4 && strcmp(argv[1], "lines") == 0) {
		return write_lines(strtoul(argv[2], NULL, 10),
				   strtoul(argv[3], NULL, 10));
	}
	if (argc == 2 && strcmp(argv[1], "prompts") == 0)
		return prompt();
	return 2;
}
