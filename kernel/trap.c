/*
 * trap.c - interrupts and exceptions, once the registers are saved.
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
#include "kernel/tls.h"
#include "kernel/tripwire.h"
#include "kernel/unwind.h"
#include "kernel/virtual.h"
#include "kernel/vm_dirty.h"
#include "lib/check.h"
#include "offsets.h"

/* Check that the offsets with which assembly was built are those of the
 * structs. */
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
 * Take an interrupt that another hart, or this one, has sent by hart_interrupt.
 *
 * The sender sets its bits, then interrupts us if no bit was set before; we
 * clear the interrupt, then take the bits.  If we took the bits first, a sender
 * that came between the two steps would find no bit set and interrupt us, and
 * we would clear its interrupt.
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
		/* release: pairs with load_acquire by the hart that asked.
		 * That hart uses nothing but the value itself. */
		store_release(&hart->report_pc, frame->pc);
	bits &= ~(uint32_t)(IPI_STOP | IPI_REPORT | IPI_WAKE);
	if (bits != 0 && trap_hooks.ipi != NULL)
		trap_hooks.ipi(frame, bits);
}

/*
 * Take a timer interrupt.  The deadline need not have passed: the comparator
 * may take a new value late, so that the timer still rings for a nap or for an
 * old deadline (privileged spec 1.12 with Sstc: "eventually, but not
 * necessarily immediately").  Such an interrupt must not clear the new
 * deadline.
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
		return;		/* VIRT-3: an earlier one has taken it */
	case IRQ_SOFT:
		take_ipi(frame, hart);
		break;
	case IRQ_TIMER:
		/* The hooks may set the deadline twice, the second time a
		 * nearer one: the timer is set only once, after both. */
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
 * Handle a trap whose registers are in frame.  Called by entry_trap.S only; on
 * return the hart continues with the registers that frame has by then.
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

void
irq_on(void)
{
	CSR_SET(sstatus, SSTATUS_SIE);
	if (VIRTUAL)
		virtual_irqs_on();
}

bool
irq_save(void)
{
	return (CSR_READ_CLEAR(sstatus, SSTATUS_SIE) & SSTATUS_SIE) != 0;
}

void
irq_restore(bool were_on)
{
	if (were_on)
		irq_on();
}
