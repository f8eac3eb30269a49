/*
 * syncpoint.h - hold a hart between two racy steps, and switch off a fix.
 *
 * SYNC_POINT(name) marks an instant.  A scenario arms a point; the next hart
 * that comes by (or only that one) stops there with whatever it holds, until
 * the scenario lets it go: a race becomes a sequence.  FAULT(name) is true when
 * that fix is switched off (boot argument FAULT=name).  Both exist in LAB
 * builds only; elsewhere they compile to nothing and to false.
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
	ATOMIC(uint32_t)         released;	/* [s] of those, let go */
	ATOMIC(struct hart *)    who;		/* [h] the one caught last */
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

/* Out of line: wait here if still armed.  Serves interrupts meanwhile if they
 * were on. */
void sync_point_reached(struct sync_point *sp);

/* For scenarios, one at a time for each name: arm name for the next n harts;
 * let all caught ones go and disarm; is anybody held there?  An unknown name
 * panics. */
void sync_point_arm(const char *name, uint32_t n);
void sync_point_release(const char *name);
bool sync_point_caught(const char *name);
/* Whom it caught last. */
struct hart *sync_point_who(const char *name);

/* Switch a fault on or off; false if there is none of that name.  */
bool fault_set(const char *name, bool on);
bool fault_get(const char *name);
void fault_list(void);
/* The i-th name, or NULL after the last. */
const char *fault_name(size_t i);
