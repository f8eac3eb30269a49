/*
 * gopanic.c - panics of goroutines, deferred calls, goexit.
 *
 * Concepts.  A deferred call is a record in the frame of the function that
 * deferred it, linked newest first from strand.defers (antler.h).  A panic is a
 * struct panicking in the frame of go_panic, linked newest first from
 * g->panics.  goexit is a panic, too, but one that cannot be recovered from.
 * All these records lie on the goroutine's one stack, so an older record has a
 * higher address, and unwinding to a frame removes exactly the records that lie
 * below that frame.
 *
 *	DEFER-1	The records are linked in order of address, lowest first.
 *	DEFER-2	fn is NULL in a record whose call runs because its block ended;
 *		a record whose call a panic runs is not linked any more.
 *
 * Protocol of a panic:
 *
 *  1. Link the panic; then, until the list is empty, take the newest record off
 *     the list and call its function.  A record whose call runs already
 *     (DEFER-2) is only taken off: it is this call that panics.
 *  2. If recover() has marked the panic when a call returns, find the caller of
 *     the function that owns the call's record: unwind, by call-frame
 *     information, until the stack pointer is above the record.
 *  3. Forget the panics below that caller's frame: this panic, and those that
 *     were being handled when a deferred call panicked anew.
 *  4. Run the owner's other deferred calls, whose records lie below that frame,
 *     too, as if the owner's blocks ended.
 *  5. Go on in the owner's caller, with the registers that survive a call as
 *     the owner found them.  If one of the forgotten panics is a goexit, the
 *     recover() must not undo it: then begin the goexit anew in that caller.
 *  6. If no records are left, report the panic and end the machine; a goexit
 *     ends the goroutine.
 *
 * A deferred call that a panic runs may itself call functions that defer, and
 * whose own deferred calls run at the ends of blocks.  A recover() in such a
 * call must not recover from the panic further up.  It tells by a linked record
 * below the panic whose fn is NULL (DEFER-2).
 *
 * Rejected: setjmp at each defer, because each defer would bear a cost that
 * only a panic should bear, and the compiler could keep nothing in registers.
 * Rejected: landing pads as in C++, because they need a language-specific data
 * area and a personality routine for what one list does here.
 */
#include "runtime/fail/gopanic.h"

#include "kernel/console.h"
#include "kernel/panic.h"
#include "kernel/unwind.h"
#include "lib/check.h"
#include "lib/fmt.h"
#include "lib/str.h"
#include "runtime/fail/fatal.h"
#include "runtime/sched/preempt.h"
#include "runtime/sched/sched.h"

enum { REG_RA = 1, REG_SP = 2 };

struct panicking {
	struct panicking *older;
	bool              goexit;	/* begun by goexit, not by a panic */
	bool              recovered;
	struct panic_info info;
};

/* What is needed to report an uncaught panic on another stack. */
struct last_words {
	struct g         *gp;
	const struct trapframe *frame;
};

bool
gopanic_possible(void)
{
	struct g *gp = fatal_culprit();

	return gp != NULL && gp == this_m()->curg &&
	    this_hart()->held == NULL && this_m()->pins == 0 &&
	    !world_is_mine();
}

/* Print p, as "panic: a [recovered]", after the older panics, oldest first. */
static void
print_chain(const struct panicking *p)
{
	const struct panic_info *info = &p->info;

	if (p->older != NULL) {
		print_chain(p->older);
		if (!p->older->goexit)
			kprintf_raw("\t");
	}
	if (p->goexit)
		return;
	kprintf_raw("panic: %s%s\n", info->text,
	    p->recovered ? " [recovered]" : "");
	if (info->cause != NULL) {
		kprintf_raw("[%s: addr=0x%lx pc=0x%lx ", info->cause,
		    info->addr, info->pc);
		backtrace_print_pc(info->pc);
		kprintf_raw("]\n");
	}
	if (info->file != NULL)
		kprintf_raw("[%s:%u]\n", info->file, info->line);
}

NORETURN static void
say_last_words(void *arg)
{
	struct last_words *w = arg;

	print_chain(w->gp->panics);
	fatal_end(w->gp, w->frame);
}

/* Do step 6.  frame was captured by the function that began the panic, or is
 * that of a fault. */
NORETURN static void
die(struct g *gp, struct trapframe *frame)
{
	struct last_words words = { gp, frame };

	if (gp->panics->info.cause == NULL)
		panic_to_caller(frame);
	panic_freeze();
	call_on_stack(this_m()->g0.strand.stack_hi, say_last_words, &words);
}

/* Tell that the function of f cannot be unwound.  If it belongs to a program,
 * or to a library of that program, it was compiled without call-frame
 * information. */
static NORETURN COLD void
no_way(const struct unwind_frame *f, const struct antler_deferred *d)
{
	if (preempt_is_app(f->pc))
		fatal_error("recover: no call-frame information for pc %#lx "
		    "(-fasynchronous-unwind-tables)", f->pc);
	panic("gopanic: no way from pc %#lx, sp %#lx to the caller of the "
	    "frame with %p", f->pc, f->x[REG_SP], (const void *)d);
}

/* Do step 2: make *f the frame of the caller of the function that owns d. */
static NOINLINE void
unwind_past(struct unwind_frame *f, const struct antler_deferred *d)
{
	const struct strand *strand = this_strand();
	struct trapframe here;

	capture_frame(&here);
	memset(f, 0, sizeof(*f));
	memcpy(f->x, here.x, sizeof(f->x));
	unwind_capture_fp(f);
	f->pc = here.pc;
	f->is_call = true;
	do {
		if (!unwind_step(f, f->x[REG_SP], strand->stack_hi))
			no_way(f, d);
		/* A step takes up to 60,000 instructions if the unwind
		 * information of its pc has not been used lately. */
		give_way();
	} while (f->x[REG_SP] <= (uintptr_t)d);
}

