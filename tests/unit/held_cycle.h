/*
 * held_cycle.h - a collection whose marking has begun and goes no further until
 * the test says so.  Meanwhile everything reachable is white.
 */
#pragma once

/* Begin the collection. */
void held_cycle_begin(void);

/* Switch fault on, until the end of the collection. */
void held_cycle_break(const char *fault);

/* Let the collection mark and end, and sweep everything.  If a fault was
 * switched on, switch it off and clear up what it left: nothing stays grey. */
void held_cycle_end(void);
