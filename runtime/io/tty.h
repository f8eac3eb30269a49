/*
 * tty.h - the console, as a device that goroutines wait for: what line.c needs
 * of it.  Programs use console_read and console_write of antler.h.
 */
#pragma once

#include "lib/compiler.h"

/* Before any goroutine. */
void tty_init(void);

/* Listen from now on, if the machine can, so that what arrives is kept until a
 * goroutine reads, and the key of quit.h is seen.  The main goroutine, first
 * thing. */
void tty_open(void);

/* Look for what is typed, if the device does not interrupt.  Any hart, in the
 * trap of a tick. */
void tty_tick(void);

/* Returns whether a pipe or a file is at the other end, not a terminal: then
 * nobody sees an echo, and control characters are data.  Any context. */
bool tty_is_pipe(void);

/*
 * Returns the next byte that has arrived.  Parks until there is one, or until
 * deadline (0: none); then, and at the end of input, returns enum io_error
 * (antler.h).  Only between tty_begin_read, which waits until no other
 * goroutine reads, and tty_end_read.
 */
int  tty_byte(nanos_t deadline);
void tty_begin_read(void);
void tty_end_read(void);
