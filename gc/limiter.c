/*
 * limiter.c - the bucket of limiter.h.
 *
 * Harts that collect add up the time they spend.  Now and then one of them
 * works out the level of the bucket from this sum and from how long the harts
 * have been awake; so does a hart that asks while the bucket is full.  Time in
 * which harts sleep does not count: otherwise a lone goroutine that does
 * nothing but mark would pass for a quarter of a machine that is idle
 * otherwise.
 */
#include "gc/limiter.h"

#include "gc/gc.h"

#define LOOK_NS NS_PER_MS	/* least time between two updates of the
				 * level */

/*
 * Field key:	[a] atomic	[C] by the hart that has set looking
 *		[S] with the world stopped
 */
static struct {
	ATOMIC(uint32_t) counts;	/* [S] LIMIT-2 */
	ATOMIC(int64_t)  spent;		/* [a] time spent since the last
					 * update */
	ATOMIC(int64_t)  idle;		/* [a] likewise, by harts that were
					 * idle */
	ATOMIC(uint32_t) looking;	/* [a] 1: a hart is updating the
					 * level */
	ATOMIC(uint32_t) full;		/* [a] see limiter_on */
	ATOMIC(int64_t)  looked_at;	/* [a] time of the last update */
	nanos_t          level;		/* [C] LIMIT-1 */
	nanos_t          awake;		/* [C] awake_ns at the last update */
} limiter;

nanos_t
limiter_level(nanos_t level, nanos_t spent, nanos_t idle, nanos_t awake,
    nanos_t max)
{
	/* The time that the program had leaks out of the bucket. */
	level += spent - (awake - spent - idle);
	return MIN(MAX(level, 0), max);
}

static void
look(void)
{
	nanos_t now = gc_host.now(), awake;
	nanos_t max = MIN(gc_host.nprocs(), LIMITER_PS) * LIMITER_NS;
	uint32_t nobody = 0;

	/* relaxed: an update a little early or late does no harm. */
	if (now - load_relaxed(&limiter.looked_at) < LOOK_NS)
		return;
	/* acquire: pairs with the store_release below. */
	if (!cas_acquire(&limiter.looking, &nobody, 1))
		return;
	awake = gc_host.awake_ns();
	/* acquire: relaxed would do, because these are sums; what is added
	 * meanwhile counts at the next update. */
	limiter.level = limiter_level(limiter.level,
	    swap_acquire(&limiter.spent, 0), swap_acquire(&limiter.idle, 0),
	    awake - limiter.awake, max);
	limiter.awake = awake;
	store_relaxed(&limiter.looked_at, now);
	store_relaxed(&limiter.full, limiter.level == max ||
	    (load_relaxed(&limiter.full) != 0 && limiter.level > max / 4 * 3));
	/* release: pairs with cas_acquire above. */
	store_release(&limiter.looking, 0);
}

void
limiter_begin_stw(bool ours)
{
	/* relaxed: world stopped. */
	store_relaxed(&limiter.counts, ours);
	look();
}

void
limiter_spent(nanos_t ns)
{
	/* relaxed, here and below: sums, and a value that need only be
	 * recent. */
	if (load_relaxed(&limiter.counts) == 0) {
		limiter_idle(ns);
		return;
	}
	if (add_relaxed(&limiter.spent, ns) + ns >= LOOK_NS)
		look();
}

void
limiter_idle(nanos_t ns)
{
	add_relaxed(&limiter.idle, ns);
}

bool
limiter_on(void)
{
	if (LIKELY(load_relaxed(&limiter.full) == 0))
		return false;
	look();
	return load_relaxed(&limiter.full) != 0;
}
