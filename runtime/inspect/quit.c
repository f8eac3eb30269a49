/*
 * quit.c - telling what every hart and goroutine does, without ending anything.
 *
 * This report is for a time when nothing else answers, so it relies on no
 * goroutine, on no P and on no lock but the console's.  The key arrives in an
 * interrupt, whose handler interrupts all harts.  Each hart comes here in its
 * trap, whatever it was doing, even if it was in an endless loop of a program
 * or of the runtime:
 *
 *  1. quit_ask moves the stage from QUIET to ASKED and interrupts every hart.
 *  2. Each hart stores the frame of what it interrupted in at[].  The first
 *     hart moves the stage to TELLING and is the teller.  Every other hart
 *     waits until the teller has cleared its entry or the stage is QUIET.
 *  3. The teller waits until all harts have come, but not longer than
 *     PATIENCE: a hart that has its interrupts off for ever is reported as
 *     such.  Then nothing moves, and the teller prints the report.
 *  4. The teller sets the stage to QUIET, then clears at[]; all harts go on.
 *
 *	QUIT-1	No hart waits here while it holds a lock that the teller takes.
 *		The teller takes the console's lock only.  That is held only
 *		with interrupts off, so its holder releases it before it comes
 *		here.  The teller takes the lock after the wait of step 3,
 *		because a hart that waits for the lock has its interrupts off
 *		and does not come.
 *	QUIT-2	A hart that comes after the end of a round, when its entry is
 *		not cleared any more, sees that the stage is QUIET, or takes
 *		part in the next round.
 *
 * The interrupted code may hold any other lock, and its structures may be half
 * changed.  So the dump takes no other lock and follows no list: it reads only
 * the table of all goroutines (dump.c).
 */
#include "runtime/inspect/quit.h"

#include "kernel/clock.h"
#include "kernel/console.h"
#include "kernel/panic.h"
#include "lib/atomic.h"
#include "runtime/fail/dump.h"
#include "runtime/sched/sched.h"

/* Longer than any code has interrupts off, shorter than a stop of the world may
 * take. */
#define PATIENCE (300 * NS_PER_MS)

enum stage { QUIET, ASKED, TELLING };

static ATOMIC(uint32_t) stage;			/* [C] enum stage */
static ATOMIC(const struct trapframe *) at[HART_MAX];	/* [a] by index */

void
quit_ask(void)
{
	uint32_t quiet = QUIET;

	/* relaxed: the interrupts that follow order it. */
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

/* Tell about each hart: what it runs, and where. */
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
	/* release: pairs with load_acquire in quit_ipi; the report ends
	 * before. */
	store_release(&stage, QUIET);
	for (uint32_t i = 0; i < nharts_online; i++)
		/* relaxed: only tells a hart to go on. */
		store_relaxed(&at[harts[i]->index], NULL);
}

void
quit_ipi(struct trapframe *frame, uint32_t bits)
{
	uint32_t me = this_hart()->index;
	uint32_t asked = ASKED;

	/* relaxed: the interrupt was sent after stage was set. */
	if ((bits & IPI_DUMP) == 0 || load_relaxed(&stage) == QUIET)
		return;
	/* release: pairs with load_acquire in frame_of; *frame is complete. */
	store_release(&at[me], frame);
	/* relaxed: only decides which hart tells. */
	if (cas_relaxed(&stage, &asked, TELLING)) {
		tell();
		return;
	}
	/* acquire: pairs with store_release of stage in tell. */
	while (load_relaxed(&at[me]) != NULL && load_acquire(&stage) != QUIET)
		cpu_relax();					/* QUIT-2 */
	store_relaxed(&at[me], NULL);
}
