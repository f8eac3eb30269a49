/*
 * words.h - the words of a line.
 */
#pragma once

#include <stddef.h>

/* Find the next word, of letters and digits, of the text at *text.  Sets *text
 * behind it, and *len to its length.  Returns where it begins, or NULL if there
 * is none. */
const char *words_next(const char **text, size_t *len);
