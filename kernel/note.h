/*
 * note.h - one hart sleeps, another wakes it: a one-shot event per hart.
 *
 * Protocol: the owner clears the note, makes known that it is going to sleep,
 * then sleeps; whoever finds it wakes it, once.  A wake that comes before the
 * sleep is not lost: sleep turns interrupts off, looks at the note, and only
 * then executes wfi, which returns for a pending interrupt even when they are
 * off (privileged spec 3.3.3).
 */
#pragma once

#include "kernel/hart.h"
#include "lib/atomic.h"

struct note {
	ATOMIC(uint32_t) set;		/* [a] 1 once woken */
	struct hart     *owner;		/* [I] who may sleep on it */
};

/* Give note to the hart that will sleep on it. */
void note_init(struct note *note, struct hart *owner);

/* Ready note for one more sleep.  Owner only; no wake may be under way. */
void note_clear(struct note *note);

/* Sleep until woken.  Owner only, on g0, no locks held. */
void note_sleep(struct note *note);

/* Sleep until woken, or until deadline (clock_now), or until any interrupt has
 * been served if wake_on_irq.  Returns true if the note was set.  Owner only. */
bool note_sleep_until(struct note *note, nanos_t deadline, bool wake_on_irq);

/* Wake the owner, or make its next sleep return at once.  Any hart. */
void note_wake(struct note *note);
