/*
 * procresize.c - changing the number of Ps.
 *
 *	PROCS-1	allp.len == GOMAXPROCS == sched.nprocs while the world runs.
 *	PROCS-2	Growth past cap(allp) allocates a new array and copies the old
 *		one.  The old array is never written again (ALLP-1), and dies
 *		when its last snapshot is gone.
 *	PROCS-3	A P is made once and stays for good: all_ps has it, dead or not.
 *	PROCS-4	A retired P has no goroutines, no timers, no cached runs of the
 *		heap, no grey objects and no free Gs: all of them were handed
 *		over.
 *
 * The new array is exactly n long.  Rounding the size up would save copies, but
 * then entries between an old len and cap would be written later.  That would
 * be harmless for today's readers, but would break ALLP-1.
 */
#include "runtime/sched/procresize.h"

#include "gc/gc.h"
#include "kernel/page.h"
#include "kernel/syncpoint.h"
#include "lib/check.h"
#include "lib/str.h"
#include "runtime/sched/gc_worker.h"
#include "runtime/sched/sched.h"
#include "runtime/sched/world.h"
#include "runtime/time/timers.h"

/* Every P ever made, by id; not collected memory, so never stale. */
static ATOMIC(struct p *) all_ps[PROCS_MAX];	/* [S] PROCS-3 */
static uint32_t           nall_ps;		/* [S] */

bool
p_has_id(const struct p *p, uint32_t i)
{
	/* relaxed: the caller got p from allp, after all_ps was written. */
	return i < PROCS_MAX && p != NULL && load_relaxed(&all_ps[i]) == p;
}

uint64_t
procs_count_live(void)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < PROCS_MAX; i++) {
		/* relaxed: for statistics, and for the deadlock check, which
		 * runs when nobody can change the counts. */
		struct p *p = load_relaxed(&all_ps[i]);

		if (p == NULL)
			break;
		sum += load_relaxed(&p->nlive);
	}
	return sum;
}

/* Returns the P with this id, stopped and without an M; makes it if need be. */
static struct p *
p_make(uint32_t id)
{
	struct p *p;

	if (id < nall_ps) {
		p = load_relaxed(&all_ps[id]);
		ASSERT(p_status(p) == P_DEAD);
	} else {
		ASSERT(id == nall_ps);
		p = perm_alloc(sizeof(*p), CACHE_LINE, "a P");
		p->id = id;
		p->gc = perm_alloc(gc_local_size(), CACHE_LINE, "a heap cache");
		gc_local_init(p->gc, id);
		timers_init(&p->timers);
		store_relaxed(&all_ps[nall_ps++], p);
	}
	p->fair = p->rotation = FAIR_TICKS;
	p->share_at = SHARE_NEVER;
	/* relaxed: the world is stopped. */
	store_relaxed(&p->attention, 0);
	gc_forget_era(p);
	world_add_stopped(p);
	return p;
}

/* Make p dead, and hand over everything that it has (PROCS-4). */
static void
p_retire(struct p *p)
{
	struct gqueue q = { 0 };
	struct g *gp;

	while ((gp = p_get(p)) != NULL)
		gqueue_push(&q, gp);
	if (q.n != 0) {
		/* These goroutines have waited: put them before the others. */
		spin_lock(&sched.lock);
		globq_put_queue_first(&q);
		spin_unlock(&sched.lock);
	}
	timers_hand_over(p, allp.ptr[0]);
	if (!FAULT(gc_no_retire_flush))
		gc_local_flush(p->gc);
	g_free_purge(p);
	pmask_clear(&timerpmask, p->id);
	store_relaxed(&p->status, P_DEAD);
}

/* Set the length of allp to n, in a new array if the old one is too short
 * (PROCS-2). */
static void
allp_resize(uint32_t n)
{
	struct p **array;

	if (n <= allp.cap) {
		allp.len = n;
		return;
	}
	array = gc_alloc(&gc_ptr_type, n, GC_NOTRIGGER);
	for (size_t i = 0; i < allp.cap; i++)
		array[i] = allp.ptr[i];
	for (size_t i = allp.cap; i < n; i++)
		array[i] = p_make((uint32_t)i);
	gc_store(&allp.ptr, array);
	allp.len = n;
	allp.cap = n;
}

void
procresize(uint32_t n)
{
	struct m *m = this_m();
	uint32_t old = sched.nprocs;
	uint32_t old_cap = (uint32_t)allp.cap;

	CHECK(n >= 1 && n <= PROCS_MAX);
	world_take_idle_ps();
	for (uint32_t i = n; i < old; i++)
		if (allp.ptr[i] == m->p) {
			/* Our P goes, too: carry on with the first one. */
			releasep(m);
			store_relaxed(&allp.ptr[i]->status, P_STOPPED);
			acquirep(m, allp.ptr[0]);
			store_relaxed(&m->p->status, P_STOPPED);
			gc_local_sync(m->p->gc);
		}
	for (uint32_t i = n; i < old; i++)
		p_retire(allp.ptr[i]);
	for (uint32_t i = old; i < MIN(n, old_cap); i++)
		p_make(i);
	allp_resize(n);
	sched.nprocs = n;
	SYNC_POINT(procresize_done);
}

void
procresize_boot(struct m *m)
{
	struct p *p = p_make(0);
	struct p **array;

	sched.pstopped = NULL;	/* not stopped: nothing runs yet */
	acquirep(m, p);		/* allocation needs a P's cache */
	array = gc_alloc(&gc_ptr_type, 1, GC_NOTRIGGER);
	array[0] = p;
	gc_root(allp.ptr);
	gc_store(&allp.ptr, array);
	allp.len = allp.cap = 1;
	sched.nprocs = 1;
}

int
gomaxprocs(int n)
{
	int old = (int)sched.nprocs;

	if (n < 1 || n == old)
		return old;
	world_stop("GOMAXPROCS");
	old = (int)sched.nprocs;
	procresize((uint32_t)MIN(n, PROCS_MAX));
	world_start();
	return old;
}
