/*
 * input.c - console input: from the UART's interrupt to a goroutine.
 *
 * The handler runs in a trap and may ready nobody; it puts the byte into a ring
 * and notifies a netpoll descriptor, and the reading goroutine parks on that.
 * The ring has one producer (uart.c delivers on one hart at a time) and one
 * consumer (input_byte's contract), so it needs no lock:
 *
 *	INPUT-1	0 <= tail - head <= RING_LEN; both run freely and wrap.
 *	INPUT-2	Only the handler stores tail and ring[], only the reader head.
 *
 * When the ring is full, what is typed is lost, as on any terminal.
 *
 * A machine without an interrupt controller has no handler that is called; then
 * the reading goroutine polls the UART and sleeps in between.
 */
#include "runtime/input.h"

#include "drivers/uart.h"
#include "include/antler.h"
#include "kernel/console.h"
#include "kernel/platform.h"
#include "lib/atomic.h"
#include "lib/check.h"
#include "lib/str.h"
#include "runtime/netpoll.h"

enum { RING_LEN = 1024 };	/* a power of two: the counters wrap */

/* How often a machine without interrupts looks: what a person types in this
 * time fits the UART's FIFO. */
#define POLL_NS (10 * NS_PER_MS)

enum {
	CTRL_C = 3, CTRL_D = 4, BELL = 7, BACKSPACE = 8, CTRL_U = 21,
	ESCAPE = 27, DELETE = 127,
};

/*
 * Field key:	[P] stored by the handler (INPUT-2)	[R] by the reader
 */
static uint8_t          ring[RING_LEN];		/* [P] */
static ATOMIC(uint32_t) tail;			/* [P] next to fill */
static ATOMIC(uint32_t) head;			/* [R] next to take */
static bool             opened;			/* [R] */
static bool             polled;			/* [R] no interrupts */
static struct poll_desc typed;			/* notified at each byte */

/* The UART has received a byte.  Trap, or the reader when it polls. */
static void
on_byte(uint8_t byte)
{
	/* acquire: pairs with store_release of head in take; the reader is
	 * done with the slot we fill. */
	uint32_t h = load_acquire(&head);
	/* relaxed: INPUT-2. */
	uint32_t t = load_relaxed(&tail);

	if (t - h == RING_LEN)				/* INPUT-1 */
		return;
	ring[t % RING_LEN] = byte;
	/* release: pairs with load_acquire of tail in take. */
	store_release(&tail, t + 1);
	netpoll_notify(&typed);
}

/* A byte from the ring, or -1 if it is empty.  The reader. */
static int
take(void)
{
	/* relaxed: INPUT-2. */
	uint32_t h = load_relaxed(&head);
	int      byte;

	/* acquire: pairs with store_release of tail in on_byte. */
	if (load_acquire(&tail) == h)
		return -1;
	byte = ring[h % RING_LEN];
	/* release: pairs with load_acquire of head in on_byte. */
	store_release(&head, h + 1);
	return byte;
}

int
input_byte(void)
{
	int byte;

	if (platform.uart.len == 0)
		return -1;
	if (!opened) {
		opened = true;
		polled = !uart_open(on_byte);
	}
	while ((byte = take()) < 0) {
		if (!polled) {
			netpoll_wait(&typed, "console input");
			continue;
		}
		uart_poll();
		/* relaxed: we have stored it ourselves. */
		if (load_relaxed(&tail) == load_relaxed(&head))
			sleep_ns(POLL_NS);
	}
	return byte;
}

/* ---- Lines for programs ------------------------------------------------- */

/* Take n characters off the screen, left of the cursor. */
static void
rub_out(size_t n)
{
	while (n-- > 0)
		console_write("\b \b", 3);
}

/* The rest of what a function or arrow key sends: ESC [ ... letter. */
static void
skip_escape(void)
{
	int byte = input_byte();

	if (byte != '[' && byte != 'O')
		return;
	do
		byte = input_byte();
	while (byte >= 0 && (byte < '@' || byte > '~'));
}

/* Act on one byte that is no end of line, the line being buf[0 .. len).
 * Returns the new len. */
static size_t
edit(char *buf, size_t size, size_t len, int byte)
{
	char c = (char)byte;

	switch (byte) {
	case BACKSPACE:
	case DELETE:
		rub_out(len > 0);
		return len - (len > 0);
	case CTRL_U:
		rub_out(len);
		return 0;
	case ESCAPE:
		skip_escape();
		return len;
	}
	if (byte < ' ')
		return len;
	if (len + 1 >= size) {
		c = BELL;
		console_write(&c, 1);
		return len;
	}
	console_write(&c, 1);
	buf[len] = c;
	return len + 1;
}

/*
 * Read a line from the console into buf, without its newline.  Echoes; knows
 * backspace, ^U (start over), ^C (give up: an empty line) and ^D.  What does
 * not fit is not taken, with a bell.  Returns the length, or -1 at ^D in an
 * empty line and on a machine without a console to type on.  One goroutine at a
 * time.
 */
long
read_line(char *buf, size_t size)
{
	static bool after_cr;	/* an LF now belongs to the line before */
	size_t      len = 0;

	CHECK(size > 0);
	for (;;) {
		int  byte = input_byte();
		bool second_half = after_cr && byte == '\n';

		after_cr = byte == '\r';
		if (second_half)
			continue;
		if (byte < 0 || (byte == CTRL_D && len == 0)) {
			buf[0] = '\0';
			return -1;
		}
		if (byte == CTRL_C)
			len = 0;
		if (byte == '\n' || byte == '\r' || byte == CTRL_C) {
			console_write("\n", 1);
			buf[len] = '\0';
			return (long)len;
		}
		len = edit(buf, size, len, byte);
	}
}
