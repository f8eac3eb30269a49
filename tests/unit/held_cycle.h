/*
 * held_cycle.h - a collection whose marking has begun and goes no further until
 * the test says so; everything reachable is white meanwhile.
 */
#pragma once

/* Begin it. */
void held_cycle_begin(void);

/* Let it mark and end, and sweep everything. */
void held_cycle_end(void);
