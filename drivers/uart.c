/*
 * uart.c - an ns16550a, by polling and by interrupt.
 */
#include "drivers/uart.h"

#include "drivers/irq.h"
#include "kernel/mmio.h"
#include "kernel/platform.h"
#include "kernel/spinlock.h"
#include "lib/check.h"

enum {
	RBR = 0,		/* read: the oldest byte received */
	THR = 0,		/* write: the next byte to send */
	IER = 1,
	IIR = 2,		/* read */
	FCR = 2,		/* write */
	LSR = 5,

	IER_RECEIVED = 1 << 0,
	IER_ROOM = 1 << 1,	/* the sending FIFO is empty */
	IIR_FIFO_ON = 3 << 6,
	FCR_FIFO_ON = 1 << 0,	/* interrupt at the first byte */
	LSR_RECEIVED = 1 << 0,
	LSR_FIFO_EMPTY = 1 << 5,
	LSR_ALL_SENT = 1 << 6,

	FIFO_LEN = 16,
	/* Looks at a device that does not send before we go on without it:
	 * seconds, while a byte takes a millisecond at worst. */
	PATIENCE = 10 * 1000 * 1000,
};

static bool            present;			/* [I] after uart_init */
static void          (*receiver)(uint8_t);	/* [L] */
static bool          (*sender)(void);		/* [L] */
static uint8_t         enabled;			/* [L] what IER holds */
static struct spinlock lock = SPINLOCK_INIT("uart", RANK_IRQ_DEV);

static uintptr_t
reg(uint32_t n)
{
	return platform.uart.base + ((uintptr_t)n << platform.uart_shift);
}

static uint8_t
read_reg(uint32_t n)
{
	return mmio_read8(reg(n));
}

static void
write_reg(uint32_t n, uint8_t value)
{
	mmio_write8(reg(n), value);
}

/* Switch the FIFOs on, if the firmware has not: doing it again would be
 * harmless, but doing it for the first time drops what was received. */
bool
uart_init(void)
{
	present = platform.uart.len > (size_t)LSR << platform.uart_shift;
	if (!present)
		return false;
	write_reg(IER, 0);
	if ((read_reg(IIR) & IIR_FIFO_ON) != IIR_FIFO_ON)
		write_reg(FCR, FCR_FIFO_ON);
	return true;
}

/* Wait until LSR shows bit; false if that takes for ever. */
static bool
wait_for(uint8_t bit)
{
	for (int i = 0; i < PATIENCE; i++)
		if ((read_reg(LSR) & bit) != 0)
			return true;
	return false;
}

/* Send text, and return when it is on the wire. */
void
uart_write(const char *text, size_t len)
{
	if (!present || len == 0)
		return;
	while (len > 0) {
		size_t n = MIN(len, (size_t)FIFO_LEN);

		if (!wait_for(LSR_FIFO_EMPTY))
			return;
		len -= n;
		while (n-- > 0)
			write_reg(THR, (uint8_t)*text++);
	}
	/* Somebody may be about to end the machine. */
	(void)wait_for(LSR_ALL_SENT);
}

/* Fill the FIFO if it is empty: only then is it known how much it takes. */
size_t
uart_feed(const char *text, size_t len)
{
	size_t n = MIN(len, (size_t)FIFO_LEN);

	if (!present)
		return len;
	if ((read_reg(LSR) & LSR_FIFO_EMPTY) == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		write_reg(THR, (uint8_t)text[i]);
	return n;
}

/* Under the lock, or two harts would hand over one line's bytes in any order.
 */
static void
deliver_received(void)
{
	while (receiver != NULL && (read_reg(LSR) & LSR_RECEIVED) != 0)
		receiver(read_reg(RBR));
}

static void
set_enabled(uint8_t bits)
{
	ASSERT_HELD(&lock);
	enabled = bits;
	write_reg(IER, bits);
}

/* Hand all received bytes to the receiver. */
void
uart_poll(void)
{
	if (!present)
		return;
	spin_lock_irq(&lock);
	deliver_received();
	spin_unlock_irq(&lock);
}

static void
on_interrupt(void *unused)
{
	(void)unused;
	spin_lock_irq(&lock);
	deliver_received();
	if ((enabled & IER_ROOM) != 0 &&
	    (read_reg(LSR) & LSR_FIFO_EMPTY) != 0 && !sender())
		set_enabled(enabled & ~IER_ROOM);
	spin_unlock_irq(&lock);
}

/* Call on_room when there is room. */
void
uart_want_room(void)
{
	spin_lock_irq(&lock);
	if ((enabled & IER_ROOM) == 0)
		set_enabled(enabled | IER_ROOM);
	spin_unlock_irq(&lock);
}

/* Deliver received bytes to on_byte from now on. */
bool
uart_open(void (*on_byte)(uint8_t byte), bool (*on_room)(void))
{
	if (!present)
		return false;
	spin_lock_irq(&lock);
	receiver = on_byte;
	sender = on_room;
	spin_unlock_irq(&lock);
	if (!irq_enable(platform.uart_irq, on_interrupt, NULL))
		return false;
	spin_lock_irq(&lock);
	set_enabled(IER_RECEIVED);
	spin_unlock_irq(&lock);
	return true;
}
