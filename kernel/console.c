/*
 * console.c - text out, a unit at a time.
 *
 * One lock keeps the units of different harts apart.  The lock is taken with
 * interrupts off, because trap handlers print too.  Text is formatted into a
 * buffer on the stack, which is sent whenever it is full, without releasing the
 * lock meanwhile; so a long text stays one unit.
 *
 * The end of the machine takes the lock and keeps it (console_finish), so that
 * the unit under way and the current line of the flow are whole on the screen
 * and nothing follows them.  A hart that never releases the lock delays the end
 * by up to FINISH_LIMIT while it prints, and by FINISH_PATIENCE if it prints
 * nothing.  After a panic has stopped the other harts, nothing waits for the
 * lock any more; a line that stands unfinished is then ended
 * (console_take_over).
 */
#include "kernel/console.h"

#include "kernel/clock.h"
#include "kernel/sbi.h"
#include "kernel/spinlock.h"
#include "lib/check.h"
#include "lib/fmt.h"
#include "lib/str.h"

/* How long the end waits for a hart that holds the console: while that hart
 * prints nothing, and in all. */
#define FINISH_PATIENCE NS_PER_S
#define FINISH_LIMIT    (10 * NS_PER_S)

enum { PIECE = 512 };			/* bytes for each count in pieces */

static struct spinlock lock = SPINLOCK_INIT("console", RANK_CONSOLE);
static uint32_t        holds;		/* [L] nesting of console_hold */
static ATOMIC(uint32_t) pieces;		/* pieces written since boot */
static bool            in_line;		/* [L] last byte was no newline; in
					 * panics used without the lock */

static void
sbi_out(const char *text, size_t len)
{
	while (len-- > 0)
		sbi_putchar(*text++);
}

static size_t
sbi_feed(const char *text, size_t len)
{
	sbi_out(text, len);
	return len;
}

static void
sbi_drain(void)
{
}

static const struct console_device sbi = {
	.write = sbi_out, .feed = sbi_feed, .drain = sbi_drain,
};
static const struct console_device *device = &sbi; /* [I] once attached */

void
console_attach(const struct console_device *driver)
{
	device = driver;
}

/* Send text and wait until it is on the wire.  The caller holds the lock,
 * except in panics. */
static void
out(const char *text, size_t len)
{
	while (len > 0) {
		size_t n = MIN(len, (size_t)PIECE);

		device->write(text, n);
		in_line = text[n - 1] != '\n';
		text += n;
		len -= n;
		add_relaxed(&pieces, 1);	/* relaxed: a counter */
	}
}

uint32_t
console_progress(void)
{
	/* relaxed: only its change counts. */
	return load_relaxed(&pieces);
}

/* ---- Flows -------------------------------------------------------------- */

static struct {
	const char *text;		/* [L] what is left */
	size_t      left;		/* [L] */
	bool        in_line;		/* [L] part of a line has gone out */
} flow;

/* Note that n more bytes of the flow have been sent. */
static void
flow_advance(size_t n)
{
	if (n == 0)
		return;
	in_line = flow.text[n - 1] != '\n';
	flow.in_line = in_line && n < flow.left;
	flow.text += n;
	flow.left -= n;
}

/* If part of a line of the flow has been sent, send the rest of the line. */
static void
flow_complete_line(void)
{
	size_t n = 0;

	if (!flow.in_line)
		return;
	while (n < flow.left && flow.text[n++] != '\n')
		;
	out(flow.text, n);
	flow_advance(n);
}

void
console_flow_begin(const char *text, size_t len)
{
	spin_lock_irq(&lock);
	CHECK(flow.left == 0);
	flow.text = text;
	flow.left = len;
	flow.in_line = false;
	spin_unlock_irq(&lock);
}

size_t
console_flow_on(void)
{
	size_t left;

	spin_lock_irq(&lock);
	if (flow.left > 0)
		flow_advance(device->feed(flow.text, flow.left));
	left = flow.left;
	spin_unlock_irq(&lock);
	return left;
}

size_t
console_flow_end(void)
{
	size_t left;

	spin_lock_irq(&lock);
	left = flow.left;
	flow.left = 0;
	flow.in_line = false;
	spin_unlock_irq(&lock);
	return left;
}

/* ---- Units -------------------------------------------------------------- */

void
console_hold(void)
{
	if (!spin_held(&lock)) {
		spin_lock_irq(&lock);
		flow_complete_line();
	}
	holds++;
}

void
console_release(void)
{
	ASSERT_HELD(&lock);
	if (--holds == 0)
		spin_unlock_irq(&lock);
}

void
console_put(const char *text, size_t len)
{
	console_hold();
	out(text, len);
	console_release();
}

void
console_put_raw(const char *text, size_t len)
{
	out(text, len);
}

/* Collects formatted text and sends it whenever text[] is full. */
struct console_sink {
	struct fmt_sink sink;		/* first, for CONTAINER_OF */
	size_t          len;
	char            text[512];
};

static void
sink_flush(struct console_sink *cs)
{
	out(cs->text, cs->len);
	cs->len = 0;
}

static void
sink_write(struct fmt_sink *sink, const char *text, size_t len)
{
	struct console_sink *cs = CONTAINER_OF(sink, struct console_sink, sink);

	while (len > 0) {
		size_t n = MIN(len, sizeof(cs->text) - cs->len);

		memcpy(cs->text + cs->len, text, n);
		cs->len += n;
		text += n;
		len -= n;
		if (cs->len == sizeof(cs->text))
			sink_flush(cs);
	}
}

static void
vprint(const char *fmt, va_list ap)
{
	struct console_sink cs;

	cs.sink.write = sink_write;
	cs.len = 0;
	fmt_vwrite(&cs.sink, fmt, ap);
	sink_flush(&cs);
}

void
kprintf(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	kvprintf(fmt, ap);
	va_end(ap);
}

void
kvprintf(const char *fmt, va_list ap)
{
	console_hold();
	vprint(fmt, ap);
	console_release();
}

void
kprintf_raw(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprint(fmt, ap);
	va_end(ap);
}

/* ---- The end ------------------------------------------------------------ */

/* Take the lock.  Returns false if the hart that holds it does not release it
 * in time. */
static bool
lock_in_time(void)
{
	nanos_t  limit = clock_now() + FINISH_LIMIT;
	uint32_t seen;

	do {
		nanos_t patience = clock_now() + FINISH_PATIENCE;

		seen = console_progress();
		if (spin_lock_irq_until(&lock, MIN(patience, limit)))
			return true;
	} while (console_progress() != seen && clock_now() < limit);
	return false;
}

bool
console_finish(void)
{
	if (!spin_held(&lock) && !lock_in_time()) {
		device->drain();
		return false;
	}
	holds++;
	flow_complete_line();
	device->drain();
	return true;
}

void
console_take_over(void)
{
	/* relaxed: no hart is left to change it. */
	if ((load_relaxed(&lock.state) & SPIN_HELD) == 0)
		flow_complete_line();
	else if (in_line)
		out("\n", 1);
}
