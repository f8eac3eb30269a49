/*
 * console.h - reading lines and bytes from the console, and writing to it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Instants called deadline_ns are on the clock of now_ns(); 0 is no deadline,
 * and any other has passed if it is not later than now, however far in the past
 * it lies.  What a call returns when it has nothing else:
 */
enum io_error {
	IO_CLOSED = -1,		/* the end of input, or no console at all */
	IO_TIMEOUT = -2,	/* the deadline came first */
};

/*
 * Read a line into buf (size > 0) without its newline; parks until one is
 * there.  At a terminal the user has the usual keys (arrows, home, end, ^A ^E
 * ^K ^U ^W ^L, up and down for earlier lines).  From a pipe or a file a line is
 * what comes before the next newline or CR newline; there is no echo, no byte
 * is a key, and what does not fit buf is dropped.  Returns the length;
 * IO_CLOSED at the end of input (^D in an empty line, or the end of the pipe,
 * where all later calls return it too).  read_line_until returns IO_TIMEOUT if
 * the deadline comes first; then the next line begins with what was typed, of
 * which 4,096 bytes are kept.
 */
long read_line(char *buf, size_t size);
long read_line_until(char *buf, size_t size, int64_t deadline_ns);

/* Read up to n bytes as they arrive, all 256 values alike, without echo or
 * editing; parks until there is one.  (At a terminal ^\ is the machine's.)
 * Returns how many, or enum io_error: IO_CLOSED at the end of a pipe or file,
 * and at each call after that.  Readers wait for each other, deadline or
 * not. */
long console_read(void *buf, size_t n, int64_t deadline_ns);

/* Send n bytes to the console; parks while it is slow, where print() holds the
 * hart.  Returns how many were sent, fewer than n only at the deadline; enum
 * io_error if none.  Never in the middle of a line of print() or of another
 * writer, nor the other way round. */
long console_write(const void *buf, size_t n, int64_t deadline_ns);
