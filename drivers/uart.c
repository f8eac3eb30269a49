/*
 * uart.c - a driver of an ns16550a, by polling and by interrupt.
 *
 * Receiving.  The device interrupts when LEVEL bytes are in its FIFO, or when
 * fewer bytes are there and, for the time of four characters, no byte has come
 * or been read.  In the first case the number of bytes is known, so they are
 * read without a look at LSR before each byte: on an emulator every access to a
 * register costs as much as hundreds of instructions.  One interrupt reads at
 * most TAKEN_MAX bytes, however fast more bytes come, because its hart has
 * other interrupts to serve; the bytes that are left in the FIFO cause another
 * interrupt.
 *
 * When the client has no room, the bytes stay in the FIFO, and the interrupt
 * for received bytes is off until uart_resume.  QEMU reads from its own input
 * only as much as the FIFO has room for, so nothing is lost.  On a real line
 * without flow control, bytes that come while the FIFO is full are lost.
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
	IER_ROOM = 1 << 1,	/* interrupt when the sending FIFO is empty */
	IIR_CAUSE = 0xf,
	IIR_LEVEL_REACHED = 0x4,
	IIR_FIFO_ON = 3 << 6,
	FCR_FIFO_ON = 1 << 0,
	FCR_LEVEL_14 = 3 << 6,
	LSR_RECEIVED = 1 << 0,
	LSR_FIFO_EMPTY = 1 << 5,
	LSR_ALL_SENT = 1 << 6,

	FIFO_LEN = 16,
	LEVEL = 14,		/* as in FCR_LEVEL_14 */
	TAKEN_MAX = 4 * FIFO_LEN,
	/* Polls of a device that does not send before we give it up: seconds,
	 * while a byte takes a millisecond at worst. */
	PATIENCE = 10 * 1000 * 1000,
};

static bool    present;			/* [I] after uart_init */
static size_t  level;			/* [I] after uart_init */
static const struct uart_client *client;	/* [L] NULL before uart_open */
static bool    interrupts;		/* [L] the machine delivers them */
static uint8_t enabled;			/* [L] what IER holds */
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

/* The firmware may have left the FIFOs off.  If they are on already, this drops
 * none of the bytes received.  An old device without FIFOs interrupts at each
 * byte. */
bool
uart_init(void)
{
	present = platform.uart.len > (size_t)LSR << platform.uart_shift;
	if (!present)
		return false;
	write_reg(IER, 0);
	write_reg(FCR, FCR_FIFO_ON | FCR_LEVEL_14);
	level = (read_reg(IIR) & IIR_FIFO_ON) == IIR_FIFO_ON ? LEVEL : 1;
	return true;
}

/* Wait until LSR shows bit.  Returns false if that takes more than PATIENCE. */
static bool
wait_for(uint8_t bit)
{
	for (int i = 0; i < PATIENCE; i++)
		if ((read_reg(LSR) & bit) != 0)
			return true;
	return false;
}

/* Wait until everything is sent. */
static void
uart_drain(void)
{
	if (present)
		(void)wait_for(LSR_ALL_SENT);
}

/* Send text and wait until it is on the wire, because the machine may be about
 * to end. */
static void
uart_write(const char *text, size_t len)
{
	if (!present)
		return;
	while (len > 0) {
		size_t n = MIN(len, (size_t)FIFO_LEN);

		if (!wait_for(LSR_FIFO_EMPTY))
			return;
		len -= n;
		while (n-- > 0)
			write_reg(THR, (uint8_t)*text++);
	}
	uart_drain();
}

/* Fill the FIFO if it is empty: only then is it known how much it takes. */
static size_t
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

const struct console_device uart_console = {
	.write = uart_write, .feed = uart_feed, .drain = uart_drain,
};

/* ---- Receiving, and the interrupt --------------------------------------- */

static void
set_enabled(uint8_t bits)
{
	ASSERT_HELD(&lock);
	enabled = bits;
	write_reg(IER, bits);
}

/*
 * Hand received bytes to the client: as many as it has room for and one
 * interrupt may take.  At least sure bytes are known to be in the FIFO.  If the
 * client has no room left, turn the interrupt for received bytes off.  Returns
 * the number of bytes.  Under the lock, because otherwise two harts could hand
 * over the bytes of one line out of order.
 */
static size_t
deliver_received(size_t sure)
{
	uint8_t bytes[TAKEN_MAX];
	size_t  n = 0, room;

	ASSERT_HELD(&lock);
	if (client == NULL)
		return 0;
	room = MIN(client->on_bytes(bytes, 0), sizeof(bytes));
	while (n < room && n < sure)
		bytes[n++] = read_reg(RBR);
	while (n < room && (read_reg(LSR) & LSR_RECEIVED) != 0)
		bytes[n++] = read_reg(RBR);
	if (n > 0)
		room = client->on_bytes(bytes, n);
	if (room == 0 && (enabled & IER_RECEIVED) != 0)
		set_enabled(enabled & ~IER_RECEIVED);
	return n;
}

static void
on_interrupt(void *unused)
{
	uint8_t cause;

	(void)unused;
	spin_lock_irq(&lock);
	cause = read_reg(IIR) & IIR_CAUSE;
	(void)deliver_received(cause == IIR_LEVEL_REACHED ? level : 0);
	if ((enabled & IER_ROOM) != 0 &&
	    (read_reg(LSR) & LSR_FIFO_EMPTY) != 0 && !client->on_room())
		set_enabled(enabled & ~IER_ROOM);
	spin_unlock_irq(&lock);
}

bool
uart_poll(void)
{
	size_t n;

	if (!present)
		return false;
	spin_lock_irq(&lock);
	n = deliver_received(0);
	spin_unlock_irq(&lock);
	return n > 0;
}

void
uart_resume(void)
{
	spin_lock_irq(&lock);
	if (interrupts)
		set_enabled(enabled | IER_RECEIVED);
	(void)deliver_received(0);
	spin_unlock_irq(&lock);
}

void
uart_want_room(void)
{
	spin_lock_irq(&lock);
	if ((enabled & IER_ROOM) == 0)
		set_enabled(enabled | IER_ROOM);
	spin_unlock_irq(&lock);
}

bool
uart_open(const struct uart_client *user)
{
	if (!present)
		return false;
	spin_lock_irq(&lock);
	client = user;
	spin_unlock_irq(&lock);
	if (!irq_enable(platform.uart_irq, on_interrupt, NULL))
		return false;
	spin_lock_irq(&lock);
	interrupts = true;
	set_enabled(IER_RECEIVED);
	spin_unlock_irq(&lock);
	return true;
}
