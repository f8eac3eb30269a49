/*
 * note.c - sleeping until woken.
 *
 * A note moves CLEAR -> SLEEPING -> SET, or straight from CLEAR to SET.  The
 * waker's swap to SET tells it which: only a hart that sleeps, or has decided
 * to, is worth an interrupt.
 *
 *	owner				waker
 *	irqs off			(says what there is to do)
 *	CAS CLEAR -> SLEEPING		swap SET, old value o
 *	while not SET: wfi		if o == SLEEPING: interrupt owner
 *
 * Both change one word by atomic operations, so either the owner's CAS sees SET
 * and it does not sleep, or the waker sees SLEEPING and interrupts.  The
 * interrupt may come before the wfi: irqs are off, so it stays pending, and wfi
 * returns for a pending interrupt.
 */
#include "kernel/note.h"

#include "kernel/clock.h"
#include "kernel/riscv.h"
#include "kernel/trap.h"
#include "lib/check.h"

/* Give note to the hart that will sleep on it. */
void
note_init(struct note *note, struct hart *owner)
{
	note->owner = owner;
	/* relaxed: published with the struct it is part of. */
	store_relaxed(&note->state, NOTE_CLEAR);
}

/* Ready note for one more sleep.  Owner only; no wake may be under way. */
void
note_clear(struct note *note)
{
	ASSERT(note->owner == this_hart());
	/* relaxed: whatever makes the owner's intention known comes later, and
	 * orders this. */
	store_relaxed(&note->state, NOTE_CLEAR);
}

/* Let pending interrupts in for a moment. */
static void
serve_interrupts(void)
{
	irq_on();
	(void)irq_save();
}

/* Irqs off: announce the sleep.  False if the note is set already. */
static bool
fall_asleep(struct note *note)
{
	uint32_t state = NOTE_CLEAR;

	/* acquire: pairs with swap_release in note_wake. */
	if (cas_acquire(&note->state, &state, NOTE_SLEEPING))
		return true;
	CHECK(state == NOTE_SET);
	return false;
}

/*
 * Sleep until woken, or until deadline.  True if the note was set.  Owner only.
 *
 * A hart has one deadline.  Ours replaces it only while it is the earlier of
 * the two, and kept is the one to put back.  If the timer hook sets a new one
 * meanwhile, that one counts.
 */
bool
note_sleep_until(struct note *note, nanos_t deadline)
{
	bool         were_on = irq_save();
	struct hart *hart = this_hart();
	nanos_t      kept = 0;
	bool         replaced = false;
	uint32_t     state = NOTE_SLEEPING;
	bool         is_set = true;

	ASSERT(note->owner == hart && hart->held == NULL);
	if (!fall_asleep(note))
		goto out;

	/* acquire: pairs with swap_release in note_wake; we see what the waker
	 * did before. */
	while (load_acquire(&note->state) != NOTE_SET) {
		if (clock_now() >= deadline)
			break;
		if (clock_deadline() > deadline) {
			kept = clock_deadline();
			replaced = true;
			clock_set_deadline(deadline);
		}
		wfi();
		serve_interrupts();
	}
	if (replaced && (clock_deadline() == deadline ||
	    clock_deadline() == CLOCK_NEVER) && clock_deadline() != kept)
		clock_set_deadline(kept);

	/* acquire: if this fails a waker came first, and it is as if it had
	 * come in time. */
	is_set = !cas_acquire(&note->state, &state, NOTE_CLEAR);
out:
	irq_restore(were_on);
	return is_set;
}

bool
note_look(const struct note *note, nanos_t until)
{
	ASSERT(note->owner == this_hart());
	/* acquire: as in note_sleep_until. */
	while (load_acquire(&note->state) != NOTE_SET) {
		if (clock_now() >= until)
			return false;
		cpu_relax();
	}
	return true;
}

/* Wake the owner, or make its next sleep return at once.  Any hart. */
void
note_wake(struct note *note)
{
	struct hart *owner = note->owner;

	/* release: pairs with load_acquire and the CAS of the sleeper.  Once
	 * set, the owner may go on and reuse the note: not touched again. */
	if (swap_release(&note->state, NOTE_SET) == NOTE_SLEEPING)
		hart_interrupt(owner, IPI_WAKE);
}
