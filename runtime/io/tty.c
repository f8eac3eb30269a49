/*
 * tty.c - the console, as a device that goroutines wait for.
 *
 * Reading.  The UART's handler runs in a trap and may ready nobody; it puts
 * each byte into a ring and notifies the console's descriptor, and the reading
 * goroutine parks on that.  The ring has one producer (uart.c delivers on one
 * hart at a time) and one consumer (reading), so it needs no lock:
 *
 *	TTY-1	0 <= tail - head <= RING_LEN; both run freely and wrap.
 *	TTY-2	Only the handler stores tail and ring[], only the reader head.
 *
 * When the ring is full, what is typed is lost, as on any terminal.  One key
 * never gets there: ^\ (quit.h).
 *
 * Writing.  What the UART does not take at once becomes the console's flow
 * (kernel/console.h): its handler feeds the device from the writer's buffer
 * whenever that has room, and notifies the descriptor at the end.  print, which
 * cannot wait for a goroutine, completes the line under way and goes on; so it
 * needs no goroutine to be scheduled.
 *
 * A machine without an interrupt controller has no handler that is called; then
 * reader and writer poll the UART and sleep in between.  Ticks poll it as well,
 * for who asks where a program that does not read spends its time (^\).
 *
 * One goroutine reads and one writes at a time; reading and writing are those
 * turns.
 */
#include "runtime/io/tty.h"

#include "drivers/uart.h"
#include "include/antler.h"
#include "kernel/console.h"
#include "kernel/platform.h"
#include "lib/atomic.h"
#include "lib/check.h"
#include "runtime/fail/touch.h"
#include "runtime/inspect/quit.h"
#include "runtime/poll/netpoll.h"
#include "runtime/poll/polldesc.h"
#include "runtime/time/vclock.h"

enum { RING_LEN = 1024 };	/* a power of two: the counters wrap */

/* How often a machine without interrupts looks: what a person types in this
 * time fits the UART's FIFO. */
#define POLL_NS (10 * NS_PER_MS)

/* And for room: half of what 16 bytes take at 115,200 baud. */
#define ROOM_NS (700 * NS_PER_US)

/* How the device is used, once it has been. */
enum tty_state { TTY_UNUSED, TTY_BY_INTERRUPT, TTY_BY_POLLING };

/*
 * Field key:	[P] stored by the handler (TTY-2)	[R] by the reader
 *		[l] stored in the opening turn, loaded by any
 */
static uint8_t          ring[RING_LEN];		/* [P] */
static ATOMIC(uint32_t) tail;			/* [P] next to fill */
static ATOMIC(uint32_t) head;			/* [R] next to take */
static ATOMIC(uint32_t) state;			/* [l] enum tty_state */
static struct poll_desc console = POLL_DESC_INIT;
static struct sema      opening, reading, writing;

void
tty_init(void)
{
	sema_init(&opening, 1);
	sema_init(&reading, 1);
	sema_init(&writing, 1);
}

/* ---- For the device ----------------------------------------------------- */

/* The UART has received a byte.  Trap, or the reader when it polls; under the
 * UART's lock. */
static void
on_byte(uint8_t byte)
{
	/* acquire: pairs with store_release of head in take; the reader is
	 * done with the slot we fill. */
	uint32_t h = load_acquire(&head);
	/* relaxed: TTY-2. */
	uint32_t t = load_relaxed(&tail);

	if (byte == QUIT_KEY) {
		quit_ask();
		return;
	}
	if (t - h == RING_LEN)				/* TTY-1 */
		return;
	ring[t % RING_LEN] = byte;
	/* release: pairs with load_acquire of tail in take. */
	store_release(&tail, t + 1);
	netpoll_notify(&console, POLL_IN);
}

/* The UART has room, and somebody wanted to know.  Trap. */
static bool
on_room(void)
{
	if (console_flow_on() > 0)
		return true;
	netpoll_notify(&console, POLL_OUT);
	return false;
}

/* A goroutine is going to wait. */
static void
arm(struct poll_desc *pd, enum poll_dir dir)
{
	(void)pd;
	if (dir == POLL_WRITE)
		uart_want_room();
}

/* How the device is used; opens it the first time. */
static enum tty_state
use(void)
{
	/* acquire: pairs with store_release below; the descriptor is open. */
	if (load_acquire(&state) == TTY_UNUSED) {
		sema_acquire(&opening);
		/* relaxed: only stored in this turn. */
		if (load_relaxed(&state) == TTY_UNUSED) {
			polldesc_open(&console, arm);
			store_release(&state, uart_open(on_byte, on_room) ?
			    TTY_BY_INTERRUPT : TTY_BY_POLLING);
		}
		sema_release(&opening);
	}
	return (enum tty_state)load_relaxed(&state);
}

void
tty_open(void)
{
	if (platform.uart.len > 0)
		(void)use();
}

