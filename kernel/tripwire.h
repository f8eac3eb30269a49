/*
 * tripwire.h - stopping a hart at the next instruction of a program.
 *
 * An interrupt that is to stop a goroutine may find it in the runtime's text,
 * where it must not be stopped.  It has to be stopped when it comes out, and it
 * may be out for a few instructions only, between two calls.  So the hart is
 * given another page table, in which text of programs cannot be executed
 * (vm.h).  The first instruction of a program that it fetches is then a page
 * fault, which gives the hart its old table back and calls trap_hooks.leave, as
 * after an interrupt that came at that instruction.
 *
 *	TRIP-1	While hart->tripwire is set, and only then, the hart uses the
 *		fenced table.  It executes no instruction of a program then.
 *	TRIP-2	To set a tripwire without need does no harm: the hart that meets
 *		it takes a trap and goes on.
 *
 * A call of the runtime costs nothing more.  A hart that meets a tripwire takes
 * some 250 instructions, and forgets all translations twice.
 *
 * Virtual harts (virtual.h) share the page table of the real one.  The one that
 * goes on brings its own with it (tripwire_resume).
 *
 * Rejected: interrupts that come again until one finds the goroutine outside.
 * A loop of calls of 10 ms with ten instructions between them was found outside
 * after seconds (10 to 28 s for a collection beside it).  Rejected: to replace
 * the return address of the outermost frame of the runtime, as return barriers
 * do (Yuasa, Nakagawa, Komiya, Yasugi, "Return barrier", 2002).  The trap must
 * find that frame by call-frame information, which clang 14 does not give in
 * epilogues; and everything else that walks a stack, or asks for its return
 * address, must know of it.  Rejected: a look at each return, as HotSpot does
 * by its polling page: a load in each call of the runtime, of which some have
 * ten instructions.
 */
#pragma once

#include "kernel/hart.h"
#include "lib/compiler.h"

/* Give this hart a tripwire, or take it away.  Any context. */
void tripwire_set(void);
void tripwire_clear(void);

/* A trap of this cause came at pc.  If it was the tripwire, take that away and
 * return true.  In the trap. */
bool tripwire_hit(uint64_t cause, uintptr_t pc);

/* The real hart is about to go on as hart, a virtual one: let it use the page
 * table that hart uses.  Interrupts off. */
void tripwire_resume(const struct hart *hart);

/* Return how often a hart of this machine has met a tripwire.  Any context. */
uint64_t tripwire_count(void);
