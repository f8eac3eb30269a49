/*
 * note.c - sleeping until woken.
 *
 * A note moves CLEAR -> SLEEPING -> SET, or straight from CLEAR to SET.  The
 * old value that the waker's swap to SET returns tells the waker which of the
 * two happened: it sends an interrupt only to an owner that sleeps or has
 * decided to sleep.
 *
 *	owner				waker
 *	irqs off			(publishes what there is to do)
 *	CAS CLEAR -> SLEEPING		swap SET, old value o
 *	while not SET: wfi		if o == SLEEPING: interrupt owner
 *
 * Both sides change one word by atomic operations.  So either the owner's CAS
 * sees SET and the owner does not sleep, or the waker sees SLEEPING and sends
 * an interrupt.  The interrupt may come before the wfi: irqs are off, so it
 * stays pending, and wfi returns at once for a pending interrupt.
 */
#include "kernel/note.h"

#include "kernel/clock.h"
#include "kernel/riscv.h"
#include "kernel/trap.h"
#include "lib/check.h"

void
note_init(struct note *note, struct hart *owner)
{
	note->owner = owner;
	/* relaxed: published with the struct it is part of. */
	store_relaxed(&note->state, NOTE_CLEAR);
}

void
note_clear(struct note *note)
{
	ASSERT(note->owner == this_hart());
	/* relaxed: the owner publishes its intention to sleep by a later
	 * operation, which orders this store. */
	store_relaxed(&note->state, NOTE_CLEAR);
}

/* Let pending interrupts in for a moment. */
static void
serve_interrupts(void)
{
	irq_on();
	(void)irq_save();
}

/* Announce the sleep.  Irqs off.  Returns false if the note is set already. */
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
 * A hart has one deadline.  The deadline of this call replaces the hart's own
 * (kept) only while it is the earlier of the two, and kept is put back at the
 * end.  If the timer hook sets a new deadline during the sleep, the new one
 * stays.
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

	/* acquire: pairs with swap_release in note_wake.  If this CAS fails, a
	 * waker came first, and its wake counts as in time. */
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

void
note_wake(struct note *note)
{
	struct hart *owner = note->owner;

	/* release: pairs with load_acquire and the CAS of the sleeper.  Once
	 * the note is set, the owner may return and reuse it, so the note is
	 * not touched after this. */
	if (swap_release(&note->state, NOTE_SET) == NOTE_SLEEPING)
		hart_interrupt(owner, IPI_WAKE);
}
