/*
 * clock.c - time since boot and each hart's one deadline.
 *
 *	CLOCK-1	A deadline never fires early: ns to ticks is rounded up, so when
 *		the interrupt comes, clock_now() has reached the deadline.
 */
#include "kernel/clock.h"

#include "kernel/hart.h"
#include "kernel/platform.h"
#include "kernel/riscv.h"
#include "kernel/sbi.h"
#include "kernel/timebase.h"
#include "kernel/trap.h"
#include "kernel/virtual.h"
#include "lib/nanos.h"

static struct timebase timebase;		/* [I] after clock_init */
static bool            has_stimecmp;		/* [I] after clock_init */

uint64_t clock_entry_ticks;

/* stimecmp (Sstc), by number: older assemblers do not know its name. */
static void
write_stimecmp(uint64_t ticks)
{
	CSR_WRITE(0x14D, ticks);
}

/* Take the timebase from the platform.  Boot hart, once. */
void
clock_init(void)
{
	timebase_set(&timebase, platform.timebase_hz);
	has_stimecmp = platform.sstc;
	clock_set_deadline(CLOCK_NEVER);
}

/* Nanoseconds since the machine's clock started; 0 before clock_init.  Any
 * context. */
nanos_t
clock_now(void)
{
	if (VIRTUAL)
		return virtual_now();
	return timebase_ns(&timebase, CSR_READ(time));
}

/* Nanoseconds since the first instruction of the image.  Any context. */
nanos_t
clock_since_entry(void)
{
	if (VIRTUAL)
		return virtual_world.now;
	return timebase_ns(&timebase, CSR_READ(time) - clock_entry_ticks);
}

/* Program this hart's timer; a time far off takes a pending interrupt back. */
static void
arm(nanos_t deadline)
{
	uint64_t ticks = timebase_ticks(&timebase, deadline);

	if (VIRTUAL) {
		virtual_set_deadline(deadline);
		return;
	}
	if (has_stimecmp)
		write_stimecmp(ticks);
	else
		sbi_set_timer(ticks);
}

/* Interrupt this hart at deadline; CLOCK_NEVER takes the interrupt back. */
void
clock_set_deadline(nanos_t deadline)
{
	struct hart *hart = this_hart();

	hart->deadline = deadline;
	if (!hart->timer_held)
		arm(deadline);
}

/* Until clock_let_timer a deadline is noted only. */
void
clock_hold_timer(void)
{
	this_hart()->timer_held = true;
}

/* The deadline set last becomes the timer's. */
void
clock_let_timer(void)
{
	struct hart *hart = this_hart();

	hart->timer_held = false;
	arm(hart->deadline);
}

/* The deadline of this hart set last, or CLOCK_NEVER. */
nanos_t
clock_deadline(void)
{
	return this_hart()->deadline;
}

/* Retired instructions of this hart; exact under QEMU's -icount. */
uint64_t
clock_instret(void)
{
	if (VIRTUAL)
		return virtual_world.points;
	return CSR_READ(instret);
}

/* Spin for a duration.  Boot and device code only; never under a lock. */
void
clock_delay(nanos_t ns)
{
	nanos_t end = nanos_add(clock_now(), ns);

	while (clock_now() < end)
		cpu_relax();
}

/*
 * Give the core away for about ns, or until an interrupt is pending; nothing is
 * served meanwhile that was not before.  The deadline stays what it is: if it
 * passes during the nap, its interrupt is pending afterwards.  Any context.
 */
void
clock_nap(nanos_t ns)
{
	bool    were_on = irq_save();
	nanos_t deadline = clock_deadline();

	arm(MIN(nanos_add(clock_now(), ns), deadline));
	wfi();
	arm(deadline);
	irq_restore(were_on);
}
