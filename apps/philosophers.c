/*
 * philosophers.c - five philosophers share five forks (Dijkstra, 1965).  To
 * eat, a philosopher needs the forks on both sides.  Each philosopher takes the
 * fork with the lower number first.  Then there is always one philosopher who
 * gets both forks, and nobody waits for ever.  (If all took the left fork
 * first, the runtime would report the deadlock.)
 *
 *	make qemu APP=apps/philosophers.c
 */
#include "antler.h"

enum { SEATS = 5, MEALS = 200 };

struct philosopher {
	const char   *name;
	struct mutex *first, *second;	/* forks, in the order of taking */
	int           meals;
};

static struct mutex forks[SEATS];

static void
dine(void *arg)
{
	struct philosopher *p = arg;

	while (p->meals < MEALS) {
		mutex_lock(p->first);
		yield();		/* let others reach for their forks,
					 * too */
		mutex_lock(p->second);
		p->meals++;
		mutex_unlock(p->second);
		mutex_unlock(p->first);
		yield();		/* thinks */
	}
}

int
main(void)
{
	struct philosopher table[SEATS] = {
		{ .name = "Hypatia" }, { .name = "Laozi" },
		{ .name = "Spinoza" }, { .name = "Arendt" },
		{ .name = "Averroes" },
	};
	struct waitgroup dinner = { 0 };
	int hungry = 0;

	for (int i = 0; i < SEATS; i++) {
		int left = i, right = (i + 1) % SEATS;

		table[i].first = &forks[left < right ? left : right];
		table[i].second = &forks[left < right ? right : left];
		wg_go(&dinner, dine, &table[i]);
	}
	wg_wait(&dinner);
	for (int i = 0; i < SEATS; i++) {
		print("%-8s has eaten %d times\n", table[i].name,
		    table[i].meals);
		hungry += table[i].meals != MEALS;
	}
	print("%s\n", hungry == 0 ? "everyone is fed" : "somebody is hungry");
	return hungry;
}
