/*
 * tty.h - the console, as a device that goroutines wait for: what line.c needs
 * of it.  Programs use console_read and console_write of antler.h.
 */
#pragma once

#include "lib/compiler.h"

/* Before any goroutine. */
void tty_init(void);

/* Listen from now on, for whoever reads later and for the key of quit.h, if the
 * machine can.  The main goroutine, first thing. */
void tty_open(void);

/* Look for what is typed, if the device does not interrupt.  Any hart, in the
 * trap of a tick. */
void tty_tick(void);

/*
 * The next byte typed.  Parks until there is one, or until deadline (0: none);
 * enum io_error (antler.h) if there is none then, or if this machine has
 * nothing to type on.  Only between tty_begin_read, which waits until no other
 * goroutine reads, and tty_end_read.
 */
int  tty_byte(nanos_t deadline);
void tty_begin_read(void);
void tty_end_read(void);
