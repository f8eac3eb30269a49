/*
 * philosophers.c - three philosophers, each of whom takes the left fork first
 * (Dijkstra, 1965).  If all have taken the left fork, none gets the right one.
 *
 *	expect: all goroutines are asleep - deadlock
 */
#include "antler.h"

enum { SEATS = 3 };

static struct mutex forks[SEATS];
static struct waitgroup dinner;

static void
dine(void *seat)
{
	uintptr_t i = (uintptr_t)seat;

	mutex_lock(&forks[i]);
	mutex_lock(&forks[(i + 1) % SEATS]);
	mutex_unlock(&forks[(i + 1) % SEATS]);
	mutex_unlock(&forks[i]);
}

int
main(void)
{
	for (uintptr_t i = 0; i < SEATS; i++)
		wg_go(&dinner, dine, (void *)i);
	wg_wait(&dinner);
	return 0;
}
