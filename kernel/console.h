/*
 * console.h - text out, shared by all harts without mixing their lines.
 *
 * Until a driver is attached, text goes through the SBI (DBCN if present, else
 * the legacy call).  Each call of kprintf or console_write is one unit.
 */
#pragma once

#include <stdarg.h>

#include "lib/compiler.h"

/* How a driver puts bytes on the wire: polled, no locks, any context. */
typedef void (*console_out)(const char *text, size_t len);

/* From now on send text to out.  Boot hart. */
void console_attach(console_out out);

void console_write(const char *text, size_t len);
void kprintf(const char *fmt, ...) PRINTF(1, 2);
void kvprintf(const char *fmt, va_list ap) PRINTF(1, 0);

/* The same without the lock, for panics once the other harts are stopped. */
void console_write_raw(const char *text, size_t len);
void kprintf_raw(const char *fmt, ...) PRINTF(1, 2);

/* Keep the console for several calls of this hart (nests); others wait. */
void console_hold(void);
void console_release(void);
