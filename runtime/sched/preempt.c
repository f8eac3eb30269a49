/*
 * preempt.c - see preempt.h.
 *
 * A preempted goroutine goes to the global queue, as in Go: it has used its
 * hart for long and those on the local queue have not; and from there straight
 * to a hart, never to a local queue (globq_get).  So what a timer readies runs
 * next even when a hundred goroutines compute.
 */
#include "runtime/sched/preempt.h"

#include "gc/gc.h"
#include "kernel/clock.h"
#include "kernel/redirect.h"
#include "kernel/syncpoint.h"
#include "kernel/tripwire.h"
#include "lib/check.h"
#include "runtime/sched/inlined.h"
#include "runtime/sched/sched.h"

/* When to look again at a goroutine that is in a program's text and cannot be
 * preempted there: the runtime has called that text with something in its
 * hands, or its stack is all but full. */
#define AGAIN_NS (20 * NS_PER_US)

enum { REG_RA = 1, REG_TP = 4 };

/* linker.ld */
extern const char __app_text_start[], __app_text_end[];
extern const char __lib_text_start[], __leaf_text_end[];

bool
preempt_is_app(uintptr_t pc)
{
	return pc - (uintptr_t)__app_text_start <
	    (size_t)(__app_text_end - __app_text_start);
}

/* Is frame where a goroutine may be preempted: PREEMPT-1? */
static bool
is_preemptible(const struct trapframe *frame)
{
	uintptr_t pc = frame->pc;

	if (pc - (uintptr_t)__lib_text_start <
	    (size_t)(__leaf_text_end - __lib_text_start))
		pc = frame->x[REG_RA];
	return preempt_is_app(pc);
}

static void
preempt_on_g0(struct g *gp)
{
	struct m *m = this_m();

	tripwire_clear();		/* what it was for has come */
	g_become(gp, G_RUNNING, G_RUNNABLE);
	gp->preempted = true;
	/* relaxed: a counter with one writer. */
	store_relaxed(&m->npreempt, load_relaxed(&m->npreempt) + 1);
	spin_lock(&sched.lock);
	globq_put(gp);
	spin_unlock(&sched.lock);
	/* Somebody idle may have it (Go issue 55160, second half). */
	wakep();
	schedule_slow(m);
}

void
preempt_now(void)
{
	on_g0_leave(preempt_on_g0);
}

/* Is m's P wanted?  With FAULT=always_give_way it always is, so that a test can
 * count how often a function asks. */
static bool
is_wanted(const struct m *m)
{
	return m->p != NULL && (p_is_wanted(m->p) || FAULT(always_give_way));
}

void
give_way(void)
{
	struct g *gp = this_g();
	struct m *m;

	if (gp->is_g0)
		return;
	m = this_m();
	/* Not a yield: on the local queue this one would run before those that
	 * a timer is about to ready. */
	if (UNLIKELY(is_wanted(m)) && m->pins == 0 && m->hart.held == NULL &&
	    !world_is_mine())
		preempt_now();
}

/* On the goroutine's own stack, below all it had in registers. */
static void
preempt_self(struct trapframe *saved)
{
	bool unsafe = inlined_rest(saved->pc, saved->x[REG_RA]);

	preempt_now();
	if (UNLIKELY(unsafe))
		inlined_go_on();
}

/* Look again at m's goroutine when so much time has passed. */
static void
look_again(nanos_t wait)
{
	nanos_t at = clock_now() + wait;

	if (at < clock_deadline())
		clock_set_deadline(at);
}

void
preempt_leave(struct trapframe *frame)
{
	struct m *m = this_m();
	struct p *p = m->p;
	nanos_t wait = AGAIN_NS;

	/* A bit that is set later comes with an interrupt of its own. */
	if (p == NULL || !p_is_wanted(p))
		return;
	/* The scheduler looks by itself before it stores curg. */
	if (m->curg == NULL)
		return;
	/* That goroutine has begun to stop, or is about to go on. */
	if (g_status(m->curg) != G_RUNNING) {
		tripwire_set();
		return;
	}
	/* It marks to pay for an allocation, and looks by itself soon. */
	if (gc_polls_soon(p->gc))
		return;
	if (!is_preemptible(frame)) {
		gc_recall(p->gc);
		tripwire_set();					/* PREEMPT-3 */
		return;
	}
	/* Not on g0, on the goroutine's behalf, nor for the runtime. */
	if (frame->x[REG_TP] == (uintptr_t)m->curg && m->pins == 0 &&
	    m->hart.held == NULL) {
		wait = inlined_spare(m, frame->pc, frame->x[REG_RA]);
		if (wait == 0 && trap_redirect(frame, preempt_self))
			return;
		wait = wait != 0 ? wait : AGAIN_NS;
	}
	gc_recall(p->gc);
	look_again(wait);
}

uint64_t
preempt_count(void)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < nharts_online; i++)
		sum += load_relaxed(&((struct m *)harts[i])->npreempt);
	return sum;
}
