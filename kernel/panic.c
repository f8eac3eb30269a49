/*
 * panic.c - stopping the machine and reporting where every hart was.
 *
 * Protocol, for harts that may panic at the same moment, with any locks held,
 * in traps, and before there is a second hart:
 *
 *  1. The hart that moves `winner` from NOBODY to itself reports.  Every other
 *     hart that panics leaves its own text and registers in stopped[] and waits
 *     for the end.
 *  2. The winner interrupts every hart that is online (IPI_STOP); each leaves
 *     its registers in stopped[] and waits with interrupts off.  A hart that
 *     prints has interrupts off, and answers when what it prints is whole.  A
 *     hart that keeps them off for ever never answers: after PATIENCE without
 *     an answer and without output, or after LIMIT, the report begins without
 *     that hart, and says so.
 *  3. The winner takes the console over, whether or not a hart holds it,
 *     prints, and ends the machine.
 *
 * If the winner itself panics again (its report read something it should not
 * have, or had to wait for a lock, which no hart is left to release), it prints
 * one line and ends the machine; if even that faults, it just ends the machine.
 *
 * A panic takes no locks and allocates no memory: texts go to a static buffer
 * or to the stack.  The report runs on the hart's trap stack, because the stack
 * that panicked may be full.
 */
#include "kernel/panic.h"

#include "kernel/clock.h"
#include "kernel/console.h"
#include "kernel/platform.h"
#include "kernel/riscv.h"
#include "kernel/spinlock.h"
#include "kernel/unwind.h"
#include "lib/check.h"
#include "lib/fmt.h"
#include "lib/str.h"

#define PATIENCE NS_PER_S
#define LIMIT    (10 * NS_PER_S)

enum {
	NOBODY = 0,			/* winner: nobody has panicked */
	EARLY = HART_MAX + 1,		/* winner: a hart before hart_init */
	TEXT_MAX = 400,
	OWN_FRAME_MAX = 2048,		/* above the frame of every function
					 * that uses capture_my_caller */
	LOCKS_MAX = 16,			/* locks listed for each hart */
	REG_RA = 1, REG_SP = 2, REG_TP = 4,
};

/* What a stopped hart left behind.  It is on that hart's stack, which stays,
 * because a stopped hart never goes on. */
struct stop {
	struct trapframe *frame;
	const char       *text;		/* of its own panic, or NULL */
};

struct panic_hooks panic_hooks;
uint64_t           panic_seed;

static ATOMIC(uint32_t)      winner;		/* [C] 1 + index, or as above */
static ATOMIC(struct stop *) stopped[HART_MAX];	/* [O] by hart index */

/* Used by the winner alone. */
static char              panic_text[TEXT_MAX];
static struct trapframe *panic_frame;
static bool              panic_trapped;		/* by an exception */
static uint32_t          panic_nested;

/* Returns this hart, or NULL before it is known.  Does not use tp, which may be
 * broken, and trusts sscratch only if it holds one of harts[]. */
static struct hart *
current_hart(void)
{
	struct hart *hart = (struct hart *)CSR_READ(sscratch);

	for (uint32_t i = 0; i < nharts; i++)
		if (harts[i] == hart)
			return hart;
	return NULL;
}

static uint32_t
current_id(void)
{
	struct hart *hart = current_hart();

	return hart != NULL ? 1 + hart->index : EARLY;
}

bool
panic_is_mine(void)
{
	/* relaxed: if it is this hart, this hart stored it. */
	return load_relaxed(&winner) == current_id();
}

/* The unwinder starts in the function whose registers f holds, f->pc being a
 * return address there. */
void
panic_to_caller(struct trapframe *f)
{
	struct unwind_frame u = { .pc = f->pc, .is_call = true };

	f->status = f->cause = f->value = 0;
	memcpy(u.x, f->x, sizeof(u.x));
	if (!unwind_step(&u, u.x[REG_SP], u.x[REG_SP] + OWN_FRAME_MAX))
		return;
	memcpy(f->x, u.x, sizeof(u.x));
	f->pc = u.pc;
}

/* Leave s for the winner and wait for the end. */
NORETURN static void
stop_here(struct stop *s)
{
	struct hart *hart = current_hart();

	if (hart != NULL)
		/* release: pairs with load_acquire in wait_for_stop and
		 * print_hart; publishes *s and the frame. */
		store_release(&stopped[hart->index], s);
	for (;;)
		wfi();
}

void
panic_stop_here(struct trapframe *frame)
{
	struct stop s = { .frame = frame };

	(void)irq_save();
	stop_here(&s);
}

static bool
has_stopped(const struct hart *hart)
{
	/* acquire: pairs with store_release in stop_here. */
	return load_acquire(&stopped[hart->index]) != NULL;
}

