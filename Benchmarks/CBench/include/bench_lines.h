#ifndef BENCH_LINES_H
#define BENCH_LINES_H

/* The lines that the benchmark sends through everything it compares. Each
   starts with its number, and the numbers come again only after a prime number
   of lines, so that a block of lines that is lost, repeated or out of place is
   noticed. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many different lines there are. */
#define BENCH_PERIOD 997

/* All lines one after the other. The length is that of the text with one octet
   for its line end; the text gets the prefix in front, and this line end. NULL
   if there is not enough memory, or the length is less than 6. */
static inline char *
bench_lines_new(size_t length, const char *prefix, const char *line_end)
{
	size_t text = length - 1;
	size_t size = strlen(prefix) + text + strlen(line_end);
	char *lines, *line;
	unsigned int number;
	size_t i;

	if (length < 6 || (lines = malloc(BENCH_PERIOD * size + 1)) == NULL)
		return NULL;
	for (number = 0; number < BENCH_PERIOD; number++) {
		line = lines + number * size;
		line += sprintf(line, "%s%04u ", prefix, number);
		for (i = 5; i < text; i++)
			*line++ = 'a' + (number + i) % 26;
		strcpy(line, line_end);
	}
	return lines;
}

#endif
