/*
 * semaphore_race.c - a channel that serves as a lock has room for two, so it
 * lets in two goroutines that should be alone.
 *
 *	expect: DATA RACE
 */
#include "antler.h"

static struct chan *turn;
static long total;
static struct waitgroup all;

static void
add(void *unused)
{
	int64_t token = 0;

	(void)unused;
	chan_send(turn, &token);
	total++;
	chan_recv(turn, &token);
}

int
main(void)
{
	turn = chan_make(&gc_int_type, 2);
	wg_go(&all, add, NULL);
	wg_go(&all, add, NULL);
	wg_wait(&all);
	return 0;
}
