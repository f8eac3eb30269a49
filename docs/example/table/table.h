/*
 * table.h - how often each word has come.
 */
#pragma once

#include <stddef.h>

/* Count the word of len letters at word once more.  Any goroutine. */
void table_count(const char *word, size_t len);

/* Print the n words that came most often, one a line, and how many words there
 * were at all. */
void table_print(size_t n);
