/*
 * tty.c - the console, as a device that goroutines wait for.
 *
 * Reading.  The UART's handler runs in a trap and may make no goroutine ready.
 * It puts the bytes that have arrived into a ring (input.h) and notifies the
 * console's descriptor, on which the reading goroutine parks.  When the ring is
 * full, the UART holds its sender back until the reader has made room; so
 * nothing is lost on a line that can be held back, as QEMU's can.  One key of a
 * terminal never gets into the ring: ^\ (quit.h).
 *
 * Writing.  What the UART does not take at once becomes the console's flow
 * (kernel/console.h): the UART's handler feeds the device from the writer's
 * buffer whenever the device has room, and notifies the descriptor at the end.
 * print cannot wait for a goroutine; it completes the line that is being
 * written and goes on, so it needs no goroutine to be scheduled.
 *
 * On a machine without an interrupt controller no handler is called.  There the
 * reader and the writer poll the UART and sleep in between.  The reader looks
 * again soon after something has arrived, because more may follow, and ever
 * later while nothing arrives.  Each tick polls the UART, too, so that ^\ works
 * in a program that does not read.
 *
 * One goroutine reads at a time, and one writes; the semaphores reading and
 * writing make sure of that.
 */
#include "runtime/io/tty.h"

#include "drivers/uart.h"
#include "include/antler.h"
#include "kernel/bootargs.h"
#include "kernel/console.h"
#include "kernel/platform.h"
#include "kernel/virtual.h"
#include "lib/atomic.h"
#include "lib/check.h"
#include "lib/str.h"
#include "runtime/fail/touch.h"
#include "runtime/inspect/quit.h"
#include "runtime/io/input.h"
#include "runtime/poll/netpoll.h"
#include "runtime/poll/polldesc.h"
#include "runtime/time/vclock.h"

/* The shortest and the longest pause between two looks for input on a machine
 * without interrupts.  What a person types in the longest pause fits into the
 * UART's FIFO. */
#define POLL_SOON_NS (500 * NS_PER_US)
#define POLL_NS      (10 * NS_PER_MS)

/* The pause between two looks for room: half of what 16 bytes take at 115,200
 * baud. */
#define ROOM_NS (700 * NS_PER_US)

/* How the device is used.  TTY_UNUSED: not yet. */
enum tty_state { TTY_UNUSED, TTY_BY_INTERRUPT, TTY_BY_POLLING };

/*
 * Field key:	[R] used by the reader
 *		[l] stored while opening is held, loaded by any
 */
static struct input     input;
static nanos_t          pause = POLL_NS;	/* [R] before it polls again */
static ATOMIC(uint32_t) state;			/* [l] enum tty_state */
static struct poll_desc console = POLL_DESC_INIT;
static struct sema      opening, reading, writing;

static bool
parse_input(const char *value)
{
	input.coded = strcmp(value, "pipe") == 0;
	return input.coded || strcmp(value, "terminal") == 0;
}
BOOTARG(input, "INPUT", "terminal or pipe: what sends to the console; "
    "tools/qemu sets it (default: terminal)", parse_input);

void
tty_init(void)
{
	sema_init(&opening, 1);
	sema_init(&reading, 1);
	sema_init(&writing, 1);
}

bool
tty_is_pipe(void)
{
	return input.coded;
}

bool
antler_input_is_pipe(void)
{
	return tty_is_pipe();
}

/* ---- For the device ----------------------------------------------------- */

/* Ask for a report (quit.h) for each ^\ among the n bytes, and remove these
 * keys.  Returns how many bytes are left. */
static size_t
take_out_quit_key(uint8_t *bytes, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == QUIT_KEY)
			quit_ask();
		else
			bytes[kept++] = bytes[i];
	}
	return kept;
}

/* Take n bytes that the UART has received.  Returns how many more there is room
 * for.  In a trap, or by the reader when it polls or resumes; under the UART's
 * lock. */
static size_t
on_bytes(uint8_t *bytes, size_t n)
{
	if (!input.coded)
		n = take_out_quit_key(bytes, n);
	if (n > 0) {
		input_put(&input, bytes, n);
		netpoll_notify(&console, POLL_IN);
	}
	return input_room(&input);
}

