/*
 * machine.h - harts, the clock, printing, and the end of the program.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Let at most n goroutines run at the same time (Ps), and return that number as
 * it was before.  Stops the world for a moment.  n < 1 changes nothing and only
 * asks; n > 1024 counts as 1024.  n may be more than there are harts.
 */
int gomaxprocs(int n);

/* Return how many harts are online. */
int num_hart(void);

/* Return the nanoseconds of the machine's clock, which never goes back. */
int64_t now_ns(void);

/*
 * Write formatted text: print to the console, where lines of several goroutines
 * never mix; format into buf, at most size bytes including the final 0, as
 * snprintf does.  format returns the length of the whole text, even if it does
 * not fit.
 *
 * They know all conversions, flags and sizes of C and POSIX, and arguments by
 * number.  Floating-point numbers, also long double, are printed with as many
 * digits as asked for, and every digit is right: they are rounded to nearest,
 * and halfway cases to the even digit, whatever the rounding mode.  Wide
 * characters become UTF-8.  A width or precision above 16,500 counts as 16,500.
 */
void print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int  format(char *buf, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Return the value of the boot argument APP_name=value, or NULL if there is
 * none. */
const char *boot_arg(const char *name);

/* End the program with this exit status.  All that print and console_write have
 * accepted is shown, and lines that other harts are printing are completed;
 * nothing else is waited for. */
void exit(int status) __attribute__((noreturn));

/* What exit does, unless a C library puts an exit in its place. */
void antler_exit(int status) __attribute__((noreturn));
