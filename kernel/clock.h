/*
 * clock.h - time since boot and the one deadline each hart has.  The deadline
 * goes to stimecmp where the harts have Sstc, else to SBI TIME.
 */
#pragma once

#include "lib/compiler.h"

#define CLOCK_NEVER INT64_MAX

/* Take the timebase from the platform.  Boot hart, once. */
void     clock_init(void);

/* The clock, in ticks, when the image was entered; and since then, in ns. */
extern uint64_t clock_entry_ticks;	/* [I] set by boot/ */
nanos_t  clock_since_entry(void);

/* Nanoseconds since the machine's clock started.  Any context. */
nanos_t  clock_now(void);

/* Interrupt this hart at deadline (now if it is past); CLOCK_NEVER takes the
 * interrupt back.  Owner only; each call replaces the last. */
void     clock_set_deadline(nanos_t deadline);

/* The deadline set last, or CLOCK_NEVER. */
nanos_t  clock_deadline(void);

/* Between these two deadlines are noted, and the last becomes the timer's: each
 * change of it is a call into the machine, or the emulator.  Interrupts off. */
void     clock_hold_timer(void);
void     clock_let_timer(void);

/* Retired instructions of this hart; exact under QEMU's -icount. */
uint64_t clock_instret(void);

/* Spin for a duration.  Boot and device code only; never under a lock. */
void     clock_delay(nanos_t ns);

/* Give the core away for about ns, or until an interrupt is pending, without
 * serving it.  For long polls of what another hart does.  Any context. */
void     clock_nap(nanos_t ns);
