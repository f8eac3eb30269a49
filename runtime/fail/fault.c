/*
 * fault.c - exceptions that are a goroutine's own doing become its panics.
 *
 * A load through a bad pointer, a jump to nowhere, an illegal instruction in a
 * program's text is the fault of the goroutine that runs it.  So is a bad
 * pointer that the goroutine gave to the memory and string routines of lib/, or
 * to a function of the runtime that uses the pointer before it changes anything
 * (FOR_PROGRAMS in lib/compiler.h).  Anywhere else in the runtime, with a lock
 * held, with the world stopped, or on another stack than the goroutine's, an
 * exception is the runtime's fault, and the machine panics.
 *
 * Instructions of the runtime that touch a program's memory while a lock is
 * held are listed in a table, which says what a fault does (kernel/probe.h).
 *
 * The trap only makes the goroutine go on in panic_about (kernel/redirect.h).
 * The panic itself happens on the goroutine's own stack, where its deferred
 * calls may park like any other code.
 *
 * RISC-V has no faults of integer arithmetic.  Programs are compiled with
 * checks that call the runtime (ubsan.c).
 */
#include "runtime/fail/fault.h"

#include "kernel/panic.h"
#include "kernel/probe.h"
#include "kernel/redirect.h"
#include "kernel/riscv.h"
#include "kernel/unwind.h"
#include "lib/str.h"
#include "runtime/fail/fatal.h"
#include "runtime/fail/gopanic.h"
#include "runtime/sched/preempt.h"
#include "runtime/sched/sched.h"
#include "runtime/stack/gstack.h"

enum {
	REG_RA = 1, REG_SP = 2, REG_TP = 4,
	LIB_DEPTH = 16,		/* call chains in lib/ are shorter than this */
};

extern const char __text_start[], __text_end[];
extern const char __lib_text_start[], __lib_text_end[], __for_programs_end[];

static bool
is_in(uintptr_t pc, const char *lo, const char *hi)
{
	return pc >= (uintptr_t)lo && pc < (uintptr_t)hi;
}

static bool
is_fetch(uint64_t cause)
{
	return cause == CAUSE_FETCH_PAGE || cause == CAUSE_FETCH_ACCESS ||
	    cause == CAUSE_FETCH_MISALIGNED;
}

/*
 * Returns whether frame is in a program, or in a function that a program called
 * and that works only on what it was given: one that is FOR_PROGRAMS, or one of
 * lib/.  For lib/, the callers are looked at.  hart->held would not tell
 * enough: it does not list brief locks (kernel/spinlock.h), and channels copy
 * with such a lock held.
 */
static bool
is_programs(const struct trapframe *frame, const struct g *gp)
{
	struct unwind_frame f = { .pc = frame->pc };

	memcpy(f.x, frame->x, sizeof(f.x));
	for (int i = 0; i < LIB_DEPTH; i++) {
		uintptr_t pc = f.pc - f.is_call;

		if (preempt_is_app(pc) ||
		    is_in(pc, __lib_text_end, __for_programs_end))
			return true;
		if (!is_in(pc, __lib_text_start, __lib_text_end))
			return false;
		if (!unwind_step(&f, f.x[REG_SP], gp->strand.stack_hi))
			return false;
	}
	return false;
}

/*
 * Returns the goroutine that frame interrupted, if the goroutine ran on its own
 * stack, held no lock and no pin, and had not stopped the world; else NULL.  A
 * function that has moved sp into the guard and then faults somewhere else has
 * overflowed the stack, too: its next store to the stack would fault.
 */
static struct g *
culprit_at(const struct trapframe *frame)
{
	struct m *m = (struct m *)this_hart();
	struct g *gp = m->curg;
	uintptr_t sp = frame->x[REG_SP];

	if (gp == NULL || frame->x[REG_TP] != (uintptr_t)gp ||
	    m->hart.held != NULL || m->pins != 0 || world_is_stopped_by(gp))
		return NULL;
	if (sp < gp->strand.stack_lo && gstack_owner(sp) == gp)
		fatal_stack_overflow(gp, frame);
	if (sp < gp->strand.stack_lo || sp > gp->strand.stack_hi)
		return NULL;
	return gp;
}

