/*
 * tty.h - the console, as a device that goroutines wait for: the part that
 * line.c needs.  Programs use console_read and console_write of antler.h.
 */
#pragma once

#include "lib/compiler.h"

/* Make the semaphores.  Called before there is any goroutine. */
void tty_init(void);

/* Open the console, if the machine has one.  From then on, bytes that arrive
 * are kept until a goroutine reads them, and the key of quit.h works.  The main
 * goroutine calls this first of all. */
void tty_open(void);

/* Look for input, if the device is polled.  Any hart, in the trap of a tick. */
void tty_tick(void);

/* Returns whether a pipe or a file is at the other end, and not a terminal.
 * Then nobody sees an echo, and control characters are data.  Any context. */
bool tty_is_pipe(void);

/*
 * Returns the next byte that has arrived.  Parks until there is a byte, or
 * until deadline (0 means none).  Returns an enum io_error (antler.h) at the
 * deadline and at the end of input.  Only between tty_begin_read, which waits
 * until no other goroutine reads, and tty_end_read.
 */
int  tty_byte(nanos_t deadline);
void tty_begin_read(void);
void tty_end_read(void);
