/*
 * uart.h - the serial line, an ns16550a (National Semiconductor PC16550D data
 * sheet; Devicetree binding ns16550).
 *
 * Sending waits for the device and is done when it returns, so that panics can
 * use it.  Receiving is by interrupt where the machine has a controller for it,
 * else by calling uart_poll now and then.
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

/*
 * Call on_byte for every byte that is received, in the order of arrival, in
 * trap context, on one hart at a time.  It takes no lock but RANK_CONSOLE's.
 * Once; after irq_init.  Returns whether bytes come by interrupt; if false,
 * somebody has to call uart_poll.
 */
bool uart_open(void (*on_byte)(uint8_t byte));

/* Deliver what has been received.  Any hart. */
void uart_poll(void);
