/*
 * console.c - text out, a unit at a time.
 *
 * One lock keeps the units of different harts apart.  It is taken with
 * interrupts off, because trap handlers print too.  Text is formatted into a
 * piece of stack that is sent on, under the same hold of the lock, whenever it
 * is full: a long line is no less a unit than a short one.
 */
#include "kernel/console.h"

#include "kernel/sbi.h"
#include "kernel/spinlock.h"
#include "lib/check.h"
#include "lib/fmt.h"
#include "lib/str.h"

static struct spinlock lock = SPINLOCK_INIT("console", RANK_CONSOLE);
static uint32_t        holds;		/* by lock: console_hold's nesting */

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

static console_out  out = sbi_out;	/* [I] after console_attach */
static console_feed feed = sbi_feed;	/* [I] after console_attach */

/* From now on send text to driver_out, and flows to driver_feed.  Boot hart. */
void
console_attach(console_out driver_out, console_feed driver_feed)
{
	out = driver_out;
	feed = driver_feed;
}

/* ---- Flows -------------------------------------------------------------- */

static struct {
	const char *text;		/* [L] what is left */
	size_t      left;		/* [L] */
	bool        in_line;		/* [L] part of a line has gone out */
} flow;

/* n more bytes of the flow are out. */
static void
flow_advance(size_t n)
{
	if (n == 0)
		return;
	flow.in_line = flow.text[n - 1] != '\n' && n < flow.left;
	flow.text += n;
	flow.left -= n;
}

/* Wait until the line that the flow is in, if any, is out. */
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

/* Begin a flow; one at a time. */
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

/* Give the device what it takes now; what is left?  Any context. */
size_t
console_flow_on(void)
{
	size_t left;

	spin_lock_irq(&lock);
	if (flow.left > 0)
		flow_advance(feed(flow.text, flow.left));
	left = flow.left;
	spin_unlock_irq(&lock);
	return left;
}

/* End the flow; returns how much of it was left. */
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

/* Keep the console for several calls of this hart (nests); others wait. */
void
console_hold(void)
{
	if (!spin_held(&lock)) {
		spin_lock_irq(&lock);
		flow_complete_line();
	}
	holds++;
}

/* End one console_hold. */
void
console_release(void)
{
	ASSERT_HELD(&lock);
	if (--holds == 0)
		spin_unlock_irq(&lock);
}

/* Text, as one unit.  Any hart, any context but panics. */
void
console_put(const char *text, size_t len)
{
	console_hold();
	out(text, len);
	console_release();
}

/* The same without the lock, for panics once the other harts are stopped. */
void
console_put_raw(const char *text, size_t len)
{
	out(text, len);
}

/* Gathers formatted text and sends it on in pieces. */
struct console_sink {
	struct fmt_sink sink;		/* first: a sink is one of these */
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

/* Formatted text, as one unit.  Any hart, any context but panics. */
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

/* The same without the lock, for panics once the other harts are stopped. */
void
kprintf_raw(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprint(fmt, ap);
	va_end(ap);
}
