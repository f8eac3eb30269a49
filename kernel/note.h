/*
 * note.h - a one-shot event on which one hart sleeps until another wakes it.
 *
 * Protocol: the owner clears the note, makes known that it is going to sleep,
 * then sleeps.  The hart that finds this out wakes the owner, once.  A wake
 * that comes before the sleep is not lost: the sleep turns interrupts off,
 * looks at the note, and only then executes wfi, which returns for a pending
 * interrupt even while interrupts are off (privileged spec 3.3.3).
 */
#pragma once

#include "kernel/hart.h"
#include "lib/atomic.h"

enum note_state { NOTE_CLEAR, NOTE_SLEEPING, NOTE_SET };

/*
 * Field key:	[a] atomic	[I] immutable after note_init	[o] owner only
 */
struct note {
	ATOMIC(uint32_t) state;		/* [a] enum note_state */
	struct hart     *owner;		/* [I] the hart that may sleep on it */
};

/* Make note clear, for owner, the hart that will sleep on it. */
void note_init(struct note *note, struct hart *owner);

/* Clear note for one more sleep.  Owner only; no wake may be under way. */
void note_clear(struct note *note);

/*
 * Sleep until woken, or until deadline (clock_now).  Returns true if the note
 * was set.  Owner only, on g0, no locks held.
 *
 * The hart's own deadline (clock.h) stays in force: it fires as usual while the
 * hart sleeps, and if it has not fired by then, it is armed again on return.
 */
bool note_sleep_until(struct note *note, nanos_t deadline);

/* Poll note until it is set, or until the time is until (clock_now).  Returns
 * true if note is set.  Owner only.  Use this before a sleep that is likely to
 * end sooner than it takes to wake a hart. */
bool note_look(const struct note *note, nanos_t until);

/* Wake the owner, or make its next sleep return at once.  Any hart. */
void note_wake(struct note *note);