void
tty_tick(void)
{
	/* acquire: as in use. */
	if (load_acquire(&state) == TTY_BY_POLLING)
		uart_poll();
}

/* ---- Reading ------------------------------------------------------------ */

/* Up to n bytes from the ring; returns how many there were.  The reader. */
static size_t
take(uint8_t *buf, size_t n)
{
	/* relaxed: TTY-2. */
	uint32_t h = load_relaxed(&head);
	/* acquire: pairs with store_release of tail in on_byte. */
	uint32_t t = load_acquire(&tail);
	size_t   i;

	for (i = 0; i < n && h != t; i++, h++)
		buf[i] = ring[h % RING_LEN];
	/* release: pairs with load_acquire of head in on_byte. */
	store_release(&head, h);
	return i;
}

/* Errors as antler.h has them. */
static long
error_of(enum poll_result result)
{
	return result == POLL_TIMEOUT ? IO_TIMEOUT : IO_CLOSED;
}

/* Look at the device, and sleep a little if there was nothing. */
static enum poll_result
wait_by_polling(nanos_t deadline)
{
	uart_poll();
	/* relaxed: we have stored it ourselves. */
	if (load_relaxed(&tail) != load_relaxed(&head))
		return POLL_OK;
	if (deadline != 0 && timers_now() >= deadline)
		return POLL_TIMEOUT;
	sleep_ns(POLL_NS);
	return POLL_OK;
}

/* The reader: between 1 and n bytes, or an error. */
static long
read_some(uint8_t *buf, size_t n, nanos_t deadline)
{
	enum poll_result result = POLL_OK;
	size_t           got;

	if (platform.uart.len == 0)
		return IO_CLOSED;
	if (use() == TTY_BY_POLLING) {
		while ((got = take(buf, n)) == 0 && result == POLL_OK)
			result = wait_by_polling(deadline);
		return got > 0 ? (long)got : error_of(result);
	}
	got = take(buf, n);
	if (got > 0)
		return (long)got;
	polldesc_set_deadline(&console, POLL_IN, deadline);
	while (result == POLL_OK && (got = take(buf, n)) == 0)
		result = polldesc_wait(&console, POLL_READ, "IO wait");
	polldesc_set_deadline(&console, POLL_IN, 0);
	return got > 0 ? (long)got : error_of(result);
}

void
tty_begin_read(void)
{
	sema_acquire(&reading);
}

void
tty_end_read(void)
{
	sema_release(&reading);
}

int
tty_byte(nanos_t deadline)
{
	uint8_t byte;
	long    n = read_some(&byte, 1, deadline);

	return n > 0 ? byte : (int)n;
}

/*
 * Up to n bytes as they are typed, without echo or editing.  Parks until there
 * is at least one.  If another goroutine reads, waits its turn first.  Returns
 * how many, or enum io_error.
 */
FOR_PROGRAMS long
console_read(void *buf, size_t n, int64_t deadline_ns)
{
	long got;

	if (n == 0)
		return 0;
	if (deadline_ns != 0 && deadline_ns <= timers_now())
		return IO_TIMEOUT;
	touch_out(buf, n);
	tty_begin_read();
	got = read_some(buf, n, deadline_ns);
	tty_end_read();
	return got;
}

/* ---- Writing ------------------------------------------------------------ */

/* The writer, whom the device has taken nothing from. */
static enum poll_result
wait_for_room(nanos_t deadline)
{
	/* relaxed: we have called use. */
	if (load_relaxed(&state) == TTY_BY_INTERRUPT)
		return polldesc_wait(&console, POLL_WRITE, "IO wait");
	if (deadline != 0 && timers_now() >= deadline)
		return POLL_TIMEOUT;
	sleep_ns(ROOM_NS);
	return POLL_OK;
}

/*
 * Send n bytes to the console and park while it is slow.  Returns how many were
 * sent: less than n only if the deadline passed; enum io_error if that is none.
 */
FOR_PROGRAMS long
console_write(const void *buf, size_t n, int64_t deadline_ns)
{
	enum poll_result result = POLL_OK;
	size_t           left;

	if (deadline_ns != 0 && deadline_ns <= timers_now())
		return IO_TIMEOUT;
	touch_in(buf, n);
	sema_acquire(&writing);
	tty_open();
	console_flow_begin(buf, n);
	left = console_flow_on();
	if (left > 0) {
		polldesc_set_deadline(&console, POLL_OUT, deadline_ns);
		while (left > 0 && result == POLL_OK) {
			size_t before = left;

			left = console_flow_on();
			if (left == before)
				result = wait_for_room(deadline_ns);
		}
		polldesc_set_deadline(&console, POLL_OUT, 0);
	}
	left = console_flow_end();
	sema_release(&writing);
	return left < n || n == 0 ? (long)(n - left) : error_of(result);
}
