/*
 * hart.c - the harts of the machine: their memory, their start, and interrupts
 * from one to another.
 *
 * Starting all of them:
 *
 *	1. The boot hart asks SBI HSM for every other hart, without waiting in
 *	   between, then sleeps.
 *	2. Each hart comes up on its g0 in hart_main, moves its state from
 *	   STARTING to ONLINE, counts itself, and sleeps.  The last hart wakes
 *	   the boot hart.
 *	3. When all harts have come, or none has come for too long, the boot
 *	   hart moves the missing harts from STARTING to FAILED.  Both moves are
 *	   a CAS, so a hart that comes later still finds its state FAILED and
 *	   stays out.
 *	4. The boot hart closes the gaps in harts[], so that harts 0 ..
 *	   nharts_online - 1 are online; the failed harts follow them.
 *	5. The boot hart opens the gate, and every hart that has come runs its
 *	   entry.
 *
 * Rejected: indexes in the order of arrival, which would need no gate.  The
 * index is also the place in the device tree, and stays the same from run to
 * run.
 */
#include "kernel/hart.h"

#include "kernel/clock.h"
#include "kernel/console.h"
#include "kernel/note.h"
#include "kernel/platform.h"
#include "kernel/riscv.h"
#include "kernel/sbi.h"
#include "kernel/trap.h"
#include "kernel/virtual.h"
#include "kernel/vm.h"
#include "lib/check.h"

/* entry_trap.S depends on the size of the trap stack. */
enum { G0_STACK_PAGES = 8, TRAP_STACK_PAGES = 4 };

/* The boot hart gives up on the missing harts when none of them has come for
 * this long.  Harts may share a few host cores, so the more harts there are,
 * the slower each is. */
#define ARRIVAL_PATIENCE(nharts) \
	(2 * NS_PER_S + (nanos_t)(nharts) * 150 * NS_PER_MS)

struct hart *harts[HART_MAX];
uint32_t     nharts, nharts_online;

/* kernel/entry_hart.S */
extern char   hart_entry[];
NORETURN void hart_jump(struct strand *strand, void (*fn)(void));

NORETURN void hart_main(struct hart *hart);

static struct {
	struct note      all_here;	/* the boot hart sleeps on it */
	uint32_t         expected;	/* [I] by start: harts to arrive */
	ATOMIC(uint32_t) arrived;	/* [a] harts that counted themselves */
	ATOMIC(uint32_t) gate;		/* [a] 1: harts may run entry */
	void           (*entry)(struct hart *hart);	/* [I] by gate */
} start;

static void
init_one(struct hart *hart, uint32_t index)
{
	struct strand *g0 = hart->g0;
	struct strand *trap = &hart->trap_strand;

	CHECK(g0 != NULL);
	hart->index = index;
	hart->id = VIRTUAL ? index : platform.hart_ids[index];
	hart->deadline = CLOCK_NEVER;

	g0->hart = hart;
	g0->stack_hi = vm_kernel_stack(G0_STACK_PAGES);
	g0->stack_lo = g0->stack_hi - G0_STACK_PAGES * PAGE_SIZE;

	trap->hart = hart;
	trap->stack_hi = vm_kernel_stack(TRAP_STACK_PAGES);
	trap->stack_lo = trap->stack_hi - TRAP_STACK_PAGES * PAGE_SIZE;
	hart->trap_sp = trap->stack_hi;
}

void
hart_init(struct hart *(*alloc_hart)(uint32_t index))
{
	nharts = VIRTUAL ? virtual_nharts : platform.nharts;
	for (uint32_t i = 0; i < nharts; i++) {
		harts[i] = alloc_hart(i);
		init_one(harts[i], i);
	}
	nharts_online = 1;
	/* relaxed: the other harts do not run yet. */
	store_relaxed(&harts[0]->state, HART_ONLINE);
}

void
hart_enter_g0(void (*fn)(void))
{
	trap_init_hart(harts[0]);
	hart_jump(harts[0]->g0, fn);
}

/* End of a hart that came too late: serves no interrupts and never returns. */
NORETURN static void
stay_out(void)
{
	CSR_WRITE(sie, 0);
	for (;;)
		wfi();
}

/* The first C code of a hart other than the boot hart: on its g0, interrupts
 * off. */
