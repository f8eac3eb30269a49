/*
 * unrest.c - see unrest.h.
 */
#include "tests/unit/unrest.h"

#include "lib/rand.h"

enum { PROCS_HIGH = 12 };

static void
make_trouble(void *arg)
{
	struct unrest *u = arg;
	int procs = gomaxprocs(0);
	struct rand rand;

	rand_seed(&rand, 1);
	/* acquire: pairs with store_release in unrest_end. */
	for (uint32_t i = 0; load_acquire(&u->ending) == 0; i++) {
		gomaxprocs(1 + (int)rand_below(&rand, PROCS_HIGH));
		sleep_ns(rand_below(&rand, 300) * NS_PER_US);
		if (i % 8 == 0)
			gc_collect();
		gc_new_bytes(512);
	}
	gomaxprocs(procs);
	wg_done(&u->done);
}

void
unrest_begin(struct unrest *u)
{
	*u = (struct unrest){ 0 };
	wg_add(&u->done, 1);
	go_named("unrest", make_trouble, u);
}

void
unrest_end(struct unrest *u)
{
	store_release(&u->ending, 1);
	wg_wait(&u->done);
}
