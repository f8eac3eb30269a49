/*
 * console.h - text out, shared by all harts without mixing their lines.
 *
 * Until a driver is attached, text goes through the SBI (DBCN if present, else
 * the legacy call).  Each call of kprintf or console_put is one unit.
 *
 * A flow is a text that leaves while its writer sleeps: the device takes a
 * piece of it whenever it has room.  Who prints meanwhile first completes, by
 * waiting, the line that the flow is in, so lines never mix.
 */
#pragma once

#include <stdarg.h>

#include "lib/compiler.h"

/* How a driver puts bytes on the wire: polled, no locks, any context. */
typedef void (*console_out)(const char *text, size_t len);

/* The same without waiting: returns how many bytes the device took. */
typedef size_t (*console_feed)(const char *text, size_t len);

/* From now on send text to out, and flows to feed.  Boot hart. */
void console_attach(console_out out, console_feed feed);

void console_put(const char *text, size_t len);
void kprintf(const char *fmt, ...) PRINTF(1, 2);
void kvprintf(const char *fmt, va_list ap) PRINTF(1, 0);

/* The same without the lock, for panics once the other harts are stopped. */
void console_put_raw(const char *text, size_t len);
void kprintf_raw(const char *fmt, ...) PRINTF(1, 2);

/* Keep the console for several calls of this hart (nests); others wait. */
void console_hold(void);
void console_release(void);

/* Begin a flow; one at a time.  text stays as it is until console_flow_end. */
void   console_flow_begin(const char *text, size_t len);
/* Give the device what it takes now; returns how much of the flow is left.  Any
 * context. */
size_t console_flow_on(void);
/* End the flow; returns how much of it was left. */
size_t console_flow_end(void);
