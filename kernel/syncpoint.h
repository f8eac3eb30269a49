/*
 * syncpoint.h - hold a hart between two racy steps, and switch off a fix.
 *
 * SYNC_POINT(name) marks an instant.  A scenario arms a point; the next harts
 * that come by, as many as it is armed for, stop there with whatever they hold,
 * until the scenario releases them.  So a race becomes a sequence.  FAULT(name)
 * is true when the fix called name is switched off (boot argument FAULT=name).
 * Both exist in LAB builds only; in other builds SYNC_POINT compiles to nothing
 * and FAULT to false.
 */
#pragma once

#include "kernel/hart.h"
#include "lib/atomic.h"
#include "lib/compiler.h"

/*
 * Field key:	[I] immutable	[C] changed by CAS or swap	[h] held harts
 *		[s] stored by the scenario, loaded by any
 */
struct sync_point {
	const char              *name;		/* [I] */
	ATOMIC(uint32_t)         armed;		/* [C] harts still to catch */
	ATOMIC(uint32_t)         granted;	/* [s] harts ever armed for */
	ATOMIC(uint32_t)         reached;	/* [h] harts caught so far */
	ATOMIC(uint32_t)         released;	/* [s] caught harts released */
	ATOMIC(struct hart *)    who;		/* [h] the hart caught last */
};

struct fault {
	const char       *name;
	ATOMIC(uint32_t)  on;
};

#if LAB
#define SYNC_POINT(id)                                                      \
	do {                                                                \
		static struct sync_point sync_##id SECTION(".sync_points")  \
		    ALIGNED(8) = { .name = #id };                           \
		/* relaxed: a scenario arms before it makes a hart come by. */ \
		if (UNLIKELY(load_relaxed(&sync_##id.armed) != 0))          \
			sync_point_reached(&sync_##id);                     \
	} while (0)
#define FAULT(id)                                                           \
	({                                                                  \
		static struct fault fault_##id SECTION(".faults")           \
		    ALIGNED(8) = { .name = #id };                           \
		/* relaxed: set at boot, or before the scenario starts. */  \
		(bool)UNLIKELY(load_relaxed(&fault_##id.on) != 0);          \
	})
#else
#define SYNC_POINT(id) do { } while (0)
#define FAULT(id)      false
#endif

/* The slow half of SYNC_POINT: wait here if sp is still armed.  Runs wherever
 * the point is, with whatever the hart holds.  Interrupts are served meanwhile
 * if they were on. */
void sync_point_reached(struct sync_point *sp);

/* For scenarios, only one at a time for each name.  A name that is unknown or
 * stands for two places panics. */

/* Catch the next n harts that come by the point. */
void sync_point_arm(const char *name, uint32_t n);
/* Release all harts that the point holds, and disarm it. */
void sync_point_release(const char *name);
/* Does the point hold a hart now? */
bool sync_point_caught(const char *name);
/* Returns the hart that the point caught last, or NULL before the first. */
struct hart *sync_point_who(const char *name);

/* Switch the fix called name off (on is true) or on again, at all its places.
 * Returns false if there is none of that name. */
bool fault_set(const char *name, bool on);
/* Is the fix called name switched off?  Returns false, too, if there is
 * none. */
bool fault_get(const char *name);
/* Print every fault and whether it is on, one on a line. */
void fault_list(void);
/* Returns the name of the i-th fault, or NULL after the last. */
const char *fault_name(size_t i);