void
hart_main(struct hart *hart)
{
	uint32_t state = HART_STARTING;

	trap_init_hart(hart);
	/* release: pairs with load_acquire in panic.c, which may want to stop
	 * us from here on. */
	if (!cas_release(&hart->state, &state, HART_ONLINE))
		stay_out();
	/* release: pairs with load_acquire in wait_for_arrivals. */
	if (add_release(&start.arrived, 1) + 1 == start.expected)
		note_wake(&start.all_here);

	/* acquire: pairs with store_release in hart_start_all; entry and our
	 * index are final.  Interrupts are served meanwhile, so that a panic
	 * can stop this hart. */
	while (load_acquire(&start.gate) == 0) {
		wfi();
		irq_on();
		(void)irq_save();
	}
	start.entry(hart);
	panic("hart: the entry of hart %u returned", hart->id);
}

static void
report_failure(const struct hart *hart, const char *why)
{
	kprintf("hart %u did not start: %s\n", hart->id, why);
}

/* Ask SBI HSM for all harts but this one, and set how many are expected. */
static void
ask_for_all(void)
{
	for (uint32_t i = 1; i < nharts; i++)
		/* relaxed: sbi_hart_start publishes. */
		store_relaxed(&harts[i]->state, HART_STARTING);
	start.expected = nharts - 1;

	for (uint32_t i = 1; i < nharts; i++) {
		struct hart   *hart = harts[i];
		struct sbi_ret ret = sbi_hart_start(hart->id,
		    (uintptr_t)hart_entry, (uintptr_t)hart);

		if (ret.error == 0)
			continue;
		report_failure(hart, sbi_error_name(ret.error));
		/* relaxed: only this hart looks at the state from here on.  A
		 * hart that failed counts as arrived, so that the last hart to
		 * arrive notices that it is the last. */
		store_relaxed(&hart->state, HART_FAILED);
		(void)add_relaxed(&start.arrived, 1);
	}
}

static uint32_t
count_starting(void)
{
	uint32_t n = 0;

	for (uint32_t i = 1; i < nharts; i++)
		/* relaxed: poll only. */
		n += load_relaxed(&harts[i]->state) == HART_STARTING;
	return n;
}

/* Wait until no hart is STARTING, or until no hart has left that state for
 * ARRIVAL_PATIENCE. */
static void
wait_for_arrivals(void)
{
	for (;;) {
		uint32_t missing;

		/* Clear before the count: a hart that arrives after it wakes
		 * us. */
		note_clear(&start.all_here);
		missing = count_starting();
		if (missing == 0)
			break;
		(void)note_sleep_until(&start.all_here,
		    clock_now() + ARRIVAL_PATIENCE(nharts));
		if (count_starting() == missing)
			break;
	}
	/* acquire: pairs with add_release in hart_main. */
	(void)load_acquire(&start.arrived);
}

/* Give up on harts that are still starting. */
static void
fail_the_rest(void)
{
	for (uint32_t i = 1; i < nharts; i++) {
		uint32_t state = HART_STARTING;

		/* relaxed: publishes nothing; hart_main has the other CAS. */
		if (cas_relaxed(&harts[i]->state, &state, HART_FAILED))
			report_failure(harts[i], "it has not arrived in time");
	}
}

/* Move the harts that are online to the front, keeping their order. */
static void
close_gaps(void)
{
	struct hart *failed[HART_MAX];
	uint32_t     nfailed = 0, n = 0;

	for (uint32_t i = 0; i < nharts; i++) {
		/* relaxed: the state is final since fail_the_rest. */
		if (load_relaxed(&harts[i]->state) == HART_ONLINE)
			harts[n++] = harts[i];
		else
			failed[nfailed++] = harts[i];
	}
	nharts_online = n;
	for (uint32_t i = 0; i < nfailed; i++)
		harts[n++] = failed[i];
	for (uint32_t i = 0; i < nharts; i++)
		harts[i]->index = i;
}

/* Runs on the boot hart's g0, because the boot hart sleeps on a note. */
void
hart_start_all(void (*entry)(struct hart *hart))
{
	if (VIRTUAL) {
		nharts_online = nharts;
		virtual_start(entry);
		return;
	}
	note_init(&start.all_here, this_hart());
	start.entry = entry;
	ask_for_all();
	wait_for_arrivals();
	fail_the_rest();
	close_gaps();

	/* release: pairs with load_acquire in hart_main. */
	store_release(&start.gate, 1);
	for (uint32_t i = 1; i < nharts_online; i++)
		hart_interrupt(harts[i], IPI_WAKE);
}

void
hart_interrupt(struct hart *hart, uint32_t bits)
{
	/* release: pairs with swap_acquire in trap.c's take_ipi, which sees
	 * what we did before.  If bits were set already, their sender has
	 * interrupted the hart or is about to, and the hart has not taken them
	 * yet; so one interrupt serves both senders. */
	if (or_release(&hart->ipi, bits) != 0)
		return;
	if (VIRTUAL)
		virtual_interrupt(hart);
	else
		sbi_send_ipi(hart->id);
}