/* Must the winner stop this hart? */
static bool
is_running(const struct hart *hart)
{
	/* acquire: pairs with cas_release in hart_main, by which the hart
	 * came online. */
	return hart != current_hart() &&
	    load_acquire(&hart->state) == HART_ONLINE;
}

/* Step 2: stop every other hart that can be stopped. */
static void
stop_others(void)
{
	nanos_t  limit = clock_now() + LIMIT, give_up = 0;
	uint32_t missing, printed, before = 0, printed_before = 0;

	for (uint32_t i = 0; i < nharts; i++)
		if (is_running(harts[i]))
			hart_interrupt(harts[i], IPI_STOP);
	for (;;) {
		missing = 0;
		for (uint32_t i = 0; i < nharts; i++)
			missing += is_running(harts[i]) &&
			    !has_stopped(harts[i]);
		if (missing == 0)
			return;
		printed = console_progress();
		if (missing != before || printed != printed_before)
			give_up = clock_now() + PATIENCE;
		if (clock_now() > MIN(give_up, limit))
			return;
		before = missing;
		printed_before = printed;
		cpu_relax();
	}
}

static void
print_registers(const struct trapframe *f)
{
	static const char names[][4] = {
		"", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0",
		"a1", "a2", "a3", "a4", "a5", "a6", "a7", "s2", "s3", "s4",
		"s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5",
		"t6",
	};

	kprintf_raw("  pc  %016lx", f->pc);
	for (int i = 1; i < 32; i++)
		kprintf_raw("%s%-3s %016lx", i % 4 == 0 ? "\n  " : "  ",
		    names[i], f->x[i]);
	kprintf_raw("\n");
}

static void
print_locks(const struct hart *hart)
{
	uint32_t n = 0;

	for (const struct spinlock *l = hart->held; l != NULL; l = l->below) {
		if (n++ == LOCKS_MAX) {
			kprintf_raw("  holds more locks\n");
			return;
		}
		kprintf_raw("  holds lock %s (rank %u), taken at ", l->name,
		    l->rank);
		backtrace_print_pc(l->pc);
		kprintf_raw("\n");
	}
}

/* Print "hart 2 M2 P1 G17 (worker)", without the end of the line. */
static void
print_hart_name(struct hart *hart)
{
	kprintf_raw("\nhart %u", hart->index);
	if (hart->id != hart->index)
		kprintf_raw(" (id %u)", hart->id);
	if (panic_hooks.describe_hart != NULL) {
		kprintf_raw(" ");
		panic_hooks.describe_hart(hart);
	}
}

/* Print the hart that panicked; hart is NULL if it is not known. */
static void
print_winner(struct hart *hart)
{
	const struct trapframe *f = panic_frame;

	if (hart != NULL)
		print_hart_name(hart);
	else
		kprintf_raw("\nthe boot hart, early in the boot,");
	kprintf_raw(" panicked here:\n");
	if (panic_trapped)
		kprintf_raw("  trap: %s, pc %lx, value %lx, status %lx\n",
		    trap_cause_name(f->cause), f->pc, f->value, f->status);
	if (hart != NULL)
		print_locks(hart);
	print_registers(f);
	backtrace_print_frame(f, hart);
}

/* Print a hart that was stopped.  On a big machine most harts idle at one
 * place: a hart that was where *like was gets a single line.  *like is the last
 * hart whose backtrace was printed, or NULL. */
static void
print_other(struct hart *hart, struct hart **like)
{
	/* acquire: pairs with store_release in stop_here. */
	struct stop *s = load_acquire(&stopped[hart->index]);
	struct stop *t = NULL;

	if (*like != NULL)
		/* acquire: as above. */
		t = load_acquire(&stopped[(*like)->index]);
	print_hart_name(hart);
	if (s == NULL) {
		kprintf_raw(" did not stop (interrupts off?)\n");
		print_locks(hart);
		return;
	}
	if (s->text == NULL && hart->held == NULL && t != NULL &&
	    t->frame->pc == s->frame->pc &&
	    t->frame->x[REG_RA] == s->frame->x[REG_RA]) {
		kprintf_raw(": in the same place as hart %u",
		    (*like)->index);
		return;
	}
	kprintf_raw(" was here:\n");
	if (s->text != NULL)
		kprintf_raw("  panicked too: %s\n", s->text);
	print_locks(hart);
	backtrace_print_frame(s->frame, hart);
	*like = hart;
}

