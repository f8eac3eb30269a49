/*
 * uart.h - the serial line, an ns16550a (National Semiconductor PC16550D data
 * sheet; Devicetree binding ns16550).
 *
 * Sending comes in two ways.  uart_write waits for the device and is done when
 * it returns, so that panics can use it; uart_feed only fills what room there
 * is, and an interrupt tells of new room.  Receiving is by interrupt where the
 * machine has a controller for it, else by calling uart_poll now and then.
 */
#pragma once

#include "lib/compiler.h"

/* Find the device and switch its FIFOs on.  False if the platform has none; the
 * other functions then do nothing.  Boot hart, once; speed and format stay as
 * the firmware has set them. */
bool uart_init(void) MUST_USE;

/* Send text as it is; a console_out (kernel/console.h).  Any context; two harts
 * at once may mix their bytes. */
void uart_write(const char *text, size_t len);

/* Give the device as much of text as it has room for, and return how many bytes
 * that was; a console_feed.  Context as for uart_write. */
size_t uart_feed(const char *text, size_t len);

/*
 * Call on_byte for every byte that is received, in the order of arrival, and,
 * after uart_want_room, on_room when there is room to send; it returns whether
 * it wants to be called again.  Both in trap context, on one hart at a time;
 * they take no lock but RANK_CONSOLE's.  Once; after irq_init.  Returns whether
 * there are interrupts; if not, somebody has to call uart_poll, and on_room is
 * never called.
 */
bool uart_open(void (*on_byte)(uint8_t byte), bool (*on_room)(void));

/* Call on_room as soon as there is room, at once if there is.  After uart_open.
 * Any context without locks. */
void uart_want_room(void);

/* Deliver what has been received.  Any hart. */
void uart_poll(void);
