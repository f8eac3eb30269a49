/*
 * tripwire.h - stopping a hart at the next instruction of a program.
 *
 * An interrupt that is to stop a goroutine may find the goroutine in the
 * runtime's text, where it must not be stopped.  It has to be stopped when it
 * returns to the program, where it may stay for a few instructions only,
 * between two calls.  So the hart is given another page table, in which text of
 * programs cannot be executed (vm.h).  The first instruction of a program that
 * the hart fetches then causes a page fault.  Its handler gives the hart the
 * first table back and calls trap_hooks.leave, as after an interrupt at that
 * instruction.
 *
 *	TRIP-1	While hart->tripwire is set, and only then, the hart uses the
 *		fenced table.  It executes no instruction of a program then.
 *	TRIP-2	A tripwire that is set without need does no harm: the hart that
 *		meets it takes a trap and goes on.
 *
 * Calls of the runtime are not slower for tripwires.  To set and meet one takes
 * a hart some 250 instructions, and flushes all its translations twice.
 *
 * Virtual harts (virtual.h) share the satp of the real hart.  When a virtual
 * hart goes on, tripwire_resume turns on the table that this virtual hart uses.
 *
 * Rejected: interrupts that come again until one finds the goroutine in the
 * program's text.  In a loop of calls of 10 ms each, with ten instructions
 * between them, that took seconds (10 to 28 s for a collection beside it).
 * Rejected: to replace the return address of the outermost frame of the
 * runtime, as return barriers do (Yuasa, Nakagawa, Komiya, Yasugi, "Return
 * barrier", 2002).  The trap would have to find that frame by call-frame
 * information, which clang 14 does not give in epilogues; and all other code
 * that walks a stack, or reads its own return address, would have to know of
 * the replaced address.
 * Rejected: a check at each return to a program, as HotSpot's polling page
 * does.  It is one more load in each call of the runtime, and some of these
 * calls have only ten instructions.
 */
#pragma once

#include "kernel/hart.h"
#include "lib/compiler.h"

/* Give this hart a tripwire, or take it away.  Any context. */
void tripwire_set(void);
void tripwire_clear(void);

/* Tell whether a trap of this cause at pc came from this hart's tripwire.
 * Returns true, and takes the tripwire away, if it did.  In the trap. */
bool tripwire_hit(uint64_t cause, uintptr_t pc);

/* Let the real hart, which is about to go on as the virtual hart hart, use the
 * page table of that virtual hart.  Interrupts off. */
void tripwire_resume(const struct hart *hart);

/* Returns how often harts of this machine have met a tripwire.  Any context. */
uint64_t tripwire_count(void);
