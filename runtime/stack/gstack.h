/*
 * gstack.h - goroutine stacks: windows of address space, filled on first touch.
 *
 * Address space is divided into windows of equal size.  G number i owns window
 * i for good.  A G with a large stack also owns the windows behind its own that
 * the stack needs (ALLG-3).  The stack lies at the upper end of the last
 * window.  The pages below the stack, down to the lower end of window i, are
 * never mapped: they are the guard.  The top page is mapped when the G is made.
 * Each page between the top page and the guard is mapped by the fault of its
 * first touch.  A collection takes pages away again (gstack_trim.h); when it
 * stashes the stack (stash.h), it takes the top page, too.  The next fault at
 * such a page brings back what was there.
 *
 * How wide the guard must be.  RISC-V compilers do not probe the stack: a
 * function may move sp down by its whole frame and touch only the far end.  If
 * a guard is narrower than a frame, a function can jump over the guard, and its
 * store then hits the stack of another goroutine.  So the guard is wider than
 * the largest frame of the program and wider than any frame of the runtime.
 * tools/frames reads from the instructions of the linked program how large its
 * frames are, and the linker writes the largest into the image
 * (__gstack_frame_max).  The compiler checks that the runtime's frames are no
 * larger than FRAME_LIMIT.  A function with a frame saves its return address at
 * the upper end of the frame before it calls another function.  So two touches
 * of the stack that follow each other are at most one frame and the saved
 * registers (GSTACK_SLACK) apart.  Stack that a function takes in its middle
 * (alloca, arrays of variable length) is probed every 4,096 bytes if gcc
 * compiles the function (tools/build.mk).  A program whose function does not
 * probe such stack is refused; clang does not probe it.
 *
 * What it costs.  A page table has 512 entries, and a window takes one entry
 * for each of its pages, in the guard too.  Programs whose frames fit into a
 * page have windows of 64 KiB, which cost 128 bytes for each goroutine.
 * Programs with frames of up to some 60 KiB pay 256 bytes for each goroutine.
 * From 2 MiB on, each window has a page table of its own.
 *
 *	GSTACK-1 The tables above the leaf entry of a stack's top page exist
 *		before its G does.  A stack of go() does not cross a multiple of
 *		64 KiB, so all of its tables exist by then.  The other tables of
 *		a large stack are made by its faults.
 *	GSTACK-2 A stack fault may hit code that holds any lock, the page
 *		allocator's too.  The frames for the page and for missing tables
 *		come from the hart's reserve (hart->frames), which is enough for
 *		a stack of go(); schedule() fills the reserve again in time.
 *		The fault asks the page allocator only if too few frames are
 *		left in the reserve, and never if this hart holds the
 *		allocator's lock.
 *	GSTACK-3 A hart that changes a leaf entry of a G's window holds the G's
 *		stack_lock, with interrupts off.  While it holds stack_lock it
 *		takes no other lock and does nothing that faults.  So any fault
 *		may wait for stack_lock, and no hart is stopped for a panic
 *		while it holds one.  gstack_give needs no stack_lock, because
 *		nobody knows the G yet.
 *	GSTACK-4 Only the npages pages at the top of a G's window may be mapped.
 *	GSTACK-5 No frame of the image is larger than gstack_layout.guard less
 *		GSTACK_SLACK, and below each stack there are at least
 *		gstack_layout.guard bytes of its own windows.
 */
#pragma once

#include "kernel/trap.h"
#include "kernel/vm.h"
#include "lib/compiler.h"
#include "runtime/sched/m.h"

/* Bytes of a stack of size class k.  Stacks of go() have class 0; those of
 * go_stack have classes up to GSTACK_LARGE_SHIFT, which is 16 MiB. */
#define GSTACK_SIZE(k) ((64 * KIB << (k)) - PAGE_SIZE)
enum { GSTACK_LARGE_SHIFT = 8 };

enum {
	GSTACK_SLACK = 1024,		/* see "How wide" above */
	GSTACK_MAX = 1 << 22,		/* the most windows */
};

/* How address space is divided. */
struct gstack_layout {
	uintptr_t lo;		/* where window 0 begins */
	size_t    len;		/* bytes of all windows */
	uint32_t  max;		/* number of windows */
	unsigned  shift;	/* each window has 2^shift bytes */
	size_t    guard;	/* least bytes of guard below a stack; pages */
};
extern struct gstack_layout gstack_layout;	/* [I] after gstack_init */

/* Returns a layout whose windows have room for stacks of stack bytes, which is
 * a whole number of pages, and for guards that no frame of up to frame_max
 * bytes can jump over.  wide says whether the machine has the addresses of
 * Sv48. */
struct gstack_layout gstack_plan(size_t stack, size_t frame_max, bool wide);

/* Choose the layout for this image and this machine.  Called at boot, after
 * vm_init. */
void gstack_init(void);

/* Returns how many windows a stack of size class k takes. */
uint32_t gstack_windows(unsigned k);

/* Returns the G that has address va in one of its windows, in its guard or on
 * its stack; NULL if there is none.  Any hart, traps too. */
struct g *gstack_owner(uintptr_t va);

/* Fill the frame reserve of m.  Only m itself calls this, with no locks; also
 * at boot. */
void gstack_refill(struct m *m);

/* Give a stack of class 0 to each of the n Gs from gs on, which have their
 * indexes already: map the top pages and make the tables above them.  Returns
 * how many Gs got a stack, which is less than n if there is no memory.  No
 * index but the first may be a multiple of 16, so that small windows share a
 * table. */
uint32_t gstack_give(struct g *gs, uint32_t n) MUST_USE;

/* Give gp a stack of size class k, which may be 0, in its own window and those
 * behind it.  Returns false if there is no memory. */
bool gstack_give_large(struct g *gp, unsigned k) MUST_USE;

/* Returns the size class of gp's stack. */
unsigned gstack_large_shift(const struct g *gp);

/* Handle an exception at an address on a stack: map the page and return true.
 * Returns false if the exception is none of that kind, because the address is
 * outside all windows or its window has no G.  A goroutine that touches its own
 * guard has overflowed its stack: the message names the goroutine, and the
 * machine ends with status 2.  Trap. */
bool gstack_fault(struct trapframe *frame);

/* Take and release gp's stack_lock, with interrupts off.  gstack_lock returns
 * false, without the lock, if it could not get the lock for so long that the
 * holder must be dead: a panic reads stacks, too. */
bool gstack_lock(struct g *gp) MUST_USE;
void gstack_unlock(struct g *gp);

/* Statistics of stacks.  Each number is right, but they are not all of one
 * moment.  Any hart. */
struct gstack_stats {
	uint64_t windows;	/* Gs ever made */
	uint64_t pages;		/* mapped in windows now */
	uint64_t trimmed;	/* pages that collections took, ever */
};
void gstack_get_stats(struct gstack_stats *out);

/* Note that n more pages are mapped in windows.  If n is negative, trimmed of
 * the -n pages were taken by a collection.  For gstack_trim.c. */
void gstack_count(int64_t n, uint64_t trimmed);
