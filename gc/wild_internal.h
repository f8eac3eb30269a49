/*
 * wild_internal.h - what could be reached when marking began (wild_snapshot.c),
 * for wild.c.
 */
#pragma once

#include "lib/compiler.h"

/* Note each object that can be reached, and the place of the pointer through
 * which it was reached first.  Returns true; without memory notes nothing and
 * returns false.  World stopped, everything swept, nothing being marked. */
bool wild_snapshot_take_stw(void) MUST_USE;

/*
 * Call fn for each object obj that was noted and is white now, with the place
 * at of the pointer through which obj was reached.  Objects that were reached
 * through no word of memory are left out, for example those reached through the
 * record of a finalizer.  World stopped.
 */
void wild_snapshot_each_lost_stw(void (*fn)(uintptr_t obj, uintptr_t at));

/* Forget what was noted, if anything was, and give its memory back.  World
 * stopped. */
void wild_snapshot_drop_stw(void);
