/*
 * steal.c - taking goroutines from other Ps.
 *
 * A thief visits all Ps in a random order that needs no shuffle: from a random
 * start, in steps of a random number coprime to the count, each P comes exactly
 * once.  Four rounds; only in the last one does it take timers and runnext,
 * which is most likely about to be run where it is.
 */
#include "kernel/clock.h"
#include "kernel/syncpoint.h"
#include "lib/check.h"
#include "runtime/sched/procresize.h"
#include "runtime/sched/sched.h"
#include "runtime/time/timers.h"

enum { STEAL_ROUNDS = 4 };

static uint32_t
gcd(uint32_t a, uint32_t b)
{
	while (b != 0) {
		uint32_t r = a % b;

		a = b;
		b = r;
	}
	return a;
}

/* A random step that visits all of n. */
static uint32_t
random_coprime(struct rand *r, uint32_t n)
{
	uint32_t step = 1 + rand_below(r, n);

	while (gcd(step, n) != 1)
		step = step % n + 1;
	return step;
}

/* runnext of a P that runs is usually run within microseconds: give it a
 * moment, or two goroutines that wake each other bounce between harts. */
static void
let_it_run(struct p *victim)
{
	nanos_t until = clock_now() + 3 * NS_PER_US;

	while (p_status(victim) == P_RUNNING && clock_now() < until)
		cpu_relax();
}

static struct g *
take_runnext(struct p *victim)
{
	/* relaxed: the CAS decides. */
	struct g *gp = load_relaxed(&victim->runnext);

	if (gp == NULL)
		return NULL;
	let_it_run(victim);
	/* acquire: pairs with swap_acq_rel in p_put. */
	if (cas_acquire(&victim->runnext, &gp, NULL))
		return gp;
	return NULL;
}

/* Half of victim's queue: one to run, the others onto p's queue. */
static struct g *
steal_from(struct m *m, struct p *p, struct p *victim, bool runnext_too)
{
	struct g *batch[RUNQ_LEN / 2];
	uint32_t n = runq_grab(&victim->runq, batch);

	if (n == 0)
		return runnext_too ? take_runnext(victim) : NULL;
	/* p's queue was empty when it began to steal, and only p puts there. */
	runq_put_many(&p->runq, batch + 1, n - 1);
	store_relaxed(&m->nsteal, load_relaxed(&m->nsteal) + 1);
	return batch[0];
}

/*
 * Look for a goroutine on every other P.  m spins and holds p, whose queue is
 * empty.  NULL if there was none, or if the world wants to stop.
 */
struct g *
steal_work(struct m *m, struct p *p)
{
	uint32_t n = (uint32_t)allp.len;

	for (int round = 0; round < STEAL_ROUNDS; round++) {
		bool last = round == STEAL_ROUNDS - 1;
		uint32_t at = rand_below(&m->rand, n);
		uint32_t step = random_coprime(&m->rand, n);

		for (uint32_t i = 0; i < n; i++, at = (at + step) % n) {
			struct p *victim = allp.ptr[at];
			struct g *gp;

			/* relaxed: seen again under the lock in step 11. */
			if (load_relaxed(&sched.stopping) != 0)
				return NULL;
			if (victim == p)
				continue;
			if (last && pmask_read(&timerpmask, at) &&
			    timers_run_other(p, victim) &&
			    (gp = p_get(p)) != NULL)
				return gp;
			/* An idle P has nothing (P-1). */
			if (pmask_read(&idlepmask, at))
				continue;
			gp = steal_from(m, p, victim, last);
			if (gp != NULL)
				return gp;
		}
	}
	return NULL;
}

#if LAB || DEBUG
/*
 * The victim is what ALLP-1 and ALLP-3 promise: a P at its place.  If not, the
 * array under the snapshot is no longer allp's: say so rather than follow it.
 */
static void
check_entry(struct m *m, struct allp_slice snapshot, uint32_t i)
{
	struct p *p = snapshot.ptr[i];

	if (LIKELY(p_has_id(p, i)))
		return;
	panic("allp snapshot of M%u: entry %u of %zu is %p, which is no P.\n"
	    "  The array at %p was freed and its memory used again while this "
	    "M, which had\n  dropped its P, still read it: nothing the "
	    "collector scans referred to it.\n  This is Go issue 74414; the "
	    "snapshot must be on the M, a root.",
	    m->hart.index, i, snapshot.len, (void *)p, (void *)snapshot.ptr);
}
#else
static inline void
check_entry(struct m *m, struct allp_slice snapshot, uint32_t i)
{
	(void)m, (void)snapshot, (void)i;
}
#endif

/*
 * m has no P and must not miss work that came after it last looked: if any P of
 * the snapshot has some, return an idle P for m to take, else NULL.  Reads Ps
 * through the snapshot only (ALLP-3).
 */
struct p *
steal_check_no_p(struct m *m, struct allp_slice snapshot)
{
	for (uint32_t i = 0; i < snapshot.len; i++) {
		struct p *p;

		check_entry(m, snapshot, i);
		if (pmask_read(&idlepmask, i) || !p_has_work(snapshot.ptr[i]))
			continue;
		spin_lock(&sched.lock);
		p = pidle_get_spinning();
		spin_unlock(&sched.lock);
		return p;	/* NULL: needspinning is set for us */
	}
	return NULL;
}
