/*
 * quit.c - telling where everybody is, without ending anything.
 *
 * It is for when nothing else answers, so it relies on no goroutine, no P and
 * no lock but the console's.  The key arrives in an interrupt; that interrupts
 * all harts, and each comes here in its trap, whatever it was doing, a loop
 * without end in a program or in the runtime:
 *
 *  1. quit_ask moves the stage from QUIET to ASKED and interrupts every hart.
 *  2. Each hart leaves the registers of what it interrupted in at[]; the first
 *     moves the stage to TELLING and is the teller, all others wait, until the
 *     teller has cleared their entry or the stage is QUIET.
 *  3. The teller waits until all have come, but not longer than PATIENCE: a
 *     hart that has its interrupts off for ever is told as such.  Then nothing
 *     moves, and it tells.
 *  4. It sets the stage to QUIET, then clears at[]; all go on.
 *
 *	QUIT-1	No hart waits here with a lock that the teller takes: the
 *		console's is held with interrupts off only, and so its holder
 *		releases it before it comes here.  The teller takes it after
 *		step 3's wait, for a hart that waits for it has interrupts off
 *		and does not come.
 *	QUIT-2	A hart that comes when all is over, its entry not cleared any
 *		more, sees the stage QUIET or is counted in the next round.
 *
 * What is interrupted may hold any other lock, and its structures may be half
 * changed: so the dump takes none and follows no list, only the table of all
 * goroutines (dump.c).
 */
#include "runtime/inspect/quit.h"

#include "kernel/clock.h"
#include "kernel/console.h"
#include "kernel/panic.h"
#include "lib/atomic.h"
#include "runtime/fail/dump.h"
#include "runtime/sched/sched.h"

/* Longer than anybody has interrupts off, shorter than a stop may take. */
#define PATIENCE (300 * NS_PER_MS)

enum stage { QUIET, ASKED, TELLING };

static ATOMIC(uint32_t) stage;			/* [C] enum stage */
static ATOMIC(const struct trapframe *) at[HART_MAX];	/* [a] by index */

void
quit_ask(void)
{
	uint32_t quiet = QUIET;

	/* relaxed: the interrupts order it. */
	if (!cas_relaxed(&stage, &quiet, ASKED))
		return;
	for (uint32_t i = 0; i < nharts_online; i++)
		hart_interrupt(harts[i], IPI_DUMP);
}

static const struct trapframe *
frame_of(const struct hart *hart)
{
	/* acquire: pairs with store_release in quit_ipi. */
	return load_acquire(&at[hart->index]);
}

static bool
all_are_here(void)
{
	for (uint32_t i = 0; i < nharts_online; i++)
		if (frame_of(harts[i]) == NULL)
			return false;
	return true;
}

/* The harts, those that run no goroutine with where they are. */
static void
tell_harts(void)
{
	for (uint32_t i = 0; i < nharts_online; i++) {
		const struct hart *hart = harts[i];
		const struct trapframe *frame = frame_of(hart);

		kprintf("hart %u ", hart->index);
		dump_hart(kprintf, hart);
		if (frame == NULL) {
			kprintf(": does not answer (interrupts off?)\n");
			continue;
		}
		kprintf(" at ");
		backtrace_print_pc(frame->pc);
		kprintf("\n");
	}
}

static void
tell(void)
{
	nanos_t give_up = clock_now() + PATIENCE;

	while (!all_are_here() && clock_now() < give_up)	/* QUIT-1 */
		cpu_relax();
	console_hold();
	kprintf("\n^\\: where everybody is\n");
	tell_harts();
	dump_goroutines(kprintf, NULL, true, frame_of);
	kprintf("\n");
	console_release();
	/* release: pairs with load_acquire in quit_ipi. */
	store_release(&stage, QUIET);
	for (uint32_t i = 0; i < nharts_online; i++)
		/* relaxed: says only that we are done. */
		store_relaxed(&at[harts[i]->index], NULL);
}

void
quit_ipi(struct trapframe *frame, uint32_t bits)
{
	uint32_t me = this_hart()->index;
	uint32_t asked = ASKED;

	/* relaxed: sent after it was set. */
	if ((bits & IPI_DUMP) == 0 || load_relaxed(&stage) == QUIET)
		return;
	/* release: pairs with load_acquire in frame_of; *frame is complete. */
	store_release(&at[me], frame);
	/* relaxed: one hart wins. */
	if (cas_relaxed(&stage, &asked, TELLING)) {
		tell();
		return;
	}
	/* acquire: pairs with the release in tell. */
	while (load_relaxed(&at[me]) != NULL && load_acquire(&stage) != QUIET)
		cpu_relax();					/* QUIT-2 */
	store_relaxed(&at[me], NULL);
}
