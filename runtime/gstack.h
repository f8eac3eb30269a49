/*
 * gstack.h - goroutine stacks: windows of address space, filled on first touch.
 *
 * G number i owns the window VM_GSTACK_LO + i * GSTACK_WINDOW for good.  Its
 * lowest page is never mapped (the guard); the top page is mapped when the G is
 * made; the pages between are mapped by the fault of their first touch.
 *
 *	GSTACK-1 The tables above a window's leaf entries exist before its G
 *		does, so a stack fault only stores one leaf entry.
 *	GSTACK-2 A stack fault takes no lock and allocates nothing: it may hit
 *		code that holds the page allocator's lock.  Its frame comes from
 *		the hart's reserve (hart->frames), which holds enough for the
 *		whole of one window; schedule() fills it again.
 */
#pragma once

#include "kernel/trap.h"
#include "kernel/vm.h"
#include "lib/compiler.h"
#include "runtime/m.h"

#define GSTACK_WINDOW (64 * KIB)

/* Windows there is room for: more than four million. */
#define GSTACK_MAX ((uint32_t)((VM_GSTACK_HI - VM_GSTACK_LO) / GSTACK_WINDOW))

/* Fill the frame reserve of m.  m itself, no locks; also boot. */
void gstack_refill(struct m *m);

/* Make the tables for the windows of n Gs from index first.  False without
 * memory. */
bool gstack_prepare(uint32_t first, uint32_t n) MUST_USE;

/* Give gp, which has its index, its stack: the top page.  False without memory.
 */
bool gstack_give(struct g *gp) MUST_USE;

/* An exception at an address in a window: map the page and return true, or
 * false if it is not one (outside all windows, or no G).  A touch of the guard
 * page is a stack overflow: the message names the goroutine, status 2.  Trap.
 */
bool gstack_fault(struct trapframe *frame);
