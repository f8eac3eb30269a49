/*
 * test_tty.c - goroutines write to the console while others print.
 *
 * Covers tty.c and the flows of kernel/console.c.  The interrupts come from the
 * UART, but the output goes to a buffer of this test, the screen.  Links the
 * whole runtime; needs a UART.
 */
#include "runtime/io/tty.h"

#include "drivers/uart.h"
#include "kernel/console.h"
#include "kernel/platform.h"
#include "lib/fmt.h"
#include "lib/str.h"
#include "tests/unit/crowd.h"

enum { WRITERS = 6, LINES = 20, WIDTH = 60, SCREEN = 32 * KIB };

static char   screen[SCREEN];	/* stored under the console's lock */
static size_t shown;
static size_t drained;		/* value of shown at the last drain */
static size_t room;		/* feed takes nothing once shown is so much */

static void
show(const char *text, size_t len)
{
	len = MIN(len, SCREEN - shown);
	memcpy(screen + shown, text, len);
	shown += len;
}

/* Take a few bytes, a different number each time.  The UART is fed a byte that
 * nobody sees, so that it interrupts when it has room again.  Returns how many
 * bytes were taken. */
static size_t
show_some(const char *text, size_t len)
{
	size_t n = MIN(len, 1 + shown % 7);

	if (shown >= room || uart_console.feed("\r", 1) == 0)
		return 0;
	show(text, n);
	return n;
}

static void
note_drain(void)
{
	drained = shown;
}

static void
screen_on(void)
{
	static const struct console_device device = {
		.write = show, .feed = show_some, .drain = note_drain,
	};

	shown = drained = 0;
	room = SCREEN;
	console_attach(&device);
}

static void
screen_off(void)
{
	console_attach(&uart_console);
}

/* Fill buf with n equal lines of one letter, and end it with a NUL. */
static void
make_lines(char *buf, uint32_t letter, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++, buf += WIDTH) {
		memset(buf, 'a' + (int)letter, WIDTH - 1);
		buf[WIDTH - 1] = '\n';
	}
	*buf = '\0';
}

static void
write_and_print(struct ktest *t, uint32_t i)
{
	char text[3 * WIDTH + 1];

	for (uint32_t k = 0; k < LINES; k++) {
		if (i % 2 == 0) {
			make_lines(text, i, 3);
			EXPECT_EQ(t, console_write(text, 3 * WIDTH, 0),
			    3 * WIDTH);
		} else {
			make_lines(text, i, 1);
			print("%s", text);
			yield();
		}
	}
}

/* Count the lines of each letter on the screen.  Returns false if a line is not
 * whole. */
static bool
count_lines(uint32_t lines[WRITERS])
{
	for (size_t at = 0; at < shown; at += WIDTH) {
		uint32_t letter = (uint32_t)(screen[at] - 'a');

		if (letter >= WRITERS || screen[at + WIDTH - 1] != '\n')
			return false;
		for (size_t i = 0; i < WIDTH - 1; i++)
			if (screen[at + i] != screen[at])
				return false;
		lines[letter]++;
	}
	return true;
}

KTEST(tty, lines_of_writers_and_of_print_never_mix)
{
	uint32_t lines[WRITERS] = { 0 };

	if (platform.uart.len == 0) {
		ktest_skip(t, "no UART");
		return;
	}
	screen_on();
	crowd_run(t, WRITERS, write_and_print);
	screen_off();
	EXPECT(t, count_lines(lines));
	for (uint32_t i = 0; i < WRITERS; i++)
		EXPECT_EQ(t, lines[i], i % 2 == 0 ? 3 * LINES : LINES);
}

KTEST(tty, a_deadline_that_has_passed_writes_and_reads_nothing)
{
	char c;

	EXPECT_EQ(t, console_write("x", 1, now_ns()), IO_TIMEOUT);
	EXPECT_EQ(t, console_read(&c, 1, now_ns()), IO_TIMEOUT);
	EXPECT_EQ(t, console_read(&c, 0, 0), 0);
	EXPECT_EQ(t, console_write("", 0, 0), 0);
}

/* Read a byte that nobody sends.  Returns the result of console_read. */
static long
read_for_a_moment(void)
{
	char c;

	return console_read(&c, 1, now_ns() + NS_PER_MS);
}

