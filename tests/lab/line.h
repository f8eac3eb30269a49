/*
 * line.h - typing a line comfortably: the cursor moves, earlier lines come
 * back, names are completed.
 */
#pragma once

#include "lib/compiler.h"

enum { LINE_MAX = 128 };

/*
 * Read a line into buf (LINE_MAX bytes) with prompt before it.  match gives the
 * i-th of the words that can stand first in a line and begin with the first len
 * characters of head, or NULL after the last.  Returns false at the end of
 * input.  One goroutine at a time; a terminal that knows ECMA-48 (any today).
 */
bool line_read(const char *prompt, char *buf,
    const char *(*match)(const char *head, size_t len, size_t i));
