/*
 * uart.h - the serial line, an ns16550a (National Semiconductor PC16550D data
 * sheet; Devicetree binding ns16550).
 *
 * There are two ways of sending (kernel/console.h).  write returns when all
 * text is on the wire, so that panics can use it.  feed only fills the room
 * that the device has, and an interrupt tells when there is room again.
 * Receiving is by interrupt if the machine has a controller for it; otherwise
 * uart_poll must be called now and then.
 */
#pragma once

#include "kernel/console.h"
#include "lib/compiler.h"

/*
 * The user of the device.  Both functions are called in trap context or from
 * uart_poll and uart_resume, on one hart at a time.  They may take no lock but
 * that of rank RANK_CONSOLE.
 */
struct uart_client {
	/*
	 * Take n received bytes, which the client may change.  Returns how many
	 * more bytes there is room for; n is never more than the number
	 * returned last.  After a return of 0, bytes stay in the device until
	 * the next uart_resume or uart_poll finds room.
	 */
	size_t (*on_bytes)(uint8_t *bytes, size_t n);
	/* Called when there is room to send.  Returns true to be called again
	 * at the next room. */
	bool   (*on_room)(void);
};

/* Find the device and switch its FIFOs on; its speed and format stay as the
 * firmware has set them.  Returns false if the platform has no such device; the
 * other functions then do nothing.  Boot hart, once. */
bool uart_init(void) MUST_USE;

/* The line as a device of the console.  If two harts write at once, their bytes
 * may mix.  If the line takes nothing for seconds, the rest of the text is
 * lost. */
extern const struct console_device uart_console;

/*
 * Serve client from now on.  Once, after irq_init.  Returns true if the device
 * interrupts.  If it returns false, uart_poll must be called now and then, and
 * on_room is never called.
 */
bool uart_open(const struct uart_client *client);

/* Call on_room as soon as there is room, which may be at once.  After
 * uart_open.  Any context without locks. */
void uart_want_room(void);

/* Deliver the bytes that wait in the FIFO and those that come, because the
 * client has room again.  After uart_open.  Any context without locks. */
void uart_resume(void);

/* Deliver what has been received.  Returns true if that was anything.  Any
 * hart. */
bool uart_poll(void);