/* Feed the device, which has room now, from the writer's buffer.  Returns
 * whether more is to be written.  Trap. */
static bool
on_room(void)
{
	if (console_flow_on() > 0)
		return true;
	netpoll_notify(&console, POLL_OUT);
	return false;
}

static const struct uart_client client = {
	.on_bytes = on_bytes,
	.on_room = on_room,
};

/* Prepare pd for a goroutine that is about to wait. */
static void
arm(struct poll_desc *pd, enum poll_dir dir)
{
	(void)pd;
	if (dir == POLL_WRITE)
		uart_want_room();
}

/* Returns how the device is used; opens the device the first time. */
static enum tty_state
use(void)
{
	/* acquire: pairs with store_release below; the descriptor is open. */
	if (load_acquire(&state) == TTY_UNUSED) {
		sema_acquire(&opening);
		/* relaxed: only stored while opening is held. */
		if (load_relaxed(&state) == TTY_UNUSED) {
			polldesc_open(&console, arm);
			store_release(&state, uart_open(&client) ?
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
	/* What is typed while schedules are explored is in none of them. */
	if (VIRTUAL && virtual_player.unable != NULL)
		return;
	/* acquire: as in use. */
	if (load_acquire(&state) == TTY_BY_POLLING)
		(void)uart_poll();
}

/* ---- Reading ------------------------------------------------------------ */

/* Move up to n bytes that have arrived to buf.  Returns how many were moved.
 * The reader. */
static size_t
take(uint8_t *buf, size_t n)
{
	size_t got = input_take(&input, buf, n);

	if (input_wanted(&input))
		uart_resume();
	return got;
}

/* Returns the enum io_error for result. */
static long
error_of(enum poll_result result)
{
	return result == POLL_TIMEOUT ? IO_TIMEOUT : IO_CLOSED;
}

/* Look at the device, and sleep a little if nothing has arrived.  Returns
 * POLL_TIMEOUT if nothing has arrived and deadline has passed.  The reader. */
static enum poll_result
wait_by_polling(nanos_t deadline)
{
	if (uart_poll()) {
		pause = POLL_SOON_NS;
		return POLL_OK;
	}
	if (deadline != 0 && timers_now() >= deadline)
		return POLL_TIMEOUT;
	sleep_ns(pause);
	pause = MIN(2 * pause, POLL_NS);
	return POLL_OK;
}

/* Wait until something may have arrived.  Returns how the wait ended.  The
 * reader. */
static enum poll_result
wait_for_input(nanos_t deadline)
{
	if (input_is_over(&input))
		return POLL_CLOSED;
	/* relaxed: the reader has called use before. */
	return load_relaxed(&state) == TTY_BY_POLLING ?
	    wait_by_polling(deadline) :
	    polldesc_wait(&console, POLL_READ, "IO wait");
}

/* Read between 1 and n bytes.  Returns how many were read, or an enum io_error.
 * The reader. */
static long
read_some(uint8_t *buf, size_t n, nanos_t deadline)
{
	enum poll_result result = POLL_OK;
	size_t           got;

	if (platform.uart.len == 0)
		return IO_CLOSED;
	(void)use();
	got = take(buf, n);
	if (got > 0)
		return (long)got;
	if (deadline != 0)
		polldesc_set_deadline(&console, POLL_IN, deadline);
	while (result == POLL_OK && (got = take(buf, n)) == 0)
		result = wait_for_input(deadline);
	if (deadline != 0)
		polldesc_set_deadline(&console, POLL_IN, 0);
	return got > 0 ? (long)got : error_of(result);
}

void
tty_begin_read(void)
{
	if (VIRTUAL && virtual_player.unable != NULL)
		virtual_player.unable("the program reads the console, for "
		    "which schedules have no input");
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

/* Wait until the device accepts more output.  The writer. */
static enum poll_result
wait_for_room(nanos_t deadline)
{
	/* relaxed: the writer has called use before. */
	if (load_relaxed(&state) == TTY_BY_INTERRUPT)
		return polldesc_wait(&console, POLL_WRITE, "IO wait");
	if (deadline != 0 && timers_now() >= deadline)
		return POLL_TIMEOUT;
	sleep_ns(ROOM_NS);
	return POLL_OK;
}

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
