/*
 * spawn.c - the start and the end of a goroutine.
 */
#include "gc/gc.h"
#include "kernel/order.h"
#include "kernel/switch.h"
#include "lib/check.h"
#include "runtime/fail/fatal.h"
#include "runtime/fail/touch.h"
#include "runtime/sched/sched.h"
#include "runtime/stack/gstack.h"

/* Share dead goroutines, because p has more than it should keep, and go on. */
static NOINLINE void
share_free(struct m *m, struct p *p)
{
	g_free_overflow(p);
	schedule(m, p);
}

/* Make the goroutine, which has ended, dead.  On g0. */
static void
exit_on_g0(struct strand *strand)
{
	struct g *gp = (struct g *)strand;
	struct m *m = this_m();
	struct p *p = m->p;

	ASSERT(strand->defers == NULL);
	order_ended(strand);
	if (LIKELY(!gp->system))
		p_count_live(p, -1);
	else
		gp->system = false;	/* as start expects */
	g_become(gp, G_RUNNING, G_DEAD);	/* arg is no root any more */
	if (UNLIKELY(!g_free(p, gp))) {
		share_free(m, p);
		return;
	}
	schedule(m, p);
}

/* Make a goroutine with a large stack, which has ended, dead.  On g0. */
static void
exit_large_on_g0(struct strand *strand)
{
	struct g *gp = (struct g *)strand;
	struct m *m = this_m();

	ASSERT(strand->defers == NULL);
	order_ended(strand);
	p_count_live(m->p, -1);
	g_become(gp, G_RUNNING, G_DEAD);
	g_free_large(gp);
	schedule(m, m->p);
}

NORETURN void
goroutine_end(void)
{
	switch_to_g0_for_good(gstack_large_shift(this_g()) == 0 ? exit_on_g0 :
	    exit_large_on_g0);
}

static void
step_aside_on_g0(struct g *gp)
{
	struct g *other = gp->link;

	g_become(gp, G_RUNNING, G_RUNNABLE);
	spin_lock(&sched.lock);
	globq_put(other);
	globq_put(gp);
	spin_unlock(&sched.lock);
	wakep();
	schedule_slow(this_m());
}

/*
 * Let the goroutines of p's queue run, because gp does not fit into it: 256
 * goroutines wait for the running one to stop starting more.  The running
 * goroutine goes to the global queue, behind gp, and those on the queue run.
 * They end, and their Gs are used again while they still are in the processor's
 * caches.  Rejected: moving half of the queue to the global one for each 128
 * goroutines that are started.  That would cost 40 instructions for each, and
 * 10,000 goroutines started at once would need 10,000 stacks.
 */
static NOINLINE void
queue_is_full(struct p *p, struct g *gp)
{
	struct m *m = this_m();

	if (this_g()->is_g0 || m->pins != 0 || m->hart.held != NULL ||
	    world_is_mine()) {
		p_put_overflow(p, gp);
		return;
	}
	this_g()->link = gp;
	on_g0_leave(step_aside_on_g0);
}

/* What a new goroutine will be. */
struct birth {
	const char *name;
	void      (*fn)(void *);
	void       *arg;
	struct creator creator;
	bool        system;
	void      (*exit)(struct strand *strand);
};

/* Make gp, which is dead and the caller's, the goroutine b, and runnable next
 * on p. */
INLINE void
start(struct p *p, struct g *gp, struct birth b)
{
	gp->name = b.name;
	gp->creator = b.creator;
	if (b.system)
		gp->system = true;
	gp->id = ++p->last_id;
	/* relaxed: nobody else knows the G yet. */
	store_relaxed(&gp->permit, PERMIT_NONE);
	strand_prepare(&gp->strand, b.fn, b.arg, b.exit);
	order_born(&gp->strand);
	g_become(gp, G_DEAD, G_RUNNABLE);
	if (!b.system)
		p_count_live(p, 1);
	/* Do what p_put_next does, except when the queue is full. */
	gp = swap_acq_rel(&p->runnext, gp);
	if (gp != NULL && UNLIKELY(!runq_put(&p->runq, gp)))
		queue_is_full(p, gp);
	wakep();
}

