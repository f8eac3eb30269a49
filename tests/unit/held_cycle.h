/*
 * held_cycle.h - a collection whose marking has begun and goes no further until
 * the test says so; everything reachable is white meanwhile.
 */
#pragma once

/* Begin it. */
void held_cycle_begin(void);

/* From here to its end with fault switched on. */
void held_cycle_break(const char *fault);

/* Let it mark and end, and sweep everything.  If it was broken, clear up: no
 * fault, and nothing is left grey. */
void held_cycle_end(void);