KTEST(tty, a_read_that_nobody_answers_ends_at_its_deadline)
{
	nanos_t begin = now_ns();
	long    end = read_for_a_moment();

	if (end == IO_CLOSED) {
		ktest_skip(t, "the input has ended");
		return;
	}
	EXPECT_EQ(t, end, IO_TIMEOUT);
	EXPECT(t, now_ns() - begin >= NS_PER_MS);
}

KTEST(tty, a_read_after_the_end_of_input_says_so_for_ever)
{
	char line[2] = "x";

	if (read_for_a_moment() != IO_CLOSED) {
		ktest_skip(t, "the input has not ended");
		return;
	}
	for (uint32_t i = 0; i < 3; i++) {
		EXPECT_EQ(t, console_read(line, sizeof(line), 0), IO_CLOSED);
		EXPECT_EQ(t, read_line(line, sizeof(line)), IO_CLOSED);
		EXPECT_EQ(t, line[0], '\0');
	}
}

KTEST(tty, a_write_to_a_stuck_device_ends_at_its_deadline)
{
	char text[WIDTH + 1];
	long sent;

	if (platform.uart.len == 0) {
		ktest_skip(t, "no UART");
		return;
	}
	make_lines(text, 0, 1);
	screen_on();
	room = 0;
	sent = console_write(text, WIDTH, now_ns() + NS_PER_MS);
	room = SCREEN;
	EXPECT_EQ(t, shown, 0);
	/* The next write is whole: nothing of the first write is left. */
	EXPECT_EQ(t, console_write(text, WIDTH, 0), WIDTH);
	EXPECT(t, shown == WIDTH && memcmp(screen, text, WIDTH) == 0);
	screen_off();
	EXPECT_EQ(t, sent, IO_TIMEOUT);
}

/* ---- The end of the machine --------------------------------------------- */

static ATOMIC(uint32_t) stage;	/* 1 when the keeper has the console */
static ATOMIC(uint32_t) over;	/* 1 when the keeper may give it back */

static void
write_three_lines(struct ktest *t, uint32_t i)
{
	char text[3 * WIDTH + 1];

	make_lines(text, i, 3);
	EXPECT_EQ(t, console_write(text, 3 * WIDTH, 0), 3 * WIDTH);
}

KTEST(tty, the_end_completes_the_line_of_a_writer_and_drains_the_device)
{
	struct crowd crowd;
	uint32_t     lines[WRITERS] = { 0 };
	size_t       at_end, drained_at_end;
	bool         held;

	if (platform.uart.len == 0) {
		ktest_skip(t, "no UART");
		return;
	}
	screen_on();
	room = WIDTH + 1;
	crowd_init(&crowd, t, write_three_lines);
	crowd_go(&crowd);
	EVENTUALLY(t, shown >= room);
	held = console_finish();
	at_end = shown;
	drained_at_end = drained;
	room = SCREEN;
	if (held)
		console_release();
	(void)uart_console.feed("\r", 1);	/* interrupts: there is room */
	crowd_wait(&crowd);
	screen_off();
	EXPECT(t, held);
	EXPECT_EQ(t, at_end, 2 * WIDTH);
	EXPECT_EQ(t, drained_at_end, at_end);
	EXPECT(t, shown == 3 * WIDTH && count_lines(lines));
}

static void
keep_console(struct ktest *t, uint32_t i)
{
	(void)t;
	(void)i;
	console_hold();
	/* relaxed: polled; publishes nothing else. */
	store_relaxed(&stage, 1);
	while (load_relaxed(&over) == 0)
		cpu_relax();
	console_release();
}

KTEST_ON(tty, the_end_does_not_wait_for_a_hart_that_keeps_the_console, 2)
{
	struct crowd crowd;
	bool         held;

	/* relaxed: nobody else is here yet. */
	store_relaxed(&stage, 0);
	store_relaxed(&over, 0);
	crowd_init(&crowd, t, keep_console);
	crowd_go(&crowd);
	/* Poll without the scheduler, which might hold this hart as well. */
	while (load_relaxed(&stage) == 0)
		cpu_relax();
	held = console_finish();
	store_relaxed(&over, 1);
	if (held)
		console_release();
	crowd_wait(&crowd);
	EXPECT(t, !held);
}
