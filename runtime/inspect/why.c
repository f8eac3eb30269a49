/*
 * why.c - who holds an object: the names of the roots.
 *
 * gc/why.c finds the way to an object.  Of the beginning of this way it knows
 * only the address where a root was read.  The address tells what the root is:
 * each G has its window of stack, and Gs, Ms and Ps lie where they were made
 * for good.
 *
 * The goroutine that asks has the address of the object on its stack or in a
 * register, and so would always be the answer.  So the asking goroutine is
 * hidden, as leaks.c hides its suspects, and is looked at only if nobody else
 * holds the object.
 */
#include "runtime/inspect/why.h"

#include "gc/reach.h"
#include "gc/why.h"
#include "kernel/console.h"
#include "kernel/symbols.h"
#include "kernel/unwind.h"
#include "runtime/fail/dump.h"
#include "runtime/sched/sched.h"
#include "runtime/stack/gstack.h"
#include "runtime/stack/stash.h"

enum { REG_SP = 2 };

/* Used only while the world is stopped. */
static struct {
	const struct g *asks;		/* the goroutine that asks */
	bool            hides;		/* asks is left out of the roots */
	uintptr_t       addr;		/* of the object */
	dump_out        out;
	bool            held;		/* by somebody else than asks */
} why;

bool
why_hides(const struct g *gp)
{
	return why.hides && gp == why.asks;
}

/* ---- places ---- */

static void
tell_name(const struct g *gp, dump_out out)
{
	if (gp == why.asks)
		out("nobody but who asks: ");
	dump_name(out, gp);
}

/* Returns a pc in the function whose frame contains at, a place on gp's
 * stack. */
static uintptr_t
pc_of_frame(const struct g *gp, uintptr_t at)
{
	const struct ctx *ctx = &gp->strand.ctx;
	struct unwind_frame f;
	uintptr_t pc;

	unwind_begin(&f, ctx);
	do
		pc = f.pc;
	while (unwind_step(&f, MAX(ctx->sp, f.x[REG_SP]),
	    gp->strand.stack_hi) && f.x[REG_SP] <= at);
	return pc;
}

static void
tell_stack(struct g *gp, uintptr_t at, dump_out out)
{
	uintptr_t sp = gp->strand.ctx.sp, offset = 0;
	const char *name;

	tell_name(gp, out);
	if (g_status(gp) == G_DEAD || at < sp) {
		out(": stack, a part not in use");
		return;
	}
	name = symbol_name(pc_of_frame(gp, at) - 1, &offset);
	out(": stack, sp + %lu, in the frame of %s", at - sp,
	    name != NULL ? name : "?");
	if (name != NULL)
		out(" + %#lx", offset + 1);
}

/* If at is in gp, or in a stash of its stack, tell which place it is.  Returns
 * whether it is. */
static bool
tell_g(struct g *gp, uintptr_t at, dump_out out)
{
	const struct stash *stash = load_relaxed(&gp->stash); /* stopped */
	uintptr_t reg = (at - (uintptr_t)gp->strand.ctx.s) / 8;

	if (stash != NULL && at - (uintptr_t)stash->words < stash->len) {
		tell_stack(gp, gp->strand.stack_hi - stash->len +
		    (at - (uintptr_t)stash->words), out);
		return true;
	}
	if (at - (uintptr_t)gp >= sizeof(*gp))
		return false;
	tell_name(gp, out);
	if (reg < ARRAY_LEN(gp->strand.ctx.s))
		out(": saved register s%lu", reg);
	else if (at == (uintptr_t)&gp->strand.arg)
		out(": the argument that it was started with");
	else
		out(": struct g + %lu", at - (uintptr_t)gp);
	return true;
}

/* If at is in a G, an M or a P, tell which place it is.  Returns whether it
 * is. */
static bool
tell_record(uintptr_t at, dump_out out)
{
	for (uint32_t i = 0; i < allg_count(); i++)
		if (tell_g(allg_at(i), at, out))
			return true;
	for (uint32_t i = 0; i < nharts_online; i++)
		if (at - (uintptr_t)harts[i] < sizeof(struct m)) {
			out("M%u: struct m + %lu", i,
			    at - (uintptr_t)harts[i]);
			return true;
		}
	for (size_t i = 0; i < allp.cap; i++)
		if (at - (uintptr_t)allp.ptr[i] < sizeof(struct p)) {
			out("P%zu: struct p + %lu", i,
			    at - (uintptr_t)allp.ptr[i]);
			return true;
		}
	return false;
}

void
why_tell_place(uintptr_t at, dump_out out)
{
	uintptr_t   offset = 0;
	const char *name = symbol_of_data(at, &offset);
	struct g   *gp = gstack_owner(at);

	if (gp != NULL)
		tell_stack(gp, at, out);
	else if (tell_record(at, out))
		return;
	else if (name != NULL)
		out("the global %s + %lu", name, offset);
	else
		out("memory of its own");
}

/* ---- asking ---- */

/* Tell the address, and what it belongs to. */
static void
tell_addr(dump_out out)
{
	struct gc_object object;

	out("%#lx", why.addr);
	if (gc_find_object((void *)why.addr, &object)) {
		out(" is in ");
		gc_tell_object(why.addr, out);
	} else if (gstack_owner(why.addr) != NULL ||
	    symbol_of_data(why.addr, NULL) != NULL) {
		out(" is in ");
		why_tell_place(why.addr, out);
	}
	out("\n");
}

static void
find_stw(void *unused)
{
	enum gc_why got;
	dump_out out = why.out;

	(void)unused;
	gc_reach_begin_stw();
	tell_addr(out);
	why.asks = this_m()->curg;
	why.hides = true;
	got = gc_why_stw(why.addr, out);
	why.held = got == GC_WHY_TOLD;
	why.hides = false;
	if (got == GC_WHY_UNREACHABLE)
		got = gc_why_stw(why.addr, out);
	why.asks = NULL;
	gc_reach_end_stw();
	if (got == GC_WHY_UNREACHABLE)
		out("  held by nobody\n");
	else if (got == GC_WHY_NO_OBJECT)
		out("  no object\n");
	else if (got == GC_WHY_NO_MEMORY)
		out("  no memory to find out who holds it\n");
}

bool
why_tell(uintptr_t addr, dump_out out)
{
	static struct mutex turn;
	bool held;

	mutex_lock(&turn);
	why.addr = addr;
	why.out = out;
	gc_stop_between_cycles("finding who holds an object");
	gc_host.on_system_stack(find_stw, NULL);
	gc_host.start_world();
	held = why.held;
	mutex_unlock(&turn);
	return held;
}

bool
gc_why(const void *p)
{
	return why_tell((uintptr_t)p, kprintf);
}
