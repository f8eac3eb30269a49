/*
 * clock.h - time since boot and the one deadline each hart has.  The deadline
 * goes to stimecmp where the harts have Sstc, else to SBI TIME.
 */
#pragma once

#include "lib/compiler.h"

#define CLOCK_NEVER INT64_MAX

/* Take the timebase from the platform.  Boot hart, once, before other calls. */
void     clock_init(void);

/* The machine's clock, in ticks, when the image was entered. */
extern uint64_t clock_entry_ticks;	/* [I] set by boot/ */

/* Returns the nanoseconds since the image was entered.  Any context. */
nanos_t  clock_since_entry(void);

/* Returns the nanoseconds since the machine's clock started, or 0 before
 * clock_init.  Any context. */
nanos_t  clock_now(void);

/* Interrupt this hart at deadline, or at once if deadline is past.  CLOCK_NEVER
 * withdraws the interrupt.  Each call replaces this hart's deadline. */
void     clock_set_deadline(nanos_t deadline);

/* Returns this hart's deadline, as set last, or CLOCK_NEVER. */
nanos_t  clock_deadline(void);

/*
 * Between clock_hold_timer and clock_let_timer, clock_set_deadline only notes
 * deadlines of this hart; clock_let_timer then programs the timer with the last
 * of them.  This saves work, because each change of the timer is a call into
 * the firmware or the emulator.  Interrupts off.
 */
void     clock_hold_timer(void);
void     clock_let_timer(void);

/* Returns the instructions that this hart has retired; exact under QEMU's
 * -icount. */
uint64_t clock_instret(void);

/* Spin for ns.  Boot and device code only; never under a lock. */
void     clock_delay(nanos_t ns);

/* Give the core away for about ns, or until an interrupt is pending.  The nap
 * serves no interrupts.  For long polls of what another hart does.  Any
 * context. */
void     clock_nap(nanos_t ns);
