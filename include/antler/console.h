/*
 * console.h - reading lines and bytes from the console, and writing to it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A deadline_ns is an instant on the clock of now_ns(); 0 means no deadline.
 * Any other has passed if it is not later than now, however far in the past it
 * lies.  These are the errors that a call returns if it has done nothing:
 */
enum io_error {
	IO_CLOSED = -1,		/* the end of input, or no console at all */
	IO_TIMEOUT = -2,	/* the deadline came first */
};

/*
 * Read a line into buf, of size > 0 bytes, without its newline; park until
 * there is one.  At a terminal the user has the usual keys (arrows, home, end,
 * ^A ^E ^K ^U ^W ^L, up and down for earlier lines).  From a pipe or a file a
 * line ends at a newline or CR newline; there is no echo, no byte is a key, and
 * the part of a line that does not fit into buf is dropped.  Returns the length
 * of the line, or IO_CLOSED at the end of input: after ^D in an empty line, or
 * at the end of the pipe, where all later calls return IO_CLOSED too.
 * read_line_until returns IO_TIMEOUT if the deadline comes first; then the next
 * line begins with what was typed so far, of which 4,096 bytes are kept.
 */
long read_line(char *buf, size_t size);
long read_line_until(char *buf, size_t size, int64_t deadline_ns);

/* Read up to n bytes as they arrive, without echo or editing; park until there
 * is one.  All 256 values are data, but at a terminal ^\ asks the machine for a
 * report.  Returns how many bytes were read, or an enum io_error: IO_CLOSED at
 * the end of a pipe or file, and at each call after that.  One reader at a time
 * is served; others wait for it even past their deadlines. */
long console_read(void *buf, size_t n, int64_t deadline_ns);

/* For the C library (libc/): returns whether input comes from a pipe or a file,
 * not from a terminal. */
bool antler_input_is_pipe(void);

/* Send n bytes to the console; park while the device is busy, where print()
 * would keep the hart.  Returns how many bytes were sent, which is less than n
 * only if the deadline came, or an enum io_error if none was.  The bytes never
 * come out in the middle of a line of print() or of another writer, nor such a
 * line in the middle of them. */
long console_write(const void *buf, size_t n, int64_t deadline_ns);