/* Print every hart, then what the layers above add. */
static void
describe(void)
{
	struct hart *like = NULL;

	print_winner(current_hart());
	for (uint32_t i = 0; i < nharts; i++)
		if (is_running(harts[i]))
			print_other(harts[i], &like);
	kprintf_raw("\n");
	if (panic_hooks.describe_all != NULL)
		panic_hooks.describe_all();
	if (panic_seed != 0)
		kprintf_raw("seed=%lu\n", (unsigned long)panic_seed);
}

/* Steps 2 and 3.  Runs on the winner, on a stack with room. */
NORETURN static void
report(void *unused)
{
	(void)unused;
	stop_others();
	console_take_over();
	kprintf_raw("\npanic: %s\n", panic_text);
	describe();
	kprintf_raw("panic: %s (end of report)\n", panic_text);
	machine_exit(1);
}

/* Step 1: report, or wait for the hart that does.  Interrupts are off. */
NORETURN static void
panic_begin(struct trapframe *frame, bool trapped, const char *fmt, va_list ap)
{
	struct hart *hart = current_hart();
	uint32_t     seen = NOBODY;
	char         text[TEXT_MAX];
	uintptr_t    lo, hi;

	/* relaxed: the CAS only picks one hart.  Only the winner reads what it
	 * writes after the CAS, and what the winner reads of other harts comes
	 * with stopped[]. */
	if (!cas_relaxed(&winner, &seen, current_id())) {
		struct stop s = { .frame = frame, .text = text };

		if (seen == current_id() && panic_nested++ > 0)
			machine_exit(1);
		fmt_vsnprintf(text, sizeof(text), fmt, ap);
		if (seen != current_id())
			stop_here(&s);
		kprintf_raw("\npanic: %s\n(a panic while reporting: %s, "
			    "pc %lx)\n", panic_text, text, frame->pc);
		machine_exit(1);
	}

	panic_frame = frame;
	panic_trapped = trapped;
	fmt_vsnprintf(panic_text, sizeof(panic_text), fmt, ap);
	if (hart == NULL || hart->trap_sp == 0 ||
	    (backtrace_stack(hart, 0, (uintptr_t)text, &lo, &hi) &&
	     hi == hart->trap_sp))
		report(NULL);	/* on the trap stack already, or too early */
	call_on_stack(hart->trap_sp, report, NULL);
}

/* Call panic_begin with the arguments of fmt as a list. */
NORETURN COLD PRINTF(3, 4) static void
panic_at(struct trapframe *frame, bool trapped, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	panic_begin(frame, trapped, fmt, ap);
}

void
panic(const char *fmt, ...)
{
	struct trapframe frame;
	va_list          ap;

	(void)irq_save();
	capture_my_caller(&frame);
	va_start(ap, fmt);
	panic_begin(&frame, false, fmt, ap);
}

void
check_failed(const char *expr, const char *file, int line)
{
	struct trapframe frame;

	(void)irq_save();
	capture_my_caller(&frame);
	panic_at(&frame, false, "%s:%d: not true: %s", file, line, expr);
}

void
panic_trap(struct trapframe *frame, const char *why)
{
	panic_at(frame, true, "%s at pc 0x%lx, address 0x%lx", why, frame->pc,
	    frame->value);
}

void
panic_freeze(void)
{
	struct trapframe frame;
	struct stop      s = { .frame = &frame };
	uint32_t         seen = NOBODY;

	(void)irq_save();
	capture_my_caller(&frame);
	/* relaxed: as in panic_begin. */
	if (cas_relaxed(&winner, &seen, current_id())) {
		fmt_snprintf(panic_text, sizeof(panic_text), "fatal error");
		stop_others();
		console_take_over();
		return;
	}
	if (seen != current_id())
		stop_here(&s);
	machine_exit(2);		/* the report itself panicked */
}

void
panic_goes_first(void)
{
	struct trapframe frame;
	struct stop      s = { .frame = &frame };

	/* relaxed: a hart that panics after this load counts as later. */
	if (load_relaxed(&winner) == NOBODY || panic_is_mine())
		return;
	(void)irq_save();
	capture_my_caller(&frame);
	stop_here(&s);
}

const struct trapframe *
panic_frame_of(const struct hart *hart)
{
	/* acquire: pairs with store_release in stop_here. */
	struct stop *s = load_acquire(&stopped[hart->index]);

	return s != NULL ? s->frame : NULL;
}

void
panic_describe(const struct trapframe *frame)
{
	static struct trapframe copy;

	copy = *frame;
	panic_frame = &copy;
	describe();
}

void
fatal_config(const char *fmt, ...)
{
	char    text[TEXT_MAX * 4];	/* may list all boot arguments */
	va_list ap;

	va_start(ap, fmt);
	fmt_vsnprintf(text, sizeof(text), fmt, ap);
	kprintf_raw("antler: %s\n", text);
	machine_exit(1);
}