/*
 * Returns whether frame was reached by a call to an address where no code is.
 * Only a program makes such a call: the runtime holds nothing when it calls a
 * function that a program gave it, and its own function pointers are constants.
 */
static bool
is_jump_to_nowhere(const struct trapframe *frame)
{
	return is_fetch(frame->cause) &&
	    !is_in(frame->pc, __text_start, __text_end) &&
	    is_in(frame->x[REG_RA] - 1, __text_start, __text_end);
}

/* Returns a description of cause, in Go's words where Go has some; NULL for an
 * exception that is never a goroutine's. */
static const char *
words_for(uint64_t cause)
{
	switch (cause) {
	case CAUSE_LOAD_PAGE:
	case CAUSE_STORE_PAGE:
	case CAUSE_FETCH_PAGE:
	case CAUSE_LOAD_ACCESS:
	case CAUSE_STORE_ACCESS:
	case CAUSE_FETCH_ACCESS:
		return "invalid memory address or nil pointer dereference";
	case CAUSE_LOAD_MISALIGNED:
	case CAUSE_STORE_MISALIGNED:
	case CAUSE_FETCH_MISALIGNED:
		return "misaligned memory address";
	case CAUSE_ILLEGAL:
		return "illegal instruction";
	case CAUSE_BREAK:
		return "trap instruction";
	default:
		return NULL;
	}
}

/* Begin the panic, on the goroutine's stack, as if the faulting code had called
 * this function. */
static void
panic_about(struct trapframe *saved)
{
	bool fetch = is_fetch(saved->cause);
	bool has_addr = saved->cause != CAUSE_ILLEGAL &&
	    saved->cause != CAUSE_BREAK;
	struct panic_info info = {
		.cause = trap_cause_name(saved->cause),
		.pc = fetch ? saved->value : saved->pc,
		.addr = has_addr ? saved->value : 0,
	};

	/* Deferred calls may park, and only what is in the floating-point
	 * registers is saved then: load the goroutine's values into them. */
	unwind_reload_fp((const struct redirected *)saved);
	gopanic_fault(saved, info, "runtime error: %s",
	    words_for(saved->cause));
}

/*
 * Returns whether the hart at frame runs a function that a program has given to
 * blocking_call.  Such a function runs on the hart's own stack, without a
 * goroutine and perhaps without a P.  So it cannot panic, and functions of the
 * runtime that it calls fault for want of a P.  In Go this would be a fault in
 * C code, which is fatal.
 */
static bool
is_in_blocking_call(const struct trapframe *frame)
{
	struct m *m = (struct m *)this_hart();

	/* relaxed: only this hart stores it. */
	return load_relaxed(&m->blocked) != NULL &&
	    frame->x[REG_TP] == (uintptr_t)&m->g0;
}

bool
fault_handle(struct trapframe *frame)
{
	struct spinlock *lock;
	enum probe_fault probe;
	struct g *gp;

	if (gstack_fault(frame))
		return true;
	if (words_for(frame->cause) == NULL)
		return false;
	probe = probe_find(frame, &lock);
	if (probe == PROBE_GOES_ON)
		return true;
	if (lock != NULL)
		spin_unlock_brief(lock);
	gp = culprit_at(frame);
	if (gp == NULL && is_in_blocking_call(frame))
		fatal_fault(((struct m *)this_hart())->curg, frame,
		    words_for(frame->cause), "blocking_call");
	if (gp == NULL)
		return false;
	if (is_jump_to_nowhere(frame))
		/* To an unwinder the goroutine stands at the call that jumped;
		 * ra - 1 is inside that call. */
		frame->pc = frame->x[REG_RA] - 1;
	else if (probe == PROBE_NONE && !is_programs(frame, gp))
		return false;
	if (!trap_redirect(frame, panic_about))
		fatal_stack_overflow(gp, frame); /* no room for the frame */
	return true;
}
