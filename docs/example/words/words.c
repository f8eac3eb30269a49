/*
 * words.c - the words of a line.
 */
#include "words/words.h"

#include <stdbool.h>

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

const char *
words_next(const char **text, size_t *len)
{
	const char *begin = *text, *end;

	while (*begin != '\0' && !is_letter(*begin))
		begin++;
	end = begin;
	while (is_letter(*end))
		end++;
	*text = end;
	*len = (size_t)(end - begin);
	return *len > 0 ? begin : NULL;
}
