/*
 * nanos.h - adding and subtracting times that may lie anywhere.
 *
 * A nanos_t is an int64_t, so it ends 292 years before and after the start of
 * the machine's clock.  The clock itself stays far from both ends, and so does
 * the clock plus or minus a constant.  But a program may pass any deadline and
 * any duration, and CLOCK_NEVER is the last instant of all.  Such times must be
 * added and subtracted with these functions only: they stop at the ends, where
 * + and - would wrap around and turn the far past into the far future.
 * Comparing needs no care.
 */
#pragma once

#include <stdint.h>

#include "lib/compiler.h"

/* Returns a + b, or the end of the range if a + b lies beyond it. */
INLINE nanos_t
nanos_add(nanos_t a, nanos_t b)
{
	nanos_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return b < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

/* Returns a - b, or the end of the range if a - b lies beyond it. */
INLINE nanos_t
nanos_sub(nanos_t a, nanos_t b)
{
	nanos_t difference;

	if (__builtin_sub_overflow(a, b, &difference))
		return b < 0 ? INT64_MAX : INT64_MIN;
	return difference;
}
