/*
 * trap.c - interrupts and exceptions, once their registers are saved.
 *
 * Everything here runs on the hart's trap stack with interrupts off; the hooks
 * of the layers above are called from here.
 */
#include "kernel/trap.h"

#include "kernel/clock.h"
#include "kernel/panic.h"
#include "kernel/platform.h"
#include "kernel/redirect.h"
#include "kernel/riscv.h"
#include "kernel/tripwire.h"
#include "kernel/unwind.h"
#include "kernel/virtual.h"
#include "kernel/vm_dirty.h"
#include "lib/check.h"
#include "offsets.h"

/* The header that assembly was built with is the one of these structs. */
#define OFFSET(name, type, field) \
	_Static_assert((name) == offsetof(struct type, field), #name);
#define SIZE(name, type) \
	_Static_assert((name) == sizeof(struct type), #name);
#include "kernel/offsets.def"

_Static_assert(sizeof(struct trapframe) % 16 == 0, "sp stays aligned");
_Static_assert(HART_TRAP_STRAND + sizeof(struct strand) < 2048,
    "trap entry reaches it from tp");

struct trap_hooks trap_hooks;

/* kernel/entry_trap.S */
extern char trap_entry[];
void        trap_handle(struct trapframe *frame, struct hart *hart);

static const char *const exception_names[] = {
	[CAUSE_FETCH_MISALIGNED] = "instruction address misaligned",
	[CAUSE_FETCH_ACCESS] = "instruction access fault",
	[CAUSE_ILLEGAL] = "illegal instruction",
	[CAUSE_BREAK] = "breakpoint",
	[CAUSE_LOAD_MISALIGNED] = "load address misaligned",
	[CAUSE_LOAD_ACCESS] = "load access fault",
	[CAUSE_STORE_MISALIGNED] = "store address misaligned",
	[CAUSE_STORE_ACCESS] = "store access fault",
	[CAUSE_ECALL_U] = "environment call from U-mode",
	[CAUSE_ECALL_S] = "environment call from S-mode",
	[CAUSE_FETCH_PAGE] = "instruction page fault",
	[CAUSE_LOAD_PAGE] = "load page fault",
	[CAUSE_STORE_PAGE] = "store page fault",
};

/* A name for an scause; never NULL. */
const char *
trap_cause_name(uint64_t cause)
{
	if (cause == (CAUSE_INTERRUPT | IRQ_SOFT))
		return "software interrupt";
	if (cause == (CAUSE_INTERRUPT | IRQ_TIMER))
		return "timer interrupt";
	if (cause == (CAUSE_INTERRUPT | IRQ_EXTERNAL))
		return "external interrupt";
	if (cause & CAUSE_INTERRUPT)
		return "unknown interrupt";
	if (cause >= ARRAY_LEN(exception_names) ||
	    exception_names[cause] == NULL)
		return "unknown exception";
	return exception_names[cause];
}

/*
 * Another hart, or this one, wants something of us.
 *
 * The sender sets its bits, then interrupts us if there were none; we clear the
 * interrupt, then take the bits.  The other way round, a sender between the two
 * would see no bits, interrupt us, and have its interrupt cleared.
 */
static void
take_ipi(struct trapframe *frame, struct hart *hart)
{
	uint32_t bits;

	if (!VIRTUAL)
		CSR_CLEAR(sip, SIE_SSIE);
	fence_io();
	/* acquire: pairs with or_release in hart_interrupt. */
	bits = swap_acquire(&hart->ipi, 0);

	if (bits & IPI_STOP)
		panic_stop_here(frame);
	if (bits & IPI_REPORT)
		/* release: pairs with load_acquire by whoever asked; only the
		 * value itself matters. */
		store_release(&hart->report_pc, frame->pc);
	bits &= ~(uint32_t)(IPI_STOP | IPI_REPORT | IPI_WAKE);
	if (bits != 0 && trap_hooks.ipi != NULL)
		trap_hooks.ipi(frame, bits);
}

/*
 * The deadline has passed, or not: the comparator may show a new value late,
 * and the timer that a nap or an old deadline had set may still ring then
 * (privileged spec 1.12 with Sstc: "eventually, but not necessarily
 * immediately").  Such a ring must not take the new deadline away.
 */
static void
take_timer(struct trapframe *frame, struct hart *hart)
{
	if (clock_now() < hart->deadline)
		return;
	clock_set_deadline(CLOCK_NEVER);
	hart->nticks++;
	if (trap_hooks.timer != NULL)
		trap_hooks.timer(frame);
}

static void
take_interrupt(struct trapframe *frame, struct hart *hart)
{
	uint64_t irq = frame->cause & ~CAUSE_INTERRUPT;

	if (VIRTUAL)
		irq = virtual_take_interrupt();			/* VIRT-3 */
	switch (irq) {
	case 0:
		return;		/* VIRT-3: taken by another one meanwhile */
	case IRQ_SOFT:
		take_ipi(frame, hart);
		break;
	case IRQ_TIMER:
		/* The hooks set the next deadline, and a nearer one. */
		clock_hold_timer();
		take_timer(frame, hart);
		break;
	case IRQ_EXTERNAL:
		if (trap_hooks.external != NULL)
			trap_hooks.external(frame);
		break;
	default:
		panic_trap(frame, trap_cause_name(frame->cause));
	}
	if (trap_hooks.leave != NULL)
		trap_hooks.leave(frame);
	if (irq == IRQ_TIMER)
		clock_let_timer();
}

/*
 * A trap, its registers in frame.  Called by entry_trap.S only; returning
 * continues with whatever frame says by then.
 */
void
trap_handle(struct trapframe *frame, struct hart *hart)
{
	hart->ntraps++;
	if (frame->cause & CAUSE_INTERRUPT) {
		take_interrupt(frame, hart);
		return;
	}
	if (VIRTUAL && frame->cause == CAUSE_STORE_PAGE &&
	    vm_dirty_fault(frame->value))
		return;
	if (UNLIKELY(tripwire_hit(frame->cause, frame->pc))) {
		trap_hooks.leave(frame);
		return;
	}
	if (trap_hooks.fault != NULL && trap_hooks.fault(frame))
		return;
	panic_trap(frame, trap_cause_name(frame->cause));
}

/*
 * Make this hart's traps come to us as hart's, and let it use floating-point
 * registers, and vector registers if all harts have them.  Interrupts stay off;
 * the timer is silent.
 */
void
trap_init_hart(struct hart *hart)
{
	CSR_CLEAR(sstatus, SSTATUS_SIE);
	CSR_WRITE(sscratch, (uintptr_t)hart);
	CSR_WRITE(stvec, (uintptr_t)trap_entry);
	CSR_CLEAR(sstatus, SSTATUS_FS | SSTATUS_VS);
	CSR_SET(sstatus, SSTATUS_FS_INITIAL);
	if (platform.vector)
		CSR_SET(sstatus, SSTATUS_VS_INITIAL);
	clock_set_deadline(CLOCK_NEVER);
	CSR_WRITE(sie, VIRTUAL ? SIE_SSIE : SIE_SSIE | SIE_STIE | SIE_SEIE);
}

/* Take interrupts from here on.  This hart. */
void
irq_on(void)
{
	CSR_SET(sstatus, SSTATUS_SIE);
	if (VIRTUAL)
		virtual_irqs_on();
}

/* Take none; returns whether they were on, for irq_restore.  This hart. */
bool
irq_save(void)
{
	return (CSR_READ_CLEAR(sstatus, SSTATUS_SIE) & SSTATUS_SIE) != 0;
}

/* Undo one irq_save.  This hart. */
void
irq_restore(bool were_on)
{
	if (were_on)
		irq_on();
}
