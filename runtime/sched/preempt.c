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
#include "lib/check.h"
#include "runtime/sched/inlined.h"
#include "runtime/sched/sched.h"

/*
 * When to look again at a goroutine that was found in the runtime's text.  Most
 * calls are short, but the interrupt costs some 300 instructions, and those who
 * are in there longest, marking or sweeping for others, poll, as do those who
 * are there most often, to allocate, for they are recalled: so each look is
 * twice as far as the one before.  And none as far as the last, or a loop of
 * calls could be found at the same place of its round each time (one was, for
 * 400 ms: with -icount nothing else varies).
 */
#define RETRY_NS (5 * NS_PER_US)
enum { RETRY_DOUBLINGS = 3, DITHER = 64, DITHER_STEP = 37 };

/* linker.ld */
extern const char __app_text_start[], __app_text_end[];

bool
preempt_is_app(uintptr_t pc)
{
	return pc - (uintptr_t)__app_text_start <
	    (size_t)(__app_text_end - __app_text_start);
}

static void
preempt_on_g0(struct g *gp)
{
	struct m *m = this_m();

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

/* On the goroutine's own stack, below all it had in registers. */
static void
preempt_self(struct trapframe *saved)
{
	bool unsafe = inlined_rest(saved->pc);

	preempt_now();
	if (UNLIKELY(unsafe))
		inlined_go_on();
}

/* For how long m's goroutine, in the runtime's text, is left alone. */
static nanos_t
retry_in(struct m *m)
{
	struct retry *r = &m->retry;

	if (!turn_goes_on(&r->turn, m->curg, m->p->fair))
		r->n = 0;
	else if (r->n < RETRY_DOUBLINGS)
		r->n++;
	r->dither = (r->dither + DITHER_STEP) % DITHER;
	return (RETRY_NS << r->n) * (DITHER + r->dither) / (2 * DITHER);
}

/* May the goroutine that frame interrupted be stopped there?  PREEMPT-1; the
 * rest is for a program's function that the runtime calls. */
static bool
may_preempt(const struct m *m, const struct trapframe *frame)
{
	return preempt_is_app(frame->pc) && m->pins == 0 &&
	    m->hart.held == NULL;
}

void
preempt_leave(struct trapframe *frame)
{
	struct m *m = this_m();
	struct p *p = m->p;
	nanos_t wait = 0, retry;

	/* What sets a bit interrupts us afterwards. */
	if (p == NULL || !p_is_wanted(p))
		return;
	/* schedule() looks by itself. */
	if (m->curg == NULL || g_status(m->curg) != G_RUNNING)
		return;
	/* It marks for others, for a moment, and then looks by itself. */
	if (gc_polls_soon(p->gc))
		return;
	/* Not on g0, on the goroutine's behalf, nor inside another trap. */
	if (frame->x[4] == (uintptr_t)m->curg && may_preempt(m, frame)) {
		wait = inlined_spare(m, frame->pc);
		if (wait == 0 && trap_redirect(frame, preempt_self))
			return;
	}
	gc_recall(p->gc);
	retry = clock_now() + (wait != 0 ? wait : retry_in(m));
	if (retry < clock_deadline())
		clock_set_deadline(retry);
}

uint64_t
preempt_count(void)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < nharts_online; i++)
		sum += load_relaxed(&((struct m *)harts[i])->npreempt);
	return sum;
}