struct g *
spawn(const char *name, void (*fn)(void *), void *arg, bool system,
    struct creator creator)
{
	struct p *p = this_p();
	struct g *gp = g_alloc(p);

	if (gp == NULL)
		return NULL;
	if (p->last_id % IDS_AT_ONCE == 0)
		p->last_id = allg_take_ids();
	start(p, gp, (struct birth){ name, fn, arg, creator, system,
	    exit_on_g0 });
	return gp;
}

void
spawn_or_die(const char *name, void (*fn)(void *), void *arg,
    struct creator creator)
{
	if (spawn(name, fn, arg, false, creator) != NULL)
		return;
	/* A collection may give pages of the heap back for the stack. */
	gc_release_memory();
	if (spawn(name, fn, arg, false, creator) == NULL)
		fatal_error("out of memory: no stack for goroutine number %u",
		    allg_count() + 1);
}

/* Do what go does, when it has to fetch something first. */
static NOINLINE void
go_slow(const char *name, void (*fn)(void *), void *arg, uintptr_t pc)
{
	if (fn == NULL)
		go_panic("go of nil func value");
	spawn_or_die(name, fn, arg, (struct creator){ pc, this_g()->id });
}

/* Do what go does, when the P has a dead G and a number for it.  This path is
 * short enough to need no frame of its own. */
INLINE void
go_fast(const char *name, void (*fn)(void *), void *arg, uintptr_t pc)
{
	struct p *p = this_p();
	struct g *gp = p->gfree;

	if (UNLIKELY(fn == NULL || gp == NULL ||
	    p->last_id % IDS_AT_ONCE == 0)) {
		go_slow(name, fn, arg, pc);
		return;
	}
	start(p, g_alloc(p), (struct birth){ name, fn, arg,
	    { pc, this_g()->id }, false, exit_on_g0 });
}

void
go(void (*fn)(void *arg), void *arg)
{
	go_fast(NULL, fn, arg, (uintptr_t)__builtin_return_address(0));
}

void
go_named(const char *name, void (*fn)(void *arg), void *arg)
{
	if (name != NULL)
		touch_in(name, 1);
	go_fast(name, fn, arg, (uintptr_t)__builtin_return_address(0));
}

_Static_assert(GO_STACK_MAX == GSTACK_SIZE(GSTACK_LARGE_SHIFT),
    "the largest size class");

/* Returns a G with a stack of size class k, after a collection if need be. */
static struct g *
large_g(unsigned k, size_t bytes)
{
	struct g *gp = g_alloc_large(k);

	if (gp != NULL)
		return gp;
	gc_collect();
	gp = g_alloc_large(k);
	if (gp == NULL)
		fatal_error("out of memory: no stack of %zu bytes for a "
		    "goroutine", bytes);
	return gp;
}

void
go_stack(void (*fn)(void *arg), void *arg, size_t bytes)
{
	uintptr_t creator = (uintptr_t)__builtin_return_address(0);
	unsigned k = 0;
	struct g *gp;
	struct p *p;

	if (bytes == 0 || bytes > GO_STACK_MAX)
		go_panic("go_stack: stack of %zu bytes, not of 1 to %zu",
		    bytes, (size_t)GO_STACK_MAX);
	while (GSTACK_SIZE(k) < bytes)
		k++;
	if (fn == NULL || k == 0) {
		go_slow(NULL, fn, arg, creator);
		return;
	}
	gp = large_g(k, bytes);
	p = this_p();
	if (p->last_id % IDS_AT_ONCE == 0)
		p->last_id = allg_take_ids();
	start(p, gp, (struct birth){ NULL, fn, arg,
	    { creator, this_g()->id }, false, exit_large_on_g0 });
}
