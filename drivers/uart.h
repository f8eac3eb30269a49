/*
 * uart.h - the serial line, an ns16550a (National Semiconductor PC16550D data
 * sheet; Devicetree binding ns16550).
 *
 * Sending comes in two ways (kernel/console.h): write waits for the device and
 * is done when it returns, so that panics can use it; feed only fills what room
 * there is, and an interrupt tells of new room.  Receiving is by interrupt
 * where the machine has a controller for it, else by calling uart_poll now and
 * then.
 */
#pragma once

#include "kernel/console.h"
#include "lib/compiler.h"

/*
 * What uses the device: both functions are called in trap context or from
 * uart_poll and uart_resume, on one hart at a time; they take no lock but
 * RANK_CONSOLE's.
 */
struct uart_client {
	/*
	 * Take n bytes that were received, which may be changed.  Returns how
	 * many more there is room for; n is never above what was returned last.
	 * After 0, bytes stay in the device until there is room at the next
	 * uart_resume or uart_poll.
	 */
	size_t (*on_bytes)(uint8_t *bytes, size_t n);
	/* There is room to send.  Returns whether to call again at the next
	 * room. */
	bool   (*on_room)(void);
};

/* Find the device and switch its FIFOs on.  Returns false if the platform has
 * none; the other functions then do nothing.  Boot hart, once; speed and format
 * stay as the firmware has set them. */
bool uart_init(void) MUST_USE;

/* The line as the console's device.  Two harts at once may mix their bytes.  A
 * line that takes nothing for seconds loses the rest of what is written. */
extern const struct console_device uart_console;

/*
 * Serve client from now on.  Once; after irq_init.  Returns whether there are
 * interrupts; if not, somebody has to call uart_poll, and on_room is never
 * called.
 */
bool uart_open(const struct uart_client *client);

/* Call on_room as soon as there is room, at once if there is.  After uart_open.
 * Any context without locks. */
void uart_want_room(void);

/* The client has room for bytes again.  After uart_open.  Any context without
 * locks. */
void uart_resume(void);

/* Deliver what has been received; returns whether that was anything.  Any
 * hart. */
bool uart_poll(void);
