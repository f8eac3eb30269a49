/*
 * steal.c - taking goroutines from other Ps.
 *
 * A thief visits all Ps in a random order that needs no shuffle: it begins at a
 * random P and goes on in steps of a random number coprime to the number of Ps,
 * so that each P comes exactly once.  There are four rounds.  Only in the last
 * round the thief takes timers and runnext, because a runnext is most likely
 * about to be run on its own P.
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

/* Returns a random step by which all of n are visited. */
static uint32_t
random_coprime(struct rand *r, uint32_t n)
{
	uint32_t step = 1 + rand_below(r, n);

	while (gcd(step, n) != 1)
		step = step % n + 1;
	return step;
}

/* Give victim, if it runs, a moment to run its runnext, which usually happens
 * within microseconds.  Otherwise two goroutines that wake each other would
 * bounce between harts. */
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
	/* acquire: pairs with swap_acq_rel in p_put_next. */
	if (cas_acquire(&victim->runnext, &gp, NULL))
		return gp;
	return NULL;
}

/* Take half of victim's queue.  Returns one goroutine to run, and moves the
 * others to p's queue.  If victim's queue is empty and runnext_too is true,
 * takes victim's runnext.  Returns NULL if there was nothing. */
static struct g *
steal_from(struct m *m, struct p *p, struct p *victim, bool runnext_too)
{
	struct g *batch[RUNQ_LEN / 2];
	uint32_t n = runq_grab(&victim->runq, batch);

	if (n == 0)
		return runnext_too ? take_runnext(victim) : NULL;
	/* p's queue was empty when m began to steal, and only m puts there. */
	runq_put_many(&p->runq, batch + 1, n - 1);
	store_relaxed(&m->nsteal, load_relaxed(&m->nsteal) + 1);
	return batch[0];
}

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

			/* relaxed: step 11 looks again under the lock. */
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
 * Panic if entry i of the snapshot is not the P that ALLP-1 and ALLP-3 promise.
 * Then the array under the snapshot is no longer allp's, and following the
 * entry would only hide that.
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
		return p;	/* if NULL, needspinning is set for us */
	}
	return NULL;
}
