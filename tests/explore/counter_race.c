/*
 * counter_race.c - one goroutine writes a counter that another goroutine reads,
 * and nothing orders the two accesses.
 *
 *	expect: DATA RACE
 */
#include "antler.h"

static int hits;
static struct waitgroup all;

static void
hit(void *unused)
{
	(void)unused;
	hits++;
}

int
main(void)
{
	wg_go(&all, hit, NULL);
	print("%d\n", hits);
	wg_wait(&all);
	return 0;
}
