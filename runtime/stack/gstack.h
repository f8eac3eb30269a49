/*
 * gstack.h - goroutine stacks: windows of address space, filled on first touch.
 *
 * G number i owns the window VM_GSTACK_LO + i * GSTACK_WINDOW for good, and
 * some more behind it if it has a large stack (ALLG-3).  Its lowest page is
 * never mapped (the guard); the top page is mapped when the G is made; the
 * pages between are mapped by the fault of their first touch.  A collection
 * takes pages away again (gstack_trim.h), the last one too when it stashes the
 * stack (stash.h): then the fault brings back what was there.
 *
 *	GSTACK-1 The tables above a window's leaf entries exist before its G
 *		does, so a stack fault only stores one leaf entry.
 *	GSTACK-2 A stack fault may hit code that holds any lock, the page
 *		allocator's too.  Its frame comes from the hart's reserve
 *		(hart->frames), which is enough for one window; schedule()
 *		fills it again in time.  Only if it is empty the fault asks
 *		the page allocator, and not if this hart holds its lock.
 *	GSTACK-3 Who changes a leaf entry of a G's window holds the G's
 *		stack_lock, with interrupts off, and takes no other lock and
 *		does nothing that faults while it does: so a fault, anywhere,
 *		may wait for it, and no hart is stopped for a panic with it.
 *		gstack_give, before anybody knows the G, needs none.
 *	GSTACK-4 Of a G's window only the npages pages at the top may be mapped.
 */
#pragma once

#include "kernel/trap.h"
#include "kernel/vm.h"
#include "lib/compiler.h"
#include "runtime/sched/m.h"

#define GSTACK_WINDOW (64 * KIB)

/* A large stack is at most 2^GSTACK_LARGE_SHIFT windows: 16 MiB. */
enum { GSTACK_LARGE_SHIFT = 8 };

/* Windows there is room for: more than four million. */
#define GSTACK_MAX ((uint32_t)((VM_GSTACK_HI - VM_GSTACK_LO) / GSTACK_WINDOW))

/* Fill the frame reserve of m.  m itself, no locks; also boot. */
void gstack_refill(struct m *m);

/* Make the tables for the windows of n Gs from index first.  False without
 * memory. */
bool gstack_prepare(uint32_t first, uint32_t n) MUST_USE;

/* Give the n Gs from gs on, which have their indexes, their stacks: the top
 * pages.  Returns how many got one: fewer without memory.  No multiple of 16
 * among their indexes but the first: so their windows share a table. */
uint32_t gstack_give(struct g *gs, uint32_t n) MUST_USE;

/* Give gp a stack of n windows, its own the lowest.  False without memory. */
bool gstack_give_large(struct g *gp, uint32_t n) MUST_USE;

/* gp has 2^k windows: k. */
unsigned gstack_large_shift(const struct g *gp);

/* An exception at an address in a window: map the page and return true, or
 * false if it is not one (outside all windows, or no G).  A touch of the guard
 * page is a stack overflow: the message names the goroutine, status 2.  Trap.
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
