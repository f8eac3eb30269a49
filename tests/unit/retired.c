/*
 * retired.c - see retired.h.
 */
#include "tests/unit/retired.h"

#include "runtime/sched/sched.h"

/* Rounds, counted, for who was retired in one may still wait to be run, and see
 * that it is over, when the next has begun. */
static ATOMIC(uint32_t) begun, ready_to_go, gone;

void
retired_begin(void)
{
	/* relaxed: the other one is made runnable after this. */
	add_relaxed(&begun, 1);
	gomaxprocs(1);
	gomaxprocs(2);
}

void
retired_end(void)
{
	uint32_t round = load_relaxed(&begun);	/* relaxed: ours */

	/* acquire: pairs with store_release in retired_here.  No yield: this P
	 * is not free for it. */
	while (load_acquire(&ready_to_go) != round)
		cpu_relax();
	gomaxprocs(1);
	/* release: pairs with load_acquire below. */
	store_release(&gone, round);
}

void
retired_here(void)
{
	uint32_t round = load_relaxed(&begun);	/* relaxed: see there */

	/* release: what it has done is seen. */
	store_release(&ready_to_go, round);
	/* acquire: pairs with store_release above. */
	while (load_acquire(&gone) < round)
		/* relaxed: a poll.  Not before that, for who is preempted for
		 * another reason gives away what it has. */
		if (load_relaxed(&sched.stopping) != 0)
			give_way();
		else
			cpu_relax();
}
