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

/* What a driver does.  Polled; no locks; any context. */
struct console_device {
	/* Send text and wait until it is on the wire. */
	void   (*write)(const char *text, size_t len);
	/* Send as much of text as the device takes now; returns how many bytes
	 * that was. */
	size_t (*feed)(const char *text, size_t len);
	/* Wait until all that was fed is on the wire. */
	void   (*drain)(void);
};

/* From now on send all text to device.  Boot hart. */
void console_attach(const struct console_device *device);

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

/* Returns a number that changes whenever something is printed. */
uint32_t console_progress(void);

/*
 * The machine is about to end: wait until what another hart is printing and the
 * line that the flow is in are on the wire, and hold the console, so that
 * nothing follows.  Returns false if another hart keeps the console for too
 * long; what was printed is on the wire all the same.  Not in panics.
 */
bool console_finish(void);

/* All other harts are stopped, with or without the console: complete or end the
 * line under way, so that a report begins a line.  A panic. */
void console_take_over(void);
