/*
 * retired.c - see retired.h.
 */
#include "tests/unit/retired.h"

#include "runtime/sched.h"

static ATOMIC(uint32_t) ready_to_go, gone;

void
retired_begin(void)
{
	/* relaxed: the other one is made runnable after this. */
	store_relaxed(&ready_to_go, 0);
	store_relaxed(&gone, 0);
	gomaxprocs(1);
	gomaxprocs(2);
}

void
retired_end(void)
{
	/* acquire: pairs with store_release in retired_here.  No yield: this P
	 * is not free for it. */
	while (load_acquire(&ready_to_go) == 0)
		cpu_relax();
	gomaxprocs(1);
	/* release: pairs with load_acquire below. */
	store_release(&gone, 1);
}

void
retired_here(void)
{
	/* release: what it has done is seen. */
	store_release(&ready_to_go, 1);
	/* acquire: pairs with store_release above. */
	while (load_acquire(&gone) == 0)
		/* relaxed: a poll.  Not before that, for who is preempted for
		 * another reason gives away what it has. */
		if (load_relaxed(&sched.stopping) != 0)
			world_poll();
		else
			cpu_relax();
}
