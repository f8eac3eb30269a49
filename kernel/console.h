/*
 * console.h - text out, shared by all harts without mixing their lines.
 *
 * Until a driver is attached, text goes through the SBI (DBCN if present, else
 * the legacy call).  A unit is text that no other hart's text interrupts; each
 * call of kprintf or console_put makes one.
 *
 * A flow is a text that leaves while its writer sleeps: the device takes a
 * piece of it whenever the device has room.  A hart that prints meanwhile first
 * completes the line that the flow is in, and waits for that, so lines never
 * mix.
 */
#pragma once

#include <stdarg.h>

#include "lib/compiler.h"

/* The functions of a driver.  They poll and take no locks.  Any context. */
struct console_device {
	/* Send text and wait until it is on the wire. */
	void   (*write)(const char *text, size_t len);
	/* Send as much of text as the device takes now; returns the number of
	 * bytes sent. */
	size_t (*feed)(const char *text, size_t len);
	/* Wait until all bytes that feed has sent are on the wire. */
	void   (*drain)(void);
};

/* From now on send all text to device.  Boot hart. */
void console_attach(const struct console_device *device);

/* Print text, as one unit.  Any hart, any context but panics. */
void console_put(const char *text, size_t len);
void kprintf(const char *fmt, ...) PRINTF(1, 2);
void kvprintf(const char *fmt, va_list ap) PRINTF(1, 0);

/* Print without the lock: for panics, once the other harts are stopped. */
void console_put_raw(const char *text, size_t len);
void kprintf_raw(const char *fmt, ...) PRINTF(1, 2);

/* Keep the console for several calls of this hart, until as many calls of
 * console_release.  Other harts that print wait. */
void console_hold(void);
void console_release(void);

/* Begin a flow.  Only one flow may exist at a time.  text must not change until
 * console_flow_end. */
void   console_flow_begin(const char *text, size_t len);
/* Send as much of the flow as the device takes now.  Returns how many bytes are
 * left.  Any context. */
size_t console_flow_on(void);
/* End the flow.  Returns how many of its bytes were left. */
size_t console_flow_end(void);

/* Returns a number that changes whenever something is printed. */
uint32_t console_progress(void);

/*
 * Prepare for the end of the machine: wait until the unit that another hart is
 * printing and the line that the flow is in are on the wire, and hold the
 * console, so that nothing follows.  Returns false if another hart keeps the
 * console for too long; what was printed is on the wire even then.  Not in
 * panics.
 */
bool console_finish(void);

/* Begin a line for the report of a panic, whether or not a stopped hart holds
 * the console: complete the flow's line, or end the line under way.  Called
 * after all other harts have been stopped. */
void console_take_over(void);
