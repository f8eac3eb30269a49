/*
 * counter_race.c - one goroutine writes what another reads, and nothing orders
 * the two.
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
