/*
 * retired.h - a P that is taken away, by gomaxprocs, with all that it has.
 *
 *	one				the other, a goroutine to come
 *
 *	retired_begin: two Ps, and
 *	keeps P0
 *	makes the other runnable	has P1, does what it wants
 *	retired_end: waits		retired_here: waits
 *	   gomaxprocs(1)		   hands P1 in
 *	   goes on			   goes on, on some P
 *
 * From what the other does last to the end of P1 nothing else runs there: it
 * has no safe point but the stop of gomaxprocs.  Two harts.
 */
#pragma once

void retired_begin(void);
void retired_end(void);
void retired_here(void);
