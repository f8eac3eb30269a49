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

/* Write stimecmp (Sstc), by its number: older assemblers do not know the
 * name. */
static void
write_stimecmp(uint64_t ticks)
{
	CSR_WRITE(0x14D, ticks);
}

void
clock_init(void)
{
	timebase_set(&timebase, platform.timebase_hz);
	has_stimecmp = platform.sstc;
	clock_set_deadline(CLOCK_NEVER);
}

nanos_t
clock_now(void)
{
	if (VIRTUAL)
		return virtual_now();
	return timebase_ns(&timebase, CSR_READ(time));
}

nanos_t
clock_since_entry(void)
{
	if (VIRTUAL)
		return virtual_world.now;
	return timebase_ns(&timebase, CSR_READ(time) - clock_entry_ticks);
}

/* Program this hart's timer.  A deadline far off withdraws a pending
 * interrupt. */
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

void
clock_set_deadline(nanos_t deadline)
{
	struct hart *hart = this_hart();

	hart->deadline = deadline;
	if (!hart->timer_held)
		arm(deadline);
}

void
clock_hold_timer(void)
{
	this_hart()->timer_held = true;
}

void
clock_let_timer(void)
{
	struct hart *hart = this_hart();

	hart->timer_held = false;
	arm(hart->deadline);
}

nanos_t
clock_deadline(void)
{
	return this_hart()->deadline;
}

uint64_t
clock_instret(void)
{
	if (VIRTUAL)
		return virtual_world.points;
	return CSR_READ(instret);
}

void
clock_delay(nanos_t ns)
{
	nanos_t end = nanos_add(clock_now(), ns);

	while (clock_now() < end)
		cpu_relax();
}

/* The deadline stays what it is: if it passes during the nap, its interrupt is
 * pending afterwards. */
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
