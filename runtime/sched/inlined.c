/*
 * inlined.c - see inlined.h.
 */
#include "runtime/sched/inlined.h"

#include "gc/gc.h"
#include "kernel/clock.h"
#include "kernel/syncpoint.h"
#include "lib/check.h"
#include "runtime/sched/sched.h"

/* How often a goroutine at an unsafe pc is let go on before it is preempted
 * there, and for how long the first time.  Each time is twice as long as the
 * one before, so the last ends after 1.3 ms.  However slow the machine is, the
 * goroutine makes some progress in that time. */
enum { SPARED_MAX = 8 };
#define SPARE_NS (5 * NS_PER_US)

/* linker.ld */
extern const char __inlined_text_start[], __inlined_text_end[];

struct inlined_stats inlined_stats;

/* How many goroutines rest at an unsafe pc. */
static ATOMIC(uint32_t) nunsafe;

/* Is pc in unsafe text? */
static bool
is_inlined(uintptr_t pc)
{
	return pc - (uintptr_t)__inlined_text_start <
	    (size_t)(__inlined_text_end - __inlined_text_start);
}

/* Is pc a place where a goroutine must not rest?  ra is the goroutine's
 * register of that name (INLINED-1). */
static bool
is_unsafe(uintptr_t pc, uintptr_t ra)
{
	return is_inlined(pc) && pc != ra;
}

nanos_t
inlined_spare(struct m *m, uintptr_t pc, uintptr_t ra)
{
	struct spared *s = &m->spared;
	nanos_t now;

	if (LIKELY(!is_unsafe(pc, ra)))
		return 0;
	if (!turn_goes_on(&s->turn, m->curg, m->p->fair)) {
		s->n = 0;
		s->until = 0;
	}
	now = clock_now();
	if (now < s->until)
		return s->until - now;
	if (s->n == SPARED_MAX || FAULT(inlined_spares_nobody))
		return 0;
	s->until = now + (SPARE_NS << s->n++);
	add_relaxed(&inlined_stats.nspared, 1);	/* relaxed: a count */
	return s->until - now;
}

bool
inlined_rest(uintptr_t pc, uintptr_t ra)
{
	if (LIKELY(!is_unsafe(pc, ra)))
		return false;
	/* relaxed: the world is not stopped, because we run.  The next stop
	 * orders this addition before the load in inlined_all_safe, and the
	 * next start orders that load before what inlined_go_on does. */
	add_relaxed(&nunsafe, 1);
	add_relaxed(&inlined_stats.ncaught, 1);
	return true;
}

void
inlined_go_on(void)
{
	add_relaxed(&nunsafe, -1U);	/* relaxed: as in inlined_rest */
}

bool
inlined_all_safe(void)
{
	/* relaxed: the world is stopped. */
	return load_relaxed(&nunsafe) == 0;
}

/* The function that gc_store_inlined calls while the collector marks. */
FOR_PROGRAMS void
gc_store_inlined_(void **slot, void *value)
{
	if (UNLIKELY(!is_inlined((uintptr_t)__builtin_return_address(0))))
		go_panic("gc_store_inlined: in a function that is not "
		    "GC_INLINES_BARRIERS");
	gc_store_ptr(slot, value);
}
