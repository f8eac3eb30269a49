/*
 * preempt.c - see preempt.h.
 *
 * A preempted goroutine goes to the global queue, as in Go, because it has used
 * its hart for long, and the goroutines on the local queue have not.  From the
 * global queue it goes straight to a hart, never to a local queue (globq_get).
 * So a goroutine that a timer makes ready runs next even when a hundred others
 * compute.
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

/* After which time to look again at a goroutine that is in a program's text and
 * cannot be preempted there, because the runtime has called that text while it
 * holds a lock or a pin, or because the goroutine's stack is almost full. */
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

/* May a goroutine be preempted at frame (PREEMPT-1)? */
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

	tripwire_clear();		/* it was set for this preemption */
	g_become(gp, G_RUNNING, G_RUNNABLE);
	gp->preempted = true;
	/* relaxed: a counter with one writer. */
	store_relaxed(&m->npreempt, load_relaxed(&m->npreempt) + 1);
	spin_lock(&sched.lock);
	globq_put(gp);
	spin_unlock(&sched.lock);
	/* An idle M may run gp (Go issue 55160, second half). */
	wakep();
	schedule_slow(m);
}

void
preempt_now(void)
{
	on_g0_leave(preempt_on_g0);
}

/* Does m have a P that is wanted?  With FAULT=always_give_way every P is
 * wanted, so that a test can count how often a function gives way. */
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
	/* We do not yield: on the local queue this goroutine would run before
	 * those that a timer is about to make ready. */
	if (UNLIKELY(is_wanted(m)) && m->pins == 0 && m->hart.held == NULL &&
	    !world_is_mine())
		preempt_now();
}

/* What an interrupted goroutine is redirected to.  It runs on the goroutine's
 * own stack, below the saved registers. */
static void
preempt_self(struct trapframe *saved)
{
	bool unsafe = inlined_rest(saved->pc, saved->x[REG_RA]);

	preempt_now();
	if (UNLIKELY(unsafe))
		inlined_go_on();
}

/* Interrupt this hart again after wait, to look at its goroutine once more. */
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

	/* An attention bit that is set later causes an interrupt of its own. */
	if (p == NULL || !p_is_wanted(p))
		return;
	/* The scheduler checks attention by itself after it has stored curg
	 * (schedule_slow). */
	if (m->curg == NULL)
		return;
	/* The goroutine has begun to stop, or is about to go on. */
	if (g_status(m->curg) != G_RUNNING) {
		tripwire_set();
		return;
	}
	/* The goroutine marks to pay for an allocation, and checks soon by
	 * itself whether its P is wanted. */
	if (gc_polls_soon(p->gc))
		return;
	if (!is_preemptible(frame)) {
		gc_recall(p->gc);
		tripwire_set();					/* PREEMPT-3 */
		return;
	}
	/* The goroutine is not preempted while g0 runs on its behalf, nor while
	 * a program's text runs for the runtime, which holds a lock or pin. */
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
