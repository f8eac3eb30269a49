/*
 * spawn.c - the start and the end of a goroutine.
 */
#include "gc/gc.h"
#include "kernel/switch.h"
#include "lib/check.h"
#include "runtime/fatal.h"
#include "runtime/sched.h"

/* There are more dead goroutines here than p should keep. */
static NOINLINE void
share_free(struct m *m, struct p *p)
{
	g_free_overflow(p);
	schedule(m, p);
}

/* On g0: the goroutine has ended. */
static void
exit_on_g0(struct strand *strand)
{
	struct g *gp = (struct g *)strand;
	struct m *m = this_m();
	struct p *p = m->p;

	if (LIKELY(!gp->system))
		p_count_live(p, -1);
	g_become(gp, G_RUNNING, G_DEAD);	/* arg is no longer a root */
	if (UNLIKELY(!g_free(p, gp))) {
		share_free(m, p);
		return;
	}
	schedule(m, p);
}

NORETURN void
goroutine_end(void)
{
	ASSERT(this_strand()->defers == NULL);
	switch_to_g0_for_good(exit_on_g0);
}

/* What a new goroutine is to be. */
struct birth {
	const char *name;
	void      (*fn)(void *);
	void       *arg;
	uintptr_t   creator;
	bool        system;
};

/* Make gp, dead and ours, the goroutine b, runnable next on p. */
INLINE void
start(struct p *p, struct g *gp, struct birth b)
{
	gp->fn = b.fn;
	gp->arg = b.arg;
	gp->name = b.name;
	gp->creator = b.creator;
	gp->system = b.system;
	gp->id = ++p->last_id;
	/* relaxed: nobody else knows the G yet. */
	store_relaxed(&gp->permit, PERMIT_NONE);
	strand_prepare(&gp->strand, b.fn, b.arg, goroutine_end);
	g_become(gp, G_DEAD, G_RUNNABLE);
	if (!b.system)
		p_count_live(p, 1);
	p_put_next(p, gp);
	wakep();
}

/*
 * A new goroutine that runs fn(arg), runnable next on this P.  NULL if there is
 * no memory for its stack.  A goroutine, or boot code with a P.
 */
struct g *
spawn(const char *name, void (*fn)(void *), void *arg, bool system,
    uintptr_t creator)
{
	struct p *p = this_p();
	struct g *gp = g_alloc(p);

	if (gp == NULL)
		return NULL;
	if (p->last_id % IDS_AT_ONCE == 0)
		p->last_id = allg_take_ids();
	start(p, gp, (struct birth){ name, fn, arg, creator, system });
	return gp;
}

/* go, when something has to be fetched first. */
static NOINLINE void
go_slow(const char *name, void (*fn)(void *), void *arg, uintptr_t creator)
{
	if (fn == NULL)
		go_panic("go of nil func value");
	if (spawn(name, fn, arg, false, creator) != NULL)
		return;
	/* A collection may give pages of the heap back for the stack. */
	gc_collect();
	if (spawn(name, fn, arg, false, creator) == NULL)
		fatal_error("out of memory: no stack for goroutine number %u",
		    allg_count() + 1);
}

/* go, when the P has a dead G and a number for it: short enough to have no
 * frame of its own. */
INLINE void
go_fast(const char *name, void (*fn)(void *), void *arg, uintptr_t creator)
{
	struct p *p = this_p();
	struct g *gp = p->gfree;

	if (UNLIKELY(fn == NULL || gp == NULL ||
	    p->last_id % IDS_AT_ONCE == 0)) {
		go_slow(name, fn, arg, creator);
		return;
	}
	start(p, g_alloc(p), (struct birth){ name, fn, arg, creator, false });
}

void
go(void (*fn)(void *arg), void *arg)
{
	go_fast(NULL, fn, arg, (uintptr_t)__builtin_return_address(0));
}

void
go_named(const char *name, void (*fn)(void *arg), void *arg)
{
	go_fast(name, fn, arg, (uintptr_t)__builtin_return_address(0));
}
