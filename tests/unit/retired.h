/*
 * retired.h - take a P away, by gomaxprocs, with all that it has.
 *
 *	one goroutine			the other, not runnable yet
 *
 *	retired_begin: sets two Ps,
 *	keeps P0
 *	makes the other runnable	gets P1, does what it wants
 *	retired_end: waits		retired_here: waits
 *	   gomaxprocs(1)		   hands P1 in
 *	   goes on			   goes on, on some P
 *
 * From the last thing that the other goroutine does to the end of P1 nothing
 * else runs on P1: the goroutine has no safe point but the stop for gomaxprocs.
 * This takes two harts.
 */
#pragma once

void retired_begin(void);
void retired_end(void);
void retired_here(void);
