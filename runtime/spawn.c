/*
 * spawn.c - go and goexit.
 */
#include "gc/gc.h"
#include "kernel/switch.h"
#include "lib/check.h"
#include "runtime/sched.h"

/* On g0: gp has ended. */
static void
exit_on_g0(struct strand *strand)
{
	struct g *gp = (struct g *)strand;

	if (!gp->system)
		allg_add_live(-1);
	gp->fn = NULL;
	gp->arg = NULL;		/* no longer a root */
	gp->name = NULL;
	g_become(gp, G_RUNNING, G_DEAD);
	g_free(this_p(), gp);
	schedule();
}

NORETURN void
goexit(void)
{
	switch_to_g0_for_good(exit_on_g0);
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

	if (UNLIKELY(gp == NULL))
		return NULL;
	gp->fn = fn;
	gp->arg = arg;
	gp->name = name;
	gp->creator = creator;
	/* relaxed: nobody else knows the G yet. */
	store_relaxed(&gp->permit, PERMIT_NONE);
	g_new_id(gp, system);
	strand_prepare(&gp->strand, fn, arg, goexit);
	g_become(gp, G_DEAD, G_RUNNABLE);
	p_put_next(p, gp);
	wakep();
	return gp;
}

static void
spawn_or_die(const char *name, void (*fn)(void *), void *arg, uintptr_t pc)
{
	if (UNLIKELY(fn == NULL))
		panic("go of nil func value");
	if (UNLIKELY(spawn(name, fn, arg, false, pc) == NULL)) {
		/* Dead goroutines' stacks are reused, never shrunk; a collection
		 * may give heap pages back for the stack. */
		gc_collect();
		if (spawn(name, fn, arg, false, pc) == NULL)
			panic("go: no memory for the stack of goroutine "
			    "number %u", allg_count() + 1);
	}
}

void
go(void (*fn)(void *arg), void *arg)
{
	spawn_or_die(NULL, fn, arg, (uintptr_t)__builtin_return_address(0));
}

void
go_named(const char *name, void (*fn)(void *arg), void *arg)
{
	spawn_or_die(name, fn, arg, (uintptr_t)__builtin_return_address(0));
}
