/*
 * machine.h - harts, the clock, printing, and the end of it all.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Change how many goroutines may run at the same time, stopping the world for
 * a moment, and return the number before.  n < 1 changes nothing (a query),
 * n > 1024 becomes 1024.  More than there are harts is legal.
 */
int gomaxprocs(int n);

/* Harts that are online. */
int num_hart(void);

/* Nanoseconds on the machine's monotonic clock. */
int64_t now_ns(void);

/*
 * Write formatted text to the console, whole lines never mixed; or into buf, as
 * snprintf does: at most size bytes with the final 0.  format returns the
 * length of the whole text.
 *
 * All conversions, flags and sizes of C and POSIX are known, and arguments by
 * number.  Floating-point numbers, long double too, come out with as many
 * digits as are asked for, all of them right, rounded to the nearest, and from
 * the middle to the even digit, whatever the rounding mode.  Wide characters
 * become UTF-8.  A width or precision of more than 16,500 counts as that.
 */
void print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int  format(char *buf, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The value of boot argument name=value given as APP_name, or NULL. */
const char *boot_arg(const char *name);

/* End the machine with this status.  What print and console_write have returned
 * from is shown, and lines that other harts are printing are whole; nothing
 * else is waited for. */
void exit(int status) __attribute__((noreturn));