/* Do steps 2 to 5, after the call of d has recovered from the panic. */
FOR_PROGRAMS NORETURN static NOINLINE void
return_from_owner(struct g *gp, const struct antler_deferred *d)
{
	struct unwind_frame f;
	struct antler_deferred *rest;
	bool goexits = false;

	unwind_past(&f, d);
	while (gp->panics != NULL && (uintptr_t)gp->panics < f.x[REG_SP]) {
		goexits |= gp->panics->goexit;
		gp->panics = gp->panics->older;
	}
	while ((rest = gp->strand.defers) != NULL &&
	    (uintptr_t)rest < f.x[REG_SP]) {
		if (rest->fn != NULL)
			antler_defer_run(rest);
		else
			gp->strand.defers = rest->next;	/* DEFER-2 */
	}
	if (goexits) {
		f.x[REG_RA] = f.pc;
		f.pc = (uintptr_t)goexit;
	}
	unwind_resume(&f);
}

/* Do step 1.  Returns when there are no records left. */
static FOR_PROGRAMS void
run_deferred(struct g *gp, struct panicking *p)
{
	struct antler_deferred *d;

	while ((d = gp->strand.defers) != NULL) {
		void (*fn)(void *) = d->fn;

		gp->strand.defers = d->next;
		if (fn == NULL)
			continue;	/* DEFER-2 */
		fn(d->arg);
		ASSERT(gp->panics == p);
		if (p->recovered)
			return_from_owner(gp, d);
	}
}

/* Write the text of a panic that has not begun yet.  This is a function of its
 * own, FOR_PROGRAMS, so that a fault in it counts as a fault of the program
 * that called go_panic. */
static NOINLINE FOR_PROGRAMS void
make_text(struct panic_info *info, const char *fmt, va_list ap)
{
	fmt_vsnprintf_as_program(info->text, sizeof(info->text), fmt, ap);
	/* The 0 is there already.  But this store keeps the call above from
	 * being a tail call, so that this function is among its callers. */
	info->text[sizeof(info->text) - 1] = '\0';
}

/* Begin the panic p, of which all but the text is filled in, at frame. */
NORETURN static void
begin(struct panicking *p, struct trapframe *frame, const char *fmt,
    va_list ap)
{
	struct g *gp = this_g();

	make_text(&p->info, fmt, ap);
	/* For example on a hart's own stack, where blocking_call runs its
	 * function. */
	if (!gopanic_possible())
		fatal_error("%s", p->info.text);
	p->older = gp->panics;
	p->goexit = p->recovered = false;
	gp->panics = p;
	run_deferred(gp, p);
	die(gp, frame);
}

#define caller_pc() ((uintptr_t)__builtin_return_address(0))

NORETURN void
go_panic(const char *fmt, ...)
{
	struct panicking p;
	struct trapframe frame;
	va_list          ap;

	capture_frame(&frame);
	p.info = (struct panic_info){ .pc = caller_pc() };
	va_start(ap, fmt);
	begin(&p, &frame, fmt, ap);
}

NORETURN void
go_panic_value(void *value, const char *fmt, ...)
{
	struct panicking p;
	struct trapframe frame;
	va_list          ap;

	capture_frame(&frame);
	p.info = (struct panic_info){ .pc = caller_pc(), .value = value };
	va_start(ap, fmt);
	begin(&p, &frame, fmt, ap);
}

NORETURN void
gopanic_at(const char *file, uint32_t line, const char *fmt, ...)
{
	struct panicking p;
	struct trapframe frame;
	va_list          ap;

	capture_frame(&frame);
	p.info = (struct panic_info){ .pc = caller_pc(), .file = file,
		.line = line };
	va_start(ap, fmt);
	begin(&p, &frame, fmt, ap);
}

NORETURN void
gopanic_fault(struct trapframe *frame, struct panic_info info,
    const char *fmt, ...)
{
	struct panicking p = { .info = info };
	va_list          ap;

	va_start(ap, fmt);
	begin(&p, frame, fmt, ap);
}

NORETURN void
antler_misaligned(void)
{
	go_panic("runtime error: misaligned memory address");
}

const struct panic_info *
recover(void)
{
	struct g *gp = this_g();
	struct panicking *p = gp->panics;

	if (p == NULL || p->goexit || p->recovered)
		return NULL;
	for (struct antler_deferred *d = gp->strand.defers;
	     d != NULL && (uintptr_t)d < (uintptr_t)p; d = d->next)
		if (d->fn == NULL)
			return NULL;
	p->recovered = true;
	return &p->info;
}

NORETURN void
goexit(void)
{
	struct g *gp = this_g();
	struct panicking p = { .older = gp->panics, .goexit = true };

	gp->panics = &p;
	run_deferred(gp, &p);
	gp->panics = NULL;
	goroutine_end();
}

/* ---- try_call ---- */

struct attempt {
	void             (*fn)(void *);
	void              *arg;
	struct panic_info *why;
	bool               failed;
};

static FOR_PROGRAMS void
take_panic(void *arg)
{
	struct attempt *a = arg;
	const struct panic_info *info = recover();

	if (info == NULL)
		return;
	a->failed = true;
	if (a->why != NULL)
		*a->why = *info;
}

static NOINLINE FOR_PROGRAMS void
attempt(struct attempt *a)
{
	defer(take_panic, a);
	a->fn(a->arg);
}

bool
try_call(void (*fn)(void *arg), void *arg, struct panic_info *why)
{
	struct attempt a = { fn, arg, why, false };

	attempt(&a);
	return !a.failed;
}
