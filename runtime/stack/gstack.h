/*
 * gstack.h - goroutine stacks: windows of address space, filled on first touch.
 *
 * Address space is divided into windows of equal size.  G number i owns window
 * i for good, and, if it has a large stack, as many behind it as that needs
 * (ALLG-3).  Its stack lies at the upper end of the last.  The pages below the
 * stack, down to the lower end of window i, are never mapped: the guard.  The
 * top page is mapped when the G is made; the pages between are mapped by the
 * fault of their first touch.  A collection takes pages away again
 * (gstack_trim.h), the last one too when it stashes the stack (stash.h): then
 * the fault brings back what was there.
 *
 * How wide the guard must be.  RISC-V compilers do not probe: a function may
 * move sp down by its whole frame and touch only the far end.  A guard that is
 * narrower than a frame can be jumped, and the store then hits the stack of
 * another goroutine.  So the guard is wider than the largest frame of the
 * program, which the compiler says (tools/mkapp) and the linker writes into the
 * image (gstack_frame_max), and wider than any of the runtime (FRAME_LIMIT,
 * which the compiler checks).  A function with a frame saves its return address
 * at the upper end of it before it calls another; so from one touch of the
 * stack to the next it is one frame and what is saved, GSTACK_SLACK at most.
 * Stack that is taken in the middle of a function (alloca, arrays of variable
 * length) is probed every 4,096 bytes by gcc (tools/build.mk); from clang,
 * which does not, it is refused.
 *
 * What it costs.  A page table has 512 entries, of which a window takes one for
 * each of its pages, guard or not: 128 bytes for each goroutine with windows of
 * 64 KiB, which is what programs have whose frames fit into a page; 256 bytes
 * for those with frames of up to some 60 KiB; and from 2 MiB on a table each.
 *
 *	GSTACK-1 The tables above the leaf entry of a stack's top page exist
 *		before its G does, and so those of all of a stack of go(), which
 *		does not cross a multiple of 64 KiB.  What else a large stack
 *		needs is made by its faults.
 *	GSTACK-2 A stack fault may hit code that holds any lock, the page
 *		allocator's too.  Its frames, for a page and perhaps for tables,
 *		come from the hart's reserve (hart->frames), which is enough for
 *		a stack of go(); schedule() fills it again in time.  Only if too
 *		few are left the fault asks the page allocator, and not if this
 *		hart holds its lock.
 *	GSTACK-3 Who changes a leaf entry of a G's window holds the G's
 *		stack_lock, with interrupts off, and takes no other lock and
 *		does nothing that faults while it does: so a fault, anywhere,
 *		may wait for it, and no hart is stopped for a panic with it.
 *		gstack_give, before anybody knows the G, needs none.
 *	GSTACK-4 Of a G's window only the npages pages at the top may be mapped.
 *	GSTACK-5 No frame of the image is larger than gstack_layout.guard less
 *		GSTACK_SLACK, and below each stack there are at least
 *		gstack_layout.guard bytes of its own windows.
 */
#pragma once

#include "kernel/trap.h"
#include "kernel/vm.h"
#include "lib/compiler.h"
#include "runtime/sched/m.h"

/* Bytes of a stack of size class k: those of go() have class 0, those of
 * go_stack up to GSTACK_LARGE_SHIFT, which is 16 MiB. */
#define GSTACK_SIZE(k) ((64 * KIB << (k)) - PAGE_SIZE)
enum { GSTACK_LARGE_SHIFT = 8 };

enum {
	GSTACK_SLACK = 1024,		/* see above */
	GSTACK_MAX = 1 << 22,		/* windows, at most */
};

/* How address space is divided. */
struct gstack_layout {
	uintptr_t lo;		/* where window 0 begins */
	size_t    len;		/* bytes of all windows */
	uint32_t  max;		/* how many there are */
	unsigned  shift;	/* each has 2^shift bytes */
	size_t    guard;	/* bytes of guard, at least; whole pages */
};
extern struct gstack_layout gstack_layout;	/* [I] after gstack_init */

/* Returns the layout whose windows have room for stacks of stack bytes, whole
 * pages, and for guards that no frame of up to frame_max bytes can jump; wide
 * says that there are the addresses of Sv48. */
struct gstack_layout gstack_plan(size_t stack, size_t frame_max, bool wide);

/* Choose the layout for this image and this machine.  Boot, after vm_init. */
void gstack_init(void);

/* Returns how many windows a stack of size class k takes. */
uint32_t gstack_windows(unsigned k);

/* Returns the G one of whose windows address va lies in, in its guard or on its
 * stack; NULL if there is none.  Any hart, traps too. */
struct g *gstack_owner(uintptr_t va);

/* Fill the frame reserve of m.  m itself, no locks; also boot. */
void gstack_refill(struct m *m);

/* Give the n Gs from gs on, which have their indexes, stacks of class 0: the
 * top pages, and the tables above.  Returns how many got one: fewer without
 * memory.  No multiple of 16 among their indexes but the first: so small
 * windows share a table. */
uint32_t gstack_give(struct g *gs, uint32_t n) MUST_USE;

/* Give gp a stack of size class k, 0 too, in its own window and those behind
 * it.  Returns false without memory. */
bool gstack_give_large(struct g *gp, unsigned k) MUST_USE;

/* Returns the size class of gp's stack. */
unsigned gstack_large_shift(const struct g *gp);

/* An exception at an address in a window: map the page and return true, or
 * false if it is not one (outside all windows, or no G).  A touch of its own
 * guard is a stack overflow: the message names the goroutine, status 2.  Trap.
 */
bool gstack_fault(struct trapframe *frame);

/* Take and release gp's stack_lock, interrupts off.  gstack_lock returns false,
 * without it, if it was not to be had for so long that its holder must be dead:
 * a panic reads stacks, too. */
bool gstack_lock(struct g *gp) MUST_USE;
void gstack_unlock(struct g *gp);

/* Stacks in numbers; each right, but not all of the same moment.  Any hart. */
struct gstack_stats {
	uint64_t windows;	/* Gs ever made */
	uint64_t pages;		/* mapped in windows now */
	uint64_t trimmed;	/* taken away by collections, ever */
};
void gstack_get_stats(struct gstack_stats *out);

/* n more pages are mapped in windows; trimmed of the -n fewer are by a
 * collection.  For gstack_trim.c. */
void gstack_count(int64_t n, uint64_t trimmed);
